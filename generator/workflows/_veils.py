"""Maps over the crops of photographs to the site: a sprite for each filter that has a page, where some are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from generator.addresses import photo_maps
from generator.catalogue import layer_named
from generator.publish.pictures import CLEAR, encode_veil
from generator.records import tile_side
from generator.render.lookup import paged_filters
from generator.workflows._digests import code_digest, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.publish.site import Site
    from generator.records import MapPlace, PhotoSet
    from generator.render.inputs import Atlas
    from generator.store import Store

Tiles: TypeAlias = "Mapping[str, Mapping[MapPlace, NDArray[np.uint8]]]"
"""Tiles of maps by photograph, that by its digest, and place."""


def publish_veils(store: Store, site: Site, atlas: Atlas) -> None:
    """Bring the maps over crops up to date in the site; raise `BadCache` where they are not what was written."""
    for one in atlas.photos:
        stale = [
            (layer, number, inputs)
            for layer in atlas.present()
            for number in paged_filters(atlas, layer)
            if layer in one.layers and (inputs := _inputs(one, layer, number))
            if not site.fresh(photo_maps(one.name, layer, number), inputs)
        ]
        tiles = store.photos.tiles(one.name) if stale else {}
        for layer, number, inputs in stale:
            site.write(photo_maps(one.name, layer, number), _sprite(one, layer, number, tiles), inputs)


def _inputs(one: PhotoSet, layer: str, number: int) -> str:
    """Return the digest of what a filter's sprite is made from; empty where no map is kept."""
    shown = [(photograph.maps, place) for photograph, place in one.cropped(layer, number)]
    return digest(code_digest(__name__), shown) if any(maps for maps, _ in shown) else ""


def _sprite(one: PhotoSet, layer: str, number: int, tiles: Tiles) -> bytes:
    """Return a filter's maps over crops, in the order of `PhotoSet.cropped`; one that is not kept veils nothing."""
    side = tile_side(layer_named(layer))
    clear = np.full((side, side), CLEAR, np.uint8)
    own = [tiles.get(photograph.sha256, {}).get(place, clear) for photograph, place in one.cropped(layer, number)]
    return encode_veil(np.stack(own))
