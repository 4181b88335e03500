"""Rows of the index: a filter's record as JSON, its cross-activation as float32, and a digest over all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from generator.errors import BadCache
from generator.records import FilterRecord
from generator.store.possible import is_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TOP: Final = 10
"""How many of a picture's strongest filters a record names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `results` as SQLite holds it.

    `digest` covers all before it; `stamp` is the size and time of the master as it was written, empty when unknown.
    """

    edition: str
    layer: str
    filter: int
    algorithm: int
    sha256: str | None
    record: str
    cross_row: bytes
    digest: str = ""
    stamp: str = ""

    @property
    def right_digest(self) -> str:
        """The digest that belongs to the row."""
        return row_digest(*self._values)

    @property
    def is_sound(self) -> bool:
        """Whether the row is what was written, and such as can be written."""
        return is_sound("results", self.digest, self._values)

    @property
    def _values(self) -> tuple[Any, ...]:
        return self.edition, self.layer, self.filter, self.algorithm, self.sha256, self.record, self.cross_row


def is_sound(table: str, digest: Any, values: Sequence[Any]) -> bool:
    """Say whether the values of a row are what was written, and such as can be written."""
    return bool(digest == row_digest(*values)) and is_row(table, values)


def row_digest(*values: Any) -> str:
    """Return the SHA-256 (hex) over the values of a row."""
    plain = tuple(value for value in values if not isinstance(value, bytes))
    blobs = b"".join(value for value in values if isinstance(value, bytes))
    return hashlib.sha256(repr(plain).encode("utf-8", "surrogatepass") + blobs).hexdigest()


def row_of(record: FilterRecord, algorithm: int, cross: NDArray[np.float32], stamp: str = "") -> Row:
    """Return the row of a record and its cross-activation, shape (filters of the layer,); empty for a failed filter."""
    row = Row(
        edition=record.edition,
        layer=record.layer,
        filter=record.filter,
        algorithm=algorithm,
        sha256=record.sha256,
        record=msgspec.json.encode(record).decode(),
        cross_row=np.ascontiguousarray(cross, "<f4").tobytes(),
        stamp=stamp,
    )
    return replace(row, digest=row.right_digest)


def record_of(row: Row) -> FilterRecord | None:
    """Return the record in a row; None when this version of the atlas cannot read it, or it is another row's.

    Raises:
        BadCache: the row is not what was written.

    """
    if not row.is_sound:
        raise BadCache(
            f"the stored numbers of {row.layer}/{row.filter} in edition {row.edition} are damaged;"
            " run `atlas verify --repair` and build again."
        )
    try:
        record = msgspec.json.decode(row.record, type=FilterRecord)
    except msgspec.MsgspecError:
        return None
    said = (record.edition, record.layer, record.filter, record.sha256)
    return record if said == (row.edition, row.layer, row.filter, row.sha256) else None


def cross_of(row: Row, filters: int) -> NDArray[np.float32]:
    """Return a row's cross-activation: float32, shape (filters,); zero for a failed filter."""
    if not row.cross_row:
        return np.zeros(filters, np.float32)
    return np.frombuffer(row.cross_row, "<f4").astype(np.float32)
