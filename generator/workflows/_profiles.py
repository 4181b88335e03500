"""What pictures lack to be compared with photographs: how the network handles each on the way to its layer."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from generator.catalogue import layer_named
from generator.executors.cutting import cut_measuring
from generator.measure.agreement import RANDOM, TOP, earlier
from generator.records import PROFILE, FilterId, MeasureResult, Note, Progress
from generator.workflows.render import read_atlas

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.executors.protocol import Executor
    from generator.records import Event, FilterRecord
    from generator.store import Store


def take_profiles(store: Store, executor: Executor, weights: str, name: str, on_event: Callable[[Event], None]) -> None:
    """Measure and store the profile of every picture of which it is not known how far it agrees with a set.

    Args:
        store: open to be written; what can be derived without the network is.
        executor: of the set's weights.
        weights: what the user named.
        name: of the set; one that is too small to compare with wants nothing.
        on_event: told of the progress.

    Raises:
        BadCache, DamagedPicture, WorkFailed: as their sentences say; what was stored is kept.

    """
    for edition, lacking in _lacking(store, name, on_event).items():
        on_event(Note(f"comparing {len(lacking)} pictures of edition {edition} with the photographs"))
        wanted = [(FilterId(one.layer, one.filter), one.settings, (PROFILE,)) for one in lacking]
        files = {FilterId(one.layer, one.filter): store.file(one) for one in lacking}
        tasks = cut_measuring(wanted, files, executor.capacity(), weights=weights)
        with closing(executor.run(tasks)) as outcomes:
            for done, outcome in enumerate(outcomes, start=1):
                if isinstance(outcome, MeasureResult):
                    store.put(edition, outcome)
                on_event(Progress(f"pictures of {edition}", done, len(lacking)))


def _lacking(store: Store, name: str, on_event: Callable[[Event], None]) -> dict[str, list[FilterRecord]]:
    """Return by edition the pictures whose agreement with the set is not known, where there can be any."""
    atlas = read_atlas(store, on_event=on_event)
    found: dict[str, list[FilterRecord]] = {}
    for one in atlas.photos:
        if one.name != name or len(one.photographs) < TOP + RANDOM:
            continue
        own = {edition.name for edition in atlas.editions if edition.weights_fingerprint == one.weights_fingerprint}
        for (edition, layer), shown in atlas.layers.items():
            agreed = one.layers[layer].agreements.get(edition, {})
            if edition in own and earlier(layer_named(layer)):
                lacking = [each for each in shown.filters if each.sha256 and each.filter not in agreed]
                found.setdefault(edition, []).extend(lacking)
    return {edition: lacking for edition, lacking in found.items() if lacking}
