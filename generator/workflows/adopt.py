"""`atlas adopt`: a cache from a published site, so that anyone can go on from it; nothing is computed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.addresses import map_sprite
from generator.errors import BadInput, DamagedFile, DamagedPicture
from generator.files import digest_of, write_file
from generator.publish.archive import edition_of, open_archive
from generator.publish.pictures import decode_sprite
from generator.recipes import Settings, checked_changes
from generator.records import (
    KEPT,
    LINKS,
    RESPONSE,
    Fact,
    FilterFailure,
    FilterId,
    Kept,
    Links,
    Progress,
    Response,
    StoredPicture,
    kept_measurement,
    unheard,
)
from generator.store import open_store
from generator.store.files import disk_trouble, picture_path
from generator.store.pictures import decode_facts, decode_image
from generator.store.rows import row_of
from generator.workflows._photo_adoption import adopt_photos, layer_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from generator.publish.archive import Archive, ArchivedFilter, ArchivedLayer, ArchivedPlace
    from generator.records import EditionRecord, Event, Measurement
    from generator.store import Store
    from generator.store.pictures import Facts

READERS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class AdoptReport:
    """What a cache took from a site.

    adopted: pictures by edition. held: how many the cache had already; they stay as they are.
    damaged: a sentence for each file that was left out. photos: the sets of photographs that were taken.
    """

    site: str
    cache: str
    adopted: dict[str, int]
    held: int
    damaged: tuple[str, ...]
    photos: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 when a file was left out, else 0."""
        return 1 if self.damaged else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self) | {"damaged": list(self.damaged), "photos": list(self.photos)}


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """A picture of a site as the store will hold it."""

    data: bytes
    facts: Facts
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """One layer of an archive, read but for its pictures. cross, links: a row for each of its filters."""

    edition: EditionRecord
    data: ArchivedLayer
    cross: NDArray[np.float32]
    links: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class _Damage:
    address: str
    reason: str

    def __str__(self) -> str:
        return f"the site's {self.address} {self.reason}; it was left out."


def adopt(site: Path, cache: Path, on_event: Callable[[Event], None] = unheard) -> AdoptReport:
    """Take into a cache what a site holds and the cache does not.

    Raises:
        BadSite: the folder holds no atlas, or one of a version that cannot be gone on from.
        BadInput: an edition of the cache has the name of the site's, but other weights.
        BadCache, CacheInUse, WorkFailed: the cache cannot be used, or the disk refused; what was taken stays.

    """
    archive = open_archive(site)
    with open_store(cache, write=True, on_event=on_event) as store:
        return adopt_into(store, archive, on_event)


def adopt_into(
    store: Store, archive: Archive, on_event: Callable[[Event], None], *, only: tuple[str, str] | None = None
) -> AdoptReport:
    """Take what an archive holds, or `only` one layer of one edition, into an open store; raises as `adopt` does."""
    adopted: dict[str, int] = {}
    shown: dict[str, dict[FilterId, str]] = {edition.name: {} for edition in archive.editions}
    held, damages = 0, list[_Damage]()
    layers = [
        (edition, layer)
        for edition in archive.editions
        for layer in edition.layers
        if only is None or only == (edition.name, layer.layer)
    ]
    known = {edition.name: edition for edition in store.editions()}
    for edition in map(edition_of, archive.editions):
        _check(edition, known.get(edition.name))
    # Adopting only adds, and each layer once: what stood before tells what a layer lacks.
    stored = {edition.name: store.stored(edition.name) for edition in archive.editions}
    for done, (archived, place) in enumerate(layers, start=1):
        edition = edition_of(archived)
        try:
            read = _read(archive, edition, place)
        except DamagedFile as error:
            damages.append(_Damage(place.data, str(error)))
            continue
        layer = read.data
        of_site, mine = layer_shown(layer), stored[edition.name]
        shown[edition.name] |= of_site
        # A picture that came back by its file after a kill is held without what was measured on it.
        bare = {id_.filter for id_, sha256 in of_site.items() if id_ in mine and _is_bare(mine[id_], sha256)}
        have = {id_.filter for id_ in pictured(mine) if id_.layer == layer.layer} - bare
        held += len(have)
        taken = _take_layer(archive, read, have)
        good = [one for one in taken if isinstance(one, _Taken)]
        damages += [one for one in taken if isinstance(one, _Damage)]
        _put_layer(store, edition, good, {} if have else _plausible(place.changes), layer.layer)
        _put_failures(store, edition, layer, stored[edition.name])
        adopted[edition.name] = adopted.get(edition.name, 0) + len(good)
        on_event(Progress("layers adopted", done, len(layers)))
    damages += _adopt_starts(store, archive)
    photos, left_out = adopt_photos(store, archive, shown, on_event) if only is None else ((), ())
    damaged = (*map(str, damages), *left_out)
    return AdoptReport(str(archive.root), str(store.cache), adopted, held, damaged, photos)


