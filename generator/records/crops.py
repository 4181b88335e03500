"""Crops of photographs: the square around what a filter sees at its peak, and the part of its map that covers it.

A place of a map stands for the square of `stride` pixels in the middle of what it sees; a map covers its photograph
exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from generator.catalogue import ARTICLE_SIZE_PX, Layer, layer_named

_LEAST_CROP_PX: Final = 48
"""Side of the smallest piece of a photograph in which one can see what it is a piece of."""

_MARGIN: Final = 1
"""Places around a tile that only serve to draw its edge smoothly."""


@dataclass(frozen=True, slots=True)
class MapPlace:
    """Where a filter's map has its peak on a photograph; rows and columns are the map's."""

    layer: str
    filter: int
    row: int
    column: int

    @property
    def crop(self) -> tuple[int, int, int]:
        """Return top, left and side of a square of the photograph: what the place sees, with room around it.

        It is at least `_LEAST_CROP_PX` wide and lies within the photograph.
        """
        layer = layer_named(self.layer)
        side = crop_side(layer)
        room = (side - layer.receptive_field) // 2
        first = (place * layer.stride - layer.offset - room for place in (self.row, self.column))
        top, left = (min(max(at, 0), ARTICLE_SIZE_PX - side) for at in first)
        return top, left, side

    @property
    def tile(self) -> tuple[int, int, int]:
        """Return first row, first column and side, in places, of the square of the map that covers the crop.

        It has a margin of one place, which at the photograph's border lies outside the map.
        """
        layer = layer_named(self.layer)
        top, left, _ = self.crop
        covering = tile_side(layer) - 2 * _MARGIN
        most = ARTICLE_SIZE_PX // layer.stride - covering
        row, column = (min(at // layer.stride, most) - _MARGIN for at in (top, left))
        return row, column, tile_side(layer)


def crop_side(layer: Layer) -> int:
    """Return the side of a layer's crops in pixels."""
    return min(max(layer.receptive_field, _LEAST_CROP_PX), ARTICLE_SIZE_PX)


def tile_side(layer: Layer) -> int:
    """Return the side of a layer's tiles in places: enough for a crop that begins between two of them."""
    covering = -(-(crop_side(layer) + layer.stride - 1) // layer.stride)
    return min(covering, ARTICLE_SIZE_PX // layer.stride) + 2 * _MARGIN
