"""The part of a filter's map that covers the crop of a photograph, as a small tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.records import MapPlace

_HIGHEST: Final = 255
_STEP: Final = 4
"""64 levels are a step of 1.6 % of the scale, under what one can see."""


def map_tile(values: NDArray[np.float32], place: MapPlace) -> NDArray[np.uint8]:
    """Return the square `place.tile` of a map; beyond the map's edge its last values go on.

    Args:
        values: the filter's map on the whole photograph, shape (side, side), >= 0.
        place: of the peak.

    Returns:
        The root of the map, or weak answers would not be seen, from 0 to the peak in multiples of `_STEP` and 255.

    """
    row, column, side = place.tile
    rows, columns = (np.clip(np.arange(first, first + side), 0, len(values) - 1) for first in (row, column))
    peak = float(values.max()) or 1.0
    levels = np.sqrt(values[np.ix_(rows, columns)] / peak) * _HIGHEST
    tile: NDArray[np.uint8] = np.minimum(np.rint(levels / _STEP) * _STEP, _HIGHEST).astype(np.uint8)
    return tile
