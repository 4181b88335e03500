"""Photographs through the network: what a task of them does to every filter, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.catalogue import LAYERS
from generator.measure.maps import map_tile
from generator.measure.peaks import joined
from generator.measure.relatives import sums_of
from generator.records import PhotoBatch, PhotoMaps, Reading
from generator.records.ranks import ranks
from generator.vgg.maps import maps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from generator.measure.peaks import LayerPeaks
    from generator.records import MapPlace, MapTask, PhotoTask
    from generator.workflows._networks import Network

_MOST = float(np.finfo(np.float16).max)
"""Greater values, which only odd weights give, are kept as this one."""


def read(network: Network, task: PhotoTask) -> Iterator[PhotoBatch]:
    """Yield what the photographs do, all in one outcome; each in its own where the batch is of one."""
    groups = [task.numbers] if task.batch_size > 1 else [(number,) for number in task.numbers]
    for group in groups:
        parts = (group[at : at + task.batch_size] for at in range(0, len(group), task.batch_size))
        found = joined([network.reader().read(np.stack([task.images[number] for number in part])) for part in parts])
        yield PhotoBatch(
            group,
            tuple(_reading(found, place) for place in range(len(group))),
            {name: sums_of(peaks.parts) for name, peaks in found.items()},
        )


def mapped(network: Network, task: MapTask) -> Iterator[PhotoMaps]:
    """Yield the maps that are wanted of each photograph."""
    for number in task.numbers:
        wanted: dict[str, list[MapPlace]] = {}
        for place in task.places[number]:
            wanted.setdefault(place.layer, []).append(place)
        tiles = {
            place: map_tile(maps[..., place.filter], place)
            for name, maps in maps_of(network.trunk("float32"), task.images[number])
            for place in wanted.get(name, ())
        }
        yield PhotoMaps((number,), tiles)


def _reading(found: Mapping[str, LayerPeaks], place: int) -> Reading:
    every = [found[layer.name] for layer in LAYERS]
    return Reading(
        _half(np.concatenate([layer.peaks[place] for layer in every])),
        np.concatenate([layer.places[place] for layer in every]).astype(np.uint8),
        ranks(_half(np.concatenate([layer.means[place] for layer in every]))),
    )


def _half(values: NDArray[np.float32]) -> NDArray[np.float16]:
    return np.minimum(values, _MOST).astype(np.float16)
