"""Rows of the index: records as JSON, measurements as packed arrays, and a digest over all of a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import numpy as np

from generator.errors import BadCache
from generator.records import FilterFailure, Measurement, PictureRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_Read = TypeVar("_Read")

_DTYPES: Final = {"|u1", "<i4", "<f2", "<f4", "<f8"}
"""Types of the arrays that a measurement may hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `pictures` as SQLite holds it.

    `digest` covers all before it.
    """

    edition: str
    layer: str
    filter: int
    algorithm: int
    sha256: str
    record: str
    digest: str = ""

    @property
    def right_digest(self) -> str:
        """The digest that belongs to the row."""
        return row_digest(self.edition, self.layer, self.filter, self.algorithm, self.sha256, self.record)

    @property
    def is_sound(self) -> bool:
        """Whether the row is what was written."""
        return self.digest == self.right_digest


def row_digest(*values: Any) -> str:
    """Return the SHA-256 (hex) over the values of a row."""
    plain = tuple(value for value in values if not isinstance(value, bytes))
    blobs = b"".join(value for value in values if isinstance(value, bytes))
    return hashlib.sha256(repr(plain).encode("utf-8", "surrogatepass") + blobs).hexdigest()


def row_of(record: PictureRecord, algorithm: int) -> Row:
    """Return the row of a picture's record; raise `ValueError` for one without a file."""
    if record.sha256 is None:
        raise ValueError(f"{record.layer}/{record.filter} has no picture")
    text = msgspec.json.encode(record).decode()
    row = Row(record.edition, record.layer, record.filter, algorithm, record.sha256, text)
    return replace(row, digest=row.right_digest)


def record_of(row: Row) -> PictureRecord | None:
    """Return the record in a row; None when this version of the atlas cannot read it, or it is another row's.

    Raises:
        BadCache: the row is not what was written.

    """
    if not row.is_sound:
        raise damaged_numbers(row.edition, row.layer, row.filter)
    record = _read(row.record, PictureRecord)
    if record is None:
        return None
    said = (record.edition, record.layer, record.filter, record.sha256)
    return record if said == (row.edition, row.layer, row.filter, row.sha256) else None


def damaged_numbers(edition: str, layer: str, number: int) -> BadCache:
    """Return the error for a row that is not what was written."""
    return BadCache(
        f"the stored numbers of {layer}/{number} in edition {edition} are damaged;"
        " run `atlas verify --repair` and build again."
    )


def failure_text(failure: FilterFailure) -> str:
    """Return a failure as the index holds it."""
    return msgspec.json.encode(failure).decode()


def failure_of(text: str) -> FilterFailure | None:
    """Return the failure in a row; None when this version of the atlas cannot read it."""
    return _read(text, FilterFailure)


def packed(values: Mapping[str, NDArray[Any]]) -> bytes:
    """Return arrays by name as bytes, the same for the same arrays.

    Raises:
        ValueError: an array of a type that is not kept.

    """
    parts = {}
    for name in sorted(values):
        array = np.ascontiguousarray(values[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if array.dtype.str not in _DTYPES:
            raise ValueError(f"arrays of type {array.dtype} are not kept")
        parts[name] = (array.dtype.str, values[name].shape, array.tobytes())
    return msgspec.msgpack.encode(parts)


def unpacked(data: bytes) -> dict[str, NDArray[Any]] | None:
    """Return the arrays in `data` by name; None when this version of the atlas cannot read it."""
    try:
        parts = msgspec.msgpack.decode(data, type=dict[str, tuple[str, tuple[int, ...], bytes]])
        return {
            name: np.frombuffer(raw, dtype if dtype in _DTYPES else "").reshape(shape)
            for name, (dtype, shape, raw) in parts.items()
        }
    except (msgspec.MsgspecError, ValueError, TypeError):
        return None


def measurement_of(layer: str, number: int, kind: str, version: int, sha256: str, data: bytes) -> Measurement | None:
    """Return the measurement in a row of `measurements`; None when it cannot be read."""
    values = unpacked(data)
    return None if values is None else Measurement(layer, number, kind, version, sha256, values)


def _read(text: str, kind: type[_Read]) -> _Read | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return None
