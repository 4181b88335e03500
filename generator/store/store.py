"""The store: what was made and what was measured, found again by edition, layer and filter."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import astuple, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.files import digest_of, write_file
from generator.recipes import ALGORITHM
from generator.records import (
    AscentResult,
    Fact,
    FilterFailure,
    FilterId,
    FilterRecord,
    Measurement,
    PictureRecord,
    StoredPicture,
)
from generator.store.damage import look_at
from generator.store.files import disk_trouble, picture_path
from generator.store.index import insert, transaction
from generator.store.made import ROW_COLUMNS, Made
from generator.store.photos import PhotoStore
from generator.store.rows import Row, failure_text, row_of
from generator.store.tables import changes_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from generator.records import Changes, EditionRecord, MeasureResult
    from generator.store.damage import Damage

_PLACE: Final = "edition = ? AND layer = ? AND filter = ?"


class Store(Made):
    """An open cache. Get one from `open_store`; it is for one thread of one process."""

    def __init__(self, cache: Path, connection: sqlite3.Connection, *, writes: bool) -> None:
        super().__init__(cache, connection)
        self._set_aside: tuple[Damage, ...] | None = None
        self._writes = writes

    def close(self) -> None:
        """Close the index, and the file of photographs where it was opened."""
        self._connection.close()
        if "photos" in self.__dict__:
            self.photos.close()

    @cached_property
    def photos(self) -> PhotoStore:
        """What is stored of photographs: a file of its own, opened when it is first asked for.

        Raises:
            BadCache: to read, and the file is damaged.
            WorkFailed: to write, and the disk refused.

        """
        return PhotoStore(self.cache, write=self._writes)

    @cached_property
    def recovered(self) -> tuple[Damage, ...]:
        """What was found damaged when the cache was opened to be written, and set aside; it counts as not stored.

        To a reader: what would be set aside.

        Raises:
            WorkFailed: this process has run short of something while it looked.

        """
        if self._set_aside is not None:
            return self._set_aside
        return tuple(damage for _, damage in look_at(self.cache, self.rows()) if damage)

    def has_recovered(self, damages: tuple[Damage, ...]) -> None:
        """Note what was set aside when the cache was opened to be written."""
        self._set_aside = damages

    def put(self, edition: str, result: AscentResult | MeasureResult | FilterFailure) -> FilterRecord:
        """Store a result and return what is now stored of its filter.

        A picture takes the place of the one before it: its file is written, flushed and renamed before the rows are
        committed, so that a crash between the two loses nothing. A failure, and a result with a number that is not
        finite, is noted beside the picture that stands.

        Raises:
            WorkFailed: the disk refused, in one sentence; what was stored before is kept.
            ValueError: the edition was not stored first.

        """
        if self._edition(edition) is None:
            raise ValueError(f"edition {edition!r} was not stored first")
        if isinstance(result, FilterFailure):
            self._put_failure(edition, result)
        elif not isinstance(result, AscentResult):
            self.put_measurements(edition, result.measurements)
        elif (name := not_finite(result)) is not None:
            failure = FilterFailure(result.layer, result.filter, result.settings, Fact.of("not_finite", name=name))
            self._put_failure(edition, failure)
        else:
            self._put_picture(edition, result)
        place = (edition, result.layer)
        measured, (kept, _) = self._versioned_responses(*place, result.filter), self.kept(*place, result.filter)
        (record,) = self._filter_records(*place, measured, kept, result.filter)
        return record

    def stored(self, edition: str) -> dict[FilterId, StoredPicture]:
        """Return what the plan needs to know of every stored filter of an edition, by layer name and filter."""
        gone = set()
        if self._set_aside is None:
            gone = {each.filter for each in self.recovered if each.kind == "picture" and each.edition == edition}
        found: dict[FilterId, StoredPicture] = {}
        for row, record in self._records("edition = ?", (edition,)):
            place = FilterId(row.layer, row.filter)
            if place not in gone:
                found[place] = StoredPicture(record.settings, row.algorithm, record.status, row.sha256)
        measured = self._fetch(
            "SELECT layer, filter, kind, version, sha256 FROM measurements WHERE edition = ?", (edition,)
        )
        versions: dict[FilterId, dict[str, int]] = {}
        for layer, number, kind, version, sha256 in measured:
            place = FilterId(layer, number)
            if place in found and found[place].sha256 == sha256:
                versions.setdefault(place, {})[kind] = version
        for place, kinds in versions.items():
            found[place] = replace(found[place], measured=kinds)
        for algorithm, failure in self._failures("edition = ?", (edition,)):
            place = FilterId(failure.layer, failure.filter)
            nothing = StoredPicture(failure.settings, algorithm, "failed", None)
            found[place] = replace(found.get(place, nothing), error=failure.error)
        return found

    def delete_rows(self, rows: Sequence[Row]) -> None:
        """Forget `rows` in one transaction; their files stay."""
        if not rows:
            return
        with disk_trouble(self.cache), transaction(self._connection):
            for row in rows:
                self._connection.execute(
                    f"DELETE FROM pictures WHERE {_PLACE}",  # noqa: S608 - only literals of ours
                    (row.edition, row.layer, row.filter),
                )

    def restore(
        self,
        editions: Iterable[EditionRecord],
        changes: Mapping[tuple[str, str], Changes],
        rows: Iterable[Row],
        measurements: Mapping[str, Sequence[Measurement]] | None = None,
    ) -> None:
        """Put back editions, changed settings by (edition, layer), rows, and measurements by edition, all at once."""
        old = []
        with disk_trouble(self.cache):
            with transaction(self._connection):
                for edition in editions:
                    insert(self._connection, "editions", astuple(edition))
                for place, values in changes.items():
                    if values:
                        insert(self._connection, "changes", (*place, changes_text(values)))
                old = [self._replace(row) for row in rows]
                for name, found in (measurements or {}).items():
                    self._insert_measurements(name, found)
            for sha256 in old:
                self._remove_file(sha256)

    def _put_picture(self, edition: str, result: AscentResult) -> None:
        sha256 = digest_of(result.file)
        record = PictureRecord(**result.made | {"edition": edition, "sha256": sha256})
        with disk_trouble(self.cache):
            write_file(picture_path(self.cache, sha256), result.file)
        self.restore((), {}, [row_of(record, ALGORITHM)], {edition: result.measurements})

    def _put_failure(self, edition: str, failure: FilterFailure) -> None:
        values = (edition, failure.layer, failure.filter, ALGORITHM, failure_text(failure))
        self._insert("failures", values)

    def _replace(self, row: Row) -> str | None:
        """Write `row` within a transaction; return the digest of the picture that its place showed before."""
        place = (row.edition, row.layer, row.filter)
        query = f"SELECT sha256 FROM pictures WHERE {_PLACE}"  # noqa: S608 - only literals of ours
        old = self._connection.execute(query, place).fetchone()
        values = astuple(row)
        statement = f"INSERT OR REPLACE INTO pictures ({ROW_COLUMNS}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
        self._connection.execute(statement, values)
        self._connection.execute(f"DELETE FROM failures WHERE {_PLACE}", place)  # noqa: S608
        return old[0] if old and old[0] != row.sha256 else None

    def _remove_file(self, sha256: str | None) -> None:
        """Remove a picture that no row shows; one that stays behind is removed when the cache is next opened."""
        if sha256 is None or self._connection.execute("SELECT 1 FROM pictures WHERE sha256 = ?", (sha256,)).fetchone():
            return
        with suppress(OSError):
            picture_path(self.cache, sha256).unlink()


def not_finite(result: AscentResult) -> str | None:
    """Return the name of the first number of `result` that is not finite, None when all are."""
    arrays = {name: array for one in result.measurements for name, array in one.values.items()}
    for name, value in result.made.items():
        each = value if isinstance(value, tuple) else (value,)
        if any(isinstance(number, float) and not math.isfinite(number) for number in each):
            return name
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not bool(np.isfinite(array).all()):
            return name
    return None
