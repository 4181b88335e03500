"""The three operations of VGG16's trunk, each with a gradient of its own that runs on the fast forward kernels.

All tensors are NHWC. Each gradient equals TensorFlow's automatic one with respect to the input; the weights are
constants here and get none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.vgg.backend import tf

if TYPE_CHECKING:
    from collections.abc import Callable

Tensor = Any
"""A TensorFlow tensor; TensorFlow ships no types that mypy could check."""


def mirrored(kernel: Tensor) -> Tensor:
    """Return the kernel of the input gradient: flipped in space, input and output channels exchanged.

    Args:
        kernel: shape (height, width, in, out).

    Returns:
        Shape (height, width, out, in), same dtype.

    """
    return tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))


def convolve(x: Tensor, kernel: Tensor, mirrored_kernel: Tensor) -> Tensor:
    """Convolve with stride 1 and SAME padding.

    The gradient with respect to the input of such a convolution is itself a SAME convolution of the upstream gradient
    with the mirrored kernel, for odd kernel sides; the backward pass so runs on the forward kernel.

    Args:
        x: shape (batch, height, width, in).
        kernel: shape (3, 3, in, out).
        mirrored_kernel: `mirrored(kernel)`, made once.

    Returns:
        Shape (batch, height, width, out), the dtype of `x`.

    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def with_gradient(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        def gradient(upstream: Tensor) -> Tensor:
            return tf.nn.conv2d(upstream, mirrored_kernel, 1, "SAME")

        return tf.nn.conv2d(x, kernel, 1, "SAME"), gradient

    return with_gradient(x)


def convolve_relu(x: Tensor, kernel: Tensor, mirrored_kernel: Tensor, bias: Tensor) -> Tensor:
    """Convolve as `convolve`, add the bias and apply the ReLU, in a form that TensorFlow fuses into one operation.

    Shapes as in `convolve`; `bias` has shape (out,).
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def with_gradient(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias))

        def gradient(upstream: Tensor) -> Tensor:
            masked = tf.raw_ops.ReluGrad(gradients=upstream, features=y)
            return tf.nn.conv2d(masked, mirrored_kernel, 1, "SAME")

        return y, gradient

    return with_gradient(x)


def max_pool(x: Tensor) -> Tensor:
    """Take the maximum of each 2x2 window, stride 2; an odd last row or column is dropped.

    The gradient goes to the first maximum of a window in reading order, as TensorFlow's does. Its own operation takes
    five times as long as these comparisons on a CPU, most of all in bfloat16, where equal values are common.

    Args:
        x: shape (batch, height, width, channels).

    Returns:
        Shape (batch, height // 2, width // 2, channels), the dtype of `x`.

    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def with_gradient(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        y = tf.nn.max_pool2d(x, 2, 2, "VALID")

        def gradient(upstream: Tensor) -> Tensor:
            height, width = tf.shape(x)[1], tf.shape(x)[2]
            even = x[:, : height // 2 * 2, : width // 2 * 2]
            windows = _windows(even)
            order = tf.reshape(tf.constant([4, 3, 2, 1], x.dtype), (1, 1, 2, 1, 2, 1))
            zero = tf.zeros((), x.dtype)
            place = tf.where(windows == _spread(y), order, zero)
            first = tf.nn.max_pool2d(tf.reshape(place, tf.shape(even)), 2, 2, "VALID")
            inner = tf.reshape(tf.where(place == _spread(first), _spread(upstream), zero), tf.shape(even))
            return tf.pad(inner, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))

        return y, gradient

    return with_gradient(x)


def _windows(x: Tensor) -> Tensor:
    shape = tf.shape(x)
    return tf.reshape(x, (shape[0], shape[1] // 2, 2, shape[2] // 2, 2, shape[3]))


def _spread(pooled: Tensor) -> Tensor:
    return pooled[:, :, tf.newaxis, :, tf.newaxis, :]
