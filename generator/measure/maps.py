"""Feature maps as small 8-bit tiles: of a picture reduced on one scale, of a photograph the part that a crop shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.records import MapPlace

TILES = 8
"""How many maps are kept of each picture: the filter's own and the strongest others."""

TILE_SIDE = 32
"""Largest side of a kept map, in pixels; larger maps are averaged down, smaller ones stay as they are."""

STEP = 4
"""64 levels are a step of 1.6 % of the scale, under what one can see; 256 would weigh a third more."""

HIGHEST = 255


def tiles(maps: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
    """Return maps as 8-bit tiles on one scale.

    Args:
        maps: float32, shape (n, side, side), >= 0.

    Returns:
        uint8 of shape (n, tile, tile) with tile <= TILE_SIDE, multiples of `STEP` and 255, and the value that 255
        stands for.

    """
    reduced = _averaged(maps.astype(np.float64))
    peak = float(reduced.max(initial=0.0))
    scaled = reduced * (255.0 / peak) if peak > 0 else np.zeros_like(reduced)
    return _levels(scaled), peak


def map_tile(values: NDArray[np.float32], place: MapPlace) -> NDArray[np.uint8]:
    """Return the square `place.tile` of a map; beyond the map's edge its last values go on.

    Args:
        values: the filter's map on the whole photograph, shape (side, side), >= 0.
        place: of the peak.

    Returns:
        The root of the map, or weak answers would not be seen, from 0 to the peak in multiples of `STEP` and 255.

    """
    row, column, side = place.tile
    rows, columns = (np.clip(np.arange(first, first + side), 0, len(values) - 1) for first in (row, column))
    return _levels(np.sqrt(values[np.ix_(rows, columns)] / (float(values.max()) or 1.0)) * HIGHEST)


def _levels(scaled: NDArray[np.floating]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.minimum(np.rint(scaled / STEP) * STEP, HIGHEST).astype(np.uint8)
    return levels


def _averaged(maps: NDArray[np.float64]) -> NDArray[np.float64]:
    side = maps.shape[1]
    if side <= TILE_SIDE:
        return maps
    # Cut each side into TILE_SIDE runs of whole pixels, as even as they can be, and average over each cell.
    starts = np.arange(TILE_SIDE) * side // TILE_SIDE
    lengths = np.diff(np.append(starts, side))
    summed = np.add.reduceat(np.add.reduceat(maps, starts, axis=1), starts, axis=2)
    averaged: NDArray[np.float64] = summed / np.outer(lengths, lengths)
    return averaged
