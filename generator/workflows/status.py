"""`atlas status`: what is stored, what is missing, and what would be computed again and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.catalogue import LAYERS
from generator.plan import plan_build
from generator.recipes import RECIPES, changed
from generator.records import FilterId
from generator.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from generator.catalogue import Layer
    from generator.records import EditionRecord, StoredResult
    from generator.store import Store


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that the user changed for a layer, beside the recipe's own value."""

    name: str
    value: int | float | str | None
    recipe_value: int | float | str | None


@dataclass(frozen=True, slots=True)
class Stale:
    """Finished filters that the next build computes again, all for one reason."""

    reason: str
    filters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A filter that failed, with its error in one sentence."""

    filter: int
    error: str


@dataclass(frozen=True, slots=True)
class LayerStatus:
    """One layer of an edition: `wanted` is `done` + `missing` + all that is stale + all that failed.

    `woken` and `dead` count among `done`; `changes` are the user's settings that stay with the layer.
    """

    layer: str
    wanted: int
    done: int
    woken: int
    dead: int
    missing: int
    failed: tuple[Failed, ...]
    stale: tuple[Stale, ...]
    changes: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class EditionStatus:
    """One edition, with all thirteen layers in the catalogue's order."""

    edition: str
    recipe: str
    weights: str
    weights_fingerprint: str
    layers: tuple[LayerStatus, ...]


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Every stored edition; plain values throughout, so `dataclasses.asdict` gives JSON."""

    editions: tuple[EditionStatus, ...]


def report_status(cache: Path) -> StatusReport:
    """Return what the cache holds against what its editions call for; an absent cache holds nothing.

    Raises:
        BadCache: the cache cannot be read.

    """
    with open_store(cache, write=False) as store:
        return StatusReport(tuple(_edition_status(store, edition) for edition in store.editions()))


def _edition_status(store: Store, edition: EditionRecord) -> EditionStatus:
    stored = store.stored(edition.name)
    return EditionStatus(
        edition=edition.name,
        recipe=edition.recipe,
        weights=edition.weights,
        weights_fingerprint=edition.weights_fingerprint,
        layers=tuple(_layer_status(store, edition, layer, stored) for layer in LAYERS),
    )


def _layer_status(
    store: Store, edition: EditionRecord, layer: Layer, stored: Mapping[FilterId, StoredResult]
) -> LayerStatus:
    ids = [FilterId(layer.name, place) for place in range(layer.filters)]
    failed = tuple(each.filter for each in ids if each in stored and stored[each].status == "failed")
    kept, stale = _kept_and_stale(edition, layer.name, ids, stored, store.changes(edition.name, layer.name))
    statuses = Counter(stored[each].status for each in kept)
    return LayerStatus(
        layer=layer.name,
        wanted=layer.filters,
        done=len(kept),
        woken=statuses["woken"],
        dead=statuses["dead"],
        missing=sum(each not in stored for each in ids),
        failed=_failures(store, edition.name, layer.name) if failed else (),
        stale=stale,
        changes=_against_recipe(edition.recipe, layer.name, store.changes(edition.name, layer.name)),
    )


def _kept_and_stale(
    edition: EditionRecord,
    layer: str,
    ids: list[FilterId],
    stored: Mapping[FilterId, StoredResult],
    changes: Mapping[str, Any],
) -> tuple[tuple[FilterId, ...], tuple[Stale, ...]]:
    finished = [each for each in ids if each in stored and stored[each].status != "failed"]
    recipe = RECIPES.get(edition.recipe)
    if recipe is None:
        reason = f"its recipe {edition.recipe!r} is not one that this version knows"
        return (), (Stale(reason, tuple(each.filter for each in finished)),) if finished else ()
    wanted = changed(layer, recipe.settings_for(layer), changes)
    plan = plan_build([(each, wanted) for each in finished], stored)
    reasons: dict[str, list[int]] = {}
    for planned in plan.filters:
        reasons.setdefault(planned.reason, []).append(planned.id.filter)
    return plan.kept, tuple(Stale(reason, tuple(filters)) for reason, filters in reasons.items())


def _failures(store: Store, edition: str, layer: str) -> tuple[Failed, ...]:
    found = store.layer(edition, layer)
    records = found.filters if found else ()
    return tuple(Failed(each.filter, each.error or "") for each in records if each.status == "failed")


def _against_recipe(recipe: str, layer: str, changes: Mapping[str, Any]) -> tuple[Setting, ...]:
    named = RECIPES.get(recipe)
    own = named.settings_for(layer).as_dict() if named else {}
    return tuple(Setting(name, value, own.get(name)) for name, value in sorted(changes.items()))
