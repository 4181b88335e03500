"""What the pages are made from: the records, where the pictures are, and the frame around every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.records import EditionRecord, LayerRecord, StartRecord

PictureKind = Literal["full", "thumb", "maps"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file of the site: `src` from the site's root, size in its own pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one layer of one edition: contact sheets of 64 filters, loss histogram, cross heat map.

    sheets: one for each stretch of 64 filters that holds any, or none at all.
    """

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
    """What a page needs beside its view: the version, and each asset's path by its plain name (`atlas.css`)."""

    version: str
    assets: Mapping[str, str]
