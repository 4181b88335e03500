from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from generator.measure import statistics
from generator.records import strongest

means = arrays(np.float32, st.integers(1, 40), elements=st.floats(0, 1000, width=32))


@given(means)
def test_ranks_count_the_stronger_filters(values: np.ndarray) -> None:
    ranks = [statistics.rank_of(place, values) for place in range(len(values))]
    assert min(ranks) == 1
    assert all(1 <= rank <= len(values) for rank in ranks)
    assert ranks[int(values.argmax())] == 1


@given(means)
def test_selectivity_stays_between_minus_one_and_one(values: np.ndarray) -> None:
    assert all(-1 <= statistics.selectivity_of(place, values) <= 1 for place in range(len(values)))


def test_selectivity_is_one_alone_zero_among_equals_and_minus_one_for_a_silent_filter() -> None:
    assert statistics.selectivity_of(0, np.array([5, 0, 0], np.float32)) == 1
    assert statistics.selectivity_of(0, np.array([5, 5, 5], np.float32)) == 0
    assert statistics.selectivity_of(0, np.array([0, 5, 5], np.float32)) == -1
    assert statistics.selectivity_of(0, np.zeros(3, np.float32)) == 0


def test_the_slope_is_relative_growth_per_step_at_the_end_of_the_curve() -> None:
    line = [100.0 + step for step in range(40)]
    assert statistics.slope_of(line) == pytest.approx(1 / np.mean(line[-4:]))
    assert statistics.slope_of([7.0] * 40) == 0
    assert statistics.slope_of([1.0, 2.0]) == 0
    assert statistics.slope_of([0.0] * 40) == 0


@pytest.mark.parametrize(
    ("losses", "image_mean", "status", "woke_at"),
    [
        ([1.0, 2.0], 3.0, "active", None),
        ([0.0, 0.0, 0.5], 3.0, "woken", 2),
        ([0.0, 0.0], 0.0, "dead", None),
        ([1.0, 0.0], 0.0, "active", None),
    ],
)
def test_the_status_tells_how_a_filter_began_and_ended(
    losses: list[float], image_mean: float, status: str, woke_at: int | None
) -> None:
    assert statistics.status_of(losses, image_mean) == status
    assert statistics.woke_at(losses) == woke_at


def test_the_strongest_come_first_and_equal_ones_by_number() -> None:
    values = np.array([1, 5, 3, 5], np.float32)
    assert strongest(values, 3) == ((1, 5.0), (3, 5.0), (2, 3.0))
