"""Rows of the index: a filter's record as JSON, its cross-activation as float32, and a digest over all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from generator.errors import BadCache
from generator.records import FilterRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOP: Final = 10
"""How many of a picture's strongest filters a record names."""

COLUMNS: Final = "edition, layer, filter, algorithm, sha256, record, cross_row, digest"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `results` as SQLite holds it."""

    edition: str
    layer: str
    filter: int
    algorithm: int
    sha256: str | None
    record: str
    cross_row: bytes
    digest: str

    @property
    def right_digest(self) -> str:
        """SHA-256 (hex) over everything else in the row."""
        scalars = (self.edition, self.layer, self.filter, self.algorithm, self.sha256, self.record)
        return hashlib.sha256(repr(scalars).encode() + self.cross_row).hexdigest()

    @property
    def is_sound(self) -> bool:
        """Whether the row is what was written."""
        return isinstance(self.cross_row, bytes) and self.digest == self.right_digest


def row_of(record: FilterRecord, algorithm: int, cross: NDArray[np.float32]) -> Row:
    """Return the row of a record and its cross-activation, shape (filters of the layer,); empty for a failed filter."""
    row = Row(
        edition=record.edition,
        layer=record.layer,
        filter=record.filter,
        algorithm=algorithm,
        sha256=record.sha256,
        record=msgspec.json.encode(record).decode(),
        cross_row=np.ascontiguousarray(cross, "<f4").tobytes(),
        digest="",
    )
    return replace(row, digest=row.right_digest)


def record_of(row: Row) -> FilterRecord | None:
    """Return the record in a row; None when another version of the atlas wrote it in a form that this one cannot read.

    Raises:
        BadCache: the row is not what was written.

    """
    if not row.is_sound:
        raise BadCache(
            f"the stored numbers of {row.layer}/{row.filter} in edition {row.edition} are damaged;"
            " run `atlas verify --repair` and build again."
        )
    try:
        return msgspec.json.decode(row.record, type=FilterRecord)
    except msgspec.MsgspecError:
        return None


def cross_of(row: Row, filters: int) -> NDArray[np.float32]:
    """Return a row's cross-activation: float32, shape (filters,); zero for a failed filter."""
    if not row.cross_row:
        return np.zeros(filters, np.float32)
    return np.frombuffer(row.cross_row, "<f4").astype(np.float32)


def strongest(cross: NDArray[np.float32]) -> tuple[tuple[int, float], ...]:
    """Return the `TOP` largest of `cross` as (filter, mean), strongest first, the lower number first among equals."""
    order = np.argsort(-cross, kind="stable")[:TOP]
    return tuple((int(place), float(cross[place])) for place in order)