def pictured(stored: Mapping[FilterId, StoredPicture]) -> set[FilterId]:
    """Return the stored filters that have a picture: a failure alone is nothing to keep."""
    return {id_ for id_, one in stored.items() if one.sha256}


def _is_bare(held: StoredPicture, sha256: str) -> bool:
    return held.sha256 == sha256 and not held.measured


def surveyed(archive: Archive, held: Mapping[str, Collection[FilterId]]) -> dict[str, dict[FilterId, StoredPicture]]:
    """Return what adopting would take in, by edition and filter; `held` is what the cache has, likewise."""
    found: dict[str, dict[FilterId, StoredPicture]] = {}
    for archived in archive.editions:
        edition = edition_of(archived)
        for place in archived.layers:
            have = {id_.filter for id_ in held.get(edition.name, ()) if id_.layer == place.layer}
            try:
                taken = _take_layer(archive, _read(archive, edition, place), have)
            except DamagedFile:
                continue
            for one in taken:
                if isinstance(one, _Taken):
                    record = one.facts.record
                    versions = {measured.kind: measured.version for measured in one.measurements}
                    found.setdefault(edition.name, {})[FilterId(record.layer, record.filter)] = StoredPicture(
                        record.settings, one.facts.algorithm, record.status, record.sha256, versions
                    )
    return found


def _check(edition: EditionRecord, known: EditionRecord | None) -> None:
    if known is not None and known.weights_fingerprint != edition.weights_fingerprint:
        raise BadInput(
            f"the cache holds an edition {edition.name!r} of other weights than the site's; choose another --cache."
        )


def _read(archive: Archive, edition: EditionRecord, place: ArchivedPlace) -> _Layer:
    layer = archive.layer(edition.name, place.layer, place.data)
    links = None if place.links is None else archive.links(place.links, layer)
    return _Layer(edition, layer, archive.cross(place.cross, layer), links)


def _take_layer(archive: Archive, layer: _Layer, have: Collection[int]) -> list[_Taken | _Damage]:
    from generator.figures.style import heat_colours  # noqa: PLC0415 - matplotlib is slow to import

    take = partial(_take, archive, layer, heat_colours())
    wanted = [row for row, one in enumerate(layer.data.filters) if one.sha256 and one.filter not in have]
    with ThreadPoolExecutor(READERS_AT_ONCE) as pool:
        return list(pool.map(take, wanted))


def _take(archive: Archive, layer: _Layer, colours: NDArray[np.uint8], row: int) -> _Taken | _Damage:
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
        return _Damage(address, str(error).rstrip("."))
    return _Taken(data, facts, tuple(_measurements(layer, row, maps, digest_of(data))))


def _measurements(layer: _Layer, row: int, maps: NDArray[np.uint8] | None, sha256: str) -> Iterator[Measurement]:
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


def _put_layer(store: Store, edition: EditionRecord, taken: list[_Taken], changes: dict[str, Any], layer: str) -> None:
    """Write the files of a layer, then commit all that is said of them at once."""
    if not taken:
        return
    with disk_trouble(store.cache), ThreadPoolExecutor(READERS_AT_ONCE) as pool:
        paths = [picture_path(store.cache, digest_of(one.data)) for one in taken]
        for folder in {path.parent for path in paths}:
            folder.mkdir(exist_ok=True)
        list(pool.map(write_file, paths, [one.data for one in taken]))
    rows = [row_of(one.facts.record, one.facts.algorithm) for one in taken]
    measurements = [measured for one in taken for measured in one.measurements]
    store.restore([edition], {(edition.name, layer): changes}, rows, {edition.name: measurements})


def _put_failures(
    store: Store, edition: EditionRecord, layer: ArchivedLayer, stored: Mapping[FilterId, StoredPicture]
) -> None:
    for one in layer.filters:
        held = stored.get(FilterId(layer.layer, one.filter))
        if one.error is None or (held is not None and (held.error is not None or held.sha256 != one.sha256)):
            continue
        try:
            settings = Settings.from_dict(one.settings or layer.settings)
        except (KeyError, TypeError):
            return
        values = {name: value for name, value in one.error.items() if name != "code"}
        fact = Fact.of(str(one.error.get("code", "said")), **values)
        store.ensure_edition(edition)
        store.put(edition.name, FilterFailure(layer.layer, one.filter, settings, fact))


def _adopt_starts(store: Store, archive: Archive) -> list[_Damage]:
    damages = []
    for archived in {one.weights_fingerprint: one for one in archive.editions}.values():
        if archived.starts is None or store.starts(archived.weights_fingerprint):
            continue
        try:
            starts = archive.starts(archived.starts)
        except DamagedFile as error:
            damages.append(_Damage(archived.starts, str(error)))
        else:
            store.put_starts(archived.weights_fingerprint, starts)
    return damages


def _plausible(changes: Any) -> dict[str, Any]:
    """Return the user's changes that a manifest names, none when they are not such as a user can give."""
    try:
        return checked_changes({name: "none" if value is None else value for name, value in changes.items()})
    except BadInput:
        return {}
