"""The last convolution, each picture with the kernel of its own filter alone, and what its map is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.vgg.backend import tf
from generator.vgg.operations import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.vgg.operations import Tensor

PLACES = tuple((row, column) for row in range(3) for column in range(3))


def taps(kernel: Tensor) -> Tensor:
    """Return a layer's kernel filter by filter: shape (3, 3, in, out) -> (out, 9, in)."""
    return tf.reshape(tf.transpose(kernel, (3, 0, 1, 2)), (kernel.shape[3], len(PLACES), kernel.shape[2]))


def filter_maps(x: Tensor, filter_taps: Tensor) -> Tensor:
    """Convolve each picture with its own filter's kernel, stride 1 and SAME padding.

    One product of every pixel with the kernel's nine places, then the nine planes shifted onto each other: a
    convolution library computes whole blocks of filters, of which a picture needs one. The gradient does the same
    in reverse.

    Args:
        x: shape (batch, height, width, in).
        filter_taps: the rows of `taps` of each picture's filter, shape (batch, 9, in), the dtype of `x`.

    Returns:
        float32, shape (batch, height, width).

    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def with_gradient(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        batch, height, width, inner = shape_of(x)
        pixels = tf.reshape(x, (batch, height * width, inner))
        products = tf.linalg.matmul(filter_taps, pixels, transpose_b=True)
        planes = tf.reshape(tf.cast(products, tf.float32), (batch, len(PLACES), height, width))
        around = tf.pad(planes, ((0, 0), (0, 0), (1, 1), (1, 1)))
        maps = tf.add_n(
            [
                around[:, place, row : row + height, column : column + width]
                for place, (row, column) in enumerate(PLACES)
            ]
        )

        def gradient(upstream: Tensor) -> Tensor:
            products = _sent_back(tf.cast(upstream, x.dtype))
            return tf.reshape(tf.linalg.matmul(products, filter_taps, transpose_a=True), (batch, height, width, inner))

        return maps, gradient

    return with_gradient(x)


def filter_parts(x: Tensor, filter_taps: Tensor, shares: Tensor) -> Tensor:
    """Return what each input channel adds to a weighted sum of the filter's map, before the bias.

    It is activation times gradient, summed over the places, without the gradient: nine weighted, shifted sums of each
    channel, and one product with the kernel's nine places.

    Args:
        x: float32, shape (batch, height, width, in).
        filter_taps: as in `filter_maps`.
        shares: float32, shape (batch, height, width): the weight of each place of the map.

    Returns:
        float32, shape (batch, in): summed over the channels it is the sum of `shares` times `filter_maps`.

    """
    batch, height, width, inner = shape_of(x)
    sums = tf.linalg.matmul(_sent_back(shares), tf.reshape(x, (batch, height * width, inner)))
    return tf.reduce_sum(sums * filter_taps, axis=1)


def _sent_back(upstream: Tensor) -> Tensor:
    """Shift what belongs to places of a map to the pixels that each of the kernel's places reads for them.

    Shape (batch, height, width) -> (batch, 9, height * width).
    """
    batch, height, width = shape_of(upstream)
    around = tf.pad(upstream, ((0, 0), (1, 1), (1, 1)))
    planes = [around[:, 2 - row : 2 - row + height, 2 - column : 2 - column + width] for row, column in PLACES]
    return tf.reshape(tf.stack(planes, axis=1), (batch, len(PLACES), height * width))
