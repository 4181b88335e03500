"""Photographs as the network reads them: opened with care, turned upright, fitted to the size VGG16 was trained on."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from generator.catalogue import ARTICLE_SIZE_PX
from generator.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF")
"""Formats that are opened, whatever a file's name says; no other decoder ever sees a byte of it."""

MAX_BYTES: Final = 256 * 2**20
MAX_PIXELS: Final = 120_000_000
"""More than any camera's photograph has; a small file that claims more is a decompression bomb."""

MIN_SIDE_PX: Final = 16
"""A picture with a shorter side shows nothing once it is enlarged to what the network reads."""

_PAPER: Final = (255, 255, 255)
"""What shows through a transparent picture, as on a page."""

_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.32, tag 274); 1 stands upright."""


def read_content(path: Path) -> bytes:
    """Return what the file holds.

    Raises:
        BadInput: it cannot be read, is no file, or is larger than `MAX_BYTES`.

    """
    try:
        if not path.is_file():
            raise BadInput(f"{path} is not a photograph: it is no file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(content) > MAX_BYTES:
        raise BadInput(f"{path} is larger than a photograph may be, {MAX_BYTES // 2**20} MiB.")
    return content


def fitted(content: bytes, name: str, size_px: int = ARTICLE_SIZE_PX) -> NDArray[np.uint8]:
    """Return a photograph upright, its shorter side scaled to `size_px` and its middle cut out.

    Grey, palette, CMYK and 16-bit pictures become RGB, transparent ones stand on white, moving ones give their first
    frame.

    Args:
        content: a JPEG, PNG, WebP or AVIF file.
        name: what an error calls it.
        size_px: side of the result.

    Returns:
        uint8 RGB, shape (size_px, size_px, 3).

    Raises:
        BadInput: it is none of these, is broken, has more than `MAX_PIXELS`, or a side shorter than `MIN_SIDE_PX`.

    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _fitted(content, name, size_px)
    except BadInput:
        raise
    except UnidentifiedImageError:
        raise BadInput(f"{name} is not a photograph: it is no JPEG, PNG, WebP or AVIF file.") from None
    except Image.DecompressionBombError:
        raise BadInput(f"{name} claims more pixels than a photograph may have, {MAX_PIXELS:,}.") from None
    except Exception as error:  # noqa: BLE001 - decoders raise anything at all on a hostile file
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise BadInput(f"{name} cannot be opened as a photograph: {reason}.") from None


def _fitted(content: bytes, name: str, size_px: int) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise BadInput(f"{name} has {width} x {height} pixels, more than a photograph may have, {MAX_PIXELS:,}.")
        if min(width, height) < MIN_SIDE_PX:
            least = f"{MIN_SIDE_PX} x {MIN_SIDE_PX}"
            raise BadInput(f"{name} has {width} x {height} pixels, too few to see anything in; {least} is the least.")
        # A JPEG is decoded at a half, quarter or eighth of its size where twice the wanted size is left.
        image.draft(None, (2 * size_px, 2 * size_px))
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
        square = ImageOps.fit(_in_colour(image), (size_px, size_px), Image.Resampling.LANCZOS)
    # The middle of a turned photograph is its turned middle.
    upright = square if turn is None else square.transpose(turn)
    return np.asarray(upright, np.uint8)


def _in_colour(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, (*_PAPER, 255))
        opaque.alpha_composite(image.convert("RGBA"))
        return opaque.convert("RGB")
    if image.mode.startswith("I"):
        deep = np.asarray(image).astype(np.int64)
        return Image.fromarray((deep >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")
