"""What to do: the wanted filters against the stored ones, with a reason for each picture and each measurement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from generator.catalogue import layer_named
from generator.recipes import ALGORITHM
from generator.records import begun_with

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from generator.recipes import Settings
    from generator.records import FilterId, FilterRecord, LayerRecord, StoredPicture

CLEARLY: Final = 0.02
"""Part by which a filter must answer more to another's picture before its own is climbed again: less is compression."""


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


def answering_more(layer: LayerRecord) -> dict[int, FilterRecord]:
    """Return, by filter, the picture of another filter of the layer that it answers more to than to its own.

    Of those that excite it more by `CLEARLY` the strongest, unless the filter's picture was climbed from that very one
    already. Pictures are compared where all were made alike and measured: in a layer whose filters are all there.
    """
    records = layer.filters
    if len(records) < layer_named(layer.layer).filters or not all(each.is_measured for each in records):
        return {}
    if not records[0].settings.warm_start or len({each.settings for each in records}) > 1:
        return {}
    strongest = layer.cross.argmax(axis=0)
    more = layer.cross.max(axis=0) > (1 + CLEARLY) * layer.cross.diagonal()
    return {
        number: records[best]
        for number, best in enumerate(strongest.tolist())
        if more[number] and begun_with(records[best]) not in records[number].tried
    }


def settings_difference(wanted: Settings, stored: Settings) -> str:
    """Return what differs, as "learning_rate 22.5 -> 30, steps 30 -> 50" (stored -> wanted); empty when nothing does.

    A wanted precision "auto" is content with any stored one.
    """
    if wanted.precision == "auto":
        wanted = replace(wanted, precision=stored.precision)
    before, after = stored.as_dict(), wanted.as_dict()
    return ", ".join(
        f"{name} {_said(before.get(name))} -> {_said(after.get(name))}"
        for name in before | after
        if before.get(name) != after.get(name)
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
