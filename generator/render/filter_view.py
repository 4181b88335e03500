"""What a filter's page shows, as frozen views; see `views` for the other pages and for what a path and an href are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.records import Status
    from generator.render.inputs import Picture
    from generator.render.views import Head


@dataclass(frozen=True, slots=True)
class Curve:
    """A loss curve as the points of a polyline in a box of `width` x `height` units, with its words."""

    points: str
    width: int
    height: int
    end: tuple[str, str]
    top: str
    steps: str
    caption: str


@dataclass(frozen=True, slots=True)
class Responder:
    """A row of a cross-activation table: a filter, a mean, and the mean as times the own one."""

    href: str | None
    number: int
    picture: Picture | None
    mean: str
    times: str
    own: bool


@dataclass(frozen=True, slots=True)
class MapTile:
    """A tile of the feature-map strip: whose map it is; `href` None without a page."""

    href: str | None
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
    dead_at_start: bool
    story: tuple[str, ...]
    wall_path: str
    previous: str | None
    following: str | None
    position: str
    measures: tuple[tuple[str, str], ...]
    editions: tuple[FilterEdition, ...]
