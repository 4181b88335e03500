"""Slides: one picture with what it shows, at the size of a screen of 16:9."""

from __future__ import annotations

from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from generator.figures.style import blank, defaults, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SLIDE_PX: Final = (1920, 1080)
_PICTURE_PX: Final = 864
_SMALL_PX: Final = 96
_MARGIN_PX: Final = 108
_TEXT_PX: Final = _MARGIN_PX + _PICTURE_PX + 72
_LETTERS: Final = 52
"""Letters of a line of the caption: those that surely fit beside the picture."""
_SOURCE_LETTERS: Final = 72


def slide(picture: NDArray[np.uint8], title: str, caption: Sequence[str], source: str) -> NDArray[np.uint8]:
    """Return a picture beside its caption on white: uint8 RGB, shape (1080, 1920, 3).

    picture: uint8 RGB square; a small canvas is enlarged by a whole number and keeps its pixels, as on the pages.
    """
    width, height = SLIDE_PX
    small = len(picture) <= _SMALL_PX
    side = _PICTURE_PX // len(picture) * len(picture) if small else _PICTURE_PX
    paragraphs = ["\n".join(wrap(text, _LETTERS)) for text in caption]
    with defaults():
        figure = blank(width, height)
        left, top, low = _TEXT_PX / width, 1 - _MARGIN_PX / height, _MARGIN_PX / height
        figure.text(left, top, title, size=30, weight="bold", va="top")
        text = "\n\n".join(paragraphs)
        figure.text(left, top - 0.1, text, size=17, va="top", linespacing=1.4)
        figure.text(left, low, "\n".join(wrap(source, _SOURCE_LETTERS)), size=12, color="#555", va="bottom")
        sheet = drawn(figure)[..., :3].copy()
    how = Image.Resampling.NEAREST if small else Image.Resampling.LANCZOS
    at, across = (height - side) // 2, _MARGIN_PX + (_PICTURE_PX - side) // 2
    sheet[at : at + side, across : across + side] = np.asarray(Image.fromarray(picture).resize((side, side), how))
    return sheet


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return the PNG file of a picture: uint8 RGB, shape (height, width, 3)."""
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG", optimize=True)
    return out.getvalue()
