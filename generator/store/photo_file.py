"""The file of photographs: what they do to every filter, apart from the index, so that a build starts without it.

It is an SQLite file as the index is (see `generator.store.index`), and each of its rows has a digest.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.errors import BadCache
from generator.records.ranks import ranks
from generator.store.damage import Damage
from generator.store.files import PHOTOS_NAME, disk_trouble, move_aside
from generator.store.index import connect, connect_memory, file_trouble, is_damage, schema_of, told, transaction

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "sets": ("name", "weights_fingerprint", "version"),
    "photographs": ("name", "sha256", "facts"),
    "readings": ("name", "sha256", "peaks", "places", "ranks"),
    "thumbnails": ("name", "sha256", "thumbnail"),
    "maps": ("name", "sha256", "maps"),
    "sums": ("name", "layer", "photographs", "places", "sums"),
    "layers": ("name", "layer", "content", "record"),
    "agreements": ("name", "edition", "layer", "filter", "sha256", "content", "agreement"),
}
"""The columns of each table that its `digest` covers; a row of `photographs` is of one that is in the sums."""

SCHEMA: Final = 4

_THUMBNAILS: Final = """CREATE TABLE thumbnails (
        name TEXT NOT NULL, sha256 TEXT NOT NULL, thumbnail BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (name, sha256)
    )"""
_MAPS: Final = """CREATE TABLE maps (
        name TEXT NOT NULL, sha256 TEXT NOT NULL, maps BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (name, sha256)
    )"""

_ADDED: Final = (_THUMBNAILS, _MAPS)
"""The table that each schema brought, from the second on to the third."""

_RANKED: Final = 4
"""The schema from which on the order of means is kept, and not the means."""

_CREATE: Final = (
    *_ADDED,
    """CREATE TABLE sets (
        name TEXT PRIMARY KEY, weights_fingerprint TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL
    )""",
    """CREATE TABLE photographs (
        name TEXT NOT NULL, sha256 TEXT NOT NULL, facts TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, sha256)
    )""",
    """CREATE TABLE readings (
        name TEXT NOT NULL, sha256 TEXT NOT NULL, peaks BLOB NOT NULL, places BLOB NOT NULL, ranks BLOB NOT NULL,
        digest TEXT NOT NULL, PRIMARY KEY (name, sha256)
    )""",
    """CREATE TABLE sums (
        name TEXT NOT NULL, layer TEXT NOT NULL, photographs INTEGER NOT NULL, places INTEGER NOT NULL,
        sums BLOB NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, layer)
    )""",
    """CREATE TABLE layers (
        name TEXT NOT NULL, layer TEXT NOT NULL, content TEXT NOT NULL, record BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (name, layer)
    )""",
    """CREATE TABLE agreements (
        name TEXT NOT NULL, edition TEXT NOT NULL, layer TEXT NOT NULL, filter INTEGER NOT NULL, sha256 TEXT NOT NULL,
        content TEXT NOT NULL, agreement TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (name, edition, layer, filter)
    )""",
)


def open_photos(cache: Path, *, write: bool) -> tuple[sqlite3.Connection, tuple[Damage, ...]]:
    """Open the file of photographs; where there is none, an empty one in memory.

    Returns:
        The connection and, to write, what was wrong with the file that was set aside.

    Raises:
        BadCache: to read, and the file is damaged; or its schema is newer than this program.
        WorkFailed: to write, and the disk refused.

    """
    if not (cache / PHOTOS_NAME).exists():
        connection = connect_memory()
        _create(connection)
        return connection, ()
    if not write:
        found, reason = _sound(cache, write=False)
        if found is None:
            raise damaged_photos(cache, reason)
        return found, ()
    with disk_trouble(cache):
        found, reason = _sound(cache, write=True)
        if found is not None:
            return found, ()
        move_aside(cache, cache / PHOTOS_NAME)
        return create_photos(cache), (Damage("photos", PHOTOS_NAME, reason),)


def create_photos(cache: Path) -> sqlite3.Connection:
    """Create the file of photographs and open it."""
    connection = _connected(cache, write=True)
    _create(connection)
    return connection


def damaged_photos(cache: Path, reason: str) -> BadCache:
    """Return the error for a file of photographs that is not what was written."""
    return BadCache(
        f"what the cache {cache} holds of photographs ({PHOTOS_NAME}) {reason}; run `atlas verify --repair`, and"
        " `atlas photos` again."
    )


def file_damage(cache: Path) -> Damage | None:
    """Return what is wrong with the file of photographs as a whole; None when it is sound or there is none."""
    if not (cache / PHOTOS_NAME).exists():
        return None
    connection, reason = _sound(cache, write=False)
    if connection is None:
        return Damage("photos", PHOTOS_NAME, reason)
    connection.close()
    return None


def _sound(cache: Path, *, write: bool) -> tuple[sqlite3.Connection | None, str]:
    """Return the open file, or else what is wrong with it as a whole."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(closing(_connected(cache, write=write)))
            _check_schema(cache, connection)
            if 0 < schema_of(connection) < SCHEMA:
                _bring_forward(cache)
            if write and schema_of(connection) == 0:
                _create(connection)
            reason = file_trouble(cache / PHOTOS_NAME, connection, SCHEMA, COLUMNS)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if is_damage(error):
                return None, f"is damaged ({told(error)})"
            if write:
                raise
            raise BadCache(f"the cache {cache} cannot be read: {error}.") from error
        if reason is not None:
            return None, reason
        stack.pop_all()
        return connection, ""


def _connected(cache: Path, *, write: bool) -> sqlite3.Connection:
    connection = connect(cache / PHOTOS_NAME, write=write)
    # A photograph that may no longer be shown leaves no pixel behind.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _create(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for statement in _CREATE:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _bring_forward(cache: Path) -> None:
    with closing(_connected(cache, write=True)) as connection, transaction(connection):
        for table in _ADDED[schema_of(connection) - 1 :]:
            connection.execute(table)
        if schema_of(connection) < _RANKED:
            _rank(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _rank(connection: sqlite3.Connection) -> None:
    """Put the order of means in their place; a reading that is not what was written stays known as such."""
    connection.create_function("ranked", 1, lambda means: ranks(np.frombuffer(means, "<f2")).tobytes())
    connection.execute("ALTER TABLE readings RENAME COLUMN means TO ranks")
    connection.execute(
        "UPDATE readings SET ranks = ranked(ranks), digest = row_digest(name, sha256, peaks, places, ranked(ranks))"
        " WHERE digest = row_digest(name, sha256, peaks, places, ranks)"
    )


def _check_schema(cache: Path, connection: sqlite3.Connection) -> None:
    if schema_of(connection) > SCHEMA:
        raise BadCache(
            f"what the cache {cache} holds of photographs was made by a newer version of the atlas: update the program,"
            " or choose another --cache."
        )
