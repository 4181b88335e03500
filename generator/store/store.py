"""The store: what was computed, found again by edition, layer and filter."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.catalogue import LAYER_NAMES, layer_named
from generator.errors import BadCache, DamagedPicture
from generator.recipes import ALGORITHM, RECIPES
from generator.records import (
    AscentResult,
    EditionRecord,
    FilterFailure,
    FilterId,
    FilterRecord,
    LayerRecord,
    StartRecord,
    StoredResult,
)
from generator.store.files import check_place, disk_trouble, make_folders, master_path, read_file, write_file
from generator.store.index import open_index, transaction
from generator.store.keys import result_key
from generator.store.lock import hold
from generator.store.masters import (
    MAXIMUM_BYTES,
    Master,
    decode_master,
    digest_of,
    encode_master,
    is_edition_name,
)
from generator.store.rows import COLUMNS, Row, cross_of, record_of, row_of, strongest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_NO_CROSS = np.zeros(0, np.float32)


class Store:
    """An open cache. Get one from `open_store`; it is for one thread of one process."""

    def __init__(self, cache: Path, connection: sqlite3.Connection) -> None:
        self.cache = cache
        self._connection = connection

    def ensure_edition(self, edition: EditionRecord) -> None:
        """Store `edition`, or update how its weights are described.

        Raises:
            BadCache: the name is taken by other weights, or cannot be an edition's name.

        """
        if not is_edition_name(edition.name):
            raise BadCache(
                f"{edition.name!r} cannot name an edition; a name is lower-case letters, digits and hyphens."
            )
        known = self._edition(edition.name)
        if known == edition:
            return
        if known and (known.recipe, known.weights_fingerprint) != (edition.recipe, edition.weights_fingerprint):
            raise BadCache(
                f"the cache {self.cache} holds an edition {edition.name!r} of other weights; choose another --cache."
            )
        self._write("INSERT OR REPLACE INTO editions VALUES (?, ?, ?, ?)", astuple(edition))

    def editions(self) -> tuple[EditionRecord, ...]:
        """Return the stored editions: those named like a recipe in the recipes' order, then the others by name."""
        rows = self._connection.execute("SELECT name, recipe, weights_fingerprint, weights FROM editions").fetchall()
        order = list(RECIPES)
        found = [EditionRecord(*row) for row in rows]
        return tuple(sorted(found, key=lambda e: (order.index(e.name) if e.name in order else len(order), e.name)))

    def changes(self, edition: str, layer: str) -> dict[str, Any]:
        """Return the user's changed settings that stay with this layer of this edition; empty when there are none."""
        row = self._connection.execute(
            "SELECT changes FROM changes WHERE edition = ? AND layer = ?", (edition, layer)
        ).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def set_changes(self, edition: str, layer: str, changes: Mapping[str, Any]) -> None:
        """Replace the changed settings of this layer; an empty mapping clears them. Set them before results are put."""
        if changes:
            said = json.dumps(dict(changes), sort_keys=True)
            self._write("INSERT OR REPLACE INTO changes VALUES (?, ?, ?)", (edition, layer_named(layer).name, said))
        else:
            self._write("DELETE FROM changes WHERE edition = ? AND layer = ?", (edition, layer))

    def meta(self, name: str) -> str | None:
        """Return a small stored fact, None when there is none of that name."""
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Store a small fact."""
        self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def starts(self, weights_fingerprint: str) -> tuple[StartRecord, ...]:
        """Return the article's start of every layer in the catalogue's order; empty until it was computed."""
        rows = self._connection.execute(
            "SELECT layer, first_losses FROM starts WHERE weights_fingerprint = ?", (weights_fingerprint,)
        ).fetchall()
        found = {layer: np.frombuffer(blob, "<f4").astype(np.float32) for layer, blob in rows}
        return tuple(StartRecord(layer, found[layer]) for layer in LAYER_NAMES if layer in found)

    def put_starts(self, weights_fingerprint: str, starts: Sequence[StartRecord]) -> None:
        """Store the article's start of some layers, in one transaction."""
        with disk_trouble(self.cache), transaction(self._connection):
            for start in starts:
                blob = np.ascontiguousarray(start.first_losses, "<f4").tobytes()
                self._connection.execute(
                    "INSERT OR REPLACE INTO starts VALUES (?, ?, ?)", (weights_fingerprint, start.layer, blob)
                )

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
        """Return what the plan needs to know of every stored filter of an edition, in the order of layer and filter."""
        found = {}
        for row, record in self._records("edition = ?", (edition,)):
            found[FilterId(row.layer, row.filter)] = StoredResult(
                record.key, record.settings, row.algorithm, record.status
            )
        return found

    def layer(self, edition: str, layer: str) -> LayerRecord | None:
        """Return what is stored of one layer of an edition; None when there is nothing."""
        found = self._records("edition = ? AND layer = ?", (edition, layer))
        if not found:
            return None
        width = layer_named(layer).filters
        cross = np.stack([cross_of(row, width) for row, _ in found])
        return LayerRecord(edition, layer, tuple(record for _, record in found), cross)

    def master(self, record: FilterRecord) -> Master:
        """Return the picture of `record` with all that it carries.

        Raises:
            DamagedPicture: there is no picture, it cannot be read, or it does not match its digest.

        """
        named = f"the picture of {record.layer}/{record.filter} in edition {record.edition}"
        if record.sha256 is None:
            raise DamagedPicture(
                f"there is no picture of {record.layer}/{record.filter} in edition {record.edition}: it failed."
            )
        try:
            data = read_file(master_path(self.cache, record.sha256), MAXIMUM_BYTES)
        except OSError as error:
            raise DamagedPicture(f"{named} cannot be read: {error.strerror}; run `atlas verify --repair`.") from error
        if digest_of(data) != record.sha256:
            raise DamagedPicture(f"{named} does not match its digest; run `atlas verify --repair`.")
        return decode_master(data)

    def picture(self, record: FilterRecord) -> NDArray[np.uint8]:
        """Return the picture of `record`: uint8 RGB, shape (height, width, 3); raises as `master` does."""
        return self.master(record).image

    def maps(self, record: FilterRecord) -> NDArray[np.uint8]:
        """Return the feature maps of `record`: uint8, shape (n, side, side); raises as `master` does."""
        return self.master(record).maps

    def _put_picture(self, edition: EditionRecord, key: str, result: AscentResult) -> FilterRecord:
        master = Master(
            edition=edition,
            changes=self.changes(edition.name, result.layer),
            algorithm=ALGORITHM,
            record=_record(edition.name, key, result),
            image=result.image,
            cross=result.cross,
            maps=result.maps,
        )
        data = encode_master(master)
        record = replace(master.record, sha256=digest_of(data))
        with disk_trouble(self.cache):
            write_file(master_path(self.cache, digest_of(data)), data)
            self._replace(row_of(record, ALGORITHM, result.cross))
        return record

    def _put_failure(self, edition: str, key: str, failure: FilterFailure) -> FilterRecord:
        where = "edition = ? AND layer = ? AND filter = ?"
        for _, stored in self._records(where, (edition, failure.layer, failure.filter)):
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
        with disk_trouble(self.cache):
            self._replace(row_of(record, ALGORITHM, _NO_CROSS))
        return record

    def _replace(self, row: Row) -> None:
        """Commit `row`, then remove the master it took the place of, unless another row shows it."""
        place = (row.edition, row.layer, row.filter)
        with transaction(self._connection):
            old = self._connection.execute(
                "SELECT sha256 FROM results WHERE edition = ? AND layer = ? AND filter = ?", place
            ).fetchone()
            self._connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", astuple(row))
        if old and old[0] and not self._is_shown(old[0]):
            with suppress(OSError):
                master_path(self.cache, old[0]).unlink()

    def _is_shown(self, sha256: str) -> bool:
        return self._connection.execute("SELECT 1 FROM results WHERE sha256 = ?", (sha256,)).fetchone() is not None

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Row]:
        query = f"SELECT {COLUMNS} FROM results WHERE {where} ORDER BY layer, filter"  # noqa: S608 - only literals of ours
        return [Row(*row) for row in self._connection.execute(query, values).fetchall()]

    def _records(self, where: str, values: tuple[Any, ...]) -> list[tuple[Row, FilterRecord]]:
        found = ((row, record_of(row)) for row in self._rows(where, values))
        return [(row, record) for row, record in found if record is not None]

    def _edition(self, name: str) -> EditionRecord | None:
        return next((edition for edition in self.editions() if edition.name == name), None)

    def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        with disk_trouble(self.cache), transaction(self._connection):
            self._connection.execute(statement, values)


