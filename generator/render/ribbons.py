"""The lines between a picture and the filters beside it, in pixels at the usual text size: `filter.css` sizes the rows.

A line ends, at the picture, as high as its part of the picture's mean; at a filter it is as thick as the filter's bar.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.render.filter_view import Flow

HEAD: Final = 32
"""Height of a column's heading, and of the row of all other inputs."""

BIG_ROWS: Final = 3
BIG: Final = 60
ROW: Final = 36
"""Heights of a column's first rows, and of those after them."""

BAR: Final = 8

ACROSS: Final = 7
EDGE: Final = 8
"""Where the lines end before the picture, and where the picture begins, in units of twelve pixels."""

BEND: Final = 4
THICKEST: Final = 40
"""Height at the picture of the line to the filter that is fed most: its shares are of others' means, so no parts."""


def inward_flow(plus: Sequence[float], rest: float, minus: Sequence[float], minus_rest: float, side: int) -> Flow:
    """Return the lines from the inputs to a picture of `side`; `rest`: what all others of a sign add."""
    whole = sum(plus) + rest + sum(minus) + minus_rest
    kinds = [*(("plus", size) for size in plus), ("plus rest", rest), *(("minus", size) for size in minus)]
    parts = list(zip([*kinds, ("minus rest", minus_rest)], _centres(len(plus), rest, len(minus)), strict=True))
    flow, top = dict[str, str](), float(HEAD)
    for (kind, size), centre in parts:
        if size > 0:
            end = top + side * size / whole
            high, stop = round(end) - round(top), f"{kind.split()[0]} stop"
            flow[kind] = flow.get(kind, "") + _inward(round(centre - BAR / 2), round(top), high)
            flow[stop] = flow.get(stop, f"M7.5 {round(top)}") + f"v{max(high - 1, 0)}m0 1"
            top = end
    return tuple((kind, d.removesuffix("m0 1")) for kind, d in flow.items())


def outward_flow(shares: Sequence[float]) -> str:
    """Return the lines from the picture to the filters that it feeds, greatest share first."""
    if not shares:
        return ""
    heights = [max(2.0, THICKEST * share / shares[0]) for share in shares]
    rows = [round(centre - BAR / 2) for centre in _rows(float(HEAD), len(shares))]
    top = max(float(HEAD), (rows[0] + rows[-1] + BAR - sum(heights)) / 2)
    ends = [round(top + sum(heights[:place])) for place in range(len(shares) + 1)]
    # Each begins where the one above ended.
    lines = [
        f"q4 {row - start} {EDGE} {row - start}v{BAR}q-4 0-{EDGE} {end - row - BAR}"
        for row, (start, end) in zip(rows, pairwise(ends), strict=True)
    ]
    return f"M0 {ends[0]}{''.join(lines)}".replace(" -", "-")


def _centres(plus: int, rest: float, minus: int) -> list[float]:
    """Return the middle of every row of the inputs' column: the positive, all others, the negative, all others."""
    first = _rows(float(HEAD), plus)
    end = HEAD + _height(plus)
    below = end + (HEAD if rest > 0 else 0) + HEAD
    negative = [below + ROW * place + ROW / 2 for place in range(minus)]
    return [*first, end + HEAD / 2, *negative, below + ROW * minus + HEAD / 2]


def _rows(top: float, many: int) -> list[float]:
    return [top + _height(place) + (BIG if place < BIG_ROWS else ROW) / 2 for place in range(many)]


def _height(many: int) -> float:
    return BIG * min(many, BIG_ROWS) + ROW * max(many - BIG_ROWS, 0)


def _inward(row: int, top: int, high: int) -> str:
    """Return a line from the left edge to the picture, level at its row, in whole pixels: less cannot be seen."""
    there, back = top - row, row + BAR - top - high
    return f"M0 {row}q{BEND} 0 {ACROSS} {there}v{high}q{BEND - ACROSS} {back} -{ACROSS} {back}".replace(" -", "-")
