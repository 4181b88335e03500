"""What a site shows stays: pictures that the cache lacks are taken from the site, or the work is refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from generator.addresses import described_set, pictured_filter
from generator.errors import BadSite, SiteInUse
from generator.publish.archive import open_archive
from generator.publish.site import open_site, read_site
from generator.records import FilterId, Note
from generator.workflows.adopt import adopt_into, pictured, surveyed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from generator.records import Event, StoredPicture
    from generator.store import Store

    Place = tuple[str, str, int]

MOST = 0.5
"""Part of a shown layer that may go: single pictures do, when damage is found; a whole layer does not."""


def keep_shown(
    store: Store,
    site: Path,
    wanted: Collection[Place],
    *,
    dry_run: bool,
    on_event: Callable[[Event], None],
    coming: str | None = None,
) -> dict[str, dict[FilterId, StoredPicture]]:
    """See that a build keeps what the site shows; `wanted` are the filters that it is about to look after.

    Pictures of the site that the cache does not hold are adopted first, and returned by edition and filter; with
    `dry_run` they are only looked at. A site folder that is not ours is refused here, before an hour of work. The
    photographs of the set `coming` are about to be read, or taken away.

    Raises:
        BadSite: the folder is not ours, or shows layers most of which can neither be adopted nor are wanted, or
            photographs that cannot be adopted because they are too many.
        WorkFailed: the folder cannot be used.

    """
    shown = shown_filters(site, claim=not dry_run)
    if not shown - _held(store, shown) and not shown_sets(site) - {one.name for one in store.photos.sets()}:
        return {}
    try:
        archive = open_archive(site)
    except BadSite:
        # A site of version 0.1: it cannot be gone on from, so it is replaced layer by layer or not at all.
        check_kept(store, site, shown, wanted)
        return {}
    if dry_run:
        held = {edition.name: pictured(store.stored(edition.name)) for edition in store.editions()}
        adopted = surveyed(archive, held)
        count = sum(map(len, adopted.values()))
        on_event(Note(f"{count} pictures of {site} that the cache lacks would be adopted first"))
        return adopted
    before = {edition.name: store.stored(edition.name) for edition in store.editions()}
    report = adopt_into(store, archive, on_event)
    for damage in report.damaged:
        on_event(Note(damage))
    count = sum(report.adopted.values())
    photos = "".join(f" and the photographs {name}" for name in report.photos)
    on_event(Note(f"adopted {count} pictures{photos} of {site} that the cache lacked"))
    check_kept(store, site, shown, wanted)
    known = {coming, *(one.name for one in store.photos.sets())}
    lost = sorted(one.name for one in archive.photos if one.name not in known and not one.has_arrays)
    if lost:
        raise BadSite(
            f"the site {site} shows the photographs {', '.join(lost)}, which this cache does not hold and which are too"
            " many to be taken in; read them again with `atlas photos`, or take them away with `atlas photos --remove`."
        )
    return {
        edition.name: {
            id_: one for id_, one in store.stored(edition.name).items() if id_ not in before.get(edition.name, {})
        }
        for edition in store.editions()
    }


def shown_filters(site: Path, *, claim: bool = False) -> frozenset[Place]:
    """Return (edition, layer, filter) of every picture in a site; with `claim`, take possession of a new folder.

    Raises:
        BadSite: the folder is not ours.
        WorkFailed: the folder cannot be used.

    """
    before = None
    if claim:
        try:
            with open_site(site) as opened:
                before = opened.before
        except SiteInUse:
            before = None  # whoever publishes there has claimed it
    if before is None:
        before = read_site(site)
    return frozenset(place for address in before if (place := pictured_filter(address)) is not None)


def shown_sets(site: Path) -> frozenset[str]:
    """Return the names of the sets of photographs in a site; raises as `shown_filters` does."""
    return frozenset(name for address in read_site(site) if (name := described_set(address)) is not None)


def check_kept(store: Store, site: Path, shown: Collection[Place], wanted: Collection[Place] = ()) -> None:
    """See that publishing keeps what the site shows.

    Raises:
        BadSite: it shows layers most of which the cache neither holds nor are wanted.

    """
    held = _held(store, shown)
    totals = Counter((edition, layer) for edition, layer, _ in shown)
    lost = Counter((edition, layer) for edition, layer, _ in set(shown) - held - set(wanted))
    gone = sorted(place for place, count in lost.items() if count > MOST * totals[place])
    if gone:
        edition, layer = gone[0]
        others = f" and {len(gone) - 1} more layers" if len(gone) > 1 else ""
        raise BadSite(
            f"the site {site} shows {layer} of edition {edition}{others}, which this cache does not hold; take them in"
            f" with `atlas adopt {site}`, or name another folder with --site, or the right cache with --cache."
        )


def check_sets(store: Store, site: Path) -> None:
    """See that publishing keeps the sets of photographs that the site shows; raise `BadSite` where it would not."""
    gone = sorted(shown_sets(site) - {one.name for one in store.photos.sets()})
    if gone:
        raise BadSite(
            f"the site {site} shows the photographs {', '.join(gone)}, which this cache does not hold; take them in"
            f" with `atlas adopt {site}`, or take them away with `atlas photos --remove`."
        )


def _held(store: Store, shown: Collection[Place]) -> set[Place]:
    editions = {edition for edition, _, _ in shown}
    return {(edition, id_.layer, id_.filter) for edition in editions for id_ in pictured(store.stored(edition))}
