"""Opening a cache: to read what it holds, to write to it, or to inspect it however damaged it is."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.errors import BadCache, DamagedIndex
from generator.records import unheard
from generator.store.damage import Damage, orphans, starts_damage, strays
from generator.store.files import INDEX_NAME, check_place, disk_trouble, make_folders, move_aside
from generator.store.index import index_trouble, is_damage, open_index, told
from generator.store.legacy import bring_forward, is_of_an_earlier_version
from generator.store.lock import hold
from generator.store.photos import photo_damage
from generator.store.recovery import find_damage, recover
from generator.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from generator.records import Event


@dataclass(frozen=True, slots=True)
class Inspection:
    """How many rows and pictures of a cache were held against their digests, and what was found."""

    rows: int
    pictures: int
    damages: tuple[Damage, ...]


@contextmanager
def open_store(
    cache: Path, *, write: bool, wait_s: float = 0.0, on_event: Callable[[Event], None] = unheard
) -> Iterator[Store]:
    """Open the cache at `cache`; one of an earlier version is first brought forward, which takes a while.

    To read changes nothing else; an absent cache is empty. To write takes the cache's lock, creates what is missing,
    and makes whole what a crash or a damage left: `Store.recovered` tells what was set aside, and counts as not stored.

    Raises:
        CacheInUse: another process writes to it, still after `wait_s` seconds; a note tells of the wait.
        BadCache: it is reached through a symbolic link, cannot be read or written, or its schema is newer.
        DamagedIndex: to read, and the index is damaged or lost.
        WorkFailed: to write, and the disk refused.

    """
    check_place(cache)
    if not write and is_of_an_earlier_version(cache):
        with open_store(cache, write=True, wait_s=wait_s, on_event=on_event):
            pass
    with ExitStack() as stack:
        if write:
            make_folders(cache)
            stack.enter_context(hold(cache, wait_s, on_event))
            connection, found = _open_to_write(cache)
        else:
            connection, found = _open_to_read(cache), ()
        store = stack.enter_context(closing(Store(cache, connection, writes=write)))
        if write:
            with disk_trouble(cache):
                old = bring_forward(store, on_event)
                store.has_recovered((*found, *old, *recover(store)))
        yield store


def inspect_cache(cache: Path) -> Inspection:
    """Hold every row and every picture of a cache against its digest, and change nothing.

    Raises:
        BadCache: the cache cannot be inspected at all.

    """
    try:
        with open_store(cache, write=False) as store:
            rows = store.rows()
            return Inspection(len(rows), len(rows), (*find_damage(store), *photo_damage(cache)))
    except DamagedIndex as error:
        with disk_trouble(cache):
            pictures = len(orphans(cache, ()))
            return Inspection(
                0,
                pictures,
                (
                    Damage("index", INDEX_NAME, error.reason),
                    *strays(cache, ()),
                    *starts_damage(cache),
                    *photo_damage(cache),
                ),
            )


def _open_to_read(cache: Path) -> sqlite3.Connection:
    try:
        reason = _lost(cache)
        if reason is None:
            with ExitStack() as stack:
                connection = stack.enter_context(closing(open_index(cache, write=False)))
                reason = index_trouble(cache, connection)
                if reason is None:
                    stack.pop_all()
                    return connection
    except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
        if not is_damage(error):
            raise BadCache(f"the cache {cache} cannot be read: {error}.") from error
        reason = f"is damaged ({told(error)})"
    raise DamagedIndex(cache, reason)


def _open_to_write(cache: Path) -> tuple[sqlite3.Connection, tuple[Damage, ...]]:
    """Return an open index that is sound, and what was wrong with the one that was set aside for it."""
    with disk_trouble(cache):
        lost = _lost(cache)
        try:
            with ExitStack() as stack:
                connection = stack.enter_context(closing(open_index(cache, write=True)))
                reason = index_trouble(cache, connection)
                if reason is None:
                    stack.pop_all()
                    return connection, () if lost is None else (Damage("index", INDEX_NAME, lost),)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            reason = f"is damaged ({told(error)})"
        move_aside(cache, cache / INDEX_NAME)
        return open_index(cache, write=True), (Damage("index", INDEX_NAME, reason),)


def _lost(cache: Path) -> str | None:
    """Say how the index is lost while pictures stand there; None when it is there, or when there is nothing at all."""
    path = cache / INDEX_NAME
    if path.exists() and path.stat().st_size > 0:
        return None
    reason = "is empty" if path.exists() else "is missing"
    return reason if orphans(cache, ()) else None
