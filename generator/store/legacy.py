"""Bringing a cache of version 0.1 forward: its lossless masters become published files, its rows records.

Each master is encoded once, its numbers are kept, and what had been measured on it stands as version 0 of the
measurement until the next build takes it again. Killed at any moment, what was brought forward stays so, and the rest
still stands as it was.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from generator.errors import AtlasError
from generator.files import digest_of, write_file
from generator.records import Fact, FilterFailure, FilterId, Note, Progress
from generator.store.damage import Damage, entries, read_stray, stray
from generator.store.files import INDEX_NAME, MASTER_ENDING, move_aside, picture_name, picture_path
from generator.store.index import drop_when_empty, has_old_results, insert, open_index, schema_of, transaction
from generator.store.masters import Converted, converted, old_record, origin
from generator.store.rows import failure_text, row_digest, row_of
from generator.store.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from generator.records import Changes, EditionRecord, Event, Measurement
    from generator.store.store import Store

TOGETHER: Final = 32
"""Pictures brought forward in one transaction."""


def is_of_an_earlier_version(cache: Path) -> bool:
    """Say whether the index at `cache` waits to be brought forward; a damaged one does not.

    Raises:
        BadCache: its schema is newer than this program.

    """
    path = cache / INDEX_NAME
    if not path.exists() or path.stat().st_size == 0:
        return bool(_masters(cache))
    try:
        with closing(open_index(cache, write=False)) as connection:
            return 0 < schema_of(connection) < SCHEMA or has_old_results(connection)
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def bring_forward(store: Store, tell: Callable[[Event], None]) -> tuple[Damage, ...]:
    """Bring the masters and old rows of a cache forward; return what of them is damaged, and was set aside.

    Raises:
        OSError, sqlite3.Error: the disk refused; what was brought forward stays so.

    """
    masters = _masters(store.cache)
    connection = store.connection
    if not masters and not has_old_results(connection):
        return ()
    tell(Note(f"the cache {store.cache} is of an earlier version; its pictures are brought forward"))
    if has_old_results(connection):
        _bring_failures(connection)
    if not store.editions():
        _bring_editions(store, masters)
    damages: list[Damage] = []
    done = 0
    with ThreadPoolExecutor(2) as pool:
        for group in (masters[at : at + TOGETHER] for at in range(0, len(masters), TOGETHER)):
            known = {edition.name: edition for edition in store.editions()}
            brought = list(pool.map(partial(_brought, store.cache, known), group))
            damages += [one for one in brought if isinstance(one, Damage)]
            _put(store, [one for one in brought if isinstance(one, Converted)])
            for path, one in zip(group, brought, strict=True):
                if isinstance(one, Damage):
                    move_aside(store.cache, path)
                else:
                    path.unlink()
            done += len(group)
            tell(Progress("pictures brought forward", done, len(masters)))
    if has_old_results(connection):
        damages = _named(connection, damages)
        with transaction(connection):
            connection.execute("DELETE FROM results")
            drop_when_empty(connection)
    return tuple(damages)


def _masters(cache: Path) -> tuple[Path, ...]:
    """Return the lossless masters in a cache in the order of time: the newest of a filter comes last, and so stays."""
    found = (cache / name for name in entries(cache) if name.endswith(MASTER_ENDING))
    return tuple(sorted(found, key=lambda path: (path.lstat().st_mtime_ns, path.name)))


def _bring_failures(connection: sqlite3.Connection) -> None:
    """Move the failures of the old table to their own."""
    columns = "edition, layer, filter, algorithm, sha256, record, cross_row"
    rows = connection.execute(f"SELECT digest, {columns} FROM results WHERE sha256 IS NULL").fetchall()  # noqa: S608
    with transaction(connection):
        for digest, *values in rows:
            edition, layer, number, algorithm, _, text, _ = values
            record = old_record(text) if digest == row_digest(*values) else None
            if record is not None and record.error is not None:
                failure = FilterFailure(layer, number, record.settings, Fact.of("said", text=record.error))
                insert(connection, "failures", (edition, layer, number, algorithm, failure_text(failure)))
        connection.execute("DELETE FROM results WHERE sha256 IS NULL")


def _bring_editions(store: Store, masters: Sequence[Path]) -> None:
    """Bring editions and changed settings back from the masters, where the index was lost; all at once."""
    editions: dict[str, EditionRecord] = {}
    changes: dict[tuple[str, str], Changes] = {}
    for path in masters:
        data = read_stray(store.cache, path, MASTER_ENDING)
        if not isinstance(data, Damage):
            with suppress(AtlasError):
                edition, layer, changed = origin(data)
                editions[edition.name] = edition
                changes[edition.name, layer] = changed
    store.restore(editions.values(), changes, ())


def _put(store: Store, brought: Sequence[Converted]) -> None:
    """Write the files of a group, then commit what is said of them."""
    measurements: dict[str, list[Measurement]] = {}
    for one in brought:
        write_file(picture_path(store.cache, digest_of(one.data)), one.data)
        measurements.setdefault(one.facts.edition.name, []).append(one.measurement)
    store.restore((), {}, [row_of(one.facts.record, one.facts.algorithm) for one in brought], measurements)


def _brought(cache: Path, editions: Mapping[str, EditionRecord], path: Path) -> Converted | Damage:
    data = read_stray(cache, path, MASTER_ENDING)
    if isinstance(data, Damage):
        return data
    try:
        one = converted(data)
    except (AtlasError, ValueError) as error:
        return stray(cache, path, f"cannot be taken in: {error}")
    edition = one.facts.edition
    known = editions.get(edition.name)
    if known is None or replace(known, weights=edition.weights) != edition:
        return stray(cache, path, "belongs to other weights than its edition")
    return one


def _named(connection: sqlite3.Connection, damages: Sequence[Damage]) -> list[Damage]:
    """Return damaged masters with the filter of the old row that shows them, and old rows whose master is missing."""
    strays = {damage.path: damage for damage in damages}
    rows = connection.execute(
        "SELECT edition, layer, filter, sha256 FROM results r WHERE NOT EXISTS (SELECT 1 FROM pictures p"
        " WHERE p.edition = r.edition AND p.layer = r.layer AND p.filter = r.filter) ORDER BY edition, layer, filter"
    )
    lost = []
    for edition, layer, number, sha256 in rows:
        name = picture_name(sha256, MASTER_ENDING)
        reason = strays.pop(name).reason if name in strays else "is missing"
        lost.append(Damage("picture", name, reason, edition, FilterId(layer, number)))
    return [*lost, *strays.values()]
