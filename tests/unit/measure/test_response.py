"""The measurement `response`: ranks, selectivity, maps, and its way into the store and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from generator.measure.maps import TILES
from generator.measure.response import responses
from generator.records import RESPONSE, Response, strongest

means = arrays(np.float32, st.integers(1, 40), elements=st.floats(0, 1000, width=32))


def response_to(values: np.ndarray, own: int = 0) -> Response:
    return Response(own, np.asarray(values, np.float32), np.zeros((1, 2, 2), np.uint8), (own,), 0.0)


@given(means)
def test_ranks_count_the_stronger_filters(values: np.ndarray) -> None:
    ranks = [response_to(values, place).rank for place in range(len(values))]
    assert ranks == [1 + sum(other > own for other in values) for own in values]


@given(means)
def test_selectivity_stays_between_minus_one_and_one(values: np.ndarray) -> None:
    assert all(-1 <= response_to(values, place).selectivity <= 1 for place in range(len(values)))


def test_selectivity_is_one_alone_zero_among_equals_and_minus_one_for_a_silent_filter() -> None:
    assert [response_to(values).selectivity for values in ([5, 0, 0], [5, 5, 5], [0, 5, 5], [0, 0, 0])] == [1, 0, -1, 0]


def test_the_strongest_come_first_and_equal_ones_by_number() -> None:
    values = np.array([1, 5, 3, 5], np.float32)
    assert strongest(values, 3) == ((1, 5.0), (3, 5.0), (2, 3.0))
    assert response_to(np.arange(20)).top == tuple((place, float(place)) for place in range(19, 9, -1))


def test_a_response_comes_back_from_its_measurement_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    given_ = Response(
        3, rng.random(64, np.float32), rng.integers(0, 255, (2, 8, 8)).astype(np.uint8), (3, 60), 0.1 + 0.2
    )
    stored = given_.measurement("block1_conv1", 7, "ab" * 32)
    assert (stored.layer, stored.filter, stored.kind, stored.version) == ("block1_conv1", 3, RESPONSE, 7)
    back = Response.of(stored)
    assert back is not None
    assert (back.filter, back.map_filters, back.map_peak) == (3, (3, 60), given_.map_peak)
    assert np.array_equal(back.means, given_.means)
    assert np.array_equal(back.maps, given_.maps)


def test_a_measurement_that_lacks_an_array_is_no_response() -> None:
    stored = response_to(np.ones(3)).measurement("block1_conv1", 1, "ab" * 32)
    for name in stored.values:
        assert Response.of(replace(stored, values={k: v for k, v in stored.values.items() if k != name})) is None


class SmallLayer:
    """A layer of twenty filters whose maps are plain: filter n is n everywhere, times the picture's mean."""

    def means_and_maps(
        self, pictures: np.ndarray, filters: list[int], count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        assert pictures.dtype == np.float32
        values = pictures.mean(axis=(1, 2, 3))[:, None] * np.arange(20, dtype=np.float32)
        top = np.argsort(-values, axis=1, kind="stable")[:, :count]
        shown = np.concatenate([np.array(filters)[:, None], top], axis=1)
        maps = np.take_along_axis(values, shown, axis=1)[..., None, None] * np.ones((4, 4), np.float32)
        return values, shown, maps


def test_the_filters_own_map_comes_first_then_the_strongest_others() -> None:
    pictures = np.full((2, 8, 8, 3), 2, np.uint8)
    weak, strong = responses(SmallLayer(), pictures, [3, 18])
    assert weak.map_filters == (3, 19, 18, 17, 16, 15, 14, 13)
    assert strong.map_filters == (18, 19, 17, 16, 15, 14, 13, 12)
    assert len(weak.maps) == TILES
    assert (weak.map_peak, weak.displayed_mean, weak.rank) == (38.0, 6.0, 17)
    assert [int(tile[0, 0]) for tile in weak.maps[:2]] == [40, 255]
