"""One task of the atlas: make the pictures of some filters, measure stored ones, read photographs or map them.

This is the function that executors are handed; it composes the ascent, the network and the measures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.files import digest_of
from generator.records import AscentTask, MapTask, MeasureResult, PhotoTask
from generator.store.pictures import decode_image
from generator.workflows._measures import MEASURED_AT_ONCE, measured
from generator.workflows._networks import network_of
from generator.workflows._pictures import made
from generator.workflows._readings import mapped, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.executors.protocol import Outcome
    from generator.records import MeasureTask, StartRecord, Task
    from generator.workflows._networks import Network, Tensors


def run_task(task: Task, *, tensors: Tensors | None = None) -> Iterator[Outcome]:
    """Do a task and yield outcomes for all that it owes, in any order.

    Args:
        task: pictures to be made, stored ones to be measured, or photographs to be read.
        tensors: the weights, when they were sent along; None loads those that `task.weights` names.

    Raises:
        BadWeights: the weights cannot be had.

    """
    network = network_of(task.weights, tensors)
    if isinstance(task, AscentTask):
        yield from made(network, task)
    elif isinstance(task, MapTask):
        yield from mapped(network, task)
    elif isinstance(task, PhotoTask):
        yield from read(network, task)
    else:
        yield from _measured(network, task)


def starts_of(weights: str, *, tensors: Tensors | None = None) -> tuple[StartRecord, ...]:
    """Return the article's start for all layers; `weights` and `tensors` as in `run_task`."""
    return network_of(weights, tensors).starts()


def _measured(network: Network, task: MeasureTask) -> Iterator[MeasureResult]:
    together = min(MEASURED_AT_ONCE, task.batch_size)
    for at in range(0, len(task.filters), together):
        numbers = task.filters[at : at + together]
        files = [task.files[number] for number in numbers]
        images = np.stack([decode_image(file) for file in files])
        digests = [digest_of(file) for file in files]
        found = measured(network, task.layer, task.settings, task.kinds, images, digests, numbers)
        for number, measurements in zip(numbers, found, strict=True):
            yield MeasureResult(task.layer, number, measurements)
