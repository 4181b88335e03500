"""Sets of photographs from a published site: numbers, credits, and of those that may be shown what pages show."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from generator.addresses import photo_maps, photo_picture
from generator.catalogue import ARTICLE_SIZE_PX, LAYER_NAMES, LAYERS
from generator.errors import BadInput, DamagedFile, DamagedPicture
from generator.measure.agreement import VERSION
from generator.measure.credits import checked_credit
from generator.publish.photo_archive import PhotoArchive
from generator.publish.pictures import CLEAR, decode_veil
from generator.records import Credit, FilterId, Note, Photograph, Progress, tile_side
from generator.store.photos import StoredSet
from generator.store.pictures import decode_image
from generator.workflows._photo_sets import AGREEMENT, compared_digest, with_slugs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from generator.publish.archive import Archive, ArchivedLayer
    from generator.publish.photo_archive import ArchivedPhotograph
    from generator.records import Event, MapPlace
    from generator.store import Store


def adopt_photos(
    store: Store,
    archive: Archive,
    pictures: Mapping[str, Mapping[FilterId, str]],
    on_event: Callable[[Event], None],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take the sets of photographs that an archive holds and a store does not, each whole or not at all.

    One whose arrays are not in the site is left out.

    Args:
        store: open to be written.
        archive: of the site.
        pictures: by edition and filter, the digest of the picture that the site shows.
        on_event: told of the progress.

    Returns:
        The names of the sets that were taken, and a sentence for each that was left out.

    Raises:
        WorkFailed: the disk refused.

    """
    taken, damaged = list[str](), list[str]()
    held = {one.name for one in store.photos.sets()}
    for done, found in enumerate(archive.photos, start=1):
        if found.name not in held and not found.has_arrays:
            on_event(
                Note(
                    f"the photographs {found.name} are too many for what they do to every filter to be in the site, and"
                    " were not taken in; `atlas photos` reads them again"
                )
            )
        elif found.name not in held:
            try:
                _take(store, archive, PhotoArchive(archive, found), pictures)
            except (DamagedFile, BadInput) as error:
                damaged.append(f"the site's {str(error).rstrip('.')}; the photographs {found.name!r} were left out.")
            else:
                taken.append(found.name)
        on_event(Progress("sets of photographs adopted", done, len(archive.photos)))
    return tuple(taken), tuple(damaged)


def pictures_shown(archive: Archive) -> dict[str, dict[FilterId, str]]:
    """Return by edition and filter the digest of the picture that a site shows, of layers whose data can be read."""
    shown: dict[str, dict[FilterId, str]] = {edition.name: {} for edition in archive.editions}
    for edition in archive.editions:
        for place in edition.layers:
            with suppress(DamagedFile):
                shown[edition.name] |= layer_shown(archive.layer(edition.name, place.layer, place.data))
    return shown


def layer_shown(layer: ArchivedLayer) -> dict[FilterId, str]:
    """Return by filter the digest of the picture that a site shows of a layer."""
    return {FilterId(layer.layer, one.filter): one.sha256 for one in layer.filters if one.sha256}


def _take(store: Store, archive: Archive, one: PhotoArchive, pictures: Mapping[str, Mapping[FilterId, str]]) -> None:
    said, version = one.said, one.said.measured.get("peaks", 0)
    photographs = [_photograph(each, one.name) for each in said.photographs]
    stored = StoredSet(one.name, said.weights_fingerprint, version, one.count)
    parts = ((photographs[part], readings) for part, readings in one.readings())
    thumbnails = _thumbnails(archive, one.name, photographs)
    maps = _maps(archive, one, [each.sha256 if each.sha256 in thumbnails else "" for each in photographs])
    store.photos.restore(stored, parts, one.sums())
    store.photos.put_thumbnails(one.name, thumbnails)
    store.photos.put_maps(one.name, maps)
    if said.measured.get(AGREEMENT) != VERSION:
        return
    content = compared_digest(said.weights_fingerprint, version, store.photos.photographs(one.name))
    for layer in LAYER_NAMES:
        for edition, agreements in one.agreements(layer).items():
            shown = {id_.filter: sha256 for id_, sha256 in pictures.get(edition, {}).items() if id_.layer == layer}
            known = {number: (shown[number], agreed) for number, agreed in agreements.items() if number in shown}
            if known:
                store.photos.put_agreements(one.name, edition, layer, content, known)


def _thumbnails(archive: Archive, name: str, photographs: Sequence[Photograph]) -> dict[str, bytes]:
    """Return the thumbnails that a site shows of photographs, each held to be one."""
    found = {}
    for photograph in with_slugs(photographs):
        address = photo_picture(name, photograph.slug)
        if photograph.show and address in archive.sums:
            found[photograph.sha256] = data = archive.read(address)
            try:
                shape = decode_image(data).shape
            except DamagedPicture as error:
                raise DamagedFile(f"{address}: {error}") from error
            if shape != (ARTICLE_SIZE_PX, ARTICLE_SIZE_PX, 3):
                raise DamagedFile(f"{address} is no thumbnail of a photograph")
    return found


def _maps(archive: Archive, one: PhotoArchive, shown: Sequence[str]) -> dict[str, dict[MapPlace, NDArray[np.uint8]]]:
    """Return the maps that a site shows over photographs; of those, `shown` has the digests, of others nothing."""
    found: dict[str, dict[MapPlace, NDArray[np.uint8]]] = {}
    for layer in LAYERS if any(shown) else ():
        for number, strongest in enumerate(one.strongest(layer.name)):
            own = [(shown[photograph], place) for photograph, place in strongest if shown[photograph]]
            address = photo_maps(one.name, layer.name, number)
            if own and address in archive.sums:
                try:
                    tiles = decode_veil(archive.read(address), len(own), tile_side(layer))
                except ValueError as error:
                    raise DamagedFile(f"{address} {error}") from error
                for (sha256, place), tile in zip(own, tiles, strict=True):
                    if (tile < CLEAR).any():
                        found.setdefault(sha256, {})[place] = tile
    return found


def _photograph(one: ArchivedPhotograph, name: str) -> Photograph:
    values = {field: getattr(one, field) for field in Credit.__dataclass_fields__}
    credit = checked_credit(Credit(**values), f"photographs {name!r}, {one.sha256[:16]}")
    stem = checked_credit(Credit(label=one.stem), f"photographs {name!r}, {one.sha256[:16]}").label
    return Photograph(**asdict(credit), stem=stem, sha256=one.sha256)
