"""Forward passes over finished pictures: the mean of every filter's map, the maps of a few, the parts of one mean."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from generator.catalogue import LAYERS
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess, red_green_blue

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor


class Gauge:
    """Reads one layer's maps on pictures given as the network is meant to see them; always in the trunk's precision."""

    def __init__(self, trunk: Trunk, layer: str, preprocessing: str) -> None:
        picture = tf.TensorSpec((None, None, None, 3), tf.float32)

        def maps(pictures: Tensor) -> Tensor:
            return trunk.all_maps(preprocess(pictures, preprocessing), layer)

        def means(pictures: Tensor) -> Tensor:
            return tf.reduce_mean(maps(pictures), axis=(1, 2))

        def means_and_maps(pictures: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
            everything = maps(pictures)
            chosen = tf.gather(tf.transpose(everything, (0, 3, 1, 2)), shown, batch_dims=1)
            return tf.reduce_mean(everything, axis=(1, 2)), chosen

        self._means = tf.function(means, input_signature=[picture])
        self._means_and_maps = tf.function(
            means_and_maps, input_signature=[picture, tf.TensorSpec((None, None), tf.int32)]
        )

    def means(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean of every filter's map.

        Args:
            pictures: float32 RGB, shape (batch, size, size, 3).

        Returns:
            float32, shape (batch, filters).

        """
        means: NDArray[np.float32] = self._means(pictures).numpy()
        return means

    def means_and_maps(
        self, pictures: NDArray[np.float32], shown: NDArray[np.int32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the means as `means` does and the maps of chosen filters.

        Args:
            pictures: float32 RGB, shape (batch, size, size, 3).
            shown: int32, shape (batch, n): the filters to read on each picture.

        Returns:
            float32 of shape (batch, filters), and float32 of shape (batch, n, side, side).

        """
        means, maps = self._means_and_maps(pictures, shown)
        return means.numpy(), maps.numpy()


@lru_cache(maxsize=1)  # pictures of one layer follow each other; graphs of earlier ones would only fill the memory
def parts_reader(
    trunk: Trunk, layer: str, preprocessing: str, height: int, width: int
) -> Callable[[NDArray[np.uint8], NDArray[np.int32]], tuple[Tensor, Tensor, Tensor]]:
    """Return `Trunk.filter_parts` of pictures of this size, uint8 RGB, shape (batch, height, width, 3), as one graph.

    The sides are fixed, since the trunk chooses the faster convolution by them; the batch is open. The first layer's
    channels are put in the order R, G, B.
    """

    def parts(pictures: Tensor, filters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        inputs = preprocess(tf.cast(pictures, tf.float32), preprocessing)
        amounts, bias, means = trunk.filter_parts(inputs, layer, filters)
        return red_green_blue(amounts, preprocessing) if layer == LAYERS[0].name else amounts, bias, means

    signature = [tf.TensorSpec((None, height, width, 3), tf.uint8), tf.TensorSpec((None,), tf.int32)]
    compiled: Callable[..., tuple[Tensor, Tensor, Tensor]] = tf.function(parts, input_signature=signature)
    return compiled
