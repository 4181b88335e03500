"""How much of a filter's mean is left when its picture is moved a little. Kind `kept`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.measure.moves import MOVES, moved
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor

VERSION: Final = 1


class KeptReader:
    """Reads moved pictures of one layer's filters; compiled once for every size of picture."""

    def __init__(self, trunk: Trunk, layer: str, preprocessing: str) -> None:
        def means(pictures: Tensor, filters: Tensor) -> Tensor:
            inputs = preprocess(tf.cast(pictures, tf.float32), preprocessing)
            return tf.reduce_mean(tf.nn.relu(trunk.filter_maps(inputs, layer, filters)), axis=(1, 2))

        self._means = tf.function(means, reduce_retracing=True)

    def read(self, pictures: NDArray[np.uint8], filters: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the share of each picture's mean that every move leaves.

        All pictures and their moves are read at once: five passes forward for each.

        Args:
            pictures: uint8 RGB, shape (n, size, size, 3), as displayed.
            filters: int32, shape (n,): the filter whose picture each is.

        Returns:
            float32, shape (n, 4), in the order of `MOVES`; NaN for a filter that is at zero on its own picture.

        """
        views = np.concatenate([np.concatenate([picture[np.newaxis], moved(picture)]) for picture in pictures])
        means = self._means(views, np.repeat(filters, 1 + len(MOVES))).numpy().reshape(-1, 1 + len(MOVES))
        own = means[:, :1]
        shares: NDArray[np.float32] = np.divide(
            means[:, 1:], own, out=np.full_like(means[:, 1:], np.nan), where=own > 0
        )
        return shares
