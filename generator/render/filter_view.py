"""What a filter's page shows, as frozen views; see `views` for the other pages and for what a path and an href are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.records import Status
    from generator.render.inputs import Picture
    from generator.render.photo_view import PhotoEvidence, Relatives
    from generator.render.views import Head


@dataclass(frozen=True, slots=True)
class Curve:
    """The means of a climb as an SVG path in a box of `width` x `height` units: a unit a step. top: the greatest."""

    line: str
    width: int
    height: int
    top: str


@dataclass(frozen=True, slots=True)
class Responder:
    """A filter and a mean, as times the page's own filter's. percent: length of its bar."""

    href: str | None
    number: int
    picture: Picture | None
    times: str
    percent: int


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel of 3 x 3 weights as squares in a box of 30 x 30 units, their areas by size: two SVG paths by sign."""

    positive: str
    negative: str


@dataclass(frozen=True, slots=True)
class Input:
    """What one input adds to a filter's mean. percent: length of its bar; name: its number, or a colour's name.

    kernel: the filter's on it, of the inputs that excite most.
    """

    href: str | None
    name: str
    picture: Picture | None
    amount: str
    percent: int
    kernel: Kernel | None


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
class SumRow:
    """A part of the mean; its bar goes on where that of the row above ended. start, width: percent; 0 draws none.

    kind: plus, minus or total.
    """

    name: str
    amount: str
    start: int
    width: int
    kind: str


Flow = tuple[tuple[str, str], ...]
"""The lines between the inputs and the picture: SVG paths by kind (plus, minus, all others of a sign, and what each
sign takes of the picture's height).
"""


@dataclass(frozen=True, slots=True)
class PathStep:
    """A filter on the way down to the pixels, with its share of what excites the one before."""

    href: str
    layer: str
    number: int
    share: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A picture on the scale of all, with what one place of its layer's map sees of it.

    unit: its side in eighths of a pixel's tens, the name of a class of the styles. field: the side of the square in the
    picture's pixels, the name of another; 0 where that is more than the picture.
    """

    href: str | None
    name: str
    picture: Picture
    unit: int
    sees: str
    field: int


@dataclass(frozen=True, slots=True)
class Way:
    """The way down to the pixels: a picture a block, the first block's first, and every step in words."""

    rungs: tuple[Rung, ...]
    steps: str


@dataclass(frozen=True, slots=True)
class Circuit:
    """What a filter is built from, what it feeds, and the path down to the pixels.

    before: the layer that it reads, or what it reads there; following: the layer that it feeds.
    sums: the parts of the mean, as printed adding up to the last. colours: of block1_conv1 the nine colours of the
    kernel, `#rrggbb`, row by row. others: how many inputs are not shown, and what they add, by sign; empty
    where there are none. inward, outward: the lines to and from the picture; those from it are one SVG path.
    path: from the strongest input on, always by the strongest.
    nothing: why there is nothing to split, in place of all of that.
    """

    before: str
    following: str
    sums: tuple[SumRow, ...]
    excited: tuple[Input, ...]
    held: tuple[Input, ...]
    others: tuple[tuple[str, str], tuple[str, str]]
    colours: tuple[str, ...]
    fed: tuple[Fed, ...]
    path: tuple[PathStep, ...]
    inward: Flow
    outward: str
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A number for each earlier layer as a bar, in a box of `width` x 80 units with 0 in its middle.

    bars: one SVG path. beyond: what it means that some are pointed. ends: what is written under the first and the last.
    """

    bars: str
    width: int
    beyond: str
    ends: tuple[str, str]
    label: str


@dataclass(frozen=True, slots=True)
class Trust:
    """One way in which a picture may mislead. figure: the number, large; bars: (name, value, percent).

    anchor: where on the method page it is explained.
    """

    title: str
    figure: str
    sentence: str
    anchor: str
    bars: tuple[tuple[str, str, int], ...] = ()
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class FilterEdition:
    """One filter in one edition.

    place: of the edition on the page, from 1. say: the facts beyond those of all editions, as in `FilterView`.
    unit: as of `Rung`, of the large picture. measures: (name, value, what it means).
    """

    place: int
    name: str
    status: Status
    badge: str
    say: tuple[tuple[str, bool], ...]
    picture: Picture | None
    unit: int
    pixelated: bool
    alt: str
    caption: tuple[str, str]
    curve: Curve | None
    measures: tuple[tuple[str, str, str], ...]
    responders: tuple[Responder, ...]
    exciters: tuple[Responder, ...]
    maps: Picture | None
    map_tiles: tuple[int, ...]
    map_peak: str
    trust: tuple[Trust, ...]
    command: str
    is_former: bool
    cite: str
    circuit: Circuit | None


@dataclass(frozen=True, slots=True)
class FilterView:
    """One filter, every edition beside the other.

    say: the facts that hold in every edition, as pieces of text, each with whether it is set off. before, after: the
    neighbours' numbers. last: whether no layer reads it. way: of the first edition that has one.
    """

    head: Head
    layer: str
    number: int
    say: tuple[tuple[str, bool], ...]
    dead_at_start: bool
    story: tuple[str, ...]
    wall_path: str
    previous: str | None
    following: str | None
    before: int | None
    after: int | None
    last: bool
    editions: tuple[FilterEdition, ...]
    photographs: tuple[PhotoEvidence, ...]
    relatives: Relatives | None
    way: Way | None
