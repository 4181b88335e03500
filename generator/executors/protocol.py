"""What an executor is: plain tasks in, outcomes out, in any order; the caller alone stores them.

The work itself is named by an import path (`"package.module:function"`), so that a worker, wherever it runs, imports
it for itself and an executor never imports it. The function is called as `function(task)`, or, where the executor
was given the weights' tensors, as `function(task, tensors=tensors)`: it must then use these, not what `task.weights`
names, which may be a path on another machine.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from generator.errors import WorkFailed
from generator.records import (
    AscentResult,
    FilterFailure,
    MeasureResult,
    PhotoBatch,
    PhotoFailure,
    PhotoMaps,
    PhotoTask,
    Task,
)

OUTCOMES: Final = (AscentResult, MeasureResult, FilterFailure, PhotoBatch, PhotoMaps, PhotoFailure)
FilterOutcome: TypeAlias = AscentResult | MeasureResult | FilterFailure
Outcome: TypeAlias = AscentResult | MeasureResult | FilterFailure | PhotoBatch | PhotoMaps | PhotoFailure
Compute: TypeAlias = Callable[..., Iterator[Outcome]]
Tensors: TypeAlias = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an executor can do at once: its number of workers, and the bytes of device memory that each may use."""

    workers: int
    memory_bytes: int


class Executor(Protocol):
    """Runs tasks. `contextlib.closing` suits it: `close` ends whatever it started, also after an error."""

    def capacity(self) -> Capacity:
        """Return the number and size of the workers, by which tasks are cut."""

    def ask(self, question: str) -> Any:
        """Return what the function at the import path `question` returns where the work runs: in one of the workers.

        Raises:
            WorkFailed: no worker can be started, or the function raised.

        """

    def run(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Yield outcomes, one for each number of every task; closing the iterator ends the workers.

        Tasks are taken as workers come free, perhaps in another thread, so that not all need exist at once.

        Raises:
            WorkFailed: no worker can be started, workers are lost again and again, or the work fails whatever the
                filter; what was yielded is good.

        """

    def close(self) -> None:
        """End what the executor started; safe to call twice."""


def settled(task: Task, outcome: Outcome) -> tuple[int, ...]:
    """Return the numbers of `task` that `outcome` is of; none when it is another task's."""
    if isinstance(outcome, PhotoBatch | PhotoMaps | PhotoFailure):
        return outcome.numbers if isinstance(task, PhotoTask) else ()
    return () if isinstance(task, PhotoTask) or outcome.layer != task.layer else (outcome.filter,)


def resolve(compute: str) -> Compute:
    """Import the function named by the path `"package.module:function"`; raise `WorkFailed` when it cannot be."""
    module, _, name = compute.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise WorkFailed(f"the work cannot start: {compute} cannot be imported ({error}).") from error
    return cast("Compute", found)
