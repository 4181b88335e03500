"""One layer of a published site as a cache will hold it: each picture with all that was measured on it, or why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.addresses import map_sprite
from generator.errors import BadInput, DamagedFile, DamagedPicture
from generator.files import digest_of
from generator.publish.pictures import decode_sprite
from generator.records import KEPT, LINKS, RESPONSE, Kept, Links, Response, kept_measurement
from generator.store.pictures import decode_facts, decode_image

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from generator.publish.archive import Archive, ArchivedFilter, ArchivedLayer, ArchivedPlace
    from generator.records import EditionRecord, Measurement
    from generator.store.pictures import Facts

READERS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A picture of a site as the store will hold it."""

    data: bytes
    facts: Facts
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SiteLayer:
    """One layer of an archive, read but for its pictures. cross, links: a row for each of its filters."""

    edition: EditionRecord
    data: ArchivedLayer
    cross: NDArray[np.float32]
    links: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of a site that was left out, and why."""

    address: str
    reason: str

    def __str__(self) -> str:
        return f"the site's {self.address} {self.reason}; it was left out."


def read_layer(archive: Archive, edition: EditionRecord, place: ArchivedPlace) -> SiteLayer:
    """Read a layer of an archive but for its pictures; raise `DamagedFile` where it cannot be."""
    layer = archive.layer(edition.name, place.layer, place.data)
    links = None if place.links is None else archive.links(place.links, layer)
    return SiteLayer(edition, layer, archive.cross(place.cross, layer), links)


def take_layer(archive: Archive, layer: SiteLayer, have: Collection[int]) -> list[Taken | LeftOut]:
    """Read the pictures of a layer that a cache does not `have`, by the numbers of their filters."""
    from generator.figures.style import heat_colours  # noqa: PLC0415 - matplotlib is slow to import

    take = partial(_take, archive, layer, heat_colours())
    wanted = [row for row, one in enumerate(layer.data.filters) if one.sha256 and one.filter not in have]
    with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
        return list(pool.map(take, wanted))


def _take(archive: Archive, layer: SiteLayer, colours: NDArray[np.uint8], row: int) -> Taken | LeftOut:
    one, edition = layer.data.filters[row], layer.edition
    address = one.image or ""
    try:
        data = archive.read(address)
        facts = decode_facts(data)
        _check_picture(facts, edition, layer.data.layer, one)
        decode_image(data)
        maps = None
        if one.maps is not None:
            address = map_sprite(edition.name, layer.data.layer, one.filter)
            maps = decode_sprite(archive.read(address), colours, len(one.maps.filters))
    except (DamagedFile, DamagedPicture, BadInput, ValueError) as error:
        return LeftOut(address, str(error).rstrip("."))
    return Taken(data, facts, tuple(_measurements(layer, row, maps, digest_of(data))))


def _measurements(layer: SiteLayer, row: int, maps: NDArray[np.uint8] | None, sha256: str) -> Iterator[Measurement]:
    one, name, versions = layer.data.filters[row], layer.data.layer, layer.data.measured
    version = versions.get(RESPONSE) if one.response_version is None else one.response_version
    if one.maps is not None and maps is not None and version is not None:
        response = Response(one.filter, layer.cross[row], maps, one.maps.filters, one.maps.peak)
        yield response.measurement(name, version, sha256)
    if one.links is not None and layer.links is not None and LINKS in versions:
        kernels = np.array(one.links.kernels, np.float16).reshape(-1, 3, 3)
        links = Links(layer.links[row], one.links.bias, float(layer.cross[row, one.filter]), kernels)
        yield links.measurement(name, one.filter, versions[LINKS], sha256)
    kept = None if one.kept is None or one.peak is None else Kept(**asdict(one.kept), peak=one.peak)
    # A filter at zero on its own picture keeps nothing, and one that is not was not measured.
    if KEPT in versions and (kept is not None or layer.cross[row, one.filter] == 0):
        yield kept_measurement(kept, name, one.filter, versions[KEPT], sha256)


def _check_picture(facts: Facts, edition: EditionRecord, layer: str, one: ArchivedFilter) -> None:
    record = facts.record
    if record.sha256 != one.sha256 or (record.layer, record.filter) != (layer, one.filter):
        raise DamagedFile("is the picture of another filter")
    if replace(facts.edition, weights=edition.weights) != edition:
        raise DamagedFile("is of another edition")
