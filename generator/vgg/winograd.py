"""Winograd's convolution on a processor's cores: 36 products for each sixteen outputs, where the plain sum takes 144.

F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), in C: its additions are bound
by memory where they run over whole maps, so a few tiles at a time go all the way in the caches. Exact but for rounding.
"""

from __future__ import annotations

import ctypes
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.cores import core_count, granted_cores
from generator.errors import WorkFailed
from generator.vgg.backend import tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.vgg.operations import Convolve, Tensor

_LIBRARY: Final = Path(__file__).with_suffix(".native")
"""winograd.c, compiled when the package was installed."""
_CHANNELS: Final = 16
"""The channels stand side by side in vectors: their numbers must be multiples of this."""
_ROWS: Final = 6
"""So many tiles are multiplied at once."""
_TILES: Final = 192
_TILE_CHANNELS: Final = 48 * 512
"""How many tiles go through together at most, and with their channels: more leave the caches, and fewer read the kernel
too often."""

_KERNEL: Final = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24


def fits(kernel: Tensor) -> bool:
    """Return whether `winograd` takes the kernel, and the machine at hand computes it on its cores.

    Raises:
        WorkFailed: what was compiled is not there, or is of another platform.

    """
    even = not any(side % _CHANNELS for side in kernel.shape[2:])
    return even and kernel.dtype == tf.float32 and not tf.config.get_visible_devices("GPU") and _library().usable()


def winograd(kernel: Tensor, bias: Tensor | None = None) -> Convolve:
    """Return the convolution with this kernel, stride 1 and SAME padding; with a bias, that and the ReLU after it.

    Args:
        kernel: float32, shape (3, 3, in, out), in and out multiples of 16.
        bias: float32, shape (out,).

    Returns:
        A function of maps, float32 of shape (batch, height, width, in), to (batch, height, width, out).

    """
    inner, outer = kernel.shape[2:]
    transformed = np.einsum("ra,sb,abio->rsio", _KERNEL, _KERNEL, kernel.numpy(), optimize=True)
    panels = transformed.reshape(36, inner, outer // _CHANNELS, _CHANNELS).transpose(2, 0, 1, 3)
    kernels = np.ascontiguousarray(panels, np.float32)
    biases = None if bias is None else bias.numpy()

    def convolve(x: Tensor) -> Tensor:
        maps = tf.numpy_function(lambda maps: _convolved(maps, kernels, biases), (x,), tf.float32, stateful=False)
        return tf.ensure_shape(maps, (*x.shape[:3], outer))

    return convolve


class _Shape(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_ssize_t) for name in ("batch", "height", "width", "inner", "outer"))


def _convolved(
    maps: NDArray[np.float32], kernels: NDArray[np.float32], bias: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    batch, height, width, inner = maps.shape
    outer = kernels.shape[0] * _CHANNELS
    result, shape = _aligned((batch, height, width, outer)), _Shape(batch, height, width, inner, outer)
    tiles = batch * -(-height // 4) * -(-width // 4)
    together = _share(tiles, min(_TILES, _TILE_CHANNELS // inner))
    convolve, added = _library().convolve, _address(bias)

    def part(first: int) -> None:
        room = _room(36 * (inner + _CHANNELS) * together + 36 * inner)
        count = min(together, tiles - first)
        convolve(_address(maps), _address(kernels), added, _address(result), _address(room), shape, first, count)

    for _ in _pool().map(part, range(0, tiles, together)):
        pass
    return result


def _share(tiles: int, most: int) -> int:
    """Return how many of the tiles go together, at most about `most`: in equal shares for all threads, in full rows."""
    rounds = -(-tiles // (most * _threads()))
    return -(-tiles // (rounds * _threads() * _ROWS)) * _ROWS


def _aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an empty array that begins where TensorFlow wants a tensor to: it then takes it as it is, uncopied."""
    size = int(np.prod(shape))
    room = np.empty(size + 16, np.float32)
    first = -room.ctypes.data % 64 // 4
    return room[first : first + size].reshape(shape)


def _address(array: NDArray[np.float32] | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


_own = threading.local()


def _room(size: int) -> NDArray[np.float32]:
    """Return room for `size` numbers that this thread keeps from one part to the next."""
    if getattr(_own, "room", np.empty(0)).size < size:
        _own.room = np.empty(size, np.float32)
    room: NDArray[np.float32] = _own.room
    return room


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_threads(), "winograd")


def _threads() -> int:
    return granted_cores() or core_count()


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(_LIBRARY))
    except OSError as error:
        raise WorkFailed(
            f"a part of the atlas cannot be loaded ({error}); install it again: that compiles it."
        ) from error
    pointer, size = ctypes.c_void_p, ctypes.c_ssize_t
    library.convolve.argtypes = (pointer,) * 5 + (ctypes.POINTER(_Shape), size, size)
    library.convolve.restype = None
    return library
