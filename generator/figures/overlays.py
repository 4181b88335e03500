"""A map over a photograph: the photograph, dark where the filter is silent."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERLAY_PX: Final = 112
HIDDEN: Final = 0.82
"""How dark the photograph is where the map is zero."""

_QUALITY: Final = 80


def overlay(photograph: NDArray[np.uint8], values: NDArray[np.float32]) -> bytes:
    """Return a WebP file of `OVERLAY_PX` squared; the shade goes by the root of the map, or weak answers would drown.

    Args:
        photograph: uint8 RGB, shape (side, side, 3).
        values: a filter's map, shape (height, width), >= 0; a large one is reduced by the greatest of each part.

    """
    step = max(1, len(values) // OVERLAY_PX)
    side = len(values) // step
    reduced = values.reshape(side, step, side, step).max(axis=(1, 3))
    levels = np.sqrt(reduced / max(float(reduced.max()), np.finfo(np.float32).tiny))
    size = (OVERLAY_PX, OVERLAY_PX)
    light = np.asarray(Image.fromarray(levels.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)).clip(0, 1)
    small = np.asarray(Image.fromarray(photograph).resize(size, Image.Resampling.LANCZOS))
    return encoded(np.rint(small * (1 - HIDDEN * (1 - light))[..., np.newaxis]).astype(np.uint8))


def encoded(picture: NDArray[np.uint8]) -> bytes:
    """Return the WebP file of a picture: uint8 RGB, shape (height, width, 3)."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", quality=_QUALITY)
    return out.getvalue()
