"""A picture moved a little: what should not matter to a filter that sees what it looks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

TURNED_DEGREES: Final = 5.0
SMALLER: Final = 0.95
LARGER: Final = 1.05

_GREY: Final = (128, 128, 128)
"""What comes into view at the edges, as in the ascent's transforms."""


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
