"""Transforms between the canvas and the network: what makes a picture hold up when it is moved a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.vgg.backend import tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor

GREY = 127.5
"""What comes into view at the edges when the picture is moved."""


def jitter_offsets(seed: int, steps: int, jitter_px: int) -> NDArray[np.int32]:
    """Return the shift of each step, down and right, drawn from (seed, step): int32, shape (steps, 2), +-jitter_px."""
    rows = [np.random.default_rng((seed, step)).integers(-jitter_px, jitter_px + 1, 2) for step in range(steps)]
    return np.array(rows, np.int32).reshape(steps, 2)


def shift(pictures: Tensor, offsets: Tensor) -> Tensor:
    """Move each picture by its own offset and fill with grey: padding and cropping at another place each step.

    Written as products with selection matrices, whose gradient is a product too; a gather's gradient is a slow scatter.

    Args:
        pictures: float32 RGB, shape (batch, size, size, 3), 0-255.
        offsets: int32, shape (batch, 2): pixels down and right.

    Returns:
        float32, same shape.

    """
    size = tf.shape(pictures)[1]
    places = tf.range(size)
    sources = places[tf.newaxis, tf.newaxis, :] - offsets[:, :, tf.newaxis]
    selection = tf.cast(sources[..., tf.newaxis] == places, tf.float32)
    rows, columns = selection[:, 0], selection[:, 1]
    flat = tf.reshape(pictures - GREY, (-1, size, size * 3))
    down = tf.reshape(tf.linalg.matmul(rows, flat), (-1, size, size, 3))
    return tf.linalg.matmul(columns[:, tf.newaxis], down) + GREY
