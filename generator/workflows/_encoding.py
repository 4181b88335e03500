"""Masters of the store to pictures of the site: only those whose master changed, several at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from generator.catalogue import layer_named
from generator.errors import DamagedPicture
from generator.measure.maps import TILE_SIDE
from generator.publish.addresses import full_picture, map_sprite, thumbnail
from generator.publish.pictures import (
    THUMBNAIL_PX,
    encode_full,
    encode_sprite,
    encode_thumbnail,
    has_own_thumbnail,
)
from generator.records import Progress
from generator.render.inputs import Figures, Picture
from generator.workflows._digests import digest, picture_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray

    from generator.publish.site import Site
    from generator.records import Event, FilterRecord
    from generator.render.inputs import PictureKind
    from generator.store import Store


@dataclass(frozen=True, slots=True)
class SitePictures:
    """Where the pictures of the site are, for the views.

    records: by (edition, layer, filter); figures_of: by (edition, layer).
    """

    records: Mapping[tuple[str, str, int], FilterRecord]
    figures_of: Mapping[tuple[str, str], Figures]

    def picture(self, edition: str, layer: str, filter_number: int, kind: PictureKind) -> Picture | None:
        """Return one picture, None when there is none; a small canvas is its own thumbnail."""
        record = self.records.get((edition, layer, filter_number))
        return None if record is None or record.sha256 is None else picture_of(record, kind)

    def figures(self, edition: str, layer: str) -> Figures:
        """Return the figures of one layer."""
        return self.figures_of.get((edition, layer), Figures())


def picture_of(record: FilterRecord, kind: PictureKind) -> Picture | None:
    """Return where a picture of a finished filter is, and its size in pixels; None for maps that were not kept."""
    side = record.settings.size_px
    if kind == "maps":
        tile = min(TILE_SIDE, side // layer_named(record.layer).stride)
        tiles = len(record.map_filters)
        return Picture(map_sprite(*_named(record)), tiles * tile, tile) if tiles else None
    if kind == "thumb" and has_own_thumbnail(side):
        return Picture(thumbnail(*_named(record)), THUMBNAIL_PX, THUMBNAIL_PX)
    return Picture(full_picture(*_named(record)), side, side)


def encode_pictures(
    store: Store,
    site: Site,
    records: Sequence[FilterRecord],
    pool: Executor,
    on_event: Callable[[Event], None],
) -> dict[FilterRecord, str]:
    """Bring the pictures of `records` up to date in the site; return those whose master is damaged, and how."""
    stale = [(record, kinds) for record in records if (kinds := _stale_kinds(site, record))]
    encode = partial(_encoded, store, _colours() if any("maps" in kinds for _, kinds in stale) else None)
    damaged: dict[FilterRecord, str] = {}
    for done, ((record, _), outcome) in enumerate(zip(stale, pool.map(encode, stale), strict=True), start=1):
        if isinstance(outcome, DamagedPicture):
            damaged[record] = str(outcome)
        else:
            for address, data in outcome:
                site.write(address, data, _inputs(record))
        on_event(Progress("pictures", done, len(stale)))
    return damaged


def _colours() -> NDArray[np.uint8]:
    from generator.figures.style import heat_colours  # noqa: PLC0415  # matplotlib is slow to import

    return heat_colours()


def _stale_kinds(site: Site, record: FilterRecord) -> tuple[PictureKind, ...]:
    if record.sha256 is None:
        return ()
    # A list, so that each is asked: a fresh file is kept by the asking.
    fresh = [(kind, site.fresh(picture.src, _inputs(record))) for kind, picture in _files(record)]
    return tuple(kind for kind, is_fresh in fresh if not is_fresh)


def _files(record: FilterRecord) -> Iterator[tuple[PictureKind, Picture]]:
    kinds: tuple[PictureKind, ...] = ("full", "thumb", "maps")
    for kind in kinds:
        picture = picture_of(record, kind)
        if picture is not None and (kind != "thumb" or has_own_thumbnail(record.settings.size_px)):
            yield kind, picture


def _encoded(
    store: Store, table: NDArray[np.uint8] | None, stale: tuple[FilterRecord, tuple[PictureKind, ...]]
) -> list[tuple[str, bytes]] | DamagedPicture:
    """Return the files of one record that have to be made again, or what is wrong with its master.

    Reading a master touches its file and never the index, so several threads of the pool may do it at once.
    """
    record, kinds = stale
    try:
        return [(picture.src, _bytes(store, table, record, kind)) for kind, picture in _files(record) if kind in kinds]
    except DamagedPicture as damage:
        return damage


def _bytes(store: Store, table: NDArray[np.uint8] | None, record: FilterRecord, kind: PictureKind) -> bytes:
    if kind == "maps" and table is not None:
        return encode_sprite(store.maps(record), table)
    image = store.picture(record)
    return encode_full(image) if kind == "full" else encode_thumbnail(image)


def _inputs(record: FilterRecord) -> str:
    return digest(record.sha256, picture_code())


def _named(record: FilterRecord) -> tuple[str, str, int]:
    return record.edition, record.layer, record.filter