@contextmanager
def open_store(
    cache: Path, *, write: bool, wait_s: float = 0.0, on_wait: Callable[[str], None] | None = None
) -> Iterator[Store]:
    """Open the cache at `cache`; to write takes its lock and creates what is missing, to read changes nothing.

    Raises:
        CacheInUse: another process writes to it, still after `wait_s` seconds.
        BadCache: it is reached through a symbolic link, cannot be read or written, or its schema is newer.

    """
    check_place(cache)
    with ExitStack() as stack:
        if write:
            make_folders(cache)
            stack.enter_context(hold(cache, wait_s, on_wait))
        connection = stack.enter_context(closing(open_index(cache, write=write)))
        yield Store(cache, connection)


def not_finite(result: AscentResult) -> str | None:
    """Return a sentence that names the first number of `result` that is not finite, None when all are."""
    for field in fields(result):
        value = getattr(result, field.name)
        numbers = value if isinstance(value, tuple | np.ndarray) else (value,)
        if any(isinstance(number, float | np.floating) and not math.isfinite(number) for number in numbers):
            return f"its {field.name} is not a finite number"
    return None


def _record(edition: str, key: str, result: AscentResult) -> FilterRecord:
    shared = {field.name for field in fields(FilterRecord)} & {field.name for field in fields(AscentResult)}
    values = {name: getattr(result, name) for name in shared}
    return FilterRecord(**values, edition=edition, key=key, top=strongest(result.cross))
