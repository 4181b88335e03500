"""Forward passes over finished pictures: means and peaks of maps, the maps of a few filters, the parts of one mean."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from generator.catalogue import LAYERS, layer_named
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess, red_green_blue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor


class Gauge:
    """Reads one layer's maps on pictures given as the network is meant to see them; always in the trunk's precision.

    The sides of the pictures are fixed, since the trunk chooses the faster convolution by them; the batch is open.
    """

    def __init__(self, trunk: Trunk, layer: str, preprocessing: str, height: int, width: int) -> None:
        def own(pictures: Tensor, filters: Tensor) -> tuple[Tensor, Tensor]:
            maps = tf.nn.relu(trunk.filter_maps(preprocess(pictures, preprocessing), layer, filters))
            return tf.reduce_mean(maps, axis=(1, 2)), tf.reduce_max(maps, axis=(1, 2))

        def earlier(pictures: Tensor) -> Tensor:
            maps = trunk.every_map(preprocess(pictures, preprocessing))
            before = LAYERS[: LAYERS.index(layer_named(layer))]
            return tf.concat([tf.reduce_mean(next(maps)[1], axis=(1, 2)) for _ in before], axis=1)

        def read(pictures: Tensor, filters: Tensor, strongest: int) -> tuple[Tensor, Tensor, Tensor]:
            maps = trunk.all_maps(preprocess(pictures, preprocessing), layer)
            means = tf.reduce_mean(maps, axis=(1, 2))
            shown = tf.concat((filters[:, tf.newaxis], tf.math.top_k(means, strongest).indices), axis=1)
            return means, shown, tf.gather(tf.transpose(maps, (0, 3, 1, 2)), shown, batch_dims=1)

        signature = [tf.TensorSpec((None, height, width, 3), tf.float32), tf.TensorSpec((None,), tf.int32)]
        self._own = tf.function(own, input_signature=signature)
        self._earlier = tf.function(earlier, input_signature=signature[:1]) if layer != LAYERS[0].name else None
        self._read = tf.function(read, input_signature=[*signature, tf.TensorSpec((), tf.int32)])

    def filter_means(self, pictures: NDArray[np.float32], filters: Sequence[int]) -> NDArray[np.float32]:
        """Return the mean of each picture's own filter's map.

        Args:
            pictures: float32 RGB, shape (batch, size, size, 3).
            filters: the filter of each picture.

        Returns:
            float32, shape (batch,).

        """
        return self.filter_means_and_peaks(pictures, filters)[0]

    def filter_means_and_peaks(
        self, pictures: NDArray[np.float32], filters: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and greatest value of each picture's own filter's map after the ReLU; arguments as above.

        Returns:
            float32, each of shape (batch,).

        """
        means, peaks = self._own(pictures, np.asarray(filters, np.int32))
        return means.numpy(), peaks.numpy()

    def earlier_means(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean of every filter's map of every earlier layer.

        Args:
            pictures: float32 RGB, shape (batch, size, size, 3).

        Returns:
            float32, shape (batch, filters of the earlier layers), one layer after the other; none for the first layer.

        """
        if self._earlier is None:
            return np.zeros((len(pictures), 0), np.float32)
        means: NDArray[np.float32] = self._earlier(pictures).numpy()
        return means

    def means_and_maps(
        self, pictures: NDArray[np.float32], filters: Sequence[int], strongest: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
        """Return the mean of every filter's map, and the maps of the picture's own filter and of the strongest ones.

        Args:
            pictures: float32 RGB, shape (batch, size, size, 3).
            filters: the filter of each picture.
            strongest: how many of the filters with the greatest means are shown, the own one perhaps among them.

        Returns:
            Means, float32 of shape (batch, filters); the shown filters, int32 of shape (batch, 1 + strongest), the own
            one first; their maps, float32 of shape (batch, 1 + strongest, side, side).

        """
        means, shown, maps = self._read(pictures, np.asarray(filters, np.int32), np.int32(strongest))
        return means.numpy(), shown.numpy(), maps.numpy()


@lru_cache(maxsize=1)  # pictures of one layer follow each other; graphs of earlier ones would only fill the memory
def parts_reader(
    trunk: Trunk, layer: str, preprocessing: str, height: int, width: int
) -> Callable[[NDArray[np.uint8], NDArray[np.int32]], tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Return `Trunk.filter_parts` of pictures of this size, uint8 RGB, shape (batch, height, width, 3), as one graph.

    The sides are fixed, since the trunk chooses the faster convolution by them; the batch is open. The first layer's
    channels are put in the order R, G, B.
    """

    def parts(pictures: Tensor, filters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        inputs = preprocess(tf.cast(pictures, tf.float32), preprocessing)
        amounts, bias, means, kernels = trunk.filter_parts(inputs, layer, filters)
        if layer == LAYERS[0].name:
            amounts, kernels = red_green_blue(amounts, preprocessing), red_green_blue(kernels, preprocessing)
        return amounts, bias, means, kernels

    signature = [tf.TensorSpec((None, height, width, 3), tf.uint8), tf.TensorSpec((None,), tf.int32)]
    compiled: Callable[..., tuple[Tensor, Tensor, Tensor, Tensor]] = tf.function(parts, input_signature=signature)
    return compiled
