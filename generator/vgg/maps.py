"""Every layer's maps of one picture, in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def maps_of(trunk: Trunk, picture: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield each of the thirteen layers' names in order with the maps of its filters after the ReLU.

    Args:
        trunk: of the weights.
        picture: uint8 RGB, shape (height, width, 3), fed with ImageNet's mean subtracted.

    Yields:
        The name, and maps of shape (height // stride, width // stride, filters).

    """
    inputs = preprocess(tf.cast(picture[np.newaxis], tf.float32), "imagenet")
    for layer, maps in trunk.every_map(inputs):
        yield layer.name, tf.cast(maps[0], tf.float32).numpy()
