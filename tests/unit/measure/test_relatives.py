from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from generator.measure.relatives import (
    Kinship,
    Sums,
    correlations,
    firmness,
    near_duplicates,
    nearest,
    sums_of,
    sums_of_cross,
)

some_parts = arrays(
    np.float32, st.tuples(st.integers(2, 12), st.just(16), st.integers(2, 6)), elements=st.floats(0, 1e4, width=32)
)


def parts(seed: int = 0, photographs: int = 200, filters: int = 12) -> np.ndarray:
    """Peaks of three kinds of filters, four of each kind, with noise of their own."""
    rng = np.random.default_rng(seed)
    kinds = rng.gamma(1, 20, (photographs, 16, 3)).repeat(filters // 3, axis=2)
    return (kinds * rng.uniform(0.7, 1.3, (photographs, 16, filters))).astype(np.float32)


def same(one: Sums, other: Sums) -> bool:
    scale = float(np.abs(one.products).max(initial=1.0))
    return (
        one.places == other.places
        and np.allclose(one.values, other.values, rtol=1e-9, atol=1e-9 * scale)
        and np.allclose(one.products, other.products, rtol=1e-9, atol=1e-9 * scale)
    )


@given(some_parts, st.data())
def test_sums_over_batches_add_up_to_the_sums_over_the_whole(peaks: np.ndarray, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(peaks)))
    whole = sums_of(peaks)
    assert whole.places == 16 * len(peaks)
    assert same(sums_of(peaks[:cut]) + sums_of(peaks[cut:]), whole)
    assert same(sums_of(peaks[cut:]) + sums_of(peaks[:cut]), whole)


@given(some_parts)
def test_correlations_are_symmetric_and_between_minus_one_and_one(peaks: np.ndarray) -> None:
    found = correlations(sums_of(peaks))
    assert np.isfinite(found).all()
    assert np.array_equal(found, found.T)
    assert np.abs(found).max() <= 1
    assert np.array_equal(np.diag(found), np.ones(len(found)))


def test_correlations_from_sums_are_numpys_over_all_places() -> None:
    peaks = parts()
    x = np.log1p(peaks.reshape(-1, 12).astype(float))
    x -= x.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(correlations(sums_of(peaks)), np.corrcoef(x.T), atol=1e-10)


def test_a_filter_that_is_the_same_everywhere_is_like_no_other() -> None:
    peaks = np.zeros((3, 16, 4), np.float32)
    assert np.array_equal(correlations(sums_of(peaks)), np.eye(4))


def test_relatives_are_the_filters_of_the_same_kind_nearest_first() -> None:
    correlation = correlations(sums_of(parts()))
    found = nearest(correlation, 3)
    for own, relatives in enumerate(found):
        assert {other // 4 for other, _ in relatives} == {own // 4}
        assert own not in {other for other, _ in relatives}
        values = [value for _, value in relatives]
        assert values == sorted(values, reverse=True)
        assert values == [correlation[own, other] for other, _ in relatives]
    assert len(nearest(correlation)[0]) == 8
    assert len(nearest(correlation[:3, :3])[0]) == 2


def test_the_order_keeps_families_together_and_a_cut_finds_them() -> None:
    shuffled = np.random.default_rng(4).permutation(12)
    kinship = Kinship(correlations(sums_of(parts()[..., shuffled])))
    assert sorted(kinship.order) == list(range(12))
    families = kinship.families(0.5)
    assert [len(family) for family in families] == [4, 4, 4]
    assert all(len({shuffled[each] // 4 for each in family}) == 1 for family in families)
    assert [each for family in families for each in family] == list(kinship.order)
    assert kinship.families(2.0) == (kinship.order,)
    assert len(kinship.families(0.0)) == 12


def test_near_duplicates_are_pairs_above_the_mark_most_alike_first() -> None:
    correlation = np.eye(4)
    correlation[0, 3] = correlation[3, 0] = 0.85
    correlation[1, 2] = correlation[2, 1] = 0.95
    correlation[0, 1] = correlation[1, 0] = 0.8
    assert near_duplicates(correlation) == ((1, 2, 0.95), (0, 3, 0.85))


def test_without_photographs_filters_whose_pictures_excite_the_same_are_alike() -> None:
    cross = parts(photographs=12)[:, 0, :].T.copy()
    x = np.log1p(cross.astype(float))
    x -= x.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(correlations(sums_of_cross(cross)), np.corrcoef(x), atol=1e-10)


@pytest.mark.parametrize("filters", [64, 512])
def test_a_whole_layer_is_put_in_order(filters: int) -> None:
    rng = np.random.default_rng(filters)
    peaks = rng.gamma(1, 20, (60, 16, filters)).astype(np.float32)
    assert sorted(Kinship(correlations(sums_of(peaks))).order) == list(range(filters))


def test_a_family_is_as_firm_as_its_filters_correlate_on_the_average() -> None:
    correlation = np.array([[1, 0.6, 0.3, 0], [0.6, 1, 0.0, 0], [0.3, 0, 1, 0], [0, 0, 0, 1]], float)
    assert firmness(correlation, ((1, 0, 2), (3,), (2, 0))) == pytest.approx((0.3, 1.0, 0.3))
