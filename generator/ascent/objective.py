"""What is climbed: the article's loss, and the way up for a filter that is at zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.vgg.backend import tf

if TYPE_CHECKING:
    from generator.vgg.operations import Tensor


def loss(maps: Tensor) -> Tensor:
    """Return the mean of each map after the ReLU: (batch, height, width) before it -> (batch,), float32, >= 0."""
    return tf.reduce_mean(tf.nn.relu(maps), axis=(1, 2))


def climbed(maps: Tensor, losses: Tensor, *, warm_start: bool, leak: float) -> Tensor:
    """Return what to climb for each picture, shape (batch,).

    The map after the ReLU has no gradient where it is zero; the map before it has. With `warm_start`, a picture whose
    filter is at zero climbs the mean before the ReLU until the filter wakes. With a `leak`, the negative values before
    the ReLU count a little beside the loss, so that no corner of the picture is left as it began.
    """
    goal = losses
    if leak:
        goal = losses + leak * tf.reduce_mean(tf.minimum(maps, 0.0), axis=(1, 2))
    if warm_start:
        goal = tf.where(losses > 0.0, goal, tf.reduce_mean(maps, axis=(1, 2)))
    return goal


def pulled(goal: Tensor, losses: Tensor, distance: Tensor, pull: float) -> Tensor:
    """Return the goal less `pull` times the distance to photographs, which counts in parts of the loss as it stands.

    So the pull is as strong for a filter of small values as for one of great ones, and a filter at zero feels none.
    All are of shape (batch,).
    """
    return goal - pull * tf.stop_gradient(losses) * distance
