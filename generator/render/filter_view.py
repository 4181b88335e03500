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
class Kernel:
    """A kernel of 3 x 3 weights as squares in a box of 30 x 30 units, their areas by size: two SVG paths by sign."""

    positive: str
    negative: str
    label: str


@dataclass(frozen=True, slots=True)
class Input:
    """What one input adds to a filter's mean. percent: length of its bar; name: its number, or a colour's name."""

    href: str | None
    name: str
    picture: Picture | None
    amount: str
    percent: int
    kernel: Kernel


@dataclass(frozen=True, slots=True)
class Fed:
    """A filter of the next layer that this one excites: with which share of its excitation, at which rank."""

    href: str | None
    number: int
    picture: Picture | None
    share: str
    percent: int
    rank: str


@dataclass(frozen=True, slots=True)
class PathStep:
    """A filter on the way down to the pixels, with its share of what excites the one before, and what leads on."""

    href: str
    layer: str
    number: int
    picture: Picture
    share: str
    inputs: tuple[PathStep, ...]

    @property
    def line(self) -> tuple[PathStep, ...]:
        """This step and, always by the strongest input, those that lead on from it."""
        found = [self]
        while found[-1].inputs:
            found.append(found[-1].inputs[0])
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Circuit:
    """What a filter is built from, what it feeds, and the path down to the pixels.

    before: the layer that it reads, or what it reads there; following: the layer that it feeds.
    colours: of block1_conv1 the nine colours of the kernel, `#rrggbb`, row by row. others: what the inputs that are not
    shown add, excitation and inhibition; empty where there are none.
    nothing: why there is nothing to split, in place of all of that.
    """

    before: str
    following: str
    total: str
    excited: tuple[Input, ...]
    held: tuple[Input, ...]
    others: tuple[str, str]
    colours: tuple[str, ...]
    fed: tuple[Fed, ...]
    path: tuple[PathStep, ...]
    nothing: str = ""


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
    circuit: Circuit | None


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
