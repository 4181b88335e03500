"""Kernels as small pictures: squares whose areas are the weights (Hinton's diagram), and the first layer's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.records import KERNEL_LEVELS
from generator.render.filter_view import Kernel
from generator.render.wording import MINUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

CELL: Final = 10
GREY: Final = 128
COLOUR_STEP: Final = 14
"""What one level of a weight adds to grey: nine of them stay within 0-255."""


def kernel_view(kernel: NDArray[np.float16]) -> Kernel:
    """Return a kernel of whole levels, shape (3, 3), for the page."""
    positive, negative, words = list[str](), list[str](), list[str]()
    for row, levels in enumerate(kernel.astype(int).tolist()):
        words.append(" ".join(str(level).replace("-", MINUS) for level in levels))
        for column, level in enumerate(levels):
            side = round((CELL - 1) * (abs(level) / KERNEL_LEVELS) ** 0.5)
            if side:
                x, y = (f"{CELL * cell + (CELL - side) / 2:g}" for cell in (column, row))
                (positive if level > 0 else negative).append(f"M{x} {y}h{side}v{side}h-{side}z")
    return Kernel("".join(positive), "".join(negative), ", ".join(words))


def kernel_colours(kernels: NDArray[np.float16], channels: Sequence[int]) -> tuple[str, ...]:
    """Return the nine colours of a kernel on red, green and blue, row by row; none unless all three are given.

    kernels: whole levels, shape (n, 3, 3), of `channels`. Grey is a weight of zero.
    """
    if sorted(channels) != [0, 1, 2]:
        return ()
    ordered = kernels[[channels.index(channel) for channel in range(3)]].astype(int)
    pixels = (GREY + COLOUR_STEP * ordered).reshape(3, -1).T.clip(0, 255).tolist()
    return tuple("#{:02x}{:02x}{:02x}".format(*pixel) for pixel in pixels)
