from __future__ import annotations

import numpy as np
import pytest

from generator.measure import statistics


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
