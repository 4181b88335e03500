"""The picture of record: an AVIF file that carries how it was made, the same bytes in the cache and in the site.

What cannot be read off the picture again stands in it as JSON, in an XMP packet: so a lost index is rebuilt from the
pictures, and a picture that was taken away still says where it came from. Its digest is over the whole file.

Measured on pictures of the recipe `natural`: at equal sharpness AVIF weighs two thirds of WebP, and full colour
resolution (4:4:4) costs 5 % but keeps one-pixel colour edges.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from PIL import Image

from generator.catalogue import LAYERS
from generator.errors import DamagedPicture
from generator.files import digest_of
from generator.recipes import MAXIMUM_SIZE_PX
from generator.records import Changes, EditionRecord, PictureRecord  # noqa: TC001 - read at run time, by their types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from generator.recipes import Settings

MAXIMUM_BYTES: Final = 16 * 2**20
"""Largest picture that is read: raw pixels of the largest canvas, its record, and room to spare."""


@dataclass(frozen=True, slots=True)
class Compression:
    """How far pictures are compressed.

    A file has the first of `qualities`, on AVIF's scale, at which it keeps `share` of its filter's mean, or the last.
    """

    qualities: tuple[int, ...]
    share: float


PICTURES: Final = Compression((80, 88, 94, 100), 0.975)
"""97 %, with room for another decoder's rounding."""

FREE_PIXELS: Final = Compression((50, 60, 70, 80, 88, 94, 100), 0.81)
"""80 %, likewise: where nothing holds pixels together they are noise for the most part, and weigh by it."""

_SPEED: Final = 8
"""Takes a third of the time of the default 6 for files within 2 % of the same size and error."""

_FILTERS: Final = {layer.name: layer.filters for layer in LAYERS}
_EDITION_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PACKET: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:atlas="urn:vgg-atlas:1"><atlas:made>{}</atlas:made></rdf:Description></rdf:RDF></x:xmpmeta>'
)
_MADE = re.compile(r"<atlas:made>(.*)</atlas:made>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture's file says of itself.

    changes: the user's changed settings that stood for the layer when the picture was made.
    algorithm: version of the ascent. record: how it was made; its `sha256` is left out, being the file's own.
    """

    edition: EditionRecord
    changes: Changes
    algorithm: int
    record: PictureRecord


# Made once, before any thread: two that decode a type for the first time at the same moment end the process.
_FACTS: Final = msgspec.json.Decoder(Facts)


def is_edition_name(name: str) -> bool:
    """Say whether `name` can name an edition: short, lower case, and never a part of a path."""
    return _EDITION_NAME.fullmatch(name) is not None


def is_digest(text: str) -> bool:
    """Say whether `text` is a SHA-256 in hex digits, and so can name a file."""
    return _DIGEST.fullmatch(text) is not None


def compression_of(settings: Settings) -> Compression:
    """Return how far pictures that are made so are compressed."""
    return FREE_PIXELS if settings.canvas == "pixel" else PICTURES


def encode_picture(image: NDArray[np.uint8], facts: Facts | None, quality: int = PICTURES.qualities[0]) -> bytes:
    """Return the AVIF file of `image` (uint8 RGB, shape (height, width, 3)) with its facts."""
    out = io.BytesIO()
    packet = b""
    if facts is not None:
        made = msgspec.to_builtins(replace(facts, record=replace(facts.record, sha256=None)))
        made["record"]["settings"] = facts.record.settings.as_dict()
        packet = _PACKET.format(escape(msgspec.json.encode(made).decode(), quote=False)).encode()
    # One thread a picture: several are encoded at once, and the bytes stay the same on every machine.
    Image.fromarray(np.ascontiguousarray(image, np.uint8)).save(
        out, "AVIF", quality=quality, speed=_SPEED, subsampling="4:4:4", max_threads=1, xmp=packet
    )
    return out.getvalue()


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """Return the picture in a file: uint8 RGB, shape (height, width, 3), 0-255.

    The canvas' size is held against the largest allowed one before any pixel is unpacked.

    Raises:
        DamagedPicture: it is not an AVIF file, too large, or not RGB.

    """
    with _opened(data) as picture:
        return np.asarray(picture, dtype=np.uint8)


def decode_facts(data: bytes) -> Facts:
    """Return what a file says of itself, without unpacking the pixels; the record's `sha256` is the file's.

    Raises:
        DamagedPicture: it is not a picture of the atlas, or what it says of itself does not hold together.

    """
    with _opened(data) as picture:
        packet = picture.info.get("xmp", b"").decode("utf-8", "replace")
        found = _MADE.search(packet)
        if found is None:
            raise DamagedPicture("it carries no record")
        facts = _FACTS.decode(unescape(found[1]))
    return _checked(facts, digest_of(data))


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=["AVIF"]) as picture:
            if max(picture.size) > MAXIMUM_SIZE_PX:
                width, height = picture.size
                raise DamagedPicture(f"it claims {width} x {height} pixels; the largest canvas is {MAXIMUM_SIZE_PX} px")
            if picture.mode != "RGB":
                raise DamagedPicture(f"its colours are {picture.mode}, not RGB")
            yield picture
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, msgspec.MsgspecError) as error:
        raise DamagedPicture(f"it cannot be read as a picture of the atlas ({error})") from error


def _checked(facts: Facts, sha256: str) -> Facts:
    """Hold what a picture says of itself against the catalogue; it may come from a stranger's site."""
    record, edition = facts.record, facts.edition
    if not 0 <= record.filter < _FILTERS.get(record.layer, 0):
        raise DamagedPicture(f"it names the filter {record.layer!r}/{record.filter}, which VGG16 does not have")
    if not is_edition_name(edition.name) or not is_edition_name(edition.recipe) or record.edition != edition.name:
        raise DamagedPicture(f"it names the edition {edition.name!r}, which cannot be one")
    if not is_digest(edition.weights_fingerprint):
        raise DamagedPicture("the fingerprint of its weights is not a SHA-256")
    return replace(facts, record=replace(record, sha256=sha256))
