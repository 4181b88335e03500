"""`atlas status`: what is stored, what is missing, and what would be computed again and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.catalogue import LAYERS
from generator.measure.kinds import PEAKS_VERSION, VERSIONS
from generator.plan import plan_build
from generator.recipes import RECIPES, changed, for_weights
from generator.records import FilterId  # noqa: TC001
from generator.store import open_store
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.workflows._report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from generator.catalogue import Layer
    from generator.plan import PlannedFilter, PlannedMeasurement
    from generator.records import EditionRecord, Fact, StoredPicture
    from generator.store import Store
    from generator.store.photos import StoredSet


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
    """A filter whose last attempt failed, and why; a picture that it has stays."""

    filter: int
    error: Fact


@dataclass(frozen=True, slots=True)
class LayerStatus:
    """One layer of an edition: `wanted` is `done` + `missing` + all that is stale.

    `woken` and `dead` count among `done`; `missing` also has no picture because it `failed`; `unmeasured` are done, but
    some measurement is to be taken. `changes` are the user's settings that stay with the layer.
    """

    layer: str
    wanted: int
    done: int
    woken: int
    dead: int
    missing: int
    failed: tuple[Failed, ...]
    stale: tuple[Stale, ...]
    unmeasured: tuple[Stale, ...]
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
class PhotosStatus:
    """A set of photographs; `stale` says why `atlas photos` would read it again, empty where it would not."""

    name: str
    weights_fingerprint: str
    count: int
    stale: str


@dataclass(frozen=True, slots=True)
class StatusReport(Report):
    """Every stored edition and set of photographs."""

    editions: tuple[EditionStatus, ...]
    photos: tuple[PhotosStatus, ...] = ()


def report_status(cache: Path) -> StatusReport:
    """Return what the cache holds against what its editions call for; an absent cache holds nothing.

    Raises:
        BadCache: the cache cannot be read.

    """
    with open_store(cache, write=False) as store:
        return StatusReport(
            tuple(_edition_status(store, edition) for edition in store.editions()),
            tuple(_photos_status(one) for one in store.photos.sets()),
        )


def _photos_status(one: StoredSet) -> PhotosStatus:
    stale = "" if one.version == PEAKS_VERSION else f"peaks of version {one.version}, now {PEAKS_VERSION}"
    return PhotosStatus(one.name, one.weights_fingerprint, one.count, stale)


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
    store: Store, edition: EditionRecord, layer: Layer, stored: Mapping[FilterId, StoredPicture]
) -> LayerStatus:
    found = {id_: one for id_, one in stored.items() if id_.layer == layer.name}
    pictures = {id_: one for id_, one in found.items() if one.sha256}
    changes = store.changes(edition.name, layer.name)
    kept, stale, unmeasured = _against_plan(edition, layer.name, pictures, changes)
    statuses = Counter(found[each].status for each in kept)
    return LayerStatus(
        layer=layer.name,
        wanted=layer.filters,
        done=len(kept),
        woken=statuses["woken"],
        dead=statuses["dead"],
        missing=layer.filters - len(pictures),
        failed=tuple(Failed(id_.filter, one.error) for id_, one in sorted(found.items()) if one.error is not None),
        stale=stale,
        unmeasured=unmeasured,
        changes=_against_recipe(edition.recipe, layer.name, changes),
    )


def _against_plan(
    edition: EditionRecord, layer: str, pictures: Mapping[FilterId, StoredPicture], changes: Mapping[str, Any]
) -> tuple[tuple[FilterId, ...], tuple[Stale, ...], tuple[Stale, ...]]:
    """Return what a build of the layer's pictures would keep, make again, and measure."""
    recipe = RECIPES.get(edition.recipe)
    if recipe is None:
        reason = f"its recipe {edition.recipe!r} is not one that this version knows"
        return (), (Stale(reason, tuple(each.filter for each in pictures)),) if pictures else (), ()
    settings = for_weights(recipe.settings_for(layer), edition.weights_fingerprint, IMAGENET_FINGERPRINT)
    wanted = changed(layer, settings, changes)
    plan = plan_build([(each, wanted) for each in sorted(pictures)], pictures, VERSIONS)
    return plan.kept, _by_reason(plan.filters), _by_reason(plan.measurements)


def _by_reason(planned: Iterable[PlannedFilter | PlannedMeasurement]) -> tuple[Stale, ...]:
    reasons: dict[str, list[int]] = {}
    for one in planned:
        reasons.setdefault(one.reason, []).append(one.id.filter)
    return tuple(Stale(reason, tuple(filters)) for reason, filters in reasons.items())


def _against_recipe(recipe: str, layer: str, changes: Mapping[str, Any]) -> tuple[Setting, ...]:
    named = RECIPES.get(recipe)
    own = named.settings_for(layer).as_dict() if named else {}
    return tuple(Setting(name, value, own.get(name)) for name, value in sorted(changes.items()))
