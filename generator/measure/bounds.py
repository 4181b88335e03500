"""What a filter can reach at most: interval arithmetic from the pixel box through the network.

Every pixel lies in 0-255, whatever the picture; from there each map's interval follows layer by layer (Moore 1966).
The bound is loose for deep layers, but where it is not above zero, no picture can ever wake the filter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.catalogue import LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def upper_bounds(
    tensors: Mapping[str, NDArray[np.float32]], lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return for every layer an upper bound of each filter's map before the ReLU, at any place of any picture.

    Args:
        tensors: the network's kernels (3, 3, in, out) and biases (out,).
        lowest: shape (3,): least input of each channel, after preprocessing.
        highest: shape (3,): greatest input of each channel.

    Returns:
        float64, shape (filters,), for each layer's name. A filter whose bound is not above zero is dead for certain.

    """
    bounds = {}
    for layer in LAYERS:
        # Padding puts zeros beside the picture: a tap may meet zero as well as any value of its channel.
        low, high = np.minimum(lowest, 0.0), np.maximum(highest, 0.0)
        kernel = tensors[f"{layer.name}/kernel"].astype(np.float64)
        bias = tensors[f"{layer.name}/bias"].astype(np.float64)
        rising, falling = np.maximum(kernel, 0.0).sum(axis=(0, 1)), np.minimum(kernel, 0.0).sum(axis=(0, 1))
        bounds[layer.name] = high @ rising + low @ falling + bias
        lowest = np.maximum(low @ rising + high @ falling + bias, 0.0)
        highest = np.maximum(bounds[layer.name], 0.0)
    return bounds
