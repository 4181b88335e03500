"""`atlas build`: plan what is missing, make and measure it, store it, publish each layer as soon as it is complete."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

from generator.errors import BadWeights, MissingExtra, SiteInUse
from generator.executors import make_executor
from generator.executors.cutting import cut, cut_measuring
from generator.plan import BuildPlan, plan_build
from generator.recipes import settled
from generator.records import FilterId, Note, unheard
from generator.store import open_store
from generator.vgg.weights import load_weights
from generator.workflows._adoption import keep_shown
from generator.workflows._again import ROUNDS, again_words, climbing_again, with_origins
from generator.workflows._build_report import BuildReport, Tally, planned
from generator.workflows._kinds import wanted_kinds, with_known_agreement
from generator.workflows._pace import Pace
from generator.workflows._request import (
    BuildRequest,
    RequestedEdition,
    RequestedLayer,
    requested_edition,
    requested_filters,
    requested_layers,
)
from generator.workflows._tried import keep_network
from generator.workflows.render import publish_or_leave, publish_site

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Mapping, Sequence

    from generator.executors.protocol import Executor, FilterOutcome
    from generator.records import Changes, Device, EditionRecord, Event, FilterRecord, FilterTask
    from generator.store import Store

COMPUTE = "generator.workflows.compute:run_task"
"""What executors run, by its import path: only a process that computes imports TensorFlow."""

DEVICE = "generator.vgg.machine:measured_device"
"""What executors are asked before they run, so that all workers compute in the same precision."""

BETWEEN_S = 10.0
"""How long a publication in between waits for another program that holds the site."""


@dataclass(frozen=True, slots=True, eq=False)
class _Build:
    """One build on its way: what was asked for, resolved, and what is to be done."""

    request: BuildRequest
    edition: RequestedEdition
    layers: Mapping[str, RequestedLayer]
    plan: BuildPlan
    kinds: Mapping[str, int]
    store: Store
    tell: Callable[[Event], None]


class _Shared(TypedDict):
    edition: EditionRecord
    changes: dict[str, Changes]
    kinds: tuple[str, ...]
    weights: str
    batch_size: int | None


def build_atlas(request: BuildRequest, on_event: Callable[[Event], None] = unheard) -> BuildReport:
    """Make and measure what is missing or out of date, store it and publish it.

    Raises:
        BadInput: a value that cannot be used; nothing was changed.
        CacheInUse, BadCache, WorkFailed, MissingExtra: as their sentences say; what was finished is kept.

    """
    edition = requested_edition(request)
    with open_store(request.cache, write=not request.dry_run, on_event=on_event) as store:
        name = edition.record.name
        layers = requested_layers(request, edition.record, store)
        wanted = requested_filters(request, layers)
        for one in store.recovered:
            on_event(Note(str(one)))
        damaged = {one.filter for one in store.recovered if one.edition == name and one.filter is not None}
        places = {(name, id_.layer, id_.filter) for id_, _ in wanted}
        adopted = keep_shown(store, request.site, places, dry_run=request.dry_run, on_event=on_event)
        stored = with_known_agreement(store, edition.record, store.stored(name) | adopted.get(name, {}))
        kinds = wanted_kinds(store, edition.record)
        plan = plan_build(wanted, stored, kinds, force=request.force, damaged=damaged)
        again = climbing_again(store, name, layers, request.filters)
        groups = planned(plan, again)
        taken = sum(map(len, adopted.values()))
        if request.dry_run:
            return BuildReport(name, str(request.site), True, groups, len(plan.kept), taken)  # noqa: FBT003
        store.ensure_edition(edition.record)
        for layer, asked in layers.items():
            if store.changes(name, layer) != asked.changes:
                store.set_changes(name, layer, asked.changes)
        build, tally = _Build(request, edition, layers, plan, kinds, store, on_event), Tally()
        if groups:
            _compute(build, tally)
        else:
            _keep_network(build)
        written = publish_or_leave(store, request.site, on_event)
    return BuildReport(
        edition=name,
        site=str(request.site),
        dry_run=False,
        planned=groups,
        kept=len(plan.kept),
        adopted=taken,
        measured=tally.measured,
        again=tally.again,
        statuses=tally.statuses,
        failed=tuple(tally.failed),
        files_written=written,
    )


def _compute(build: _Build, tally: Tally) -> None:
    """Do what the plan says, store each outcome, and publish each layer when its last one is stored."""
    plan, name = build.plan, build.edition.record.name
    made, measured = len(plan.filters), len(plan.measurements)
    said = [f"making {made} pictures"] * bool(made) + [f"measuring {measured}"] * bool(measured)
    if said:
        build.tell(Note(f"{' and '.join(said)} of edition {name}; the first layer may take a minute"))
    request = build.request
    executor = make_executor(
        request.executor,
        COMPUTE,
        workers=request.workers,
        ray_address=request.ray_address,
        tensors=build.edition.tensors,
    )
    with closing(executor):
        capacity = executor.capacity()
        _put_starts(build, alone=request.executor == "local" and capacity.workers == 1)
        _keep_network(build)
        device: Device = executor.ask(DEVICE)
        _run(build, tally, executor, device, _tasks(build, executor, device))
        for _ in range(ROUNDS):
            again = climbing_again(build.store, name, build.layers, request.filters)
            if not again:
                break
            build.tell(Note(again_words(again)))
            tasks = cut([(one.id, one.settings) for one in again], capacity, **_shared(build))
            _run(build, tally, executor, device, with_origins(tasks, again, build.store))


def _run(build: _Build, tally: Tally, executor: Executor, device: Device, tasks: Sequence[FilterTask]) -> None:
    """Run the tasks, store each outcome, and publish each layer when its last one is stored."""
    name, pace = build.edition.record.name, Pace(tasks, executor.capacity().workers, device)
    left = Counter(task.layer for task in tasks for _ in task.filters)
    with closing(cast("Generator[FilterOutcome]", executor.run(tasks))) as outcomes:
        for outcome in outcomes:
            record = build.store.put(name, outcome)
            tally.count(outcome, record)
            left[record.layer] -= 1
            build.tell(pace.progress(FilterId(record.layer, record.filter), name))
            if not left[record.layer]:
                # With it come layers that an earlier build finished and was stopped before it could publish them.
                _publish_layer(build, record.layer, {layer for layer in build.layers if not left[layer]}, pace)


def _tasks(build: _Build, executor: Executor, device: Device) -> tuple[FilterTask, ...]:
    """Return the plan as tasks, layer by layer: pictures to make, and those to measure, cheapest layer first."""
    plan, edition, capacity = build.plan, build.edition, executor.capacity()
    wanted = [(one.id, settled(one.settings, device.precision)) for one in plan.filters]
    if any(one.settings.precision == "auto" for one in plan.filters):
        build.tell(Note(f"convolutions in {device.precision}, measured to be the faster way here"))
    making = cut(wanted, capacity, **_shared(build))
    records = {
        FilterId(layer, one.filter): one
        for layer in {one.id.layer for one in plan.measurements}
        for one in _stored_layer(build.store, edition.record.name, layer)
    }
    measuring = cut_measuring(
        [(one.id, one.settings, one.kinds) for one in plan.measurements],
        {one.id: build.store.file(records[one.id]) for one in plan.measurements},
        capacity,
        weights=edition.weights,
    )
    order = {layer: place for place, layer in enumerate(build.layers)}
    return tuple(sorted((*measuring, *making), key=lambda task: order[task.layer]))


def _shared(build: _Build) -> _Shared:
    """Return what all tasks that make pictures have in common."""
    return {
        "edition": build.edition.record,
        "changes": {layer: asked.changes for layer, asked in build.layers.items()},
        "kinds": tuple(build.kinds),
        "weights": build.edition.weights,
        "batch_size": build.request.batch_size,
    }


def _stored_layer(store: Store, edition: str, layer: str) -> tuple[FilterRecord, ...]:
    found = store.layer(edition, layer)
    return found.filters if found else ()


def _publish_layer(build: _Build, layer: str, complete: Collection[str], pace: Pace) -> None:
    """Publish the layers that are complete; where another program holds the site, leave it for the next time."""
    try:
        publish_site(build.store, build.request.site, layers=complete, only_add=True, wait_s=BETWEEN_S)
    except SiteInUse as error:
        build.tell(Note(f"{layer} is made but not shown yet: {error}"))
    else:
        build.tell(Note(f"{layer} is in {build.request.site}/index.html after {pace.elapsed_s:.0f} s"))


def _put_starts(build: _Build, *, alone: bool) -> None:
    """Store the article's start of every filter; without `alone`, the GPUs are left to the workers."""
    edition = build.edition
    if build.store.starts(edition.record.weights_fingerprint):
        return
    from generator.vgg.machine import leave_gpus_to_workers  # noqa: PLC0415 - imports TensorFlow, as the next
    from generator.workflows.compute import starts_of  # noqa: PLC0415

    if not alone:
        leave_gpus_to_workers()

    starts = starts_of(edition.weights, tensors=edition.tensors)
    build.store.put_starts(edition.record.weights_fingerprint, starts)


def _keep_network(build: _Build) -> None:
    """Store the network with 8-bit weights for `try.html`, which weighs too much for a site of a few filters."""
    edition, request = build.edition, build.request
    if request.filters is not None:
        return
    try:
        keep_network(
            request.cache,
            edition.record.weights_fingerprint,
            lambda: load_weights(request.weights).tensors if edition.tensors is None else edition.tensors,
        )
    except (BadWeights, MissingExtra) as error:
        build.tell(Note(f"the site gets no page for pictures of one's own: {error}"))
