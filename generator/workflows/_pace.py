"""The time left of a build: what the layers took that have run, and an estimate from it for those that have not.

A step costs its convolutions' operations, at the rate that the device was measured to reach, and something for every
pixel of the canvas, which the first layers tell: a fast device spends most of its time there. What a task takes before
its first pictures (compiling, and publishing the layer before) is told apart, so that it is not taken for their pace.
"""

from __future__ import annotations

import heapq
import statistics
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from generator.executors.cutting import filter_work
from generator.records import FilterId, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import Device, FilterTask

Kind: TypeAlias = "tuple[str, Settings, type[FilterTask]]"

SETTING_UP_S: Final = 3.0
"""Seconds that a task takes before its first batch climbs, as long as none has told (measured: 1 to 4)."""

SETTLED_S: Final = 20.0
"""Seconds after which a first batch tells something: less may be the setting-up of the first task."""


@dataclass(slots=True)
class _Run:
    """A task that was started at `begun`: when its first batch was finished, and when its last one so far."""

    task: FilterTask
    begun: float
    done: int = 0
    seen: float = 0.0
    first: float = 0.0
    first_count: int = 0
    last: float = 0.0
    last_count: int = 0

    def count(self, now: float) -> None:
        """Count one more filter; those of a batch come at once, so the first of a batch tells the time of it all."""
        batch, whole = self.task.batch_size, len(self.task.filters)
        if self.done % batch == 0:
            self.last, self.last_count = now, min(whole, self.done + batch)
            if not self.first_count:
                self.first, self.first_count = now, self.last_count
        self.done, self.seen = self.done + 1, now

    def left_s(self, now: float, setting_up_s: float, filter_s: float) -> float:
        """Return the seconds that it still takes; the rest of a batch of which one is finished is as good as done."""
        left = (len(self.task.filters) - self.last_count) * filter_s
        return max(0.0, left - (now - self.seen) if self.done else left + setting_up_s - (now - self.begun))


class Pace:
    """Counts what is done and tells how long the rest will take."""

    def __init__(
        self, tasks: Sequence[FilterTask], workers: int, device: Device, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._begun = clock, clock()
        self._workers, self._device = workers, device
        self._waiting = deque(tasks)
        self._runs: list[_Run] = []
        self._run_of: dict[FilterId, _Run] = {}
        self._done, self._total = 0, sum(len(task.filters) for task in tasks)
        for _ in range(workers):
            self._start_next()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the work began."""
        return self._clock() - self._begun

    def progress(self, finished: FilterId, label: str) -> Progress:
        """Count one more filter as done and return how far the whole is."""
        now = self.elapsed_s
        self._done += 1
        run = self._run_of[finished]
        run.count(now)
        if run.done == len(run.task.filters):
            self._start_next()
        return Progress(label, self._done, self._total, self._done / now if now > 0 else 0.0, self._left_s(now))

    def _start_next(self) -> None:
        # As executors do it: in their order, as soon as a worker is free.
        if self._waiting:
            run = _Run(self._waiting.popleft(), self.elapsed_s)
            self._runs.append(run)
            self._run_of |= {FilterId(run.task.layer, number): run for number in run.task.filters}

    def _left_s(self, now: float) -> float | None:
        measured = _filter_seconds(self._runs, now)
        if not measured:
            return None
        estimate = _fitted(measured, self._device)
        setting_up = self._setting_up_s(measured)
        under_way = [run for run in self._runs if run.done < len(run.task.filters)]
        kinds = {_kind(run.task) for run in under_way} | {_kind(task) for task in self._waiting}
        seconds = {kind: measured[kind] if kind in measured else estimate(*kind) for kind in kinds}
        ends = [run.left_s(now, setting_up, seconds[_kind(run.task)]) for run in under_way]
        heapq.heapify(ends)
        for task in self._waiting:
            heapq.heapreplace(ends, ends[0] + setting_up + len(task.filters) * seconds[_kind(task)])
        return max(ends, default=0.0)

    def _setting_up_s(self, measured: Mapping[Kind, float]) -> float:
        found = [
            max(0.0, run.first - run.begun - run.first_count * measured[_kind(run.task)])
            for run in self._runs
            if run.first_count and run.last_count > run.first_count
        ]
        # A worker's first task has the worker's own start in it.
        return statistics.fmean(found[self._workers :] or found or [SETTING_UP_S])


def _kind(task: FilterTask) -> Kind:
    return task.layer, task.settings, type(task)


def _filter_seconds(runs: Sequence[_Run], now: float) -> dict[Kind, float]:
    """Return the seconds of a filter for every kind of task that tells it.

    They are told from the first batch to the last, and by a single batch that took much longer than its setting-up.
    Where only first batches are done, they have to do, but not within `SETTLED_S`.
    """
    begun = [run for run in runs if run.first_count]
    told = [
        (run, run.last - run.first, run.last_count - run.first_count)
        for run in begun
        if run.last_count > run.first_count
    ]
    if told:
        begun = [run for run in begun if run.first_count == len(run.task.filters) and run.first - run.begun > SETTLED_S]
    if told or now >= SETTLED_S:
        told += [(run, max(0.0, run.first - run.begun - SETTING_UP_S), run.first_count) for run in begun]
    spent: dict[Kind, float] = defaultdict(float)
    count: dict[Kind, int] = defaultdict(int)
    for run, seconds, filters in told:
        spent[_kind(run.task)] += seconds
        count[_kind(run.task)] += filters
    return {kind: seconds / count[kind] for kind, seconds in spent.items() if seconds > 0}


def _fitted(measured: Mapping[Kind, float], device: Device) -> Callable[[str, Settings, type[FilterTask]], float]:
    """Return a function that estimates the seconds of a filter of any layer and settings.

    The operations a second and the seconds a pixel are those with the least sum of squared relative errors; the
    measured rate of the device counts as one layer more, so that the first layers, which hardly have any convolutions,
    need not tell what the last ones take.
    """

    def parts(layer: str, settings: Settings, kind: type[FilterTask]) -> NDArray[np.float64]:
        flops, pixels = filter_work(layer, settings, kind)
        return np.array((flops / device.flops_per_s[settings.precision], pixels))

    rows = np.array([(1.0, 0.0), *(parts(*kind) / seconds for kind, seconds in measured.items())])
    coefficients = np.linalg.lstsq(rows, np.ones(len(rows)))[0]
    if coefficients.min() < 0:
        flops = rows[:, 0]
        coefficients = np.array((flops.sum() / (flops @ flops), 0.0))
    return lambda *kind: float(parts(*kind) @ coefficients)
