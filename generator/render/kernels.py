"""Kernels as small pictures: squares whose areas are the weights (Hinton's diagram), and the first layer's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.records import KERNEL_LEVELS
from generator.render.filter_view import Kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

CELL: Final = 10
GREY: Final = 128
COLOUR_STEP: Final = 14
"""What one level of a weight adds to grey: nine of them stay within 0-255."""


def _square(cell: int, level: int) -> str:
    side = round((CELL - 1) * (level / KERNEL_LEVELS) ** 0.5)
    x, y = (CELL * place + (CELL - side) // 2 for place in (cell % 3, cell // 3))
    return f"M{x} {y}h{side}v{side}h-{side}"


_SQUARES: Final = {(cell, level): _square(cell, level) for cell in range(9) for level in range(1, KERNEL_LEVELS + 1)}
"""The square of a weight by its place in the kernel and its size; one that is filled needs no fourth side."""


def kernel_view(kernel: NDArray[np.float16]) -> Kernel:
    """Return a kernel of whole levels, shape (3, 3), for the page."""
    levels = list(enumerate(kernel.astype(int).ravel().tolist()))
    positive = "".join([_SQUARES[cell, level] for cell, level in levels if level > 0])
    return Kernel(positive, "".join([f"{_SQUARES[cell, -level]}z" for cell, level in levels if level < 0]))


def kernel_colours(kernels: NDArray[np.float16], channels: Sequence[int]) -> tuple[str, ...]:
    """Return the nine colours of a kernel on red, green and blue, row by row; none unless all three are given.

    kernels: whole levels, shape (n, 3, 3), of `channels`. Grey is a weight of zero.
    """
    if sorted(channels) != [0, 1, 2]:
        return ()
    ordered = kernels[[channels.index(channel) for channel in range(3)]].astype(int)
    pixels = (GREY + COLOUR_STEP * ordered).reshape(3, -1).T.clip(0, 255).tolist()
    return tuple("#{:02x}{:02x}{:02x}".format(*pixel) for pixel in pixels)
