"""Making a cache whole again: damage is set aside, pictures without a row are taken in."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from generator.errors import BadInput
from generator.recipes import checked_changes
from generator.records import FilterId
from generator.store.damage import Damage, look_at, orphans, read_orphan, starts_damage, strays, unfinished
from generator.store.files import INDEX_NAME, disk_trouble, move_aside, picture_path
from generator.store.index import unsound_rows
from generator.store.rows import row_of
from generator.store.schema import SINGLE
from generator.store.starts import read_starts, starts_path, write_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from generator.records import Changes, EditionRecord
    from generator.store.pictures import Facts
    from generator.store.rows import Row
    from generator.store.store import Store


def find_damage(store: Store) -> tuple[Damage, ...]:
    """Return everything in an open cache that is not what was written, rows first; every picture is read.

    What another process replaces meanwhile is no damage.

    Raises:
        WorkFailed: this process has run short of something while it looked.

    """
    rows = store.rows()
    found = [(row, damage) for row, damage in look_at(store.cache, rows) if damage]
    with disk_trouble(store.cache):
        strange = (*_single_damage(store), *strays(store.cache, _shown(rows)), *starts_damage(store.cache))
    still = set(store.rows()) if found else set()
    return (*(damage for row, damage in found if row in still), *strange)


def set_aside(store: Store, damages: Sequence[Damage]) -> None:
    """Move what is damaged out of the way, to the folder `damaged` of the cache, and forget its rows.

    The filters concerned then count as not stored, so the next build computes them, and only them. A row whose picture
    is sound comes back from it when the cache is next opened to be written.

    Raises:
        WorkFailed: the disk refused.

    """
    if not damages:
        return
    if any(each.kind in {"numbers", "row"} for each in damages):
        for table in ("pictures", *SINGLE):
            store.delete_unsound(table)
    concerned = {(each.edition, each.filter) for each in damages if each.kind == "picture"}
    store.delete_rows([row for row in store.rows() if (row.edition, FilterId(row.layer, row.filter)) in concerned])
    with disk_trouble(store.cache):
        for damage in damages:
            if damage.kind in {"picture", "stray"}:
                move_aside(store.cache, _outermost(store.cache, store.cache / damage.path))


def recover(store: Store) -> tuple[Damage, ...]:
    """Make a cache that was just opened to be written whole; return what was set aside.

    Unfinished files of a killed writer are removed, and every picture is held against its digest. A finished picture
    that no row shows, because its writer was killed before the row was committed or because the index was lost, is
    taken in when it is the newest of its filter, and removed when it is not.

    Raises:
        WorkFailed, OSError: the disk refused.

    """
    for path in unfinished(store.cache):
        path.unlink()
    seen = look_at(store.cache, store.rows())
    found = (*(damage for _, damage in seen if damage), *_single_damage(store), *starts_damage(store.cache))
    set_aside(store, found)
    found = (*found, *take_in(store))
    _match_starts(store)
    return found


def _single_damage(store: Store) -> tuple[Damage, ...]:
    return tuple(
        Damage("row", INDEX_NAME, f"has a damaged row in its table {table} (number {number})")
        for table in SINGLE
        for number in unsound_rows(store.connection, table)
    )


def _match_starts(store: Store) -> None:
    """Bring the starts that the index lacks back from beside the pictures, or put there those that only it has."""
    for fingerprint in {edition.weights_fingerprint for edition in store.editions()}:
        held, path = store.starts(fingerprint), starts_path(store.cache, fingerprint)
        if path.exists():
            layers = {start.layer for start in held}
            store.restore_starts(fingerprint, [start for start in read_starts(path) if start.layer not in layers])
        elif held:
            write_starts(store.cache, fingerprint, held)


def take_in(store: Store) -> tuple[Damage, ...]:
    """Take in the pictures that no row shows, all in one transaction; set aside and return those that cannot be.

    For an edition that the index does not know, the changed settings of each layer come back from its newest picture.

    Raises:
        WorkFailed, OSError: the disk refused.

    """
    rows = {(row.edition, row.layer, row.filter): row for row in store.rows()}
    found = orphans(store.cache, _shown(rows.values()))
    if not found:
        return ()
    known = {edition.name: edition for edition in store.editions()}
    editions: dict[str, EditionRecord] = {}
    changes: dict[tuple[str, str], Changes] = {}
    newer: dict[tuple[str, str, int], Row] = {}
    strange = []
    for path in found:
        facts = _taken(store.cache, path, {**editions, **known})
        if isinstance(facts, Damage):
            strange.append(facts)
            continue
        record = facts.record
        place = (record.edition, record.layer, record.filter)
        if record.edition not in known:
            editions[record.edition] = facts.edition
            changes[record.edition, record.layer] = plausible(facts.changes)
        if _is_newer(store.cache, path, rows.get(place)):
            newer[place] = row_of(record, facts.algorithm)
    store.restore(editions.values(), changes, newer.values())
    set_aside(store, strange)
    for path in orphans(store.cache, _shown(store.rows())):
        path.unlink()
    return tuple(strange)


def _taken(cache: Path, path: Path, editions: Mapping[str, EditionRecord]) -> Facts | Damage:
    facts = read_orphan(cache, path)
    if isinstance(facts, Damage):
        return facts
    other = editions.get(facts.edition.name)
    if other is not None and replace(other, weights=facts.edition.weights) != facts.edition:
        return Damage("stray", path.relative_to(cache).as_posix(), "belongs to other weights than its edition")
    return facts


def _shown(rows: Iterable[Row]) -> set[str]:
    return {row.sha256 for row in rows}


def _is_newer(cache: Path, path: Path, row: Row | None) -> bool:
    if row is None:
        return True
    return path.lstat().st_mtime_ns > picture_path(cache, row.sha256).lstat().st_mtime_ns


def plausible(changes: Changes) -> Changes:
    """Return the changes that a picture carries, none when they are not such as a user can give."""
    try:
        return checked_changes({name: "none" if value is None else value for name, value in changes.items()})
    except BadInput:
        return {}


def _outermost(cache: Path, path: Path) -> Path:
    """Return the folder of `path` in its place when that is no plain folder."""
    folder = path.parent
    if folder.parent != cache and not stat.S_ISDIR(folder.lstat().st_mode):
        return folder
    return path
