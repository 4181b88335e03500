"""`atlas build`: plan what is missing, compute it, store each filter, publish each layer as soon as it is complete."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from generator.catalogue import layer_named
from generator.executors import make_executor
from generator.executors.cutting import cut, filter_cost
from generator.plan import BuildPlan, plan_build
from generator.recipes import changed, checked_changes, edition_name, recipe_named, settled
from generator.records import EditionRecord, FilterId, Note, unheard
from generator.store import open_store
from generator.vgg.sources import IMAGENET
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.vgg.weights import load_weights
from generator.workflows._keeping import check_kept
from generator.workflows._pace import Pace
from generator.workflows.render import publish_site
from generator.workflows.selection import check_batch_size, check_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from generator.executors.protocol import Tensors
    from generator.recipes import Settings
    from generator.records import Device, Event, FilterRecord
    from generator.store import Store
    from generator.vgg.weights import Weights

COMPUTE = "generator.workflows.compute:run_task"
"""What executors run, by its import path: only a process that computes imports TensorFlow."""

DEVICE = "generator.vgg.machine:measured_device"
"""What executors are asked before they run, so that all workers compute in the same precision."""

IMAGENET_DESCRIBED = "ImageNet, as published with Keras Applications"


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What `atlas build` was asked for; `filters` None means all, `changes` are the values given by the user."""

    layers: tuple[str, ...]
    recipe: str
    cache: Path
    site: Path
    filters: tuple[int, ...] | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    reset: bool = False
    weights: str = "imagenet"
    batch_size: int | None = None
    executor: str = "local"
    workers: int | None = None
    ray_address: str | None = None
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """Filters of one layer that are computed for the same reason."""

    layer: str
    filters: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, or with `dry_run` would do.

    statuses: how many of the computed filters are active, woken, dead, failed.
    failed: each failed filter with its reason.
    """

    edition: str
    site: str
    dry_run: bool
    planned: tuple[Planned, ...]
    kept: int
    statuses: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[tuple[str, str], ...] = ()
    files_written: int = 0

    @property
    def exit_code(self) -> int:
        """1 when a filter failed, else 0."""
        return 1 if self.failed else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self) | {"statuses": dict(self.statuses), "failed": dict(self.failed)}

    def lines(self) -> list[str]:
        """Return the report as lines for people."""
        count = sum(len(group.filters) for group in self.planned)
        if self.dry_run:
            groups = [f"{group.layer}: {_ranges(group.filters)} ({group.reason})" for group in self.planned]
            return [*groups, f"{self.edition}: {count} filters would be computed, {self.kept} are up to date"]
        became = ", ".join(f"{number} {status}" for status, number in sorted(self.statuses.items()))
        done = f"{self.edition}: {count} filters computed{f' ({became})' if became else ''}, {self.kept} up to date"
        failures = [f"failed: {name}: {reason}" for name, reason in self.failed]
        return [*failures, done, f"open {self.site}/index.html"]


def build_atlas(request: BuildRequest, on_event: Callable[[Event], None] = unheard) -> BuildReport:
    """Compute what is missing or out of date, store it and publish it.

    Raises:
        BadInput: a value that cannot be used; nothing was changed.
        CacheInUse, BadCache, WorkFailed, MissingExtra: as their sentences say; what was finished is kept.

    """
    changes = checked_changes(request.changes)
    recipe_named(request.recipe)
    check_filters(request.layers, request.filters or ())
    check_batch_size(request.batch_size)
    own = None if request.weights == IMAGENET else load_weights(request.weights)
    edition = _edition(request.recipe, own)
    with open_store(request.cache, write=not request.dry_run) as store:
        settings = _settings(store, edition, request, changes)
        wanted = [(filter_id, settings[filter_id.layer][0]) for filter_id in _wanted(request, settings)]
        for one in store.recovered:
            on_event(Note(str(one)))
        damaged = {one.filter for one in store.recovered if one.edition == edition.name and one.filter is not None}
        plan = plan_build(wanted, store.stored(edition.name), force=request.force, damaged=damaged)
        places = [(edition.name, id_.layer, id_.filter) for id_, _ in wanted]
        check_kept(store, request.site, places, dry_run=request.dry_run)
        if request.dry_run:
            return BuildReport(edition.name, str(request.site), True, _groups(plan), len(plan.kept))  # noqa: FBT003
        store.ensure_edition(edition)
        for layer, (_, kept_changes) in settings.items():
            if store.changes(edition.name, layer) != kept_changes:
                store.set_changes(edition.name, layer, kept_changes)
        records = _computed(store, edition, request, own, plan, on_event) if plan.filters else ()
        published = publish_site(store, request.site, on_event=on_event)
    failed = tuple((f"{one.layer}/{one.filter}", str(one.error)) for one in records if one.status == "failed")
    return BuildReport(
        edition=edition.name,
        site=str(request.site),
        dry_run=False,
        planned=_groups(plan),
        kept=len(plan.kept),
        statuses=Counter(record.status for record in records),
        failed=failed,
        files_written=len(published.written),
    )


def _edition(recipe: str, own: Weights | None) -> EditionRecord:
    """Return the edition of a recipe with the user's own weights, or without any with the ImageNet ones.

    The fingerprint of the ImageNet weights is known: they are read, and held against it, only to compute.
    """
    if own is None or own.is_imagenet:
        return EditionRecord(recipe, recipe, IMAGENET_FINGERPRINT, IMAGENET_DESCRIBED)
    name = edition_name(recipe, own.fingerprint, IMAGENET_FINGERPRINT)
    return EditionRecord(name, recipe, own.fingerprint, own.described)


def _settings(
    store: Store, edition: EditionRecord, request: BuildRequest, changes: Mapping[str, Any]
) -> dict[str, tuple[Settings, dict[str, Any]]]:
    """Return for each wanted layer, cheapest first, its settings and the changes that stay with it."""
    recipe, found = recipe_named(request.recipe), {}
    for layer in request.layers:
        before = {} if request.reset else store.changes(edition.name, layer)
        kept = {**before, **changes}
        found[layer] = (changed(layer, recipe.settings_for(layer), kept), kept)

    def cost(layer: str) -> float:
        return filter_cost(layer, found[layer][0]) * layer_named(layer).filters

    return {layer: found[layer] for layer in sorted(found, key=cost)}


def _wanted(request: BuildRequest, layers: Mapping[str, object]) -> list[FilterId]:
    return [
        FilterId(layer, number)
        for layer in layers
        for number in (range(layer_named(layer).filters) if request.filters is None else request.filters)
    ]


def _computed(
    store: Store,
    edition: EditionRecord,
    request: BuildRequest,
    own: Weights | None,
    plan: BuildPlan,
    tell: Callable[[Event], None],
) -> list[FilterRecord]:
    """Compute the plan's filters, store each, and publish each layer when its last one is stored."""
    tell(Note(f"computing {len(plan.filters)} filters of edition {edition.name}; the first layer may take a minute"))
    left = Counter(filter_.id.layer for filter_ in plan.filters)
    records: list[FilterRecord] = []
    # What was fingerprinted is what is computed with, should the user's file change meanwhile.
    weights = load_weights(request.weights) if own is None and request.executor == "ray" else own
    tensors = None if weights is None else weights.tensors
    executor = make_executor(
        request.executor,
        COMPUTE,
        workers=request.workers,
        ray_address=request.ray_address,
        tensors=tensors,
    )
    with closing(executor):
        capacity = executor.capacity()
        alone = request.executor == "local" and capacity.workers == 1
        _put_starts(store, edition, request.weights, tensors, alone=alone)
        device: Device = executor.ask(DEVICE)
        wanted = [(one.id, settled(one.settings, device.precision)) for one in plan.filters]
        if wanted[0][1] != plan.filters[0].settings:
            tell(Note(f"convolutions in {device.precision}, measured to be the faster way here"))
        tasks = cut(
            wanted,
            capacity,
            weights=request.weights,
            batch_size=request.batch_size,
        )
        pace = Pace(tasks, capacity.workers, device)
        with closing(executor.run(tasks)) as outcomes:
            for outcome in outcomes:
                record = store.put(edition.name, edition.weights_fingerprint, outcome)
                records.append(record)
                left[record.layer] -= 1
                tell(pace.progress(FilterId(record.layer, record.filter), edition.name))
                if not left[record.layer]:
                    # With it come layers that an earlier build finished and was stopped before it could publish them.
                    publish_site(store, request.site, layers={layer for layer in request.layers if not left[layer]})
                    tell(Note(f"{record.layer} is in {request.site}/index.html after {pace.elapsed_s:.0f} s"))
    return records


def _put_starts(store: Store, edition: EditionRecord, weights: str, tensors: Tensors | None, *, alone: bool) -> None:
    """Store the article's start of every filter; without `alone`, the GPUs are left to the workers."""
    if store.starts(edition.weights_fingerprint):
        return
    from generator.vgg.machine import leave_gpus_to_workers  # noqa: PLC0415 - imports TensorFlow, as the next
    from generator.workflows.compute import starts_of  # noqa: PLC0415

    if not alone:
        leave_gpus_to_workers()

    store.put_starts(edition.weights_fingerprint, starts_of(weights, tensors=tensors))


def _groups(plan: BuildPlan) -> tuple[Planned, ...]:
    groups: dict[tuple[str, str], list[int]] = {}
    for one in plan.filters:
        groups.setdefault((one.id.layer, one.reason), []).append(one.id.filter)
    return tuple(Planned(layer, tuple(filters), reason) for (layer, reason), filters in groups.items())


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as `--filters` takes them: "0-7,12"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
