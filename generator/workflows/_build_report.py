"""What a build will do and did: the plan in groups, and what became of the outcomes."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from generator.records import BEGUN_WITH, AscentResult, FilterFailure, MeasureResult
from generator.workflows._again import REASON
from generator.workflows._report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from generator.executors.protocol import FilterOutcome
    from generator.plan import BuildPlan
    from generator.records import FilterRecord
    from generator.workflows._again import Again


@dataclass(frozen=True, slots=True)
class Planned:
    """Filters of one layer that are made, or measured, for the same reason."""

    layer: str
    filters: tuple[int, ...]
    reason: str
    measured: bool = False


@dataclass(frozen=True, slots=True)
class BuildReport(Report):
    """What a build did, or with `dry_run` would do.

    measured: how many stored pictures were measured again. again: how many were climbed again from another filter's
    picture. statuses: how many of the pictures made are active, woken,
    dead, and how many filters failed. failed: each failed filter with its reason in words.
    """

    edition: str
    site: str
    dry_run: bool
    planned: tuple[Planned, ...]
    kept: int
    adopted: int = 0
    measured: int = 0
    again: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[FilterFailure, ...] = ()
    files_written: int = 0

    @property
    def exit_code(self) -> int:
        """1 when a filter failed, else 0."""
        return 1 if self.failed else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        failed = {f"{one.layer}/{one.filter}": one.error.as_dict() for one in self.failed}
        return asdict(self) | {"statuses": dict(self.statuses), "failed": failed}


@dataclass(slots=True)
class Tally:
    """What became of the outcomes so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    failed: list[FilterFailure] = field(default_factory=list)
    measured: int = 0
    again: int = 0

    def count(self, outcome: FilterOutcome, record: FilterRecord) -> None:
        """Count an outcome, of which `record` is what is now stored."""
        if isinstance(outcome, MeasureResult):
            self.measured += 1
        elif record.error is not None:
            self.statuses["failed"] += 1
            self.failed.append(FilterFailure(record.layer, record.filter, record.settings, record.error))
        elif isinstance(outcome, AscentResult) and any(fact.code == BEGUN_WITH for fact in outcome.tried):
            self.again += 1
        elif isinstance(outcome, AscentResult):
            self.statuses[record.status] += 1


def _of_again(again: Iterable[Again], plan: BuildPlan) -> tuple[Planned, ...]:
    """Return what is known beforehand to be climbed again: in layers of which no picture is about to be made."""
    groups: dict[str, list[int]] = {}
    for one in again:
        groups.setdefault(one.id.layer, []).append(one.id.filter)
    made = {one.id.layer for one in plan.filters}
    return tuple(Planned(layer, tuple(filters), REASON) for layer, filters in groups.items() if layer not in made)


def _of_plan(plan: BuildPlan) -> tuple[Planned, ...]:
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for one in plan.filters:
        groups.setdefault((one.id.layer, one.reason, False), []).append(one.id.filter)
    for planned in plan.measurements:
        groups.setdefault((planned.id.layer, planned.reason, True), []).append(planned.id.filter)
    return tuple(
        Planned(layer, tuple(filters), reason, measured) for (layer, reason, measured), filters in groups.items()
    )


def planned(plan: BuildPlan, again: Iterable[Again]) -> tuple[Planned, ...]:
    """Return what is known beforehand to be made, measured and climbed again, in groups."""
    return (*_of_plan(plan), *_of_again(again, plan))
