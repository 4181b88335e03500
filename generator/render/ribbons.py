"""The lines between a picture and the filters beside it, in pixels at the usual text size: `filter.css` sizes the rows.

A line ends, at the picture, as high as its part of the picture's mean; at a filter it is as thick as the filter's bar.
"""

from __future__ import annotations

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
            high = side * size / whole
            stop = f"{kind.split()[0]} stop"
            line = _ribbon(centre - BAR / 2, centre + BAR / 2, ACROSS, top, top + high)
            flow[kind] = flow.get(kind, "") + line
            flow[stop] = flow.get(stop, "") + f"M7.5 {round(top)}v{max(round(high) - 1, 0.4)}"
            top += high
    return tuple(flow.items())


def outward_flow(shares: Sequence[float]) -> str:
    """Return the lines from the picture to the filters that it feeds, greatest share first."""
    if not shares:
        return ""
    heights = [max(2.0, THICKEST * share / shares[0]) for share in shares]
    centres = _rows(float(HEAD), len(shares))
    top, lines = max(float(HEAD), (centres[0] + centres[-1] - sum(heights)) / 2), list[str]()
    for high, centre in zip(heights, centres, strict=True):
        lines.append(_ribbon(top, top + high, EDGE, centre - BAR / 2, centre + BAR / 2))
        top += high
    return "".join(lines)


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


def _ribbon(top: float, bottom: float, right: int, right_top: float, right_bottom: float) -> str:
    """Return a line from the left edge, open at its start, in whole pixels: less than one cannot be seen."""
    a, b, c, d = map(round, (top, bottom, right_top, right_bottom))
    there, back = _curve(BEND, right, c - a), _curve(BEND - right, -right, b - d)
    return f"M0 {a}{there}v{d - c}{back}"


def _curve(bend: int, across: int, down: int) -> str:
    """Return a curve that begins and ends level; a minus sign parts two numbers as well as a space."""
    return f"c{bend} 0 {bend} {down} {across} {down}".replace(" -", "-")
