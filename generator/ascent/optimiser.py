"""Adam as Keras writes it, as pure functions: the state goes in and comes out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from generator.vgg.backend import tf

if TYPE_CHECKING:
    from generator.vgg.operations import Tensor

BETA_1 = 0.9
BETA_2 = 0.999
EPSILON = 1e-7


def step_size(learning_rate: float, step: int) -> float:
    """Return Adam's step size with its bias correction at `step`, counted from 1 (Kingma and Ba 2015, section 2)."""
    return learning_rate * math.sqrt(1.0 - BETA_2**step) / (1.0 - BETA_1**step)


def uphill(
    state: Tensor, first: Tensor, second: Tensor, gradient: Tensor, sizes: Tensor, sharing: float = 0.0
) -> tuple[Tensor, ...]:
    """Move the state one Adam step up the gradient.

    The epsilon stands outside the corrected root, as in Keras: the article's gradients are near 1e-6, so it shows.

    Adam lets every coefficient move at the same pace, however weak its gradient, and so fills a picture with every
    frequency there is. With `sharing`, the root of the second moment is a geometric mean of the coefficient's own and
    the picture's: strong frequencies lead, weak ones follow in proportion, as in plain gradient ascent.

    Args:
        state: float32, shape (batch, ...).
        first: running mean of the gradient, same shape.
        second: running mean of its square, same shape.
        gradient: same shape.
        sizes: float32, shape (batch,): `step_size` of each picture.
        sharing: 0 for Adam to 1 for one second moment per picture.

    Returns:
        The new state, first and second.

    """
    first = first + (gradient - first) * (1.0 - BETA_1)
    second = second + (tf.square(gradient) - second) * (1.0 - BETA_2)
    root = tf.sqrt(second)
    if sharing:
        inner = list(range(1, len(state.shape)))
        shared = tf.sqrt(tf.reduce_mean(second, axis=inner, keepdims=True))
        root = shared if sharing == 1.0 else tf.pow(root, 1.0 - sharing) * tf.pow(shared, sharing)
    sizes = tf.reshape(sizes, [-1] + [1] * (len(state.shape) - 1))
    return state + sizes * first / (root + EPSILON), first, second
