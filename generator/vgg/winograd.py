"""Winograd's convolution along the rows of a map: six products for each four outputs, where the plain sum takes twelve.

F(4, 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), in one direction: its additions
are few enough to be done on whole maps, and what is left are six convolutions with kernels of 3x1, which run on the
fast kernels of the library. Exact but for rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.vgg.backend import tf
from generator.vgg.operations import shape_of

if TYPE_CHECKING:
    from generator.vgg.operations import Convolve, Tensor

LEAST_CHANNELS = 128
LEAST_WIDTH = 7
"""On less, the additions on whole maps and the filled-up tiles cost more than the products saved: measured with oneDNN
on a processor with AVX2. With 64 channels the two ways tie; maps of 512 channels gain 1.4 at 7 pixels, nothing at 5."""


def winograd(kernel: Tensor) -> Convolve:
    """Return the convolution with this kernel, stride 1 and SAME padding.

    Args:
        kernel: float32, shape (3, 3, in, out).

    Returns:
        A function of maps, float32 of shape (batch, height, width, in), to (batch, height, width, out).

    """
    kernels = _kernel_transform(kernel)

    def convolve(x: Tensor) -> Tensor:
        batch, height, width, inner = shape_of(x)
        tiles = (width + 3) // 4
        padded = tf.pad(x, ((0, 0), (0, 0), (1, 4 * tiles + 3 - width), (0, 0)))
        columns = tf.unstack(tf.reshape(padded, (batch, height, tiles + 1, 4, inner)), axis=3)
        lines = [one[:, :, :-1] for one in columns] + [one[:, :, 1:] for one in columns[:2]]
        products = [
            tf.nn.conv2d(line, one, 1, "SAME") for line, one in zip(_input_transform(*lines), kernels, strict=True)
        ]
        pixels = tf.stack(_output_transform(*products), axis=3)
        return tf.reshape(pixels, (batch, height, 4 * tiles, kernel.shape[3]))[:, :, :width]

    return convolve


def _kernel_transform(kernel: Tensor) -> tuple[Tensor, ...]:
    left, middle, right = tf.split(kernel, 3, axis=1)
    ends, far_ends = (left + right) / 6, (left + 4 * right) / 24
    return left / 4, -ends - middle / 6, -ends + middle / 6, far_ends + middle / 12, far_ends - middle / 12, right


def _input_transform(*lines: Tensor) -> tuple[Tensor, ...]:
    zeroth, first, second, third, fourth, fifth = lines
    even, odd = fourth - second, third - first
    near_even, near_odd, twice = fourth - 4 * second, third - 4 * first, 2 * odd
    return (
        even - 4 * (second - zeroth),
        near_even + near_odd,
        near_even - near_odd,
        even + twice,
        even - twice,
        (fifth - third) - 4 * odd,
    )


def _output_transform(*products: Tensor) -> tuple[Tensor, ...]:
    near, near_difference = products[1] + products[2], products[1] - products[2]
    far, far_difference = products[3] + products[4], products[3] - products[4]
    return (
        products[0] + near + far,
        near_difference + 2 * far_difference,
        near + 4 * far,
        near_difference + 8 * far_difference + products[5],
    )
