"""VGG16's convolutions with 8-bit weights, small enough for a page to run them: how their bytes are laid out.

Layer after layer in the catalogue's order: the kernels as int8, shape (filters / 8, 3, 3, in, 8), so that the weights
with which eight filters read one value stand together; then for each filter, as little-endian float32, what its weights
are to be multiplied with; then the biases, float32.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from generator.catalogue import LAYERS

if TYPE_CHECKING:
    from generator.catalogue import Layer

QUANTISED_VERSION: Final = 1
"""Raised when the bytes of the same weights change."""

TOGETHER: Final = 8
"""Filters whose weights stand together."""

_KERNEL_PLACES: Final = 9
_FLOAT_BYTES: Final = 4


def _size(layer: Layer) -> int:
    return layer.filters * (_KERNEL_PLACES * layer.in_channels + 2 * _FLOAT_BYTES)


_EDGES: Final = tuple(accumulate(map(_size, LAYERS), initial=0))
QUANTISED_BYTES: Final = _EDGES[-1]


def quantised_layers(network: bytes) -> dict[str, bytes]:
    """Return the bytes of each layer by its name; `network` has `QUANTISED_BYTES`."""
    return {layer.name: network[a:b] for layer, (a, b) in zip(LAYERS, pairwise(_EDGES), strict=True)}
