"""A walk over a square that never leaves what is near: what is close along it is close on the square, too."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

SIDE: Final = 8
"""Side of a square of the map of a layer: squares of it stand side by side, or one under the other on a phone."""


@lru_cache
def walk(side: int = SIDE) -> tuple[tuple[int, int], ...]:
    """Return (column, row) of each step of Hilbert's curve on a square of `side`, a power of two, from bottom left.

    It ends at the bottom right, where the walk over a square to the right of it begins (Hilbert 1891).
    """
    if side == 1:
        return ((0, 0),)
    half, part = side // 2, walk(side // 2)
    last = half - 1
    return (
        *((last - row, half + last - column) for column, row in part),
        *((column, row) for column, row in part),
        *((half + column, row) for column, row in part),
        *((half + row, half + column) for column, row in part),
    )
