"""What a build was asked for, resolved once at the door into plain data; nothing further in asks again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.catalogue import layer_named
from generator.executors.cutting import filter_cost
from generator.recipes import changed, checked_changes, edition_name, for_weights, recipe_named
from generator.records import EditionRecord, FilterId
from generator.vgg.sources import IMAGENET
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.vgg.weights import load_weights
from generator.workflows.selection import check_batch_size, check_filters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from generator.executors.protocol import Tensors
    from generator.recipes import Settings
    from generator.records import Changes
    from generator.store import Store
    from generator.vgg.weights import Weights

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
    weights: str = IMAGENET
    batch_size: int | None = None
    executor: str = "local"
    workers: int | None = None
    ray_address: str | None = None
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RequestedEdition:
    """The edition that a request is for, and the weights to compute with.

    tensors: None where every process finds the ImageNet weights for itself. A user's file is read here and only here,
        so that what was fingerprinted is what is computed with, should the file change meanwhile.
    """

    record: EditionRecord
    weights: str
    tensors: Tensors | None


@dataclass(frozen=True, slots=True)
class RequestedLayer:
    """A layer's settings, and those of them that the user gave, now or earlier."""

    settings: Settings
    changes: Changes


def requested_edition(request: BuildRequest) -> RequestedEdition:
    """Check a request and return its edition.

    Raises:
        BadInput, BadWeights: a value, or the weights, cannot be used.

    """
    checked_changes(request.changes)
    recipe_named(request.recipe)
    check_filters(request.layers, request.filters or ())
    check_batch_size(request.batch_size)
    own = None if request.weights == IMAGENET else load_weights(request.weights)
    record = edition_of(request.recipe, own)
    if own is None and request.executor == "ray" and not request.dry_run:
        own = load_weights(IMAGENET)
    return RequestedEdition(record, request.weights, None if own is None else own.tensors)


def requested_layers(request: BuildRequest, edition: EditionRecord, store: Store) -> dict[str, RequestedLayer]:
    """Return the wanted layers, cheapest first; a value that was given earlier stays unless the request resets it."""
    recipe, changes, found = recipe_named(request.recipe), checked_changes(request.changes), {}
    for layer in request.layers:
        before = {} if request.reset else store.changes(edition.name, layer)
        kept = {**before, **changes}
        settings = for_weights(recipe.settings_for(layer), edition.weights_fingerprint, IMAGENET_FINGERPRINT)
        found[layer] = RequestedLayer(changed(layer, settings, kept), kept)

    def cost(layer: str) -> float:
        return filter_cost(layer, found[layer].settings) * layer_named(layer).filters

    return {layer: found[layer] for layer in sorted(found, key=cost)}


def requested_filters(
    request: BuildRequest, layers: Mapping[str, RequestedLayer]
) -> tuple[tuple[FilterId, Settings], ...]:
    """Return every wanted filter with its settings, layer by layer."""
    return tuple(
        (FilterId(layer, number), asked.settings)
        for layer, asked in layers.items()
        for number in (range(layer_named(layer).filters) if request.filters is None else request.filters)
    )


def edition_of(recipe: str, own: Weights | None) -> EditionRecord:
    """Return the edition of a recipe with the user's own weights, or without any with the ImageNet ones.

    The fingerprint of the ImageNet weights is known: they are read, and held against it, only to compute.
    """
    if own is None or own.is_imagenet:
        return EditionRecord(recipe, recipe, IMAGENET_FINGERPRINT, IMAGENET_DESCRIBED)
    name = edition_name(recipe, own.fingerprint, IMAGENET_FINGERPRINT)
    return EditionRecord(name, recipe, own.fingerprint, own.described)
