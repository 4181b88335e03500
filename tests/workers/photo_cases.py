"""Photographs that were never taken: readings and sums that count like real ones."""

from __future__ import annotations

import hashlib
import time

import numpy as np
from PIL import Image

from generator.catalogue import FILTER_COUNT, LAYERS
from generator.measure.relatives import Sums, sums_of
from generator.records import MapPlace, MapTask, PhotoBatch, Photograph, PhotoMaps, Reading, tile_side
from generator.records.ranks import ranks

WEIGHTS = "ab" * 32
LABELS = ("dog", "corn", "")
TILE_SIDES = {layer.name: tile_side(layer) for layer in LAYERS}
FEW = LAYERS[:2]


def few_layers(patch) -> None:
    """Let sets be of two layers alone: what is derived, published and adopted is so for every layer in one way."""
    names = tuple(layer.name for layer in FEW)
    for module in ("publish.photo_archive", "workflows._photo_adoption"):
        patch.setattr(f"generator.{module}.LAYER_NAMES", names)
        patch.setattr(f"generator.{module}.LAYERS", FEW)
    for module in ("generator.workflows._photo_sets", "generator.store.photo_tables", "photo_cases"):
        patch.setattr(f"{module}.LAYERS", FEW)


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
    return reading_of(int(photograph.sha256[:8], 16))


def reading_of(seed: int) -> Reading:
    rng = np.random.default_rng(seed)
    peaks = rng.gamma(1.0, 10.0, FILTER_COUNT) * (rng.random(FILTER_COUNT) > 0.2)
    return Reading(
        peaks.astype(np.float16),
        rng.integers(0, 14, (FILTER_COUNT, 2)).astype(np.uint8),
        ranks((peaks / 4).astype(np.float16)),
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


def tile(place: MapPlace) -> np.ndarray:
    """Return a tile of a map that is the same all over, and tells of which filter it is."""
    side = TILE_SIDES[place.layer]
    return np.full((side, side), place.filter % 64 * 4, np.uint8)


def save(path, seed: int) -> None:
    """Save a small photograph of noise; that of seed 0 is black."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (24, 18, 3)) if seed else np.zeros((24, 18, 3))
    Image.fromarray(noise.astype(np.uint8)).save(path)


def compute(task, *, tensors=None):
    """Read photographs without a network, each of which does what its pixels say; a black one cannot be read."""
    del tensors
    if isinstance(task, MapTask):
        for number in task.numbers:
            yield PhotoMaps((number,), {place: tile(place) for place in task.places[number]})
        return
    groups = [task.numbers] if task.batch_size > 1 else [(number,) for number in task.numbers]
    for group in groups:
        if not all(task.images[number].any() for number in group):
            raise ValueError("all is black")
        pixels = (hashlib.sha256(task.images[number].tobytes()).digest() for number in group)
        found = [reading_of(int.from_bytes(digest[:4], "big")) for digest in pixels]
        yield PhotoBatch(group, tuple(found), sums(found))


def compute_slowly(task, *, tensors=None):
    """Take as long for each photograph as a fast device."""
    time.sleep(0.02 * len(task.numbers))
    yield from compute(task, tensors=tensors)
