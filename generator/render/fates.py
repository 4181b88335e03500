"""What became of the filters that are dead at the start: counted once, and told in the same sums on every page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from generator.render.lookup import dead_at_start, holders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from generator.records import FilterRecord
    from generator.render.inputs import Atlas

FATES: Final = {
    "woken": "woken",
    "active": "active from another start",
    "dead": "still dead",
    "failed": "failed",
    "not built": "not built",
}
"""What became of a filter that is dead at the start, the happiest end first, and how pages call it."""


def fates_of(atlas: Atlas, layer: str, fingerprint: str) -> dict[int, FilterRecord | None]:
    """Return each filter of the layer that is dead at the start with these weights, where it ended best.

    That is its record in the edition in which it lives, if there is one; None where it was not built.
    """
    held = [record.filters for edition, record in holders(atlas, layer) if edition.weights_fingerprint == fingerprint]
    order = list(FATES)
    best: dict[int, FilterRecord | None] = dict.fromkeys(sorted(dead_at_start(atlas, layer, fingerprint)))
    for record in sorted((one for filters in held for one in filters), key=lambda one: order.index(one.status)):
        if best.get(record.filter, record) is None:
            best[record.filter] = record
    return best


def counted(records: Iterable[FilterRecord | None]) -> Counter[str]:
    """Return how many of the filters met each end."""
    return Counter(record.status if record else "not built" for record in records)


def start_sum(fates: Mapping[str, int]) -> str:
    """Return `3 dead at the start = 1 woken + 2 active from another start`."""
    return f"{sum(fates.values()):,} dead at the start = {fate_terms(fates)}"


def fate_terms(fates: Mapping[str, int]) -> str:
    """Return what the filters dead at the start add up from, as `1 woken + 2 active from another start`."""
    return " + ".join(f"{fates[fate]:,} {words}" for fate, words in FATES.items() if fates.get(fate))


def woken_sum(slept: int, beside: int) -> str:
    """Return the filters that were woken as a sum: `slept` of them are dead at the start, those `beside` are not."""
    return (
        f"{slept + beside:,} woken = {slept:,} dead at the start + {beside:,} at zero only on their recipe's own noise"
    )
