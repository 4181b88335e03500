"""The index: one SQLite file, its schema, and the way from every older schema to the present one.

It keeps SQLite's rollback journal, not the write-ahead log: a finished commit then leaves one complete file, which can
be copied, and read from a folder that cannot be written. Commits are rare (one a filter), so the log's speed buys
nothing here.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from generator.errors import BadCache
from generator.store.files import INDEX_NAME
from generator.store.schema import SCHEMA, steps_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READER_WAIT_S: Final = 10.0
"""How long a reader waits for a commit of the writer to end."""


def open_index(cache: Path, *, write: bool) -> sqlite3.Connection:
    """Open the index of `cache` with the present schema, created or migrated where needed.

    A reader never changes the file: it sees an older index through a migrated copy in memory, a missing one as empty.

    Raises:
        BadCache: the schema is newer than this program.
        sqlite3.Error: the file is damaged or the disk refuses.

    """
    path = cache / INDEX_NAME
    if write:
        connection = _connect(path, "rwc")
        connection.execute("PRAGMA synchronous = EXTRA")
    elif path.exists():
        connection = _connect(path, "ro")
    else:
        connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        if _known_schema(cache, connection) < SCHEMA and not write:
            connection = _copied_to_memory(connection)
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def schema_of(connection: sqlite3.Connection) -> int:
    """Return the schema an index has; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _known_schema(cache: Path, connection: sqlite3.Connection) -> int:
    found = schema_of(connection)
    if found > SCHEMA:
        raise BadCache(
            f"the cache {cache} has schema {found}, made by a newer version of the atlas; this one knows schemas up to"
            f" {SCHEMA}: update the program, or choose another --cache."
        )
    return found


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an index to the present schema in one transaction; killed at any moment it has the old or the new one."""
    if schema_of(connection) == SCHEMA:
        return
    with transaction(connection):
        for statement in steps_from(schema_of(connection)):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body as one transaction: committed at its end, rolled back when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=READER_WAIT_S, isolation_level=None
    )


def _copied_to_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None)
    with connection:
        connection.backup(copy)
    connection.close()
    return copy
