"""How much of a filter's mean is left when its picture is moved a little, and the picture's own peak.

Kind `kept`. The five passes forward, for the picture and its four moves, take as long as 2.5 steps of the ascent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from generator.records import MOVES, Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.vgg.gauge import Gauge

VERSION: Final = 1

TURNED_DEGREES: Final = 5.0
SMALLER: Final = 0.95
LARGER: Final = 1.05

_GREY: Final = (128, 128, 128)
"""What comes into view at the edges, as in the ascent's transforms."""


def kept_of(gauge: Gauge, images: NDArray[np.uint8], filters: Sequence[int]) -> list[Kept | None]:
    """Return what every move leaves of each picture's mean; None for a filter that is at zero on its own picture.

    Args:
        gauge: of the layer, in float32.
        images: uint8 RGB, shape (batch, size, size, 3), as displayed.
        filters: the filter that each picture was made for.

    """
    own, peaks = gauge.filter_means_and_peaks(images.astype(np.float32), filters)
    # One move of all pictures at a time: no pass takes more memory than the first.
    views = np.stack([moved(image) for image in images], axis=1).astype(np.float32)
    means = np.stack([gauge.filter_means(view, filters) for view in views], axis=1)
    shares = np.divide(means, own[:, np.newaxis], out=np.zeros_like(means), where=own[:, np.newaxis] > 0)
    rows = zip(own.tolist(), shares.tolist(), peaks.tolist(), strict=True)
    return [Kept(**dict(zip(MOVES, row, strict=True)), peak=peak) if mean > 0 else None for mean, row, peak in rows]


def moved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture turned counter-clockwise, smaller, larger and mirrored, in the order of `MOVES`.

    Args:
        picture: uint8 RGB, shape (height, width, 3).

    Returns:
        uint8 RGB, shape (4, height, width, 3).

    """
    return np.stack(
        [
            turned_and_scaled(picture, TURNED_DEGREES, 1.0),
            turned_and_scaled(picture, 0.0, SMALLER),
            turned_and_scaled(picture, 0.0, LARGER),
            picture[:, ::-1],
        ]
    )


def turned_and_scaled(picture: NDArray[np.uint8], degrees: float, scale: float) -> NDArray[np.uint8]:
    """Return a picture turned counter-clockwise and scaled about its middle, on grey, by cubic interpolation.

    Args:
        picture: uint8 RGB, shape (height, width, 3).
        degrees: angle of the turn.
        scale: more than 1 is larger.

    Returns:
        uint8 RGB, same shape.

    """
    height, width = picture.shape[:2]
    cosine, sine = math.cos(math.radians(degrees)) / scale, math.sin(math.radians(degrees)) / scale
    across, down = width / 2, height / 2
    # For each pixel of the result, where it comes from.
    came_from = (
        *(cosine, -sine, across - cosine * across + sine * down),
        *(sine, cosine, down - sine * across - cosine * down),
    )
    image = Image.fromarray(np.ascontiguousarray(picture))
    found = image.transform(
        (width, height), Image.Transform.AFFINE, came_from, Image.Resampling.BICUBIC, fillcolor=_GREY
    )
    return np.asarray(found, np.uint8)
