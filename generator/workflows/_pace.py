"""An honest time left: costs from the catalogue, corrected by what this machine was measured to take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from generator.executors.cutting import filter_cost
from generator.records import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generator.plan import PlannedFilter


SETTLED_S = 5.0
"""Before so many seconds the rate says nothing: the first layer's graph is still being compiled."""


class Pace:
    """Counts what is done and tells how long the rest will take at the rate measured so far."""

    def __init__(self, planned: Sequence[PlannedFilter], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._costs = {filter_.id: filter_cost(filter_.id.layer, filter_.settings) for filter_ in planned}
        self._done = 0
        self._cost_done = 0.0
        self._cost = sum(self._costs.values())

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""
        return self._clock() - self._begun

    def progress(self, finished: PlannedFilter, label: str) -> Progress:
        """Count one more filter as done and return how far the whole is."""
        self._done += 1
        self._cost_done += self._costs[finished.id]
        elapsed = self.elapsed_s
        left = elapsed * (self._cost - self._cost_done) / self._cost_done if elapsed >= SETTLED_S else None
        rate = self._done / elapsed if elapsed > 0 else 0.0
        return Progress(label, self._done, len(self._costs), rate, left)
