"""Hands tasks to the workers of a pool, whatever kind it is, and sees every one of them through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from generator.errors import AtlasError, WorkFailed
from generator.executors.ledger import Job, Ledger
from generator.executors.prefetching import GLANCE_S
from generator.executors.protocol import OUTCOMES
from generator.records import PhotoTask, Task

if TYPE_CHECKING:
    import threading
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from generator.executors.protocol import Outcome

TASKS_PER_WORKER: Final = 32
"""Tasks after which a worker is replaced by a fresh one: compiled graphs are never freed in a process."""

FAILED_STARTS_IN_A_ROW: Final = 3
"""Workers that may fail to start, with none in between that does, before the run is given up."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker is ready for its first task."""


@dataclass(frozen=True, slots=True)
class Done:
    """A worker has nothing more to say about its task."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A worker runs, but cannot work, for a reason in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A worker is gone; the reason goes on from "the last", as in "was killed by SIGKILL"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The work itself is broken, whatever the filter."""

    error: AtlasError


Event: TypeAlias = "Ready | Done | Refused | Lost | Broken | Outcome"


class Pool(Protocol):
    """Workers in other processes, each known by a number that is never used twice."""

    def start(self) -> int:
        """Start a worker and return its number; it will report `Ready`, `Refused` or `Lost`."""

    def give(self, worker: int, task: Task) -> None:
        """Give a ready worker a task; it will report its outcomes, then `Done`."""

    def events(self, timeout_s: float) -> Sequence[tuple[int, Event]]:
        """Return what workers have reported since, waiting at most `timeout_s` seconds for the first of it."""

    def end(self, worker: int) -> None:
        """End a worker at once, or clear away what is left of a lost one."""

    def close(self) -> None:
        """End all workers at once."""


@dataclass(slots=True)
class _Worker:
    ready: bool = False
    job: Job | None = None
    tasks: int = 0


@dataclass(slots=True)
class Dispatcher:
    """Runs tasks on at most `workers` workers of `pool`, each of which is replaced after `tasks_per_worker`."""

    pool: Pool
    workers: int
    tasks_per_worker: int = TASKS_PER_WORKER
    _staff: dict[int, _Worker] = field(default_factory=dict, init=False)
    _failed_starts: int = field(default=0, init=False)

    def run(self, tasks: Iterable[Task], stop: threading.Event) -> Generator[Outcome, None, None]:
        """Yield outcomes for all that the tasks owe; ends early once `stop` is set. The pool is closed at the end."""
        ledger = Ledger.of(tasks)
        try:
            while ledger.open and not stop.is_set():
                self._hire(ledger)
                for number, event in self.pool.events(GLANCE_S):
                    yield from self._heard(ledger, number, event)
        finally:
            self.pool.close()
            self._staff.clear()

    def _hire(self, ledger: Ledger) -> None:
        ledger.fill(self.workers - ledger.out)
        wanted = min(self.workers, ledger.out + len(ledger.waiting))
        for _ in range(wanted - len(self._staff)):
            self._staff[self.pool.start()] = _Worker()

    def _heard(self, ledger: Ledger, number: int, event: Event) -> Iterator[Outcome]:
        worker = self._staff.get(number)
        if worker is None:
            return
        if isinstance(event, OUTCOMES):
            if worker.job is not None and ledger.settle(worker.job, event):
                yield event
            return
        match event:
            case Ready():
                worker.ready, self._failed_starts = True, 0
                self._next(ledger, number, worker)
            case Done():
                self._next(ledger, number, worker)
            case Refused(reason):
                self._dismiss(number)
                self._count_failed_start(reason)
            case Broken(error):
                raise error
            case Lost(reason):
                yield from self._lost(ledger, number, worker, reason)

    def _lost(self, ledger: Ledger, number: int, worker: _Worker, reason: str) -> Iterator[Outcome]:
        self._dismiss(number)
        if worker.job is not None:
            yield from ledger.lose(worker.job, reason)
        elif not worker.ready:
            self._count_failed_start(f"the last worker {reason} before its first task.")

    def _next(self, ledger: Ledger, number: int, worker: _Worker) -> None:
        if worker.job is not None:
            ledger.finish(worker.job)
            worker.job = None
        if not ledger.fill(1) or worker.tasks >= self.tasks_per_worker:
            self._dismiss(number)
            return
        worker.job = ledger.take()
        # All photographs go through one graph.
        worker.tasks += not isinstance(worker.job.task, PhotoTask)
        self.pool.give(number, worker.job.remainder())

    def _dismiss(self, number: int) -> None:
        del self._staff[number]
        self.pool.end(number)

    def _count_failed_start(self, reason: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= FAILED_STARTS_IN_A_ROW:
            raise WorkFailed(f"no worker can be started: {reason}")
