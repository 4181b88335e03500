"""Weights as 8-bit integers, with one scale for each filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.catalogue import LAYERS
from generator.records.quantised import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

GREATEST: Final = 127


def quantised(tensors: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the network with 8-bit weights, laid out as `generator.records.quantised` says.

    A filter's greatest weight becomes 127 or -127, the others are rounded on that scale; biases stay as they are.
    `tensors` are the 26 of `TENSOR_SHAPES`.
    """
    return b"".join(
        part for layer in LAYERS for part in _layer(tensors[f"{layer.name}/kernel"], tensors[f"{layer.name}/bias"])
    )


def _layer(kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> tuple[bytes, bytes, bytes]:
    greatest = np.abs(kernel).max(axis=(0, 1, 2))
    scales = np.where(greatest > 0, greatest / GREATEST, np.float32(1)).astype("<f4")
    levels = np.rint(kernel / scales).astype(np.int8)
    groups = np.moveaxis(levels.reshape(*levels.shape[:3], -1, TOGETHER), 3, 0)
    return groups.tobytes(), scales.tobytes(), bias.astype("<f4").tobytes()
