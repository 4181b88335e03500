"""What the figures share: matplotlib as it comes, one ink, one colour map."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

HEAT: Final = "inferno"
"""Perceptually uniform, black where a filter is silent."""

INK: Final = "#7a7a7a"
"""Contrast 4.2 : 1 and more on white and on near-black."""

_DPI: Final = 100


def heat_colours() -> NDArray[np.uint8]:
    """Return the colour of each 8-bit value of a heat map: uint8 RGB, shape (256, 3)."""
    table = mpl.colormaps[HEAT](np.arange(256), bytes=True)
    return np.ascontiguousarray(np.asarray(table, np.uint8)[:, :3])


@contextmanager
def defaults() -> Iterator[None]:
    """Draw as matplotlib comes, whatever style the user has set; ids in an SVG follow from the drawing alone."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "vgg-atlas"
        mpl.rcParams["svg.fonttype"] = "none"
        mpl.rcParams["text.parse_math"] = False
        yield


def blank(width_px: int, height_px: int, *, clear: bool = False) -> Figure:
    """Return an empty figure of exactly this size, white or `clear` (transparent)."""
    ground = "none" if clear else "white"
    return Figure(figsize=(width_px / _DPI, height_px / _DPI), dpi=_DPI, facecolor=ground)


def drawn(figure: Figure) -> NDArray[np.uint8]:
    """Return the pixels of a figure: uint8 RGBA, shape (height, width, 4)."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba(), np.uint8)


def grey(axes: Axes) -> None:
    """Draw an axes in the ink of the figures, on nothing."""
    axes.set_facecolor("none")
    axes.tick_params(colors=INK, labelsize=8)
    for spine in axes.spines.values():
        spine.set_color(INK)
