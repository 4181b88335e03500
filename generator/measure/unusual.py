"""The filters of a layer that answer most unusually to one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.records.probed import ProbedFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def most_unusual(maps: NDArray[np.float32], units: Sequence[float | None], count: int) -> tuple[ProbedFilter, ...]:
    """Return at most `count` filters whose peaks are greatest in their units; equals in the order of their numbers.

    Args:
        maps: after the ReLU, shape (height, width, filters).
        units: above zero, by filter; a filter without one is left out. Empty: peaks are compared as they are.
        count: how many.

    """
    height, width, filters = maps.shape
    flat = maps.reshape(height * width, filters)
    peaks = flat.max(axis=0)
    usual = np.array([1.0 if not units else units[number] or np.inf for number in range(filters)])
    answers = peaks / usual
    found = [int(number) for number in np.argsort(-answers, kind="stable")[:count] if answers[number] > 0]
    return tuple(
        ProbedFilter(
            number,
            float(answers[number]),
            float(peaks[number]),
            float(flat[:, number].mean(dtype=np.float64)),
            *divmod(int(flat[:, number].argmax()), width),
        )
        for number in found
    )
