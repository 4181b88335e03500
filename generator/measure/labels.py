"""Words for a filter: labels of the photographs that it answers to, with a score where one is earned.

Kind `labels`. The score is the area under the curve (AUC): the share of pairs, one photograph with the label and one
without, of which the one with it has the greater peak, equal ones counting half (Mann and Whitney 1947).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.records import Score, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

VERSION: Final = 1

LEAST_PHOTOGRAPHS: Final = 8
"""A label on fewer photographs than this earns no score."""

LEAST_SCORE: Final = 0.9
MOST_LABELS: Final = 2
STRONGEST: Final = 9
"""How many photographs stand for a filter."""

_TOGETHER: Final = 64
"""Filters ranked at once: bounds the memory where a set has many photographs."""


def areas(peaks: NDArray[np.float32], labels: Sequence[str]) -> dict[str, tuple[int, NDArray[np.float64]]]:
    """Return for each label its photographs' count and every filter's AUC for it.

    Args:
        peaks: shape (photographs, filters).
        labels: one a photograph; an empty one is none.

    Returns:
        Labels of at least `LEAST_PHOTOGRAPHS` that not all photographs bear; float64, shape (filters,).

    """
    from scipy.stats import rankdata  # noqa: PLC0415 - takes seconds to import; pages are made of what is kept

    names, codes, counts = np.unique(
        np.asarray(labels, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    order, starts = np.argsort(codes, kind="stable"), np.concatenate([[0], np.cumsum(counts)[:-1]])
    sums = [
        np.add.reduceat(rankdata(peaks[:, at : at + _TOGETHER], axis=0)[order], starts, axis=0)
        for at in range(0, peaks.shape[1], _TOGETHER)
    ]
    found = {}
    for name, count, ranks in zip(names.tolist(), counts.tolist(), np.concatenate(sums, axis=1), strict=True):
        if name and LEAST_PHOTOGRAPHS <= count < len(peaks):
            found[name] = (count, (ranks - count * (count + 1) / 2) / (count * (len(peaks) - count)))
    return found


def earned_labels(
    peaks: NDArray[np.float32], labels: Sequence[str], groups: Sequence[str]
) -> tuple[tuple[Score, ...], ...]:
    """Return for each filter the best labels or groups that score `LEAST_SCORE` or more, at most `MOST_LABELS`.

    Args:
        peaks: shape (photographs, filters).
        labels: one a photograph; an empty one is none.
        groups: coarser than labels; a group that is called like a label counts as one.

    """
    known = {**areas(peaks, labels), **areas(peaks, groups)}
    found = []
    for place in range(peaks.shape[1]):
        scores = [Score(name, float(area[place]), count) for name, (count, area) in known.items()]
        earned = [score for score in scores if score.score >= LEAST_SCORE]
        found.append(tuple(sorted(earned, key=lambda score: (-score.score, score.label))[:MOST_LABELS]))
    return tuple(found)


def words(peaks: NDArray[np.float32], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of one filter's strongest photographs, strongest first, each once.

    Args:
        peaks: shape (photographs,).
        labels: one a photograph; an empty one is none.

    """
    answered = (labels[photograph] for photograph, peak in strongest(peaks, STRONGEST) if peak > 0)
    return tuple(dict.fromkeys(label for label in answered if label))
