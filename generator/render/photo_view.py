"""What pages show of photographs, as frozen views; see `views` for what a path and an href are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.render.inputs import Picture
    from generator.render.views import Head, Link


@dataclass(frozen=True, slots=True)
class PhotoCredit:
    """A photograph by its label (or its file's name), its author and licence. An address that is not known is empty."""

    label: str
    author: str
    author_page: str
    page: str
    licence: str


@dataclass(frozen=True, slots=True)
class Veil:
    """A filter's map over a crop: dark where the filter is silent.

    sprite: with the maps over all of a filter's crops. left, top, side: where the map lies on the photograph, in its
    pixels. start: where it begins in the sprite.
    """

    sprite: Picture
    left: int
    top: int
    side: int
    start: int


@dataclass(frozen=True, slots=True)
class Crop:
    """What may be shown of a photograph: what the place of the peak sees, and some room around it.

    box: the SVG viewBox of that. field: where there is room, what the place sees itself, as (first pixel, length) from
    the left and from the top.
    """

    picture: Picture
    box: str
    veil: Veil | None
    field: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PhotoAnswer:
    """A photograph among a filter's strongest, and what may be shown of it.

    href: the photograph's page in the site, if it has one. percent: length of the peak's bar, on the scale of all.
    """

    href: str | None
    credit: PhotoCredit
    peak: str
    percent: int
    crop: Crop | None


@dataclass(frozen=True, slots=True)
class OwnPeak:
    """The peak on the picture of the edition at `place` on the page. percent: where it stands on the scale of all."""

    place: int
    peak: str
    percent: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The photographs' peaks, and those on the filter's own pictures, on one scale of 100 units, as SVG paths.

    bands: from one quantile to the next. dots: the strongest photographs. end: what the 100 units are, in words.
    """

    bands: tuple[str, ...]
    dots: str
    owns: tuple[OwnPeak, ...]
    end: str
    label: str


@dataclass(frozen=True, slots=True)
class PhotoEvidence:
    """What one set of photographs says of a filter.

    cropped, mapped: whether crops are shown, and maps over some. key: (name, value) of the quantiles and of where it
    fires.
    """

    name: str
    count: str
    nine: tuple[PhotoAnswer, ...]
    cropped: bool
    mapped: bool
    spread: Spread
    key: tuple[tuple[str, str], ...]
    earned: str
    credit: str


@dataclass(frozen=True, slots=True)
class Relative:
    """A filter of the layer that rises and falls with this one over the photographs."""

    href: str | None
    number: int
    picture: Picture | None
    correlation: str


@dataclass(frozen=True, slots=True)
class Relatives:
    """The nearest filters of a filter, and how near they are, in words."""

    sentence: str
    nearest: tuple[Relative, ...]


@dataclass(frozen=True, slots=True)
class LayerAnswers:
    """The filters of a layer that a photograph excites most unusually; `times` is the peak over the 99 % quantile."""

    layer: str
    path: str
    filters: tuple[PhotoFilter, ...]


@dataclass(frozen=True, slots=True)
class PhotoFilter:
    """A filter that answers to a photograph. strong: whether it is one of its nine."""

    href: str
    number: int
    picture: Picture | None
    times: str
    strong: bool


@dataclass(frozen=True, slots=True)
class PhotoView:
    """One photograph: its credit, and for each layer the filters that answer most to it.

    labelled: whether it is called by a label, and not by its file's name.
    """

    head: Head
    set: str
    credit: PhotoCredit
    picture: Picture | None
    labelled: bool
    group: str
    sentence: str
    previous: Link | None
    following: Link | None
    layers: tuple[LayerAnswers, ...]
