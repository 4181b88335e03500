"""What the pages are made from: the records, where the pictures are, and the frame around every page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from generator.catalogue import LAYER_NAMES
from generator.render.links import LinksAround, links_around

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.records import Changes, EditionRecord, LayerRecord, Likeness, PhotoSet, StartRecord
    from generator.render.views import Link

PictureKind = Literal["full", "thumb", "maps"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file of the site: `src` from the site's root, size in its own pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet, and the first and the last filter that it shows."""

    picture: Picture
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one layer of one edition: contact sheets, loss histogram, cross heat map."""

    sheets: tuple[Sheet, ...] = ()
    losses: Picture | None = None
    cross: Picture | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Where the pictures of the site are, and how large.

    files: by (edition, layer, filter, kind); figures_of: by (edition, layer).
    """

    files: Mapping[tuple[str, str, int, PictureKind], Picture]
    figures_of: Mapping[tuple[str, str], Figures]

    def picture(self, edition: str, layer: str, filter_number: int, kind: PictureKind) -> Picture | None:
        """Return one picture, None when there is none; the smallest canvases are their own thumbnails."""
        return self.files.get((edition, layer, filter_number, kind))

    def figures(self, edition: str, layer: str) -> Figures:
        """Return the figures of one layer."""
        return self.figures_of.get((edition, layer), Figures())

    def part(self, layer: str) -> Pictures:
        """Return what the pages of one layer show: its pictures, those before it, and the thumbnails of the next."""
        place = LAYER_NAMES.index(layer)
        near = {(name, "thumb") for name in LAYER_NAMES[: place + 2]} | {(name, "full") for name in LAYER_NAMES[:place]}
        return Pictures(
            {
                place: picture
                for place, picture in self.files.items()
                if place[1] == layer or (place[1], place[3]) in near
            },
            {place: figures for place, figures in self.figures_of.items() if place[1] == layer},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Everything a site can show.

    editions: in the order in which they are shown; the first that holds a layer gives the layer its wall.
    layers: by (edition, layer name).
    starts: by weights fingerprint, in catalogue order.
    others: names of further layers that have pages; `part` keeps no more of them.
    changes: the user's own settings by (edition, layer name).
    links: in a part, those that surround its layer, by edition.
    photos: sets of photographs, largest first; a part keeps what they say of its layer.
    networks: fingerprints of the weights that stand in the site with 8 bits, for `try.html`; a part keeps none.
    likeness: by (edition, layer name), for the pages of a layer.
    """

    editions: tuple[EditionRecord, ...]
    layers: Mapping[tuple[str, str], LayerRecord]
    starts: Mapping[str, tuple[StartRecord, ...]]
    others: frozenset[str] = frozenset()
    changes: Mapping[tuple[str, str], Changes] = field(default_factory=dict)
    links: Mapping[str, LinksAround] = field(default_factory=dict)
    photos: tuple[PhotoSet, ...] = ()
    networks: tuple[str, ...] = ()
    likeness: Mapping[tuple[str, str], Likeness] = field(default_factory=dict)

    def present(self) -> tuple[str, ...]:
        """Return the names of the layers that have a wall, in catalogue order."""
        held = {layer for (_, layer), record in self.layers.items() if record.filters} | self.others
        return tuple(name for name in LAYER_NAMES if name in held)

    def part(self, layer: str) -> Atlas:
        """Return what the pages of one layer may show: its records and starts, the links around, that others exist."""
        return Atlas(
            self.editions,
            {place: record for place, record in self.layers.items() if place[1] == layer},
            {key: tuple(start for start in starts if start.layer == layer) for key, starts in self.starts.items()},
            frozenset(self.present()) - {layer},
            links=self.links or {one.name: links_around(self.layers, one.name, layer) for one in self.editions},
            photos=tuple(
                replace(one, layers={layer: one.layers[layer]} if layer in one.layers else {}) for one in self.photos
            ),
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """What a page needs beside its view: the version, each asset's path by its plain name, and the header's links.

    nav: the pages that belong to no layer. layers: the thirteen layers' walls; one without a wall has no path.
    maps: the same of their families.
    """

    version: str
    assets: Mapping[str, str]
    nav: tuple[Link, ...] = ()
    layers: tuple[Link, ...] = ()
    maps: tuple[Link, ...] = ()
