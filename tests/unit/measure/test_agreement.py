from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from generator.catalogue import layer_named
from generator.measure.agreement import Alike, chosen, earlier, likeness, one_number


def alike(one: np.ndarray, others: np.ndarray) -> float:
    return float(np.mean([spearmanr(one, other).statistic for other in others]))


def test_correlations_are_the_means_of_spearmans_over_all_pairs() -> None:
    rng = np.random.default_rng(0)
    photographs = rng.gamma(1, 1, (90, 20)).round(1).astype(np.float32)
    pictures = rng.gamma(1, 1, (3, 20)).astype(np.float32)
    top, random = chosen(rng.gamma(1, 1, (90, 3)).astype(np.float32))
    found = likeness(pictures, photographs, top, random)
    for own in range(3):
        best, others = photographs[top[own]], photographs[random[own]]
        assert found.picture[own] == pytest.approx(alike(pictures[own], best))
        assert found.random[own] == pytest.approx(np.mean([alike(other, best) for other in others]))
        among = [alike(best[place], np.delete(best, place, axis=0)) for place in range(16)]
        assert found.top[own] == pytest.approx(np.mean(among))


def test_the_strongest_photographs_are_compared_with_a_fixed_draw_of_others() -> None:
    peaks = np.random.default_rng(1).gamma(1, 1, (300, 5)).astype(np.float32)
    top, random = chosen(peaks)
    assert top.shape == (5, 16)
    assert random.shape == (5, 64)
    for own in range(5):
        assert set(top[own]) == set(np.argsort(peaks[:, own])[-16:])
        assert len(set(random[own])) == 64
        assert not set(random[own]) & set(top[own])
    again = chosen(peaks)[1]
    assert np.array_equal(random, again)
    assert len(set(random.ravel())) <= 80


def test_eighty_photographs_are_just_enough() -> None:
    _, random = chosen(np.random.default_rng(1).gamma(1, 1, (80, 5)).astype(np.float32))
    assert random.shape == (5, 64)


def test_one_is_like_the_strongest_zero_like_any_and_below_like_none() -> None:
    some = np.array([0.3, 0.2, 0.1, 0.2])
    score = Alike(some, np.full(4, 0.2), np.array([0.3, 0.3, 0.3, 0.209])).score()
    assert score[:3].tolist() == pytest.approx([1, 0, -1])
    assert np.isnan(score[3])


def test_a_picture_that_is_one_more_strong_photograph_agrees_and_any_photograph_does_not() -> None:
    rng = np.random.default_rng(2)
    kind = np.outer(np.linspace(0, 4, 200), rng.standard_normal(60))
    photographs = (kind + rng.standard_normal((200, 60))).astype(np.float32)
    peaks = np.linspace(0, 1, 200, dtype=np.float32)[:, None].repeat(2, axis=1)
    pictures = np.stack([photographs[190], photographs[20]])
    score = likeness(pictures, photographs, *chosen(peaks)).score()
    assert score[0] > 0.7
    assert score[1] < 0


def test_the_one_number_is_read_off_the_mean_correlations_from_the_block_before_on() -> None:
    layer = layer_named("block3_conv2")
    names = [each.name for each in earlier(layer)]
    assert names == ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1"]
    pictures = [9, 9, 0.1, 0.2, 0.6]
    tops = [9, 9, 0.5, 0.5, 0.4]
    profile = {
        name: Alike(np.full(2, picture), np.full(2, 0.2), np.full(2, top))
        for name, picture, top in zip(names, pictures, tops, strict=True)
    }
    assert one_number(layer, profile).tolist() == pytest.approx([0.3 / 0.8] * 2)
    assert one_number(layer_named("block1_conv2"), profile).tolist() == pytest.approx([1.0, 1.0])
    assert one_number(layer_named("block1_conv1"), {}) is None
