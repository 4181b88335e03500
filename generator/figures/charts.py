"""Charts of a layer: how its losses are spread, and who answers to whose picture."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.ticker import MaxNLocator

from generator.figures.sizes import HISTOGRAM_PX, MATRIX_PX, heat_map_size
from generator.figures.style import HEAT, INK, blank, defaults, drawn, grey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.figures.sizes import HeatMapSize

_BAR: Final = "#3f7fb5"
_BINS: Final = 40
_BAR_GAP_PX: Final = 16
_BAR_PX: Final = 14
_MARKS: Final = 8


def loss_histogram(losses: Sequence[float], label: str) -> bytes:
    """Return how losses (at least one) are spread, as SVG without script, style or date; `label` names the axis."""
    out = BytesIO()
    with defaults():
        figure = blank(*HISTOGRAM_PX, clear=True)
        axes = figure.add_axes((0.09, 0.24, 0.89, 0.7))
        counts, edges = np.histogram(np.asarray(losses, float), bins=min(_BINS, max(1, len(losses))))
        axes.stairs(counts, edges, fill=True, color=_BAR)
        axes.set_xlabel(label, color=INK, size=9)
        axes.set_ylabel("filters", color=INK, size=9)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
        grey(axes)
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _styleless(out.getvalue().decode()).encode()


def cross_heat_map(matrix: NDArray[np.float32], numbers: Sequence[int]) -> NDArray[np.uint8]:
    """Return a cross-activation matrix as a figure, each filter (column) on the scale of its own strongest answer.

    matrix: float32, shape (pictures, filters); numbers: the filter of each picture.
    The result is uint8 RGBA, shape (height, width, 4), on a transparent ground.
    """
    scaled = matrix / np.maximum(matrix.max(axis=0, initial=0.0), np.float32(1e-30))
    rows, columns = scaled.shape
    size = heat_map_size(rows, columns)
    with defaults():
        figure = blank(size.width, size.height, clear=True)
        axes = figure.add_axes(_place(size, size.left, MATRIX_PX))
        # The square root: most answers are a tenth of the strongest or less, and would all be black.
        scale = PowerNorm(0.5, vmin=0, vmax=1)
        shown = axes.imshow(scaled, cmap=HEAT, norm=scale, interpolation="nearest", aspect="auto")
        marks = range(0, rows, max(1, rows // _MARKS))
        axes.set_yticks(marks, [str(numbers[mark]) for mark in marks])
        axes.set_xlabel("filter that answers", color=INK, size=9)
        axes.set_ylabel("picture of filter", color=INK, size=9)
        grey(axes)
        place = _place(size, size.left + MATRIX_PX + _BAR_GAP_PX, _BAR_PX)
        bar = figure.colorbar(shown, cax=figure.add_axes(place))
        bar.set_label("share of the filter's strongest answer", color=INK, size=8)
        grey(bar.ax)
        return drawn(figure)


def _place(size: HeatMapSize, left_px: int, width_px: int) -> tuple[float, float, float, float]:
    """Return (left, bottom, width, height) of an axes as tall as the matrix, in shares of the figure."""
    return left_px / size.width, size.bottom / size.height, width_px / size.width, size.tall / size.height


def _styleless(svg: str) -> str:
    """Return the SVG with plain attributes in place of styles, which a strict Content-Security-Policy would block."""

    def attributes(match: re.Match[str]) -> str:
        pairs = (part.partition(":") for part in match[1].split(";") if part.strip())
        return " ".join(f'{name.strip()}="{_quoteless(value)}"' for name, _, value in pairs)

    return re.sub(r'style="([^"]*)"', attributes, re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL))


def _quoteless(value: str) -> str:
    return value.strip().replace('"', "'")
