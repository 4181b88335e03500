"""Cuts what is to be computed into tasks, by estimated costs, so that no worker waits long for the last one.

Layers come cheapest first, as they are published. The size of the tasks falls from the first to the last: each takes a
fixed part of a worker's fair share of what is left (guided self-scheduling, Polychronopoulos and Kuck 1987, with the
smaller part of Hummel, Schonberg and Flynn's factoring, 1992, which forgives wrong estimates). So every worker has few
tasks to set up, and all end at nearly the same time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from generator.catalogue import LAYERS, layer_named
from generator.recipes import usual_batch_size
from generator.records import AscentTask, FilterId, MeasureTask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from generator.executors.protocol import Capacity
    from generator.recipes import Settings
    from generator.records import Changes, EditionRecord, FilterTask

PIXEL_FLOPS: Final = 1e5
"""What a step costs for each pixel of the canvas beside the convolutions, in their operations (measured)."""

NARROW_CHANNELS: Final = 64
"""Channels from which a convolution reaches half the rate of one from very many (assumed; it fits two processors)."""

STEPS_TO_MEASURE: Final = 6
"""What it costs to measure a finished picture, in steps (measured)."""

SHARE: Final = 0.7
"""Part of a worker's fair share of what is left that the next task takes (by simulation)."""

LEAST_FILTERS: Final = 4
"""The rate of the ascent is flat from four pictures side by side; a smaller task would be a slower one."""

MEMORY_PART: Final = 0.5
"""Part of a worker's memory that a batch may take; the rest is for the library, the weights and what it sets aside."""

BYTES_PER_VALUE: Final = 4
COPIES: Final = 3
"""Copies of each layer's maps that a step may hold: the maps, their gradient, scratch space (measured: one to two)."""


def cut(
    wanted: Sequence[tuple[FilterId, Settings]],
    capacity: Capacity,
    *,
    edition: EditionRecord,
    changes: Mapping[str, Changes],
    kinds: tuple[str, ...],
    weights: str,
    batch_size: int | None = None,
) -> tuple[AscentTask, ...]:
    """Return tasks that make the pictures of all of `wanted`, in the order in which they are to be started.

    Args:
        wanted: filters with their settings; filters of a layer with equal settings share tasks.
        capacity: of the executor that will run the tasks.
        edition: that the pictures are for; as the next three, it goes with each task.
        changes: the user's own settings by layer.
        kinds: of the measurements to take of each picture.
        weights: what the user named.
        batch_size: what the user wants; None takes the usual, or as many as the memory has room for.

    """
    tasks = []
    for (layer, settings), filters in _parts(wanted, capacity, AscentTask):
        batch = batch_size or fitting_batch_size(layer, settings.size_px, capacity.memory_bytes)
        tasks.append(AscentTask(layer, filters, settings, edition, changes.get(layer, {}), kinds, weights, batch))
    return tuple(tasks)


def cut_measuring(
    wanted: Sequence[tuple[FilterId, Settings, tuple[str, ...]]],
    files: Mapping[FilterId, bytes],
    capacity: Capacity,
    *,
    weights: str,
) -> tuple[MeasureTask, ...]:
    """Return tasks that measure the stored pictures of all of `wanted`, each with the kinds that it lacks.

    Args:
        wanted: filters with the settings that their pictures were made with, and the kinds to take.
        files: the published file of each.
        capacity: of the executor that will run the tasks.
        weights: what the user named; goes with each task.

    """
    groups: dict[tuple[str, ...], list[tuple[FilterId, Settings]]] = {}
    for filter_id, settings, kinds in wanted:
        groups.setdefault(kinds, []).append((filter_id, settings))
    tasks = []
    for kinds, group in groups.items():
        for (layer, settings), filters in _parts(group, capacity, MeasureTask):
            batch = fitting_batch_size(layer, settings.size_px, capacity.memory_bytes)
            own = {number: files[FilterId(layer, number)] for number in filters}
            tasks.append(MeasureTask(layer, filters, settings, own, kinds, weights, batch))
    return tuple(tasks)


def _parts(
    wanted: Sequence[tuple[FilterId, Settings]], capacity: Capacity, kind: type[FilterTask]
) -> Iterator[tuple[tuple[str, Settings], tuple[int, ...]]]:
    """Yield layer and settings with the filters of each task, cheapest layer first."""
    groups: dict[tuple[str, Settings], list[int]] = {}
    for filter_id, settings in wanted:
        groups.setdefault((filter_id.layer, settings), []).append(filter_id.filter)
    costs = {group: filter_cost(*group, kind) for group in groups}
    ordered = sorted(groups.items(), key=lambda group: (costs[group[0]] * len(group[1]), group[0][0]))
    left = sum(costs[group] * len(filters) for group, filters in ordered)
    for group, filters in ordered:
        cost, at = costs[group], 0
        while at < len(filters):
            # One worker waits for nobody: it keeps its batch full from the whole layer.
            fair = len(filters) if capacity.workers == 1 else math.floor(SHARE * left / capacity.workers / cost)
            part = tuple(filters[at : at + max(LEAST_FILTERS, fair)])
            yield group, part
            at += len(part)
            left -= cost * len(part)


def filter_cost(layer: str, settings: Settings, kind: type[FilterTask] = AscentTask) -> float:
    """Return the cost of one filter of a kind of task in the operations of convolutions."""
    flops, pixels = filter_work(layer, settings, kind)
    return flops + PIXEL_FLOPS * pixels


def filter_work(layer: str, settings: Settings, kind: type[FilterTask]) -> tuple[float, float]:
    """Return the convolutions' operations of one filter of a kind of task, and the canvas' pixels times the steps.

    Convolutions from few channels are slower; they count for the operations from 256 channels that take as long.
    """
    last, flops = layer_named(layer), 0.0
    for current in LAYERS[: LAYERS.index(last) + 1]:
        side, outputs = settings.size_px // current.stride, 1 if current is last else current.filters
        slowness = (1 + NARROW_CHANNELS / current.in_channels) / (1 + NARROW_CHANNELS / 256)
        flops += slowness * 2 * 2 * side**2 * 9 * current.in_channels * outputs
    steps = STEPS_TO_MEASURE + (settings.steps if kind is AscentTask else 0)
    return steps * flops, steps * settings.size_px**2


def batch_bytes(layer: str, size_px: int) -> int:
    """Return the bytes that one picture of a batch takes in a step: the maps of every layer up to `layer`."""
    side, values, last = size_px, 3 * size_px * size_px, layer_named(layer)
    for current in LAYERS:
        if current.index == 1 and current.block > 1:
            side //= 2
        values += side * side * current.filters
        if current is last:
            break
    return COPIES * BYTES_PER_VALUE * values


def fitting_batch_size(layer: str, size_px: int, memory_bytes: int) -> int:
    """Return how many pictures climb side by side: as many as the memory has room for, never more than usual."""
    room = int(MEMORY_PART * memory_bytes) // batch_bytes(layer, size_px)
    return max(1, min(room, usual_batch_size(layer, size_px)))
