"""The operations of VGG16's trunk, each with a gradient of its own that runs on the fast forward kernels.

All tensors are NHWC. Each gradient equals TensorFlow's automatic one with respect to the input; the weights are
constants here and get none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generator.vgg.backend import tf

Tensor = Any
"""A TensorFlow tensor; TensorFlow ships no types that mypy could check."""

Convolve = Callable[[Tensor], Tensor]
"""A convolution with a kernel of its own: maps in, maps out."""


def shape_of(x: Tensor) -> list[Any]:
    """Return the sides of `x`: numbers where the graph knows them, scalar tensors where it does not.

    What is made with numbers keeps them in its own shape, by which later steps choose.
    """
    dynamic = tf.shape(x)
    return [dynamic[axis] if side is None else side for axis, side in enumerate(x.shape)]


def mirrored(kernel: Tensor) -> Tensor:
    """Return the kernel of the input gradient: flipped in space, input and output channels exchanged.

    Args:
        kernel: shape (height, width, in, out).

    Returns:
        Shape (height, width, out, in), same dtype.

    """
    return tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))


def direct(kernel: Tensor, bias: Tensor | None = None) -> Convolve:
    """Return TensorFlow's own convolution with this kernel, stride 1 and SAME padding; with a bias, and the ReLU.

    The three are in a form that TensorFlow fuses into one operation where it can. Shapes: (3, 3, in, out) and (out,).
    """
    if bias is None:
        return lambda x: tf.nn.conv2d(x, kernel, 1, "SAME")
    return lambda x: tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))


def convolve_relu(x: Tensor, forward: Convolve, backward: Convolve, *, pooled: bool = False) -> Tensor:
    """Convolve and apply the ReLU; where `pooled`, take the maximum of each 2x2 window with stride 2.

    The gradient of a stride-1 SAME convolution with respect to its input is itself a SAME convolution of the upstream
    gradient, with the mirrored kernel, for odd kernel sides; the backward pass so runs on the forward kernels.

    Of a pooled map an odd last row or column is dropped. The gradient goes to the first maximum of a window in reading
    order, as TensorFlow's does, whose own operation takes five times as long as these comparisons on a CPU, most of all
    in bfloat16, where equal values are common. The ReLU is undone on the small side of the window: a maximum is above
    zero where its pixel is.

    Args:
        x: shape (batch, height, width, in).
        forward: the convolution with a kernel of shape (3, 3, in, out), the bias and the ReLU after it.
        backward: the convolution with that kernel `mirrored`.
        pooled: whether the maps are pooled.

    Returns:
        Shape (batch, height, width, out), pooled (batch, height // 2, width // 2, out); the dtype of `x`.

    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def with_gradient(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        full = forward(x)
        y = tf.nn.max_pool2d(full, 2, 2, "VALID") if pooled else full

        def gradient(upstream: Tensor) -> Tensor:
            masked = tf.raw_ops.ReluGrad(gradients=upstream, features=y)
            return backward(_unpooled(masked, full, y) if pooled else masked)

        return y, gradient

    return with_gradient(x)


def _unpooled(upstream: Tensor, full: Tensor, pooled: Tensor) -> Tensor:
    """Give each window's gradient to its first maximum: shape (batch, h, w, c) -> that of `full`."""
    batch, height, width, channels = shape_of(full)
    even = full[:, : height // 2 * 2, : width // 2 * 2]
    windows = tf.reshape(even, (batch, height // 2, 2, width // 2, 2, channels))
    upper, lower = tf.unstack(tf.equal(windows, _spread(pooled)), axis=2)
    (first, second), (third, fourth) = tf.unstack(upper, axis=3), tf.unstack(lower, axis=3)
    above = first | second
    winners = tf.stack(
        (tf.stack((first, second & ~first), axis=3), tf.stack((third & ~above, fourth & ~(above | third)), axis=3)),
        axis=2,
    )
    inner = tf.reshape(tf.where(winners, _spread(upstream), tf.zeros((), full.dtype)), shape_of(even))
    return tf.pad(inner, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))


def _spread(pooled: Tensor) -> Tensor:
    return pooled[:, :, tf.newaxis, :, tf.newaxis, :]
