"""Sets of photographs in the store: what each photograph does to every filter, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.catalogue import layer_named
from generator.errors import BadInput
from generator.records import FilterId
from generator.store.photo_file import COLUMNS, damaged_photos, file_damage
from generator.store.photo_rows import (
    agreement_of,
    agreement_text,
    facts_text,
    layer_bytes,
    layer_of,
    reading_blobs,
    sums_bytes,
    sums_of,
)
from generator.store.photo_shown import FORGET, ShownPhotos
from generator.store.rows import row_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from generator.catalogue import Layer
    from generator.records import Agreement, Photograph, PhotoLayer, Reading, Sums
    from generator.store.damage import Damage


@dataclass(frozen=True, slots=True)
class StoredSet:
    """A set of photographs: its name, its network's weights, the version of its `peaks`, how many are read."""

    name: str
    weights_fingerprint: str
    version: int
    count: int


class PhotoStore(ShownPhotos):
    """The open file of photographs; get it from `Store.photos`. To write, it is first made whole.

    A photograph that was read counts in its set's sums, even when its reading is lost: read again it is not added.
    """

    def sets(self) -> tuple[StoredSet, ...]:
        """Return the sets that hold a photograph, largest first, then by name."""
        query = (
            "SELECT s.name, s.weights_fingerprint, s.version, count(*) FROM sets s JOIN readings r ON r.name = s.name"
            " GROUP BY s.name ORDER BY count(*) DESC, s.name"
        )
        return tuple(StoredSet(*row) for row in self._fetch(query))

    def ensure_set(self, name: str, weights_fingerprint: str, version: int) -> None:
        """Store a set, or forget what an earlier version of `peaks` read of it.

        Raises:
            BadInput: the name is taken by photographs that were read with other weights.
            WorkFailed: the disk refused.

        """
        known = self._fetch("SELECT weights_fingerprint, version FROM sets WHERE name = ?", (name,))
        if known and known[0][0] != weights_fingerprint:
            raise BadInput(
                f"the cache {self.cache} holds photographs {name!r} that were read with other weights; choose another"
                " --name, or take them away with --remove."
            )
        if known == [(weights_fingerprint, version)]:
            return
        with self._writing():
            self._forget(name)
            self._insert("sets", (name, weights_fingerprint, version))

    def remove(self, name: str) -> None:
        """Forget a set and all that it says; raise `WorkFailed` when the disk refuses."""
        with self._writing():
            self._forget(name, COLUMNS)

    def counted(self, name: str) -> frozenset[str]:
        """Return the digests of the photographs that are in the set's sums."""
        return frozenset(sha256 for (sha256,) in self._fetch("SELECT sha256 FROM photographs WHERE name = ?", (name,)))

    def put(
        self, name: str, photographs: Sequence[Photograph], readings: Sequence[Reading], sums: Mapping[str, Sums]
    ) -> None:
        """Store photographs with their readings, and add their sums to the set's, all in one transaction.

        Args:
            name: of the set, which was stored first.
            photographs: that were read.
            readings: one of each.
            sums: of all of them together, by layer; empty for photographs that are in the set's sums already.

        Raises:
            WorkFailed: the disk refused; what was stored before is kept.

        """
        with self._writing():
            self._insert_readings(name, photographs, readings)
            for layer, added in sums.items():
                count, found = self._sums(name, layer)
                total = added if found is None else found + added
                values = (name, layer, count + len(photographs), total.places, sums_bytes(total))
                self._insert("sums", values)

    def restore(
        self, one: StoredSet, parts: Iterable[tuple[Sequence[Photograph], Sequence[Reading]]], sums: Mapping[str, Sums]
    ) -> None:
        """Store a whole set in the place of any of its name, or nothing where `parts` raise or the disk refuses.

        Args:
            one: the set; its count is not looked at.
            parts: its photographs with their readings, some at once.
            sums: of all of them, by layer.

        """
        with self._writing():
            self._forget(one.name)
            self._insert("sets", (one.name, one.weights_fingerprint, one.version))
            count = 0
            for photographs, readings in parts:
                self._insert_readings(one.name, photographs, readings)
                count += len(photographs)
            for layer, total in sums.items():
                self._insert("sums", (one.name, layer, count, total.places, sums_bytes(total)))

    def describe(self, name: str, photographs: Iterable[Photograph]) -> None:
        """Bring what is said of photographs that are read up to date; raise `WorkFailed` when the disk refuses."""
        with self._writing():
            for photograph in photographs:
                self._insert_photograph(name, photograph)

    def peaks(self, name: str, layer: str) -> NDArray[np.float16]:
        """Return the peaks of a layer: float16, shape (photographs, filters), in the order of `photographs`.

        Raises:
            BadCache: one is not what was written.

        """
        return self._array(name, layer_named(layer), "peaks", "<f2", ())

    def places(self, name: str, layer: str) -> NDArray[np.uint8]:
        """Return the peaks' rows and columns: uint8, shape (photographs, filters, 2); otherwise as `peaks`."""
        return self._array(name, layer_named(layer), "places", "u1", (2,))

    def ranks(self, name: str, layer: str) -> NDArray[np.uint8]:
        """Return the ranks of a layer's means: uint8, shape (photographs, filters); otherwise as `peaks`."""
        return self._array(name, layer_named(layer), "ranks", "u1", ())

    def sums(self, name: str, layer: str) -> Sums:
        """Return the sums of a layer over all photographs of a set; raise `BadCache` when they are not there."""
        self._check()
        found = self._sums(name, layer)[1]
        if found is None:
            raise damaged_photos(self.cache, "lacks the sums of a layer")
        return found

    def layer(self, name: str, layer: str, content: str) -> PhotoLayer | None:
        """Return what is kept of a layer, without agreements; None when it was derived from another content."""
        query = "SELECT digest, record FROM layers WHERE name = ? AND layer = ? AND content = ?"
        for digest, record in self._fetch(query, (name, layer, content)):
            if digest == row_digest(name, layer, content, record):
                return layer_of(layer, record)
        return None

    def put_layer(self, name: str, content: str, layer: PhotoLayer) -> None:
        """Keep what was derived of a layer from a set with this content; raise `WorkFailed` when the disk refuses."""
        with self._writing():
            self._insert("layers", (name, layer.layer, content, layer_bytes(layer)))

    def agreements(self, name: str, edition: str, layer: str, content: str) -> dict[int, tuple[str, Agreement]]:
        """Return what is kept of pictures' agreement with a set of this content: by filter, with the file's digest."""
        query = (
            "SELECT digest, filter, sha256, agreement FROM agreements"
            " WHERE name = ? AND edition = ? AND layer = ? AND content = ? ORDER BY filter"
        )
        found = {}
        for digest, number, sha256, text in self._fetch(query, (name, edition, layer, content)):
            if digest == row_digest(name, edition, layer, number, sha256, content, text):
                agreement = agreement_of(text)
                if agreement is not None:
                    found[number] = (sha256, agreement)
        return found

    def agreed(self, edition: str) -> dict[FilterId, str]:
        """Return the pictures of an edition whose agreement with some set is kept: by filter, their file's digest."""
        query = "SELECT layer, filter, sha256 FROM agreements WHERE edition = ?"
        return {FilterId(layer, number): sha256 for layer, number, sha256 in self._fetch(query, (edition,))}

    def put_agreements(
        self, name: str, edition: str, layer: str, content: str, agreements: Mapping[int, tuple[str, Agreement]]
    ) -> None:
        """Keep agreements, by filter and with the digest of the picture's file; raise `WorkFailed` as `put` does."""
        with self._writing():
            for number, (sha256, agreement) in agreements.items():
                values = (name, edition, layer, number, sha256, content, agreement_text(agreement))
                self._insert("agreements", values)

    def _sums(self, name: str, layer: str) -> tuple[int, Sums | None]:
        """Return over how many photographs the sums of a layer are, and these."""
        rows = self._fetch("SELECT photographs, places, sums FROM sums WHERE name = ? AND layer = ?", (name, layer))
        return (rows[0][0], sums_of(*rows[0][1:])) if rows else (0, None)

    def _array(self, name: str, layer: Layer, column: str, dtype: str, extra: tuple[int, ...]) -> NDArray[Any]:
        self._check()
        kind, span = np.dtype(dtype), layer.span
        each = kind.itemsize * int(np.prod(extra, dtype=int))
        query = (
            f"SELECT substr(r.{column}, ?, ?) FROM readings r JOIN photographs p"  # noqa: S608 - our own names
            " ON p.name = r.name AND p.sha256 = r.sha256 WHERE r.name = ? ORDER BY r.sha256"
        )
        values = (1 + span.start * each, layer.filters * each, name)
        rows = self._connection.execute(query, values)
        data = b"".join(part for (part,) in rows)
        return np.frombuffer(data, kind).reshape(-1, layer.filters, *extra)

    def _insert_readings(self, name: str, photographs: Sequence[Photograph], readings: Sequence[Reading]) -> None:
        for photograph, reading in zip(photographs, readings, strict=True):
            self._insert_photograph(name, photograph)
            self._insert("readings", (name, photograph.sha256, *reading_blobs(reading)))

    def _insert_photograph(self, name: str, photograph: Photograph) -> None:
        self._insert("photographs", (name, photograph.sha256, facts_text(photograph)))
        if not photograph.show:
            for statement in FORGET:
                self._connection.execute(statement, (name, photograph.sha256))


def photo_damage(cache: Path) -> tuple[Damage, ...]:
    """Return what is wrong with what a cache holds of photographs, and change nothing."""
    whole = file_damage(cache)
    if whole is not None:
        return (whole,)
    photos = PhotoStore(cache, write=False)
    try:
        return photos.damages()
    finally:
        photos.close()
