"""Questions that several pages ask the atlas: who holds a layer, what stands next to it, what became of its dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.addresses import wall_path
from generator.catalogue import LAYER_NAMES, LAYERS
from generator.render.views import Card, Link
from generator.render.wording import BADGES, WOKEN, alt_text, figure, shown_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.records import EditionRecord, FilterRecord, LayerRecord, PhotoLayer, PhotoSet
    from generator.render.inputs import Atlas, Pictures

PIXELATED_UP_TO_PX = 96
"""A picture of at most this side is shown with its pixels, never smoothed."""

LARGE_PX = 416
"""Side at which a filter's own picture is shown, or as near below it as whole multiples of a small canvas come."""

MAP_LEAST = 3
"""Families of fewer filters than this are none."""


def holders(atlas: Atlas, layer: str) -> tuple[tuple[EditionRecord, LayerRecord], ...]:
    """Return the editions that hold something of the layer, in the atlas' order, each with its record."""
    found = ((edition, atlas.layers.get((edition.name, layer))) for edition in atlas.editions)
    return tuple((edition, record) for edition, record in found if record is not None and record.filters)


def paged_filters(atlas: Atlas, layer: str) -> tuple[int, ...]:
    """Return the numbers of the layer's filters that have a page, in ascending order."""
    return tuple(sorted({held.filter for _, record in holders(atlas, layer) for held in record.filters}))


def layer_links(atlas: Atlas, current: str, path_of: Callable[[str], str] = wall_path) -> tuple[Link, ...]:
    """Return a link for each of the thirteen layers; a layer without a page has no path."""
    present = set(atlas.present())
    return tuple(
        Link(layer.name, path_of(layer.name) if layer.name in present else None, layer.name == current, layer.short)
        for layer in LAYERS
    )


def neighbours(links: tuple[Link, ...]) -> tuple[Link | None, Link | None]:
    """Return the nearest links before and after the current one that lead somewhere."""
    place = next(place for place, link in enumerate(links) if link.current)
    before = [link for link in links[:place] if link.path]
    after = [link for link in links[place + 1 :] if link.path]
    return (before[-1] if before else None, after[0] if after else None)


def edition_links(atlas: Atlas, layer: str, current: str, path_of: Callable[..., str]) -> tuple[Link, ...]:
    """Return a link to the page of each edition that holds the layer; the first one has the plain address."""
    return tuple(
        Link(edition.name, path_of(layer, edition.name if place else None), edition.name == current)
        for place, (edition, _) in enumerate(holders(atlas, layer))
    )


def card(record: FilterRecord, pictures: Pictures, href: str, word: str = "") -> Card:
    """Return the card of one filter."""
    return Card(
        href=href,
        number=record.filter,
        picture=pictures.picture(record.edition, record.layer, record.filter, "thumb") if record.sha256 else None,
        alt=alt_text(record),
        mean="" if record.status == "failed" else figure(shown_mean(record)),
        badge="" if record.status == "woken" else BADGES[record.status],
        mark=WOKEN if record.status == "woken" else "",
        word=word,
        pixelated=record.settings.size_px <= PIXELATED_UP_TO_PX,
    )


def shown_large(size_px: int) -> int:
    """Return the side at which a filter's own picture of `size_px` is shown on its page."""
    return LARGE_PX if size_px > PIXELATED_UP_TO_PX else size_px * max(1, LARGE_PX // size_px)


def shown_side(width: int) -> int:
    """Return the side at which a picture of `width` pixels is shown on a wall: whole multiples of a small canvas."""
    return 2 * width if width <= 80 else min(width, PIXELATED_UP_TO_PX)  # noqa: PLR2004 - 2 x 80 still fits a phone twice


def dead_at_start(atlas: Atlas, layer: str, fingerprint: str) -> frozenset[int]:
    """Return the layer's filters that are zero on the article's start with these weights, as far as it is known."""
    dead = {
        filter_.filter
        for edition, record in holders(atlas, layer)
        if edition.weights_fingerprint == fingerprint
        for filter_ in record.filters
        if filter_.dead_at_start
    }
    for start in atlas.starts.get(fingerprint, ()):
        if start.layer == layer:
            dead.update(int(number) for number in (start.first_losses == 0).nonzero()[0])
    return frozenset(dead)


def photo_set(atlas: Atlas, edition: EditionRecord) -> PhotoSet | None:
    """Return the largest set of photographs that the edition's network has read; None without any."""
    found = (one for one in atlas.photos if one.weights_fingerprint == edition.weights_fingerprint)
    return next(found, None)


def photographed(atlas: Atlas, edition: EditionRecord, layer: str) -> PhotoLayer | None:
    """Return what the edition's largest set of photographs says of a layer; None without any."""
    found = photo_set(atlas, edition)
    return found.layers.get(layer) if found else None


def has_map(atlas: Atlas, layer: str) -> bool:
    """Tell whether the layer's families are known: by photographs, or by enough pictures that were measured."""
    return any(
        photographed(atlas, edition, layer) or sum(one.is_measured for one in record.filters) >= MAP_LEAST
        for edition, record in holders(atlas, layer)[:1]
    )


def tested_label(photos: PhotoLayer | None, number: int) -> str:
    """Return the label that a filter tells best from the rest, where it has earned one; else nothing."""
    earned = photos.labels[number] if photos else ()
    return earned[0].label if earned else ""


def fires_of_dead(atlas: Atlas, edition: EditionRecord) -> tuple[int, ...]:
    """Return for each filter that is dead at the start on how many photographs it fires; nothing without any."""
    taken = photo_set(atlas, edition)
    dead = [(layer, sorted(dead_at_start(atlas, layer, edition.weights_fingerprint))) for layer in LAYER_NAMES]
    found = [taken.layers[layer].fires_on[own].tolist() for layer, own in dead if taken and layer in taken.layers]
    return tuple(many for own in found for many in own)
