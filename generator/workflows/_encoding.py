"""Masters of the store to pictures of the site: only those whose master changed, several at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, get_args

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
from generator.render.inputs import Picture, PictureKind
from generator.workflows._digests import code_digest, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray

    from generator.publish.site import Site
    from generator.records import Event, FilterRecord, LayerRecord
    from generator.store import Store

KINDS: Final[tuple[PictureKind, ...]] = get_args(PictureKind)


def picture_files(layers: Iterable[LayerRecord]) -> dict[tuple[str, str, int, PictureKind], Picture]:
    """Return where the pictures of layers are in their site, by (edition, layer, filter, kind)."""
    return {
        (*_named(record), kind): picture
        for layer in layers
        for record in layer.filters
        if record.sha256 is not None
        for kind in KINDS
        if (picture := picture_of(record, kind)) is not None
    }


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
            for picture, data in outcome:
                site.write(picture.src, data, _inputs(record, picture))
        on_event(Progress("pictures", done, len(stale)))
    return damaged


def _colours() -> NDArray[np.uint8]:
    from generator.figures.style import heat_colours  # noqa: PLC0415  # matplotlib is slow to import

    return heat_colours()


def _stale_kinds(site: Site, record: FilterRecord) -> tuple[PictureKind, ...]:
    if record.sha256 is None:
        return ()
    # A list, so that each is asked: a fresh file is kept by the asking.
    fresh = [(kind, site.fresh(picture.src, _inputs(record, picture))) for kind, picture in _files(record)]
    return tuple(kind for kind, is_fresh in fresh if not is_fresh)


def _files(record: FilterRecord) -> Iterator[tuple[PictureKind, Picture]]:
    for kind in KINDS:
        picture = picture_of(record, kind)
        if picture is not None and (kind != "thumb" or has_own_thumbnail(record.settings.size_px)):
            yield kind, picture


def _encoded(
    store: Store, table: NDArray[np.uint8] | None, stale: tuple[FilterRecord, tuple[PictureKind, ...]]
) -> list[tuple[Picture, bytes]] | DamagedPicture:
    """Return the files of one record that have to be made again, or what is wrong with its master.

    Reading a master touches its file and never the index, so several threads of the pool may do it at once.
    """
    record, kinds = stale
    try:
        return [(picture, _bytes(store, table, record, kind)) for kind, picture in _files(record) if kind in kinds]
    except DamagedPicture as damage:
        return damage


def _bytes(store: Store, table: NDArray[np.uint8] | None, record: FilterRecord, kind: PictureKind) -> bytes:
    if kind == "maps" and table is not None:
        return encode_sprite(store.maps(record), table)
    image = store.picture(record)
    return encode_full(image) if kind == "full" else encode_thumbnail(image)


def _inputs(record: FilterRecord, picture: Picture) -> str:
    return digest(record.sha256, picture, code_digest(__name__))


def _named(record: FilterRecord) -> tuple[str, str, int]:
    return record.edition, record.layer, record.filter
