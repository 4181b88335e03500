"""Turns what happens inside a task into outcomes, one for each number it owes, or tells that all is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.errors import AtlasError, WorkFailed
from generator.executors.protocol import settled
from generator.records import Fact, FilterFailure, PhotoFailure, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.executors.protocol import Compute, Outcome, Tensors

FAILURES_IN_A_ROW = 3
"""Filters of a task that fail with nothing finished in between, after which it is the work that is broken."""

LONGEST_REASON = 300
"""Characters of an error's text that are kept; a TensorFlow error may bring a page of graph names along."""


def guarded(compute: Compute, task: Task, tensors: Tensors | None = None) -> Iterator[Outcome]:
    """Yield what `compute` makes of `task`, settling each number; what it raises becomes a failure of the guilty one.

    The task's numbers are of its filters, or of its photographs. After an error the ones left are tried one at a time,
    to find which it is, and the others go on together. Out of memory is met by halving the batch until it is of one.
    Outcomes nobody asked for are not passed on.

    Raises:
        AtlasError: as the work raised it: it concerns no filter in particular.
        WorkFailed: after `FAILURES_IN_A_ROW` it is the work that is broken, not the filters.

    """
    keywords = {} if tensors is None else {"tensors": tensors}
    left, batch, in_a_row = dict.fromkeys(task.numbers), task.batch_size, 0
    while left:
        try:
            for outcome in compute(task.part(tuple(left), batch), **keywords):
                numbers = settled(task, outcome)
                if numbers and left.keys() >= set(numbers):
                    for number in numbers:
                        del left[number]
                    in_a_row = 0
                    yield outcome
        except AtlasError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the work raises, the other filters go on
            together, short = min(batch, len(left)), _out_of_memory(error)
            if together > 1:
                batch = together // 2 if short else 1
                continue
            reason = f"with a single filter at a time, {told(error)}" if short else told(error)
            batch = 1 if short else task.batch_size
        else:
            yield from failures(task, left, Fact.of("no_result"))
            return
        in_a_row += 1
        if in_a_row == FAILURES_IN_A_ROW:
            raise WorkFailed(f"the work fails whatever the filter, so it was given up: {reason}")
        guilty = next(iter(left))
        del left[guilty]
        yield from failures(task, (guilty,), Fact.of("raised", error=reason))


def failures(task: Task, numbers: Iterable[int], error: Fact) -> Iterator[FilterFailure | PhotoFailure]:
    """Yield a failure of each of `numbers` for the same reason."""
    for number in numbers:
        yield task.failure(number, error)


def told(error: BaseException) -> str:
    """Return one sentence that tells `error`: an `AtlasError` speaks for itself, others bring their type along."""
    text = " ".join(str(error).split())
    text = text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 3] + "..."
    if isinstance(error, AtlasError):
        return text
    if _out_of_memory(error):
        return f"out of memory ({text or type(error).__name__})."
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def _out_of_memory(error: BaseException) -> bool:
    # TensorFlow's ResourceExhaustedError, known by its name: this stage must not import TensorFlow.
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"MemoryError", "ResourceExhaustedError"}) or "RESOURCE_EXHAUSTED" in str(error)
