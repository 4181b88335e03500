"""`atlas adopt`: a cache from a published site, so that anyone can go on from it; nothing is computed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.errors import BadInput, DamagedFile
from generator.files import digest_of, write_file
from generator.publish.archive import edition_of, open_archive
from generator.recipes import Settings, checked_changes
from generator.records import Fact, FilterFailure, FilterId, Progress, StoredPicture, unheard
from generator.store import open_store
from generator.store.files import disk_trouble, picture_path
from generator.store.rows import row_of
from generator.workflows._photo_adoption import adopt_photos, layer_shown
from generator.workflows._report import Report
from generator.workflows._site_layers import READERS_AT_ONCE, LeftOut, Taken, read_layer, take_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from generator.publish.archive import Archive, ArchivedLayer
    from generator.records import EditionRecord, Event
    from generator.store import Store


@dataclass(frozen=True, slots=True)
class AdoptReport(Report):
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
    held, damages = 0, list[LeftOut]()
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
            read = read_layer(archive, edition, place)
        except DamagedFile as error:
            damages.append(LeftOut(place.data, str(error)))
            continue
        layer = read.data
        of_site, mine = layer_shown(layer), stored[edition.name]
        shown[edition.name] |= of_site
        have = {
            id_.filter
            for id_ in pictured(mine)
            if id_.layer == layer.layer
            # One that came back by its file after a kill is held without what was measured on it.
            and (mine[id_].measured or mine[id_].sha256 != of_site.get(id_))
        }
        held += len(have)
        taken = take_layer(archive, read, have)
        good = [one for one in taken if isinstance(one, Taken)]
        damages += [one for one in taken if isinstance(one, LeftOut)]
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


def surveyed(archive: Archive, held: Mapping[str, Collection[FilterId]]) -> dict[str, dict[FilterId, StoredPicture]]:
    """Return what adopting would take in, by edition and filter; `held` is what the cache has, likewise."""
    found: dict[str, dict[FilterId, StoredPicture]] = {}
    for archived in archive.editions:
        edition = edition_of(archived)
        for place in archived.layers:
            have = {id_.filter for id_ in held.get(edition.name, ()) if id_.layer == place.layer}
            try:
                taken = take_layer(archive, read_layer(archive, edition, place), have)
            except DamagedFile:
                continue
            for one in taken:
                if isinstance(one, Taken):
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


def _put_layer(store: Store, edition: EditionRecord, taken: list[Taken], changes: dict[str, Any], layer: str) -> None:
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


def _adopt_starts(store: Store, archive: Archive) -> list[LeftOut]:
    damages = []
    for archived in {one.weights_fingerprint: one for one in archive.editions}.values():
        if archived.starts is None or store.starts(archived.weights_fingerprint):
            continue
        try:
            starts = archive.starts(archived.starts)
        except DamagedFile as error:
            damages.append(LeftOut(archived.starts, str(error)))
        else:
            store.put_starts(archived.weights_fingerprint, starts)
    return damages


def _plausible(changes: Any) -> dict[str, Any]:
    """Return the user's changes that a manifest names, none when they are not such as a user can give."""
    try:
        return checked_changes({name: "none" if value is None else value for name, value in changes.items()})
    except BadInput:
        return {}
