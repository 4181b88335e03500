"""What to compute: the wanted filters against the stored ones, with a reason for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generator.recipes import ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from generator.recipes import Settings
    from generator.records import FilterId, StoredResult


@dataclass(frozen=True, slots=True)
class PlannedFilter:
    """A filter to compute and, for people, why."""

    id: FilterId
    settings: Settings
    reason: str


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """`filters` are to be computed, `kept` stay as they are; both in the order they were wanted."""

    filters: tuple[PlannedFilter, ...]
    kept: tuple[FilterId, ...]


def plan_build(
    wanted: Sequence[tuple[FilterId, Settings]],
    stored: Mapping[FilterId, StoredResult],
    *,
    force: bool = False,
    damaged: Collection[FilterId] = (),
) -> BuildPlan:
    """Compare what is wanted with what is stored.

    `damaged` names filters that count as not stored because their picture was found damaged: their reason says so.
    """
    filters, kept = [], []
    for filter_id, settings in wanted:
        reason = _reason(settings, stored.get(filter_id), force=force, damaged=filter_id in damaged)
        if reason is None:
            kept.append(filter_id)
        else:
            filters.append(PlannedFilter(filter_id, settings, reason))
    return BuildPlan(tuple(filters), tuple(kept))


def settings_difference(wanted: Settings, stored: Settings) -> str:
    """Return what differs, as "learning_rate 22.5 -> 30, steps 30 -> 50" (stored -> wanted); empty when nothing does.

    A wanted precision "auto" is content with any stored one.
    """
    if wanted.precision == "auto":
        wanted = replace(wanted, precision=stored.precision)
    before, after = stored.as_dict(), wanted.as_dict()
    return ", ".join(
        f"{name} {_said(before[name])} -> {_said(after[name])}" for name in after if before[name] != after[name]
    )


def _reason(settings: Settings, stored: StoredResult | None, *, force: bool, damaged: bool) -> str | None:
    if stored is None:
        return "its stored picture was damaged" if damaged else "new"
    if stored.status == "failed":
        return "failed last time"
    if stored.algorithm != ALGORITHM:
        return f"made by version {stored.algorithm} of the algorithm, now {ALGORITHM}"
    difference = settings_difference(settings, stored.settings)
    if difference:
        return f"settings changed: {difference}"
    return "forced" if force else None


def _said(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
