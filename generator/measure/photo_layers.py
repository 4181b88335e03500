"""What a set of photographs says of one layer, from what each photograph does to its filters; without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.measure import labels, relatives
from generator.records import QUANTILES, UNUSUAL, Answer, PhotoLayer, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.records import Photograph, Sums

VERSION: Final = 2
"""Of what is derived here beside `labels` and `relatives`, which have versions of their own."""

ANSWERS: Final = 8
"""How many filters are named of each photograph."""

_TOGETHER: Final = 4096
"""Photographs sorted at once: bounds the memory where a set has many."""


def photo_layer(
    name: str,
    photographs: Sequence[Photograph],
    peaks: NDArray[np.float16],
    places: NDArray[np.uint8],
    sums: Sums,
) -> PhotoLayer:
    """Return what photographs say of the layer called `name`, without agreements.

    Args:
        name: of the layer.
        photographs: at least one.
        peaks: shape (photographs, filters).
        places: shape (photographs, filters, 2): the peaks' rows and columns.
        sums: over all of the photographs.

    """
    exact = peaks.astype(np.float32)
    quantiles = np.quantile(exact, [percent / 100 for percent in QUANTILES], axis=0).T.astype(np.float32)
    names = [photograph.label for photograph in photographs]
    alike = relatives.correlations(sums)
    kinship = relatives.Kinship(alike)
    families = kinship.families()
    return PhotoLayer(
        layer=name,
        fires_on=(peaks > 0).sum(axis=0).astype(np.int32),
        quantiles=quantiles,
        strongest=tuple(_strongest(exact[:, number], places[:, number]) for number in range(peaks.shape[1])),
        words=tuple(labels.words(exact[:, number], names) for number in range(peaks.shape[1])),
        labels=labels.earned_labels(exact, names, [photograph.group for photograph in photographs]),
        relatives=relatives.nearest(alike),
        order=kinship.order,
        families=families,
        firmness=relatives.firmness(alike, families),
        duplicates=relatives.near_duplicates(alike),
        answers=_answers(exact, quantiles[:, UNUSUAL]),
    )


def _strongest(peaks: NDArray[np.float32], places: NDArray[np.uint8]) -> tuple[Answer, ...]:
    return tuple(
        Answer(photograph, peak, int(places[photograph, 0]), int(places[photograph, 1]))
        for photograph, peak in strongest(peaks, labels.STRONGEST)
        if peak > 0
    )


def _answers(peaks: NDArray[np.float32], usual: NDArray[np.float32]) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Return by photograph the filters with the greatest peak over `usual`; where that is zero nothing can be said."""
    found = []
    for at in range(0, len(peaks), _TOGETHER):
        part = peaks[at : at + _TOGETHER]
        unusual = np.divide(part, usual, out=np.zeros_like(part), where=usual > 0)
        order = np.argsort(-unusual, axis=1, kind="stable")[:, :ANSWERS]
        for row, filters in zip(unusual, order, strict=True):
            found.append(tuple((int(number), float(row[number])) for number in filters if row[number] > 0))
    return tuple(found)
