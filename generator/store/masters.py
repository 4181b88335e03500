"""Masters: lossless PNG pictures that carry every number of their filter, so that an index can be rebuilt from them.

The numbers stand as JSON in a compressed text chunk (zTXt) called `atlas`. The digest of a master is over the whole
file, so it covers pixels and numbers alike; the same picture and numbers give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generator.errors import DamagedPicture
from generator.recipes import MAXIMUM_SIZE_PX
from generator.records import EditionRecord, FilterRecord  # noqa: TC001 - read at run time, by their types
from generator.store.keys import result_key
from generator.store.possible import FILTERS, VALUE_BYTES, Changes, is_digest, is_edition_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CHUNK: Final = "atlas"
MAXIMUM_BYTES: Final = 16 * 2**20
"""Largest master that is read: raw pixels of the largest canvas, its numbers, and room to spare."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">8sI4sII")


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Everything that a master carries beside its pixels.

    changes: the user's changed settings that stood for the layer when the picture was stored.
    cross: float32, shape (filters of the layer,). maps: uint8, shape (n, side, side).
    """

    edition: EditionRecord
    changes: Changes
    algorithm: int
    record: FilterRecord
    cross: NDArray[np.float32]
    maps: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Chunk:
    edition: EditionRecord
    changes: Changes
    algorithm: int
    record: FilterRecord
    cross: bytes
    maps_shape: tuple[int, int, int]
    maps: bytes


def digest_of(data: bytes) -> str:
    """Return the SHA-256 (hex) of `data`."""
    return hashlib.sha256(data).hexdigest()


def encode_master(facts: Facts, image: NDArray[np.uint8]) -> bytes:
    """Return the PNG file of `image` (uint8 RGB, shape (height, width, 3)) with its facts.

    The record's `sha256` is left out, since it is the digest of these bytes.
    """
    chunk = _Chunk(
        edition=facts.edition,
        changes=facts.changes,
        algorithm=facts.algorithm,
        record=replace(facts.record, sha256=None),
        cross=np.ascontiguousarray(facts.cross, "<f4").tobytes(),
        maps_shape=(facts.maps.shape[0], facts.maps.shape[1], facts.maps.shape[2]),
        maps=np.ascontiguousarray(facts.maps, np.uint8).tobytes(),
    )
    text = PngInfo()
    text.add_text(CHUNK, json.dumps(msgspec.to_builtins(chunk)), zip=True)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image, np.uint8)).save(file, "PNG", pnginfo=text, compress_level=6)
    return file.getvalue()


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """Return the picture in the bytes of a master: uint8 RGB, shape (height, width, 3), 0-255.

    The canvas' size is read from the header and held against the largest allowed one before anything is unpacked.

    Raises:
        DamagedPicture: it is not a PNG file, too large, or not RGB.

    """
    with _opened(data) as picture:
        return np.asarray(picture, dtype=np.uint8)


def decode_facts(data: bytes) -> Facts:
    """Return what the bytes of a master carry beside the pixels, without unpacking these.

    Raises:
        DamagedPicture: it is not a PNG file of ours, or what it says of itself does not hold together.

    """
    with _opened(data) as picture:
        text = picture.info.get(CHUNK)
        if not isinstance(text, str):
            raise DamagedPicture("it carries no record")
        chunk = msgspec.json.decode(text, type=_Chunk)
    return _checked(chunk, digest_of(data))


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    _check_header(data)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if picture.mode != "RGB":
                raise DamagedPicture(f"its colours are {picture.mode}, not RGB")
            yield picture
    except (OSError, ValueError, SyntaxError, EOFError, RecursionError, msgspec.MsgspecError) as error:
        raise DamagedPicture(f"it cannot be read as a picture of the atlas ({error})") from error


def _check_header(data: bytes) -> None:
    if len(data) < _HEADER.size:
        raise DamagedPicture("it is too short to be a picture")
    signature, _, kind, width, height = _HEADER.unpack_from(data)
    if signature != _SIGNATURE or kind != b"IHDR":
        raise DamagedPicture("it is not a PNG file")
    if not (0 < width <= MAXIMUM_SIZE_PX and 0 < height <= MAXIMUM_SIZE_PX):
        raise DamagedPicture(f"it claims {width} x {height} pixels; the largest canvas is {MAXIMUM_SIZE_PX} px")


def _checked(chunk: _Chunk, sha256: str) -> Facts:
    """Hold what a picture says of itself against the catalogue, its key and its own sizes."""
    record, edition = chunk.record, chunk.edition
    filters = FILTERS.get(record.layer, 0)
    if not 0 <= record.filter < filters:
        raise DamagedPicture(f"it names the filter {record.layer!r}/{record.filter}, which VGG16 does not have")
    if not is_edition_name(edition.name) or not is_edition_name(edition.recipe) or record.edition != edition.name:
        raise DamagedPicture(f"it names the edition {edition.name!r}, which cannot be one")
    if not is_digest(edition.weights_fingerprint):
        raise DamagedPicture("the fingerprint of its weights is not a SHA-256")
    key = result_key(edition.weights_fingerprint, record.layer, record.filter, record.settings, chunk.algorithm)
    if key != record.key:
        raise DamagedPicture("its key does not belong to its settings")
    if (
        len(chunk.cross) != VALUE_BYTES * filters
        or len(chunk.maps) != math.prod(chunk.maps_shape)
        or min(chunk.maps_shape) < 0
    ):
        raise DamagedPicture("its tables have the wrong size")
    return Facts(
        edition=edition,
        changes=chunk.changes,
        algorithm=chunk.algorithm,
        record=replace(record, sha256=sha256),
        cross=np.frombuffer(chunk.cross, "<f4").astype(np.float32),
        maps=np.frombuffer(chunk.maps, np.uint8).reshape(chunk.maps_shape),
    )
