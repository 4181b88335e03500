"""Contact sheets: the article's figure, to look at, to print and to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from generator.figures.style import blank, defaults, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.figures.sizes import SheetSize

_MARGIN_PX: Final = 10
_HEADING_MIDDLE_PX: Final = 15
_TITLE_ABOVE_PX: Final = 3
_NO_PICTURE: Final = 236


def contact_sheet(
    pictures: Sequence[NDArray[np.uint8] | None], titles: Sequence[str], heading: str, size: SheetSize
) -> NDArray[np.uint8]:
    """Return the article's figure: up to 64 pictures in rows of eight, each under its title, on white.

    pictures: uint8 RGB squares, None for one that does not exist; titles: as many; size: from `sheet_size`.
    The result is uint8 RGB, shape (size.height, size.width, 3).
    """
    width, height, side = size.width, size.height, size.side
    with defaults():
        figure = blank(width, height)
        figure.text(_MARGIN_PX / width, 1 - _HEADING_MIDDLE_PX / height, heading, size=9.5, va="center")
        for (top, left), title in zip(size.places, titles, strict=True):
            x, y = (left + side / 2) / width, 1 - (top - _TITLE_ABOVE_PX) / height
            figure.text(x, y, title, size=6.5, ha="center", va="baseline")
        sheet = drawn(figure)[..., :3].copy()
    for (top, left), picture in zip(size.places, pictures, strict=True):
        tile = _NO_PICTURE if picture is None else _resized(picture, side)
        sheet[top : top + side, left : left + side] = tile
    return sheet


def _resized(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    how = Image.Resampling.NEAREST if len(picture) <= side else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(picture).resize((side, side), how))
