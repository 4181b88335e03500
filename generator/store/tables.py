"""The small tables of the index: editions, changed settings and the article's starts."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.catalogue import LAYER_NAMES, layer_named
from generator.errors import BadCache, DamagedIndex
from generator.recipes import RECIPES
from generator.records import EditionRecord, StartRecord
from generator.store.files import disk_trouble
from generator.store.index import insert, is_damage, told, transaction, unsound_rows
from generator.store.pictures import is_edition_name
from generator.store.rows import row_digest
from generator.store.starts import write_starts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def changes_text(changes: Mapping[str, Any]) -> str:
    """Return changed settings as the index holds them."""
    return json.dumps(dict(changes), sort_keys=True)


class Tables:
    """An open index, without its results."""

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
        self._insert("editions", astuple(edition))

    def editions(self) -> tuple[EditionRecord, ...]:
        """Return the stored editions: those named like a recipe in the recipes' order, then the others by name."""
        rows = self._fetch("SELECT name, recipe, weights_fingerprint, weights FROM editions")
        order = list(RECIPES)
        found = [EditionRecord(*row) for row in rows]
        return tuple(sorted(found, key=lambda e: (order.index(e.name) if e.name in order else len(order), e.name)))

    def changes(self, edition: str, layer: str) -> dict[str, Any]:
        """Return the user's changed settings that stay with this layer of this edition; empty when there are none."""
        rows = self._fetch("SELECT changes FROM changes WHERE edition = ? AND layer = ?", (edition, layer))
        return dict(json.loads(rows[0][0])) if rows else {}

    def set_changes(self, edition: str, layer: str, changes: Mapping[str, Any]) -> None:
        """Replace the changed settings of this layer; an empty mapping clears them.

        Each picture's file tells those that it was made with too, so that they come back when the index is lost.
        """
        if changes:
            self._insert("changes", (edition, layer_named(layer).name, changes_text(changes)))
        else:
            with disk_trouble(self.cache), transaction(self._connection):
                self._connection.execute("DELETE FROM changes WHERE edition = ? AND layer = ?", (edition, layer))

    def starts(self, weights_fingerprint: str) -> tuple[StartRecord, ...]:
        """Return the article's start of every layer in the catalogue's order; empty until it was computed.

        Raises:
            BadCache: they are not what was written.

        """
        rows = self._fetch(
            "SELECT digest, weights_fingerprint, layer, first_losses FROM starts WHERE weights_fingerprint = ?",
            (weights_fingerprint,),
        )
        if not all(digest == row_digest(*values) for digest, *values in rows):
            raise BadCache(
                f"the stored starts of the weights {weights_fingerprint[:8]} are damaged;"
                " run `atlas verify --repair` and build again."
            )
        found = {layer: np.frombuffer(blob, "<f4").astype(np.float32) for _, _, layer, blob in rows}
        return tuple(StartRecord(layer, found[layer]) for layer in LAYER_NAMES if layer in found)

    def put_starts(self, weights_fingerprint: str, starts: Sequence[StartRecord]) -> None:
        """Store the article's start of some layers, beside the pictures and in the index.

        Raises:
            WorkFailed: the disk refused.

        """
        every = {start.layer: start for start in (*self.starts(weights_fingerprint), *starts)}
        with disk_trouble(self.cache):
            write_starts(self.cache, weights_fingerprint, tuple(every.values()))
        self.restore_starts(weights_fingerprint, starts)

    def restore_starts(self, weights_fingerprint: str, starts: Sequence[StartRecord]) -> None:
        """Put starts into the index, in one transaction; raise `WorkFailed` when the disk refuses."""
        if not starts:
            return
        with disk_trouble(self.cache), transaction(self._connection):
            for start in starts:
                blob = np.ascontiguousarray(start.first_losses, "<f4").tobytes()
                insert(self._connection, "starts", (weights_fingerprint, start.layer, blob))

    @property
    def connection(self) -> sqlite3.Connection:
        """The index itself, for those that inspect it."""
        return self._connection

    def delete_unsound(self, table: str) -> None:
        """Forget the rows of a table that are not what was written."""
        with disk_trouble(self.cache):
            unsound = unsound_rows(self._connection, table)
            if unsound:
                with transaction(self._connection):
                    query = f"DELETE FROM {table} WHERE rowid = ?"  # noqa: S608 - our own name
                    self._connection.executemany(query, [(row,) for row in unsound])

    def _edition(self, name: str) -> EditionRecord | None:
        return next((edition for edition in self.editions() if edition.name == name), None)

    def _insert(self, table: str, values: Sequence[Any]) -> None:
        with disk_trouble(self.cache), transaction(self._connection):
            insert(self._connection, table, values)

    def _fetch(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if is_damage(error):
                raise DamagedIndex(self.cache, f"is damaged ({told(error)})") from error
            raise BadCache(f"the index of the cache {self.cache} cannot be read: {error}.") from error
