"""What each page shows, as frozen views: plain values and texts, ready for a template that decides nothing.

Every address in a view is a path from the root of the site; the templates make it relative to the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from generator.records import EditionRecord, LayerRecord, StartRecord, Status

PictureKind = Literal["full", "thumb", "maps"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file of the site: `src` from the site's root, size in its own pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one layer of one edition: contact sheets of 64 filters, loss histogram, cross-activation heat map."""

    sheets: tuple[Picture, ...] = ()
    losses: Picture | None = None
    cross: Picture | None = None


class Pictures(Protocol):
    """Where the pictures of the site are; None for a picture that does not exist (a failed filter's)."""

    def picture(self, edition: str, layer: str, filter_number: int, kind: PictureKind) -> Picture | None:
        """Return one picture; a thumbnail is the full picture where the canvas is small enough."""

    def figures(self, edition: str, layer: str) -> Figures:
        """Return the figures of one layer."""


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Everything a site can show.

    editions: in the order in which they are shown; the first that holds a layer gives the layer its wall.
    layers: by (edition, layer name).
    starts: by weights fingerprint, in catalogue order.
    """

    editions: tuple[EditionRecord, ...]
    layers: Mapping[tuple[str, str], LayerRecord]
    starts: Mapping[str, tuple[StartRecord, ...]]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page needs beside its view: the version, and the path of each asset by its plain name (`atlas.css`)."""

    version: str
    assets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; `path` None where there is nothing yet, `current` for the page itself."""

    text: str
    path: str | None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """Where a page stands and what it is called."""

    path: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One layer on the network map. `pictures` are links to filters, with their pictures."""

    layer: Link
    short: str
    facts: tuple[str, ...]
    pictures: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the network: its number, its layers, and what comes out of it."""

    number: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """What was built: one edition, how far it is, with which weights and recipe."""

    name: str
    summary: str
    weights: str
    fingerprint: str
    counts: str
    settings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class IndexView:
    """The network map."""

    head: Head
    blocks: tuple[Block, ...]
    editions: tuple[EditionFacts, ...]
    totals: tuple[tuple[str, str], ...]
    dead_sentence: str
    script: str


@dataclass(frozen=True, slots=True)
class Card:
    """One filter on a wall: `badge` is empty for an active one, `title` the contact sheet's ("Loss=...")."""

    path: str
    number: int
    picture: Picture | None
    alt: str
    loss: str
    badge: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Losses of a layer: bars as (x, height) in a box of 100 x 100 units, `most` the value at the right edge."""

    bars: tuple[tuple[str, str, str], ...]
    bar_width: str
    most: float
    step: float
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class LayerView:
    """The wall of one layer of one edition. `columns` are the values of the data script, one list per name."""

    head: Head
    layer: str
    edition: str
    facts: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    layers: tuple[Link, ...]
    previous: str | None
    following: str | None
    editions: tuple[Link, ...]
    cards: tuple[Card, ...]
    card_class: str
    statuses: tuple[tuple[Status, int], ...]
    histogram: Histogram | None
    figures: Figures
    cross_path: str
    data: tuple[Link, ...]
    script: str
    columns: Mapping[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Curve:
    """A loss curve: points of a polyline in a box of `width` x 100 units, and its words."""

    points: str
    end: tuple[str, str]
    top: str
    caption: str


@dataclass(frozen=True, slots=True)
class Responder:
    """A row of the cross-activation table: another filter, a mean, and how many times this filter's own it is."""

    path: str | None
    number: int
    picture: Picture | None
    mean: str
    times: str
    own: bool


@dataclass(frozen=True, slots=True)
class MapTile:
    """A tile of the feature-map strip: whose map it is."""

    path: str | None
    number: int


@dataclass(frozen=True, slots=True)
class FilterEdition:
    """One filter in one edition. `values` stand in the order of `FilterView.measures`."""

    name: str
    status: Status
    badge: str
    error: str
    picture: Picture | None
    shown: tuple[int, int]
    pixelated: bool
    alt: str
    caption: str
    curve: Curve | None
    values: tuple[str, ...]
    responders: tuple[Responder, ...]
    exciters: tuple[Responder, ...]
    maps: Picture | None
    map_tiles: tuple[MapTile, ...]
    map_peak: str
    command: str


@dataclass(frozen=True, slots=True)
class FilterView:
    """One filter, every edition beside the other."""

    head: Head
    layer: str
    number: int
    badges: tuple[str, ...]
    story: tuple[str, ...]
    wall_path: str
    previous: str | None
    following: str | None
    position: str
    measures: tuple[tuple[str, str], ...]
    editions: tuple[FilterEdition, ...]


@dataclass(frozen=True, slots=True)
class CrossRow:
    """One picture in the cross-activation table: its own mean, its rank, the filter it excites most, who excites it most."""

    path: str
    number: int
    own: str
    rank: int
    strongest_path: str | None
    strongest: int
    strongest_mean: str
    times: str
    exciter_path: str | None
    exciter: int
    exciter_mean: str


@dataclass(frozen=True, slots=True, eq=False)
class CrossView:
    """The cross-activation matrix of one layer of one edition; `matrix` row = picture of `pictures`, column = filter."""

    head: Head
    layer: str
    edition: str
    layers: tuple[Link, ...]
    editions: tuple[Link, ...]
    wall_path: str
    previous: str | None
    following: str | None
    rows: tuple[CrossRow, ...]
    figure: Picture | None
    sentences: tuple[str, ...]
    data: tuple[Link, ...]
    script: str
    pictures: tuple[int, ...]
    matrix: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DeadLayer:
    """The filters of one layer that were dead at the start, and what became of them."""

    layer: Link
    filters: int
    counts: tuple[str, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class DeadView:
    """Every filter dead at the start, by layer."""

    head: Head
    columns: tuple[str, ...]
    layers: tuple[DeadLayer, ...]
    totals: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipeTable:
    """A recipe's settings: the names of the columns, then a row per group of layers."""

    name: str
    summary: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


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
