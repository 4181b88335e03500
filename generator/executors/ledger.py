"""Who still owes what: every filter of every task is settled exactly once, whatever becomes of the workers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from generator.errors import WorkFailed
from generator.executors.guard import failures
from generator.executors.protocol import settled
from generator.records import Fact, FilterFailure, PhotoFailure, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.executors.protocol import Outcome

LOSSES_PER_TASK: Final = 3
"""Workers that a filter may cost before it is given up."""

GIVEN_UP_IN_A_ROW: Final = 3
"""Filters given up with nothing finished in between, after which it is the machine that is broken, not the filters."""


@dataclass(eq=False, slots=True)
class Job:
    """A task on its way: the filters it still owes, and how many workers it has cost."""

    task: Task
    left: dict[int, None]
    lost: int = 0

    def remainder(self) -> Task:
        """Return the task without the filters that are settled."""
        return self.task.part(tuple(self.left), self.task.batch_size)


@dataclass(slots=True)
class Ledger:
    """The tasks to come, the jobs that wait, in order, and the count of those that are out."""

    tasks: Iterator[Task]
    waiting: deque[Job] = field(default_factory=deque)
    out: int = 0
    _given_up: int = field(default=0, repr=False)

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> Ledger:
        """Return a ledger of the tasks, in the order given; each is taken when it can soon be handed out."""
        return cls(iter(tasks))

    @property
    def open(self) -> bool:
        """Whether anything is still owed."""
        return self.out > 0 or self.fill(1)

    def fill(self, jobs: int) -> bool:
        """Let up to `jobs` jobs wait, as far as there are tasks; say whether any does."""
        while len(self.waiting) < jobs and (task := next(self.tasks, None)) is not None:
            if task.numbers:
                self.waiting.append(Job(task, dict.fromkeys(task.numbers)))
        return bool(self.waiting)

    def take(self) -> Job:
        """Hand out the next job; the caller must `finish` or `lose` it."""
        self.fill(1)
        self.out += 1
        return self.waiting.popleft()

    def settle(self, job: Job, outcome: Outcome) -> bool:
        """Strike what the outcome is of off `job`; False when it was not owed."""
        numbers = settled(job.task, outcome)
        if not numbers or not job.left.keys() >= set(numbers):
            return False
        for number in numbers:
            del job.left[number]
        if not isinstance(outcome, FilterFailure | PhotoFailure):
            self._given_up = 0
        return True

    def finish(self, job: Job) -> None:
        """Take `job` back after its worker has done with it; what it still owes waits again, first in line."""
        self.out -= 1
        if job.left:
            self.waiting.appendleft(job)

    def lose(self, job: Job, reason: str) -> tuple[FilterFailure | PhotoFailure, ...]:
        """Take `job` back from a lost worker; what it owes waits again, first in line, or is given up.

        Which filter cost the worker is not known, only that it was among the first that are left. So after the first
        loss these go apart from the rest, after the second each goes alone, and what costs a third worker is given up.

        Returns:
            The failures of the filters that are given up.

        Raises:
            WorkFailed: several filters in a row had to be given up and nothing was finished in between.

        """
        self.out -= 1
        lost, left = job.lost + 1, tuple(job.left)
        if left and lost == LOSSES_PER_TASK:
            return self._give_up(job, reason)
        suspects = left[: job.task.batch_size]
        groups = [suspects] if lost < LOSSES_PER_TASK - 1 else [(number,) for number in suspects]
        jobs = [Job(job.task, dict.fromkeys(group), lost) for group in groups if group]
        if rest := left[len(suspects) :]:
            jobs.append(Job(job.task, dict.fromkeys(rest), job.lost))
        self.waiting.extendleft(reversed(jobs))
        return ()

    def _give_up(self, job: Job, reason: str) -> tuple[FilterFailure | PhotoFailure, ...]:
        if self._given_up == GIVEN_UP_IN_A_ROW:
            raise WorkFailed(f"worker after worker was lost and nothing was finished in between; the last {reason}.")
        self._given_up += 1
        return tuple(failures(job.task, job.left, Fact.of("workers_lost", count=LOSSES_PER_TASK, reason=reason)))
