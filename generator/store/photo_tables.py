"""The tables of the file of photographs: opened, made whole, written row by row with a digest each."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from generator.catalogue import LAYERS
from generator.errors import BadCache
from generator.store.damage import Damage
from generator.store.files import PHOTOS_NAME, disk_trouble
from generator.store.index import insert, transaction, unsound_rows
from generator.store.photo_file import COLUMNS, create_photos, damaged_photos, open_photos

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

OWN: Final = tuple(table for table in COLUMNS if table != "sets")
"""The tables that hold what is a set's."""


class PhotoTables:
    """An open file of photographs, without what its tables mean. To write, it is first made whole."""

    def __init__(self, cache: Path, *, write: bool) -> None:
        self.cache = cache
        self.writes = write
        self._connection, found = open_photos(cache, write=write)
        self._checked = write
        self.recovered: tuple[Damage, ...] = found
        """What was found damaged when the file was opened to be written, and forgotten."""
        if write:
            with disk_trouble(cache):
                self.recovered = (*found, *self._recover())

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def damages(self) -> tuple[Damage, ...]:
        """Return every row that is not what was written."""
        return _damages(self._unsound())

    def _unsound(self) -> dict[str, tuple[int, ...]]:
        return {table: unsound_rows(self._connection, table, COLUMNS) for table in COLUMNS}

    def _recover(self) -> tuple[Damage, ...]:
        """Forget rows that are not what was written, and whatever no longer adds up; return what was damaged."""
        unsound = self._unsound()
        if not any(unsound.values()):
            return ()
        with transaction(self._connection):
            for table, numbers in unsound.items():
                query = f"DELETE FROM {table} WHERE rowid = ?"  # noqa: S608 - our own name
                self._connection.executemany(query, [(number,) for number in numbers])
            # What is said of a photograph comes back from its folder, that it was counted from its reading.
            lost = self._fetch("SELECT name, sha256 FROM readings EXCEPT SELECT name, sha256 FROM photographs")
            for name, sha256 in lost:
                self._insert("photographs", (name, sha256, ""))
            for name in self._not_adding_up():
                self._forget(name)
        return _damages(unsound)

    def _not_adding_up(self) -> set[str]:
        """Return the names of sets that are unknown, or whose sums are not those of their photographs."""
        counts = dict(self._fetch("SELECT name, count(*) FROM photographs GROUP BY name"))
        names = {name for table in COLUMNS for (name,) in self._fetch(f"SELECT DISTINCT name FROM {table}")}  # noqa: S608
        known = {name for (name,) in self._fetch("SELECT name FROM sets")}
        for name, count in counts.items():
            summed = self._fetch("SELECT layer FROM sums WHERE name = ? AND photographs = ?", (name, count))
            if len(summed) != len(LAYERS):
                known.discard(name)
        return names - known

    def _check(self) -> None:
        """Hold every row against its digest, once: a reader cannot forget what is damaged."""
        if not self._checked:
            if self.damages():
                raise damaged_photos(self.cache, "is damaged")
            self._checked = True

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with disk_trouble(self.cache):
            if not (self.cache / PHOTOS_NAME).exists():
                self._connection.close()
                self._connection = create_photos(self.cache)
            with transaction(self._connection):
                yield

    def _forget(self, name: str, tables: Iterable[str] = OWN) -> None:
        """Forget within a transaction what tables hold of a set."""
        for table in tables:
            self._connection.execute(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608 - our own names

    def _insert(self, table: str, values: Sequence[Any]) -> None:
        insert(self._connection, table, values, COLUMNS)

    def _fetch(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise BadCache(f"what the cache {self.cache} holds of photographs cannot be read: {error}.") from error


def _damages(unsound: Mapping[str, Sequence[int]]) -> tuple[Damage, ...]:
    return tuple(
        Damage("photos", PHOTOS_NAME, f"has a damaged row in its table {table} (number {number})")
        for table, numbers in unsound.items()
        for number in numbers
    )
