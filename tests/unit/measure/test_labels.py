from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.measure.labels import areas, earned_labels, words
from generator.records import Score


def counted_by_pairs(with_it: np.ndarray, without: np.ndarray) -> float:
    greater = (with_it[:, None] > without).sum() + 0.5 * (with_it[:, None] == without).sum()
    return float(greater / (len(with_it) * len(without)))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(16, 40))
def test_an_area_is_the_share_of_pairs_in_the_right_order(seed: int, levels: int, photographs: int) -> None:
    rng = np.random.default_rng(seed)
    peaks = rng.integers(0, levels, (photographs, 3)).astype(np.float32)
    bears = rng.permutation(photographs) < rng.integers(8, photographs)
    found = areas(peaks, np.where(bears, "dog", "").tolist())
    assert set(found) == {"dog"}
    count, area = found["dog"]
    assert count == bears.sum()
    assert area.tolist() == pytest.approx([counted_by_pairs(peaks[bears, f], peaks[~bears, f]) for f in range(3)])


def test_labels_on_few_photographs_or_on_all_earn_no_score() -> None:
    peaks = np.arange(30, dtype=np.float32)[:, None]
    assert set(areas(peaks, ["few"] * 7 + ["many"] * 8 + [""] * 15)) == {"many"}
    assert areas(peaks, ["all"] * 30) == {}


def test_layers_wider_than_what_is_ranked_at_once_are_whole() -> None:
    peaks = np.random.default_rng(0).gamma(1, 1, (20, 150)).astype(np.float32)
    labels = ["a"] * 9 + ["b"] * 11
    _, area = areas(peaks, labels)["a"]
    assert area.shape == (150,)
    assert area[149] == pytest.approx(counted_by_pairs(peaks[:9, 149], peaks[9:, 149]))


def test_a_filter_earns_at_most_two_labels_or_groups_best_first() -> None:
    labels = ["pug"] * 8 + ["beagle"] * 8 + ["corn"] * 24
    groups = ["dog"] * 16 + ["plant"] * 24
    names = [labels, groups]
    peaks = np.zeros((40, 3), np.float32)
    peaks[:8, 0], peaks[8:16, 0] = 9, 8
    peaks[16:, 1] = 5
    found = earned_labels(peaks, *names)
    assert found[0] == (Score("dog", 1.0, 16), Score("pug", 1.0, 8))
    assert found[1] == (Score("corn", 1.0, 24), Score("plant", 1.0, 24))
    assert found[2] == ()


def test_a_score_of_nine_tenths_is_enough() -> None:
    peaks = np.zeros((18, 2), np.float32)
    peaks[:8] = 5
    peaks[8, 0] = peaks[8:10, 1] = 9
    labels = ["dog"] * 8 + [""] * 10
    assert earned_labels(peaks, labels, [""] * 18) == ((Score("dog", 0.9, 8),), ())


def test_words_are_the_labels_of_the_nine_strongest_each_once() -> None:
    labels = ["horn", "", "sax", "horn", "cornet", "a", "b", "c", "d", "e", "f"]
    peaks = np.arange(11, 0, -1).astype(np.float32)
    assert words(peaks, labels) == ("horn", "sax", "cornet", "a", "b", "c", "d")
    assert words(np.array([0, 3, 0], np.float32), ["x", "y", "z"]) == ("y",)
