"""What each page shows, as frozen views: plain values and texts, ready for a template that decides nothing.

A `path` or `src` in a view starts at the root of the site, and the templates make it relative to the page; an `href`
is already relative to the page that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from generator.render.inputs import Picture


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; `path` None where there is nothing yet, `current` for the page itself."""

    text: str
    path: str | None
    current: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a page stands and what it is called."""

    path: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One layer of the network with a sample of its own pictures; `path` None where nothing is built yet.

    first: whether it begins a block.
    """

    layer: str
    path: str | None
    short: str
    first: bool
    filters: str
    sees: str
    pictures: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Find:
    """A filter whose picture and photographs agree: its card, and in words what they say."""

    card: Card
    layer: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """What was built: one edition, how far it is, with which weights and recipe."""

    name: str
    recipe: str
    summary: str
    weights: str
    fingerprint: str
    counts: str


@dataclass(frozen=True, slots=True)
class IndexView:
    """The network: its layers, three numbers as (number, what it counts), finds, and what was built."""

    head: Head
    tiles: tuple[Tile, ...]
    numbers: tuple[tuple[str, str], ...]
    finds: tuple[Find, ...]
    photographs: str
    editions: tuple[EditionFacts, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One filter on a wall: its mean, empty where it has none, a badge where it needs one, a word where one is earned.

    badge: what became of it, where it has no picture of what it looks for; mark: whether it was woken, in a sign. word:
    a label that it tells from the rest.
    """

    href: str
    number: int
    picture: Picture | None
    alt: str
    mean: str
    badge: str
    mark: str
    word: str = ""
    pixelated: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """Means of a layer in bins of equal width from 0 to `most`, as bars of a chart of `bins` x `height` units.

    bars: (x, y, height) of each bar that holds a filter.
    """

    bars: tuple[tuple[int, int, int], ...]
    bins: int
    height: int
    most: float
    most_text: str
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class LayerView:
    """The wall of one layer of one edition.

    shown: side of a card's picture on the page, in CSS pixels at the usual size of text.
    orders: what it can be sorted by, as (name, column). columns: the data script's values, by name.
    """

    head: Head
    layer: str
    edition: str
    sentence: str
    orders: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    layers: tuple[Link, ...]
    previous: Link | None
    following: Link | None
    editions: tuple[Link, ...]
    cards: tuple[Card, ...]
    shown: int
    pixelated: bool
    statuses: tuple[tuple[str, int], ...]
    histogram: Histogram | None
    sheets: tuple[tuple[str, Picture], ...]
    losses: Picture | None
    cross_path: str
    map_path: str
    data: tuple[Link, ...]
    script: str
    columns: Mapping[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class CrossRow:
    """One picture in the cross-activation table.

    own: mean of its own filter; strongest: the filter it excites most, with the mean as times the own one; exciter: the
    other picture that excites its filter most. An `href` is None where the filter has no page.
    """

    href: str
    number: int
    own: str
    rank: int
    strongest: int
    strongest_href: str | None
    strongest_mean: str
    times: str
    exciter: int | None
    exciter_href: str | None
    exciter_mean: str


@dataclass(frozen=True, slots=True, eq=False)
class CrossView:
    """The cross-activation matrix of one layer of one edition.

    matrix: float32, shape (len(numbers), filters of the layer): row = picture of that filter of `numbers`, column =
    filter. first: the cell that the page opens with, as (picture, filter). thumbs: address of each row's thumbnail,
    None for a failed filter. likeness: filters in that order, or none.
    """

    head: Head
    layer: str
    edition: str
    layers: tuple[Link, ...]
    editions: tuple[Link, ...]
    wall_path: str
    previous: Link | None
    following: Link | None
    rows: tuple[CrossRow, ...]
    figure: Picture | None
    sentences: tuple[str, ...]
    diagonal: bool
    data: tuple[Link, ...]
    script: str
    numbers: tuple[int, ...]
    matrix: NDArray[np.float32]
    first: tuple[int, int] | None
    thumbs: tuple[str | None, ...]
    likeness: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DeadLayer:
    """The filters of one layer that were dead at the start, and what became of them.

    bars: by end as (end, first, filters), end to end on a line of the layer's `filters`. dead: how many of how many.
    reasons: why a filter still has no picture of its own, by number. missing: those not built yet, as text.
    """

    layer: Link
    filters: int
    bars: tuple[tuple[str, int, int], ...]
    dead: str
    became: str
    cards: tuple[Card, ...]
    reasons: tuple[tuple[int, str], ...]
    missing: str

    @property
    def is_told(self) -> bool:
        """Whether the layer has such filters, and so a part of the page."""
        return bool(self.cards or self.missing)


@dataclass(frozen=True, slots=True)
class DeadView:
    """Every filter dead at the start, by layer.

    most: filters of the largest layer. key: every end that any met, as (end, how many of it). sentences: what holds
    for all of them.
    """

    head: Head
    layers: tuple[DeadLayer, ...]
    most: int
    key: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipeTable:
    """A recipe's settings: a row per group of layers that share them; `shared` are those of every layer."""

    name: str
    summary: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shared: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MethodView:
    """The procedure, with the settings of every recipe and the weights that were used."""

    head: Head
    algorithm: int
    recipes: tuple[RecipeTable, ...]
    editions: tuple[EditionFacts, ...]


@dataclass(frozen=True, slots=True)
class NotFoundView:
    """The page for an address that does not exist."""

    head: Head
