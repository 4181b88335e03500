"""Turns whatever happens inside a task into exactly one outcome for each of its filters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generator.errors import AtlasError
from generator.records import AscentTask, FilterFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.executors.protocol import Compute, Outcome, Tensors

LONGEST_REASON = 300
"""Characters of an error's text that are kept; a TensorFlow error may bring a page of graph names along."""


def guarded(compute: Compute, task: AscentTask, tensors: Tensors | None = None) -> Iterator[Outcome]:
    """Yield what `compute` makes of `task`, one outcome a filter; what it raises becomes a failure of the filters left.

    Out of memory is met by halving the batch until it is one filter. Outcomes nobody asked for are not passed on.
    """
    keywords = {} if tensors is None else {"tensors": tensors}
    left = dict.fromkeys(task.filters)
    batch = task.batch_size
    while left:
        try:
            for outcome in compute(replace(task, filters=tuple(left), batch_size=batch), **keywords):
                if outcome.layer == task.layer and outcome.filter in left:
                    del left[outcome.filter]
                    yield outcome
            reason = "the work ended without a result for it."
        except Exception as error:  # noqa: BLE001 - whatever the work raises, the other tasks go on
            smaller = min(batch or len(left), len(left)) // 2
            if _out_of_memory(error) and smaller:
                batch = smaller
                continue
            reason = told(error)
        yield from failures(task, tuple(left), reason)
        return


def failures(task: AscentTask, filters: Iterable[int], reason: str) -> Iterator[FilterFailure]:
    """Yield a failure of each of `filters` for the same reason."""
    for number in filters:
        yield FilterFailure(layer=task.layer, filter=number, settings=task.settings, error=reason)


def told(error: BaseException) -> str:
    """Return one sentence that tells `error`: an `AtlasError` speaks for itself, others bring their type along."""
    text = " ".join(str(error).split())
    text = text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 3] + "..."
    if isinstance(error, AtlasError):
        return text
    if _out_of_memory(error):
        return f"out of memory with a single filter at a time ({text or type(error).__name__})."
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def _out_of_memory(error: BaseException) -> bool:
    # TensorFlow's ResourceExhaustedError, known by its name: this stage must not import TensorFlow.
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"MemoryError", "ResourceExhaustedError"}) or "RESOURCE_EXHAUSTED" in str(error)
