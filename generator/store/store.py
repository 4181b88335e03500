"""The store: what was computed, found again by edition, layer and filter."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import astuple, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from generator.catalogue import layer_named
from generator.errors import DamagedPicture
from generator.recipes import ALGORITHM
from generator.records import AscentResult, FilterFailure, FilterId, FilterRecord, LayerRecord, StoredResult, strongest
from generator.store.damage import at_a_glance
from generator.store.files import disk_trouble, master_path, read_file, stamp_of, write_file
from generator.store.index import insert, transaction
from generator.store.keys import result_key
from generator.store.masters import MAXIMUM_BYTES, Facts, decode_facts, decode_image, digest_of, encode_master
from generator.store.rows import TOP, Row, cross_of, record_of, row_of
from generator.store.tables import Tables, changes_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from generator.records import EditionRecord
    from generator.store.damage import Damage

_ROW: Final = ", ".join(field.name for field in fields(Row))
_PLACE: Final = "edition = ? AND layer = ? AND filter = ?"
_NO_CROSS = np.zeros(0, np.float32)


class Store(Tables):
    """An open cache. Get one from `open_store`; it is for one thread of one process."""

    def __init__(self, cache: Path, connection: sqlite3.Connection) -> None:
        super().__init__(cache, connection)
        self._set_aside: tuple[Damage, ...] | None = None

    @cached_property
    def recovered(self) -> tuple[Damage, ...]:
        """What was found damaged when the cache was opened to be written, and set aside; it counts as not stored.

        To a reader: what would be set aside. A picture that still has its size and time passes for sound.

        Raises:
            WorkFailed: this process has run short of something while it looked.

        """
        return at_a_glance(self.cache, self.rows()) if self._set_aside is None else self._set_aside

    def has_recovered(self, damages: tuple[Damage, ...]) -> None:
        """Note what was set aside when the cache was opened to be written."""
        self._set_aside = damages

    def put(self, edition: str, weights_fingerprint: str, result: AscentResult | FilterFailure) -> FilterRecord:
        """Store a result in place of what the edition held for its filter, and return what is now stored.

        The picture is written, flushed and renamed before its row is committed; a crash between the two loses
        nothing. A result with a number that is not finite is stored as a failure. A failure never takes the place of
        a finished picture with the same key.

        Raises:
            WorkFailed: the disk refused, in one sentence; what was stored before is kept.
            ValueError: the edition was not stored first, or belongs to other weights.

        """
        known = self._edition(edition)
        if known is None or known.weights_fingerprint != weights_fingerprint:
            raise ValueError(f"edition {edition!r} with weights {weights_fingerprint[:8]} was not stored first")
        key = result_key(weights_fingerprint, result.layer, result.filter, result.settings)
        if isinstance(result, AscentResult):
            trouble = not_finite(result)
            if trouble is None:
                return self._put_picture(known, key, result)
            result = FilterFailure(result.layer, result.filter, result.settings, trouble)
        return self._put_failure(edition, key, result)

    def stored(self, edition: str) -> dict[FilterId, StoredResult]:
        """Return what the plan needs to know of every stored filter of an edition, by layer name and filter."""
        gone = set()
        if self._set_aside is None:
            gone = {each.filter for each in self.recovered if each.kind == "picture" and each.edition == edition}
        found = (
            (FilterId(row.layer, row.filter), row, record) for row, record in self._records("edition = ?", (edition,))
        )
        return {
            place: StoredResult(record.key, record.settings, row.algorithm, record.status)
            for place, row, record in found
            if place not in gone
        }

    def layer(self, edition: str, layer: str) -> LayerRecord | None:
        """Return what is stored of one layer of an edition; None when there is nothing."""
        found = self._records("edition = ? AND layer = ?", (edition, layer))
        if not found:
            return None
        width = layer_named(layer).filters
        cross = np.stack([cross_of(row, width) for row, _ in found])
        return LayerRecord(edition, layer, tuple(record for _, record in found), cross)

    def picture(self, record: FilterRecord) -> NDArray[np.uint8]:
        """Return the picture of `record`: uint8 RGB, shape (height, width, 3), 0-255.

        Raises:
            DamagedPicture: there is no picture, it cannot be read, or it does not match its digest.

        """
        return decode_image(self._master(record))

    def maps(self, record: FilterRecord) -> NDArray[np.uint8]:
        """Return the feature maps of `record`: uint8, shape (n, side, side); raises as `picture` does."""
        return decode_facts(self._master(record)).maps

    def rows(self) -> list[Row]:
        """Return every row of results, of every edition, as the index holds them."""
        return self._rows("1", ())

    def replace_rows(self, rows: Sequence[Row]) -> None:
        """Commit `rows` in one transaction, then remove the masters they took the place of."""
        if not rows:
            return
        with disk_trouble(self.cache):
            with transaction(self._connection):
                old = [self._replace(row) for row in rows]
            for sha256 in old:
                self._remove_master(sha256)

    def delete_rows(self, rows: Sequence[Row]) -> None:
        """Forget `rows` in one transaction; their masters stay."""
        if not rows:
            return
        with disk_trouble(self.cache), transaction(self._connection):
            for row in rows:
                self._connection.execute(
                    f"DELETE FROM results WHERE {_PLACE}",  # noqa: S608 - only literals of ours
                    (row.edition, row.layer, row.filter),
                )

    def restore(
        self,
        editions: Iterable[EditionRecord],
        changes: Mapping[tuple[str, str], Mapping[str, Any]],
        rows: Iterable[Row],
    ) -> None:
        """Put back editions, changed settings by (edition, layer) and rows, all in one transaction."""
        with disk_trouble(self.cache), transaction(self._connection):
            for edition in editions:
                insert(self._connection, "editions", astuple(edition))
            for place, values in changes.items():
                if values:
                    insert(self._connection, "changes", (*place, changes_text(values)))
            for row in rows:
                self._replace(row)

    def _master(self, record: FilterRecord) -> bytes:
        named = f"{record.layer}/{record.filter} in edition {record.edition}"
        if record.sha256 is None:
            raise DamagedPicture(f"there is no picture of {named}: it failed.")
        try:
            data = read_file(master_path(self.cache, record.sha256), MAXIMUM_BYTES)
        except OSError as error:
            raise DamagedPicture(
                f"the picture of {named} cannot be read ({error.strerror}); run `atlas verify --repair`."
            ) from error
        if digest_of(data) != record.sha256:
            raise DamagedPicture(f"the picture of {named} is not what was written; run `atlas verify --repair`.")
        return data

    def _put_picture(self, edition: EditionRecord, key: str, result: AscentResult) -> FilterRecord:
        changes = self.changes(edition.name, result.layer)
        record = _record(edition.name, key, result)
        data = encode_master(Facts(edition, changes, ALGORITHM, record, result.cross, result.maps), result.image)
        record = replace(record, sha256=digest_of(data))
        path = master_path(self.cache, digest_of(data))
        with disk_trouble(self.cache):
            write_file(path, data)
            stamp = stamp_of(path.lstat())
        self.replace_rows([row_of(record, ALGORITHM, result.cross, stamp)])
        return record

    def _put_failure(self, edition: str, key: str, failure: FilterFailure) -> FilterRecord:
        for _, stored in self._records(_PLACE, (edition, failure.layer, failure.filter)):
            if stored.key == key and stored.status != "failed":
                return stored
        record = FilterRecord(
            edition=edition,
            layer=failure.layer,
            filter=failure.filter,
            key=key,
            status="failed",
            dead_at_start=False,
            settings=failure.settings,
            error=failure.error,
        )
        self.replace_rows([row_of(record, ALGORITHM, _NO_CROSS)])
        return record

    def _replace(self, row: Row) -> str | None:
        """Write `row` within a transaction; return the digest of the master that its place showed before."""
        place = (row.edition, row.layer, row.filter)
        query = f"SELECT sha256 FROM results WHERE {_PLACE}"  # noqa: S608 - only literals of ours
        old = self._connection.execute(query, place).fetchone()
        values = astuple(row)
        statement = f"INSERT OR REPLACE INTO results ({_ROW}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
        self._connection.execute(statement, values)
        return old[0] if old else None

    def _remove_master(self, sha256: str | None) -> None:
        """Remove a master that no row shows; one that stays behind is removed when the cache is next opened."""
        if sha256 is None or self._connection.execute("SELECT 1 FROM results WHERE sha256 = ?", (sha256,)).fetchone():
            return
        with suppress(OSError):
            master_path(self.cache, sha256).unlink()

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Row]:
        query = f"SELECT {_ROW} FROM results WHERE {where} ORDER BY edition, layer, filter"  # noqa: S608
        return [Row(*row) for row in self._fetch(query, values)]

    def _records(self, where: str, values: tuple[Any, ...]) -> list[tuple[Row, FilterRecord]]:
        found = ((row, record_of(row)) for row in self._rows(where, values))
        return [(row, record) for row, record in found if record is not None]


def not_finite(result: AscentResult) -> str | None:
    """Return a sentence that names the first number of `result` that is not finite, None when all are."""
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, np.ndarray):
            bad = value.dtype.kind == "f" and not bool(np.isfinite(value).all())
        else:
            numbers = value if isinstance(value, tuple) else (value,)
            bad = any(isinstance(number, float) and not math.isfinite(number) for number in numbers)
        if bad:
            return f"its {field.name} is not a finite number"
    return None


def _record(edition: str, key: str, result: AscentResult) -> FilterRecord:
    shared = {field.name for field in fields(FilterRecord)} & {field.name for field in fields(AscentResult)}
    values = {name: getattr(result, name) for name in shared}
    return FilterRecord(**values, edition=edition, key=key, top=strongest(result.cross, TOP))
