"""The index: one SQLite file, opened, brought to the present schema, and checked.

It keeps SQLite's rollback journal, not the write-ahead log: a finished commit then leaves one complete file, which can
be copied, and read from a folder that cannot be written. Commits are rare (one a filter), so the log's speed buys
nothing here.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from generator.errors import BadCache
from generator.store.files import INDEX_NAME
from generator.store.rows import row_digest
from generator.store.schema import COLUMNS, SCHEMA, steps_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

READER_WAIT_S: Final = 10.0
"""How long a reader waits for a commit of the writer to end."""

_DAMAGE_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_PRIMARY_CODE = 0xFF


def open_index(cache: Path, *, write: bool) -> sqlite3.Connection:
    """Open the index of `cache` with the present schema, created or migrated where needed.

    A reader changes nothing but to undo a commit that a killed writer left half done; it sees an index that is missing,
    or was never begun, as empty.

    Raises:
        BadCache: the schema is newer than this program.
        sqlite3.Error: the file is damaged or the disk refuses.

    """
    path = cache / INDEX_NAME
    if write:
        connection = connect(path, write=True)
    elif path.exists():
        connection = connect(path, write=False)
    else:
        connection = connect_memory()
    try:
        _check_schema(cache, connection)
        if write:
            migrate(connection)
        elif is_blank(connection):
            connection.close()
            connection = connect_memory()
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def schema_of(connection: sqlite3.Connection) -> int:
    """Return the schema an index has; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_blank(connection: sqlite3.Connection) -> bool:
    """Say whether an index holds nothing at all, not even tables: it was never begun."""
    return schema_of(connection) == 0 and not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an index to the present schema in one transaction; killed at any moment it has the old or the new one."""
    if schema_of(connection) == SCHEMA:
        return
    with transaction(connection):
        for statement in steps_from(schema_of(connection)):
            connection.execute(statement)
        drop_when_empty(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def has_old_results(connection: sqlite3.Connection) -> bool:
    """Say whether the table of an earlier schema is still there: some of its rows wait to be brought forward."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'results'").fetchone()
    return found is not None


def drop_when_empty(connection: sqlite3.Connection) -> None:
    """Remove the table of an earlier schema once none of its rows waits to be brought forward."""
    if has_old_results(connection) and not connection.execute("SELECT 1 FROM results LIMIT 1").fetchone():
        connection.execute("DROP TABLE results")


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


def insert(
    connection: sqlite3.Connection, table: str, values: Sequence[Any], tables: Mapping[str, Sequence[str]] = COLUMNS
) -> None:
    """Insert or replace one row of a table of `tables`, with its digest."""
    columns = (*tables[table], "digest")
    places = ", ".join("?" * len(columns))
    statement = f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names
    connection.execute(statement, (*values, row_digest(*values)))


def unsound_rows(
    connection: sqlite3.Connection, table: str, tables: Mapping[str, Sequence[str]] = COLUMNS
) -> tuple[int, ...]:
    """Return the row ids of a table's rows that are not what was written."""
    query = f"SELECT rowid, digest, {', '.join(tables[table])} FROM {table}"  # noqa: S608 - our own names
    rows = connection.execute(query)
    return tuple(number for number, digest, *values in rows if digest != row_digest(*values))


def index_trouble(cache: Path, connection: sqlite3.Connection) -> str | None:
    """Return what is wrong with an open index as a whole, as "is damaged (...)"; None when it is sound.

    Rows that can be forgotten one by one are not looked at.

    Raises:
        sqlite3.Error: the file is so damaged that SQLite gives up, or the disk refuses.

    """
    with _reading(connection):
        reason = file_trouble(cache / INDEX_NAME, connection, SCHEMA, COLUMNS)
        if reason is not None:
            return reason
        if unsound_rows(connection, "editions") or unsound_rows(connection, "changes"):
            return "is damaged (its editions or settings are not what was written)"
    return None


def file_trouble(
    path: Path, connection: sqlite3.Connection, schema: int, tables: Mapping[str, Sequence[str]]
) -> str | None:
    """Return what is wrong with an open file as SQLite sees it; no row is looked at. Raises as `index_trouble` does."""
    claimed = schema_of(connection)
    if claimed != schema:
        return f"is damaged (it claims the schema {claimed})"
    found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        return f"is damaged ({' '.join(found.split())})"
    if _is_cut_short(path, connection):
        return "is damaged (it is cut short)"
    for table, columns in tables.items():
        connection.execute(f"SELECT {', '.join(columns)}, digest FROM {table} LIMIT 0")  # noqa: S608 - our own names
    return None


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep writers of other processes out while the body looks at the file."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _is_cut_short(path: Path, connection: sqlite3.Connection) -> bool:
    """Say whether the file lacks a part of its last page, which SQLite would read as zeros."""
    in_file = any(name == "main" and file for _, name, file in connection.execute("PRAGMA database_list"))
    pages, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    return in_file and path.stat().st_size < pages * size


def is_damage(error: Exception) -> bool:
    """Say whether `error` means that the file itself is damaged, rather than that the disk refused.

    `UnicodeDecodeError` is among them: Python cannot read SQLite's own message when that quotes damaged text.
    """
    if isinstance(error, UnicodeDecodeError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY_CODE in _DAMAGE_CODES


def told(error: Exception) -> str:
    """Return what SQLite said, on one line."""
    said = "its text cannot be read" if isinstance(error, UnicodeDecodeError) else str(error)
    return " ".join(said.split())


def _check_schema(cache: Path, connection: sqlite3.Connection) -> None:
    found = schema_of(connection)
    if found > SCHEMA:
        raise BadCache(
            f"the cache {cache} has schema {found}, made by a newer version of the atlas; this one knows schemas up to"
            f" {SCHEMA}: update the program, or choose another --cache."
        )


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file at `path`, created where it is missing to be written; a reader changes nothing."""
    connection = _connected(f"{path.absolute().as_uri()}?mode={'rwc' if write else 'rw'}")
    if write:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA journal_mode = DELETE")
    else:
        connection.execute("PRAGMA query_only = ON")
    return connection


def connect_memory() -> sqlite3.Connection:
    """Open an empty file in memory."""
    return _connected("file::memory:")


def _connected(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, timeout=READER_WAIT_S, isolation_level=None)
    connection.create_function("row_digest", -1, row_digest, deterministic=True)
    # Text that damage has made undecodable is read all the same: its digest then tells.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    return connection
