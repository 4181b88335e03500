"""How fast the ascent, the measures and the notebook's loop are on this machine, in seconds for one picture."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from generator.ascent import notebook
from generator.ascent.loop import Start, fastest_ascent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.vgg.forward import Trunk
    from generator.vgg.gauge import Gauge

STEPS = 4
ROUNDS = 3


def ascent_seconds(trunk: Trunk, layer: str, settings: Settings, batch_size: int) -> float:
    """Return the seconds of one step of one picture in a full batch, the best of a few rounds after a warm-up."""
    ascent = fastest_ascent(trunk, layer, replace(settings, steps=STEPS, threshold=None))
    starts = [Start(number, settings.seed) for number in range(batch_size)]

    def round_of_steps() -> int:
        return sum(len(climb.losses) for climb in ascent.climb(starts, batch_size))

    return _best(round_of_steps)


def gauge_seconds(gauge: Gauge, size_px: int, batch_size: int) -> float:
    """Return the seconds that measuring one finished picture takes."""
    pictures = np.full((batch_size, size_px, size_px, 3), 128, np.float32)
    shown = np.zeros((batch_size, 8), np.int32)

    def measure() -> int:
        gauge.means(pictures)
        gauge.means_and_maps(pictures, shown)
        return batch_size

    return _best(measure)


def notebook_seconds(tensors: Mapping[str, NDArray[np.float32]], layer: str, settings: Settings) -> float:
    """Return the seconds of one step of the notebook's loop."""
    model = notebook.keras_model(tensors, layer)
    few = replace(settings, steps=STEPS, threshold=None)
    return _best(lambda: len(notebook.climb(model, 0, few)[1]))


def _best(work: Callable[[], int]) -> float:
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        count = work()
        best = min(best, (time.perf_counter() - begun) / count)
    return best
