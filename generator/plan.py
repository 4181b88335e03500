"""What to do: the wanted filters against the stored ones, with a reason for each picture and each measurement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generator.recipes import ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from generator.recipes import Settings
    from generator.records import FilterId, StoredPicture


@dataclass(frozen=True, slots=True)
class PlannedFilter:
    """A picture to make and, for people, why."""

    id: FilterId
    settings: Settings
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedMeasurement:
    """Kinds of measurement to take of a stored picture, which was made with `settings`, and why."""

    id: FilterId
    settings: Settings
    kinds: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """`filters` are to be made, `kept` stay as they are, of which `measurements` are to be taken; all in order."""

    filters: tuple[PlannedFilter, ...]
    kept: tuple[FilterId, ...]
    measurements: tuple[PlannedMeasurement, ...] = ()


def plan_build(
    wanted: Sequence[tuple[FilterId, Settings]],
    stored: Mapping[FilterId, StoredPicture],
    kinds: Mapping[str, int],
    *,
    force: bool = False,
    damaged: Collection[FilterId] = (),
) -> BuildPlan:
    """Compare what is wanted with what is stored.

    `kinds` are the measurements wanted of every picture, with their versions. `damaged` names filters that count as not
    stored because their picture was found damaged: their reason says so.
    """
    filters, kept, measurements = [], [], []
    for filter_id, settings in wanted:
        found = stored.get(filter_id)
        reason = _reason(settings, found, force=force, damaged=filter_id in damaged)
        if reason is not None or found is None:
            filters.append(PlannedFilter(filter_id, settings, reason or "new"))
            continue
        kept.append(filter_id)
        missing = {kind: _missing(found.measured.get(kind), version) for kind, version in kinds.items()}
        reasons = {kind: why for kind, why in missing.items() if why is not None}
        if reasons:
            said = ", ".join(f"{kind} {why}" for kind, why in reasons.items())
            measurements.append(PlannedMeasurement(filter_id, found.settings, tuple(reasons), said))
    return BuildPlan(tuple(filters), tuple(kept), tuple(measurements))


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


def _reason(settings: Settings, stored: StoredPicture | None, *, force: bool, damaged: bool) -> str | None:
    if stored is None:
        return "its stored picture was damaged" if damaged else "new"
    if stored.sha256 is None:
        return "failed last time"
    if stored.algorithm != ALGORITHM:
        return f"made by version {stored.algorithm} of the algorithm, now {ALGORITHM}"
    difference = settings_difference(settings, stored.settings)
    if difference:
        return f"settings changed: {difference}"
    return "forced" if force else None


def _missing(stored: int | None, version: int) -> str | None:
    if stored is None:
        return "not yet taken"
    return None if stored == version else f"of version {stored}, now {version}"


def _said(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
