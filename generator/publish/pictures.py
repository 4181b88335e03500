"""Pictures that the site has beside the pictures of record: thumbnails and figures as AVIF, maps as lossless WebP.

Measured on pictures of the recipe `natural` (mean of eight a layer): at equal sharpness AVIF weighs two thirds of
WebP, and full colour resolution (4:4:4) costs 5 % but keeps one-pixel colour edges, which halving it smears by
up to 13 dB. Small canvases are shown enlarged with hard pixels, so they are encoded at their own size and better.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

THUMBNAIL_PX: Final = 96
"""Side of a thumbnail, in CSS pixels and in its own; one of a smaller canvas has the canvas' side."""

THUMBNAIL_FROM_PX: Final = 64
"""Side of the smallest canvas that has a thumbnail file: a smaller one weighs little more than its thumbnail would."""

# AVIF's scale, chosen by looking at real pictures at twice their size.
_THUMBNAIL_QUALITY: Final = 44
_FIGURE_QUALITY: Final = 42
_PHOTOGRAPH_QUALITY: Final = 52

# Speed 8 takes a third of the time of the default 6 for files within 2 % of the same size and error.
_AVIF_SPEED: Final = 8

# 64 colours are a step of 1.6 % of the scale, under what one can see; 256 weigh a third more.
_HEAT_STEP: Final = 4
_LEVELS: Final = tuple(min(level, 255) for level in range(0, 257, _HEAT_STEP))

CLEAR: Final = 255
"""The level of a map's peak, where a veil is clear."""

LARGEST_TILE_PX: Final = 64
"""Side of the largest map that is read from a sprite."""


def has_own_thumbnail(side_px: int) -> bool:
    """Tell whether a canvas of this side gets a thumbnail of its own."""
    return side_px >= THUMBNAIL_FROM_PX


def encode_thumbnail(image: NDArray[np.uint8]) -> bytes:
    """Return a picture as AVIF, its longer side brought down to `THUMBNAIL_PX`; a smaller one keeps its size."""
    picture = Image.fromarray(image)
    picture.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    return _avif(picture, _THUMBNAIL_QUALITY)


def encode_figure(image: NDArray[np.uint8]) -> bytes:
    """Return a figure as AVIF; `image` is uint8 RGB or RGBA, shape (height, width, 3 or 4)."""
    return _avif(Image.fromarray(image), _FIGURE_QUALITY)


def encode_photograph(image: NDArray[np.uint8]) -> bytes:
    """Return a photograph as AVIF at its own size; `image` is uint8 RGB, shape (height, width, 3)."""
    return _avif(Image.fromarray(image), _PHOTOGRAPH_QUALITY)


def encode_sprite(maps: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """Return feature maps as one lossless WebP in 64 colours, tiles from left to right.

    maps: uint8, shape (n, side, side); colours: uint8 RGB, shape (256, 3), the colour of each value.
    """
    out = BytesIO()
    levels = np.minimum(np.rint(np.concatenate(list(maps), axis=1) / _HEAT_STEP) * _HEAT_STEP, 255).astype(np.uint8)
    tiles = Image.fromarray(colours[levels])
    # Method 6 would save 5 % of the bytes and take a hundred times as long.
    tiles.save(out, "WEBP", lossless=True, quality=80, method=4)
    return out.getvalue()


def decode_sprite(data: bytes, colours: NDArray[np.uint8], tiles: int) -> NDArray[np.uint8]:
    """Return the feature maps in a sprite that `encode_sprite` made: uint8, shape (tiles, side, side).

    Raises:
        ValueError: it is no such sprite.

    """
    try:
        with Image.open(BytesIO(data), formats=["WEBP"]) as picture:
            width, height = picture.size
            if not 0 < height <= LARGEST_TILE_PX or width != tiles * height:
                raise ValueError("is no row of square maps")
            pixels = np.asarray(picture.convert("RGB"), np.uint8)
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"is no sprite of maps ({error})") from error
    known = {tuple(colours[level].tolist()): level for level in _LEVELS}
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    values = {red << 16 | green << 8 | blue: level for (red, green, blue), level in known.items()}
    table, places = np.unique(packed, return_inverse=True)
    if any(int(colour) not in values for colour in table):
        raise ValueError("has colours that no level has")
    levels = np.array([values[int(colour)] for colour in table], np.uint8)[places.reshape(packed.shape)]
    return np.stack(np.split(levels, tiles, axis=1))


def encode_veil(tiles: NDArray[np.uint8]) -> bytes:
    """Return tiles of maps, from left to right, as lossless WebP: black, and clear where a map has its peak.

    tiles: uint8, shape (n, side, side); 255 is the peak.
    """
    out, levels = BytesIO(), np.concatenate(list(tiles), axis=1)
    veil = np.zeros((*levels.shape, 4), np.uint8)
    veil[..., 3] = CLEAR - levels
    # Without `exact` the encoder may change the colour of what is clear.
    Image.fromarray(veil).save(out, "WEBP", lossless=True, quality=80, method=4, exact=True)
    return out.getvalue()


def decode_veil(data: bytes, tiles: int, side: int) -> NDArray[np.uint8]:
    """Return the tiles of maps that `encode_veil` made: uint8, shape (tiles, side, side).

    Raises:
        ValueError: it is no such sprite.

    """
    try:
        with Image.open(BytesIO(data), formats=["WEBP"]) as picture:
            if picture.size != (tiles * side, side):
                raise ValueError("is no row of these maps")
            veil = np.asarray(picture.convert("RGBA"), np.uint8)
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"is no sprite of maps ({error})") from error
    return np.stack(np.split(CLEAR - veil[..., 3], tiles, axis=1))


def _avif(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    # One thread a picture: the pool encodes several at once, and the bytes stay the same on every machine.
    picture.save(out, "AVIF", quality=quality, speed=_AVIF_SPEED, subsampling="4:4:4", max_threads=1)
    return out.getvalue()
