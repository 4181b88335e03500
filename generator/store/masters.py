"""A master of version 0.1: a lossless PNG file that carried everything of its filter as JSON in a text chunk."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from PIL import Image

from generator.catalogue import layer_named
from generator.errors import DamagedPicture
from generator.files import digest_of
from generator.recipes import MAXIMUM_SIZE_PX, Settings
from generator.records import (
    Changes,
    EditionRecord,
    Fact,
    FilterId,
    PictureRecord,
    Response,
    Status,
    StopReason,
)
from generator.store.keys import result_key
from generator.store.pictures import Facts, encode_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.records import Measurement

CHUNK: Final = "atlas"


@dataclass(frozen=True, slots=True)
class OldRecord:
    """What version 0.1 kept of a filter; what it had of measurements beside the arrays is derived again."""

    edition: str
    layer: str
    filter: int
    status: Status
    dead_at_start: bool
    settings: Settings
    first_loss: float = 0.0
    final_loss: float = 0.0
    image_mean: float = 0.0
    steps_run: int = 0
    stop_reason: StopReason = "error"
    losses: tuple[float, ...] = ()
    map_filters: tuple[int, ...] = ()
    map_peak: float = 0.0
    woke_at: int | None = None
    tried: tuple[str, ...] = ()
    slope: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Chunk:
    edition: EditionRecord
    changes: Changes
    algorithm: int
    record: OldRecord
    cross: bytes
    maps_shape: tuple[int, int, int]
    maps: bytes


# Made once, before any thread: two that decode a type for the first time at the same moment end the process.
_CHUNK: Final = msgspec.json.Decoder(_Chunk)


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """One master as it stands from now on."""

    facts: Facts
    data: bytes
    measurement: Measurement


def old_record(text: str) -> OldRecord | None:
    """Return the record in a row of the old table; None when it cannot be read."""
    try:
        return msgspec.json.decode(text, type=OldRecord)
    except msgspec.MsgspecError:
        return None


def origin(data: bytes) -> tuple[EditionRecord, str, Changes]:
    """Return the edition of a master, its layer, and the settings that were changed for it; raises as `converted`."""
    with _opened(data) as (_, chunk):
        return chunk.edition, chunk.record.layer, chunk.changes


def converted(data: bytes) -> Converted:
    """Return the picture of record that a master becomes.

    Raises:
        DamagedPicture: it is not a master of version 0.1.

    """
    with _opened(data) as (picture, chunk):
        image = np.asarray(picture, dtype=np.uint8)
    old, edition = chunk.record, chunk.edition
    filters = layer_named(old.layer).filters
    if not 0 <= old.filter < filters or old.edition != edition.name:
        raise DamagedPicture(f"it names the filter {FilterId(old.layer, old.filter)} of edition {old.edition!r}")
    means = np.frombuffer(chunk.cross, "<f4").astype(np.float32)
    maps = np.frombuffer(chunk.maps, np.uint8).reshape(chunk.maps_shape)
    if means.shape != (filters,):
        raise DamagedPicture("its tables have the wrong size")
    shared: Mapping[str, Any] = {
        name: getattr(old, name)
        for name in PictureRecord.__dataclass_fields__
        if name not in ("key", "tried", "sha256")
    }
    key = result_key(edition.weights_fingerprint, old.layer, old.filter, old.settings, chunk.algorithm)
    record = PictureRecord(**shared, key=key, tried=tuple(Fact.of("said", text=text) for text in old.tried))
    file = encode_picture(image, Facts(edition, chunk.changes, chunk.algorithm, record))
    response = Response(old.filter, means, maps, old.map_filters, old.map_peak)
    sha256 = digest_of(file)
    facts = Facts(edition, chunk.changes, chunk.algorithm, replace(record, sha256=sha256))
    return Converted(facts, file, response.measurement(old.layer, 0, sha256))


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Image.Image, _Chunk]]:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if picture.mode != "RGB" or max(picture.size) > MAXIMUM_SIZE_PX:
                raise DamagedPicture("it is no picture of the atlas")
            text = picture.info.get(CHUNK)
            chunk = _CHUNK.decode(text if isinstance(text, str) else "null")
            yield picture, chunk
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, msgspec.MsgspecError) as error:
        raise DamagedPicture(f"it cannot be read as a picture of the atlas ({error})") from error
