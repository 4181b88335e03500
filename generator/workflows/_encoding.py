"""Pictures of the store to the site: the files of record as they are, and what is derived from those that changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from generator.addresses import full_picture, map_sprite, thumbnail
from generator.catalogue import layer_named
from generator.errors import DamagedPicture
from generator.measure.maps import TILE_SIDE
from generator.publish.pictures import (
    THUMBNAIL_PX,
    encode_sprite,
    encode_thumbnail,
    has_own_thumbnail,
)
from generator.records import Progress
from generator.render.inputs import Picture, PictureKind
from generator.workflows._digests import code_digest, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        shown = min(side, THUMBNAIL_PX)
        return Picture(thumbnail(*_named(record)), shown, shown)
    return Picture(full_picture(*_named(record)), side, side)


def encode_pictures(
    store: Store,
    site: Site,
    records: Sequence[FilterRecord],
    pool: Executor,
    on_event: Callable[[Event], None],
) -> dict[FilterRecord, str]:
    """Bring the pictures of `records` up to date in the site; return those whose file is damaged, and how."""
    stale = [(record, kinds) for record in records if (kinds := _stale_kinds(site, record))]
    drawn = {(record.edition, record.layer) for record, kinds in stale if "maps" in kinds}
    maps = {place: {number: one.maps for number, one in store.responses(*place).items()} for place in drawn}
    encode = partial(_encoded, store, _Maps(_colours(), maps) if drawn else None)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Maps:
    """Feature maps that have to be drawn, by (edition, layer) and filter, and the colour of each value."""

    colours: NDArray[np.uint8]
    layers: Mapping[tuple[str, str], Mapping[int, NDArray[np.uint8]]]


def _encoded(
    store: Store, maps: _Maps | None, stale: tuple[FilterRecord, tuple[PictureKind, ...]]
) -> list[tuple[Picture, bytes]] | DamagedPicture:
    """Return the files of one record that have to be made again, or what is wrong with its picture.

    Reading a picture touches its file and never the index, so several threads of the pool may do it at once.
    """
    record, kinds = stale
    try:
        return [(picture, _bytes(store, maps, record, kind)) for kind, picture in _files(record) if kind in kinds]
    except DamagedPicture as damage:
        return damage


def _bytes(store: Store, maps: _Maps | None, record: FilterRecord, kind: PictureKind) -> bytes:
    if kind == "full":
        return store.file(record)
    if kind == "maps" and maps is not None:
        return encode_sprite(maps.layers[record.edition, record.layer][record.filter], maps.colours)
    return encode_thumbnail(store.picture(record))


def _inputs(record: FilterRecord, picture: Picture) -> str:
    measured = record.response_version, record.map_filters, record.map_peak
    return digest(record.sha256, picture, measured, code_digest(__name__))


def _named(record: FilterRecord) -> tuple[str, str, int]:
    return record.edition, record.layer, record.filter
