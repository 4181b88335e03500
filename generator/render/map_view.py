"""What the map of a layer shows, as frozen views; see `views` for what a path and an href are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.render.inputs import Picture
    from generator.render.views import Card, Head


@dataclass(frozen=True, slots=True)
class Cell:
    """One filter on the map of a layer. caption: words of a family that it stands in the middle of; edges: classes."""

    href: str
    picture: Picture | None
    alt: str
    name: str
    caption: str
    edges: str = ""

    def with_edges(self, edges: str) -> Cell:
        """Return the cell with walls towards other families: `r` to the right of it, `d` below it."""
        return replace(self, edges=edges)


@dataclass(frozen=True, slots=True)
class Family:
    """A family of filters: words that many of them share, and the first of them; `more` are not shown.

    alike: their mean correlation, and in words when that is little.
    """

    words: str
    count: str
    alike: str
    cards: tuple[Card, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two filters that are nearly the same, and how much they correlate."""

    href: str
    number: int
    other_href: str
    other: int
    likeness: str


@dataclass(frozen=True, slots=True)
class FamiliesView:
    """The map of a layer: squares, each row by row, None for an empty place.

    photographs: how many say what is alike, as text; empty where the pictures do. count: the families, as text.
    """

    head: Head
    layer: str
    wall_path: str
    photographs: str
    blocks: tuple[tuple[Cell | None, ...], ...]
    pixelated: bool
    count: str
    families: tuple[Family, ...]
    pairs: tuple[Pair, ...]
