"""Loss statistics and status of one filter, from its curve and the mean on its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.records import Status


def slope_of(losses: Sequence[float]) -> float:
    """Return the relative change of the loss per step over the last tenth of the curve (at least three values).

    It is the slope of the least-squares line through these values over their mean; 0 for shorter or zero curves.
    """
    tail = np.asarray(losses[-max(3, len(losses) // 10) :], np.float64)
    if len(tail) < 3 or tail.mean() <= 0:  # noqa: PLR2004 - a line through two values says nothing of noise
        return 0.0
    steps = np.arange(len(tail)) - (len(tail) - 1) / 2
    return float(steps @ tail / (steps @ steps) / tail.mean())


def woke_at(losses: Sequence[float]) -> int | None:
    """Return the first step (from 0) at which a filter that began at zero is above it; None if it never was so."""
    if not losses or losses[0] > 0:
        return None
    return next((step for step, loss in enumerate(losses) if loss > 0), None)


def status_of(losses: Sequence[float], image_mean: float) -> Status:
    """Return `active`, `woken` (zero at its first step, above zero later) or `dead` (never above zero)."""
    if image_mean <= 0 and not any(loss > 0 for loss in losses):
        return "dead"
    return "active" if losses and losses[0] > 0 else "woken"
