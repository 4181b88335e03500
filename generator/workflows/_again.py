"""Climbing again: filters of a finished layer that answer more to another filter's picture begin anew from that one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from generator.plan import answering_more
from generator.records import FilterId, Origin, begun_with

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from generator.recipes import Settings
    from generator.records import AscentTask, FilterRecord
    from generator.store import Store

ROUNDS: Final = 16
"""Most rounds in one build: a new picture may excite others more in its turn, but ever fewer (13 were enough)."""

REASON: Final = "answers more to another filter's picture"


@dataclass(frozen=True, slots=True)
class Again:
    """A filter to climb again, as its picture was made, from the picture of `origin`."""

    id: FilterId
    settings: Settings
    origin: FilterRecord


def climbing_again(
    store: Store, edition: str, layers: Iterable[str], filters: Collection[int] | None
) -> tuple[Again, ...]:
    """Return what is to be climbed again of the layers that are finished; of `filters` alone where these are given."""
    found = []
    for name in layers:
        layer = store.layer(edition, name)
        if layer is None:
            continue
        for number, origin in answering_more(layer).items():
            if filters is None or number in filters:
                found.append(Again(FilterId(name, number), layer.filters[number].settings, origin))
    return tuple(found)


def with_origins(tasks: Iterable[AscentTask], again: Iterable[Again], store: Store) -> tuple[AscentTask, ...]:
    """Return the tasks, each with the pictures that its filters begin with."""
    origins = {one.id: Origin(begun_with(one.origin), store.file(one.origin)) for one in again}
    return tuple(
        replace(task, origins={number: origins[FilterId(task.layer, number)] for number in task.filters})
        for task in tasks
    )


def again_words(again: Iterable[Again]) -> str:
    """Return what is about to be climbed again, for people."""
    counts = Counter(one.id.layer for one in again)
    filters = ", ".join(f"{count} of {layer}" for layer, count in counts.items())
    return f"climbing again from other filters' pictures, to which they answer more: {filters}"
