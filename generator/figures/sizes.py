"""How large the figures are in pixels, without matplotlib, which is slow to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COLUMNS: Final = 8
SHEET_FILTERS: Final = COLUMNS * COLUMNS
"""Filters of a contact sheet: the article's 8 x 8 grid."""

TILE_PX: Final = 112
HISTOGRAM_PX: Final = (520, 180)
MATRIX_PX: Final = 512

_LARGEST_TILE_PX: Final = 128
_GAP_PX: Final = 10
_TITLE_PX: Final = 16
_HEADING_PX: Final = 30
_SHORTEST_MATRIX_PX: Final = 64


@dataclass(frozen=True, slots=True)
class SheetSize:
    """A contact sheet in pixels: its own size, the side of a tile, and the (top, left) corner of each."""

    width: int
    height: int
    side: int
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class HeatMapSize:
    """A heat map in pixels: its own size, and that of the matrix within it with the (left, bottom) margins."""

    width: int
    height: int
    tall: int
    left: int
    bottom: int


def sheet_size(pictures: int, canvas_px: int) -> SheetSize:
    """Return the size of a sheet: small canvases are enlarged by a whole number, large ones brought down."""
    side = TILE_PX if canvas_px > TILE_PX else canvas_px * (_LARGEST_TILE_PX // canvas_px)
    across, down = side + _GAP_PX, side + _TITLE_PX + _GAP_PX
    cells = (divmod(number, COLUMNS) for number in range(pictures))
    places = tuple((_HEADING_PX + row * down + _TITLE_PX, _GAP_PX + column * across) for row, column in cells)
    return SheetSize(COLUMNS * across + _GAP_PX, _HEADING_PX + -(-pictures // COLUMNS) * down, side, places)


def heat_map_size(rows: int, columns: int) -> HeatMapSize:
    """Return the size of a heat map; each cell of the matrix is a whole number of pixels."""
    tall = max(rows * (MATRIX_PX // columns), _SHORTEST_MATRIX_PX)
    left, top, right, bottom = 56, 12, 92, 44
    return HeatMapSize(left + MATRIX_PX + right, top + tall + bottom, tall, left, bottom)
