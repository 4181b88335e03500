"""What sets of photographs say, derived from the store where it is not kept there yet; without the network."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from generator.catalogue import LAYERS, layer_named
from generator.errors import BadInput
from generator.measure import agreement, labels, photo_layers, relatives
from generator.measure.photo_agreement import agreements
from generator.measure.photo_layers import photo_layer
from generator.records import PROFILE, PhotoSet, Progress, named_photographs, unheard
from generator.workflows._digests import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from generator.records import Agreement, EditionRecord, Event, LayerRecord, Photograph, PhotoLayer
    from generator.store import Store
    from generator.store.photos import StoredSet

    Shown = Mapping[tuple[str, str], LayerRecord]

_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_DIGITS: Final = 16
AGREEMENT: Final = "agreement"
"""How a set calls this kind among what was derived from it."""

_TAKEN: Final = "index"
"""What a photograph's page is not called."""


def photo_sets(
    store: Store, editions: Sequence[EditionRecord], layers: Shown, on_event: Callable[[Event], None] = unheard
) -> tuple[PhotoSet, ...]:
    """Return the sets of the editions' weights, largest first, with the agreement of the pictures of `layers`.

    What is derived is kept where the store is open to be written.

    Raises:
        BadCache: to read, and what is stored of photographs is damaged.
        WorkFailed: the disk refused.

    """
    weights = {edition.weights_fingerprint for edition in editions}
    found = []
    for one in store.photos.sets():
        if one.weights_fingerprint in weights:
            own = {edition.name for edition in editions if edition.weights_fingerprint == one.weights_fingerprint}
            shown = {place: layer for place, layer in layers.items() if place[0] in own}
            found.append(_photo_set(store, one, shown, on_event))
    return tuple(found)


def photo_set(store: Store, name: str, layers: Shown) -> PhotoSet:
    """Return one set, with the agreement of the pictures of `layers`; raise `BadInput` where there is no such set."""
    held = store.photos.sets()
    for one in held:
        if one.name == name:
            return _photo_set(store, one, layers, unheard)
    names = [one.name for one in held]
    raise BadInput(f"there are no photographs {name!r}; the sets are {', '.join(names) or 'none'}.")


def with_slugs(photographs: Sequence[Photograph]) -> tuple[Photograph, ...]:
    """Return the photographs of a set with what their pages are called, each differently whatever the letters' case."""
    short = [photograph.sha256[:_DIGITS] for photograph in photographs]
    taken = Counter((_TAKEN, *short, *(photograph.stem.lower() for photograph in photographs)))
    return tuple(
        replace(
            photograph,
            slug=photograph.stem
            if _PLAIN.fullmatch(photograph.stem) and taken[photograph.stem.lower()] == 1
            else digits,
        )
        for photograph, digits in zip(photographs, short, strict=True)
    )


def _photo_set(store: Store, one: StoredSet, shown: Shown, on_event: Callable[[Event], None]) -> PhotoSet:
    thumbnails, maps = store.photos.thumbnails(one.name), store.photos.maps(one.name)
    photographs = tuple(
        replace(each, picture=thumbnails.get(each.sha256, ""), maps=maps.get(each.sha256, "")) if each.show else each
        for each in with_slugs(store.photos.photographs(one.name))
    )
    derived = {"layers": photo_layers.VERSION, "labels": labels.VERSION, "relatives": relatives.VERSION}
    said = digest(_read(one.weights_fingerprint, one.version, photographs), derived, _said(photographs))
    compared = compared_digest(one.weights_fingerprint, one.version, photographs)
    enough = one.count >= agreement.TOP + agreement.RANDOM
    found = {}
    for done, layer in enumerate(LAYERS, start=1):
        kept = store.photos.layer(one.name, layer.name, said)
        if kept is None:
            kept = _derived(store, one.name, layer.name, photographs)
            if store.photos.writes:
                store.photos.put_layer(one.name, said, kept)
            on_event(Progress(f"what {one.name} says", done, len(LAYERS)))
        own = {
            edition: agreed
            for edition, name in (shown if enough else ())
            if name == layer.name and (agreed := _agreements(store, one.name, compared, shown[edition, name]))
        }
        found[layer.name] = replace(kept, agreements=own, content=said)
    measured = {"peaks": one.version, **derived, AGREEMENT: agreement.VERSION}
    return PhotoSet(one.name, one.weights_fingerprint, photographs, _named_alone(found), measured)


def compared_digest(weights_fingerprint: str, version: int, photographs: Sequence[Photograph]) -> str:
    """Return the digest of what agreement is measured against; `version` is that of the photographs' `peaks`."""
    return digest(_read(weights_fingerprint, version, photographs), agreement.VERSION)


def _read(weights_fingerprint: str, version: int, photographs: Sequence[Photograph]) -> str:
    return digest(weights_fingerprint, version, tuple(photograph.sha256 for photograph in photographs))


def _said(photographs: Sequence[Photograph]) -> tuple[tuple[str, str], ...]:
    return tuple((photograph.label, photograph.group) for photograph in photographs)


def _derived(store: Store, name: str, layer: str, photographs: Sequence[Photograph]) -> PhotoLayer:
    photos = store.photos
    return photo_layer(
        layer, photographs, photos.peaks(name, layer), photos.places(name, layer), photos.sums(name, layer).published()
    )


def _agreements(store: Store, name: str, content: str, layer: LayerRecord) -> dict[int, Agreement]:
    """Return the agreement of the pictures that a layer shows; what is not kept is derived, where it can be."""
    pictures = {record.filter: record.sha256 for record in layer.filters if record.sha256 is not None}
    kept = store.photos.agreements(name, layer.edition, layer.layer, content)
    found = {number: agreed for number, (sha256, agreed) in kept.items() if pictures.get(number) == sha256}
    missing = pictures.keys() - found.keys()
    if not missing:
        return found
    measured = store.measurements(layer.edition, layer.layer, PROFILE)
    profiles = {number: measured[number].values["means"] for number in missing if number in measured}
    if not profiles:
        return found
    photos = store.photos
    new = agreements(
        layer_named(layer.layer),
        profiles,
        photos.peaks(name, layer.layer),
        lambda earlier: photos.ranks(name, earlier),
    )
    if photos.writes and new:
        own = {number: (pictures[number], agreed) for number, agreed in new.items()}
        photos.put_agreements(name, layer.edition, layer.layer, content, own)
    return dict(sorted({**found, **new}.items()))


def _named_alone(layers: Mapping[str, PhotoLayer]) -> dict[str, PhotoLayer]:
    """Return the layers with the answers to those photographs alone that are among some filter's strongest."""
    named = named_photographs(layers.values())
    return {
        name: replace(layer, answers=tuple(own if place in named else () for place, own in enumerate(layer.answers)))
        for name, layer in layers.items()
    }
