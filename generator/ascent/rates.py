"""How fast the ascent and the notebook's loop are on this machine, in seconds for one picture."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from generator.ascent import notebook
from generator.ascent.loop import Start, fastest_ascent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.vgg.forward import Trunk

STEPS = 2
ROUNDS = 3
LONG_ENOUGH_S = 4.0
"""Rounds that took this long together are many steps, and so an average already."""


def ascent_seconds(trunk: Trunk, layer: str, settings: Settings, batch_size: int) -> float:
    """Return the seconds of one step of one picture in a full batch, the best of a few rounds after a warm-up."""
    ascent = fastest_ascent(trunk, layer, replace(settings, steps=STEPS, threshold=None))
    starts = [Start(number, settings.seed) for number in range(batch_size)]

    def round_of_steps() -> int:
        return sum(len(climb.losses) for climb in ascent.climb(starts, batch_size))

    return _best(round_of_steps)


def notebook_seconds(tensors: Mapping[str, NDArray[np.float32]], layer: str, settings: Settings) -> float:
    """Return the seconds of one step of the notebook's loop."""
    model = notebook.keras_model(tensors, layer)
    few = replace(settings, steps=STEPS, threshold=None)
    return _best(lambda: len(notebook.climb(model, 0, few)[1]))


def _best(work: Callable[[], int]) -> float:
    """Return the seconds of one of the pieces that `work` counts: the best round after a warm-up."""
    work()
    rounds = list[float]()
    while len(rounds) < ROUNDS and (not rounds or sum(rounds) < LONG_ENOUGH_S):
        begun = time.perf_counter()
        count = work()
        rounds.append(time.perf_counter() - begun)
    return min(rounds) / count
