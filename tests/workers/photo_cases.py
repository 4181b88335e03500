"""Photographs that were never taken: readings and sums that count like real ones."""

from __future__ import annotations

import hashlib

import numpy as np

from generator.catalogue import FILTER_COUNT, LAYERS
from generator.measure.relatives import Sums, sums_of
from generator.records import Photograph, Reading

WEIGHTS = "ab" * 32
LABELS = ("dog", "corn", "")


def photographs(count: int, first: int = 0) -> list[Photograph]:
    """Photographs with numbers from `first` on, each with one of three labels."""
    return [
        Photograph(
            label=LABELS[number % 3],
            author=f"Author {number}",
            stem=f"photo-{number}",
            sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        )
        for number in range(first, first + count)
    ]


def reading(photograph: Photograph) -> Reading:
    """Return what the photograph does: always the same."""
    rng = np.random.default_rng(int(photograph.sha256[:8], 16))
    peaks = rng.gamma(1.0, 10.0, FILTER_COUNT) * (rng.random(FILTER_COUNT) > 0.2)
    return Reading(
        peaks.astype(np.float16),
        rng.integers(0, 14, (FILTER_COUNT, 2)).astype(np.uint8),
        (peaks / 4).astype(np.float16),
    )


def sums(found: list[Reading]) -> dict[str, Sums]:
    """Return the sums of readings over sixteen places each, which all answer as the whole does."""
    parts = np.stack([np.tile(one.peaks.astype(np.float32), (16, 1)) for one in found])
    return {layer.name: sums_of(parts[..., layer.span]) for layer in LAYERS}


def put(photos, name: str, taken: list[Photograph], weights: str = WEIGHTS) -> None:
    """Store photographs as a set."""
    photos.ensure_set(name, weights, 1)
    found = [reading(one) for one in taken]
    photos.put(name, taken, found, sums(found))
