"""VGG16's trunk up to one layer: maps of each picture's own filter for the ascent, of all filters for the measures."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from generator.catalogue import LAYERS, Layer, layer_named
from generator.vgg.backend import tf
from generator.vgg.operations import Tensor, convolve, convolve_relu, max_pool, mirrored

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean of ImageNet's training pictures, channel by channel, that VGG16 was trained on (Keras' `preprocess_input`)."""


def preprocess(pictures: Tensor, how: str) -> Tensor:
    """Turn pictures into the network's input.

    Args:
        pictures: float32 RGB, shape (batch, height, width, 3), 0-255.
        how: "raw" feeds them as they are, as the article does; "imagenet" reverses to BGR and subtracts the mean.

    Returns:
        float32, same shape.

    """
    if how == "raw":
        return pictures
    return pictures[..., ::-1] - tf.constant(IMAGENET_MEAN_BGR, tf.float32)


class Convolution:
    """One layer's weights in one precision, with the mirrored kernel of the backward pass beside the kernel."""

    def __init__(self, kernel: NDArray[np.float32], bias: NDArray[np.float32], dtype: Tensor) -> None:
        self.kernel = tf.cast(kernel, dtype)
        self.bias = tf.cast(bias, dtype)
        self._exact_bias = tf.constant(bias, tf.float32)

    @cached_property
    def mirrored(self) -> Tensor:
        """Kernel of the input gradient, shape (3, 3, out, in); made outside any graph so that every graph shares it."""
        with tf.init_scope():
            return tf.identity(mirrored(self.kernel))

    def apply(self, x: Tensor) -> Tensor:
        """Return the layer's maps after the ReLU, shape (batch, height, width, out)."""
        return convolve_relu(x, self.kernel, self.mirrored, self.bias)

    def own(self, x: Tensor, filters: Tensor) -> Tensor:
        """Return each picture's own filter's map before the ReLU.

        Only the kernels of the filters in the batch are applied, and each picture is read at its own.

        Args:
            x: shape (batch, height, width, in).
            filters: int32, shape (batch,).

        Returns:
            float32, shape (batch, height, width).

        """
        kernels = tf.gather(self.kernel, filters, axis=3)
        maps = convolve(x, kernels, tf.gather(self.mirrored, filters, axis=2))
        places = tf.range(tf.shape(filters)[0])[:, tf.newaxis]
        own = tf.squeeze(tf.gather(maps, places, axis=3, batch_dims=1), axis=3)
        return tf.cast(own, tf.float32) + tf.gather(self._exact_bias, filters)[:, tf.newaxis, tf.newaxis]


class Trunk:
    """VGG16's convolution base in one precision ("float32" or "bfloat16"); pictures in, maps out."""

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], precision: str) -> None:
        self.dtype = tf.as_dtype(precision)
        self._convolutions = {
            layer.name: Convolution(tensors[f"{layer.name}/kernel"], tensors[f"{layer.name}/bias"], self.dtype)
            for layer in LAYERS
        }

    def own_maps(self, inputs: Tensor, layer: str, filters: Tensor) -> Tensor:
        """Return the map before the ReLU of each picture's own filter.

        Args:
            inputs: preprocessed float32, shape (batch, size, size, 3).
            layer: name of the layer.
            filters: int32, shape (batch,): the filter of each picture.

        Returns:
            float32, shape (batch, size // stride, size // stride).

        """
        target = layer_named(layer)
        return self._convolutions[layer].own(self._into(inputs, target), filters)

    def all_maps(self, inputs: Tensor, layer: str) -> Tensor:
        """Return the maps after the ReLU of every filter of the layer.

        Args:
            inputs: preprocessed float32, shape (batch, size, size, 3).
            layer: name of the layer.

        Returns:
            float32, shape (batch, size // stride, size // stride, filters).

        """
        target = layer_named(layer)
        return tf.cast(self._convolutions[layer].apply(self._into(inputs, target)), tf.float32)

    def every_mean(self, inputs: Tensor) -> list[Tensor]:
        """Return, for each of the thirteen layers in order, the mean of every filter's map: shape (batch, filters)."""
        x, means = tf.cast(inputs, self.dtype), []
        for layer in LAYERS:
            x = self._convolutions[layer.name].apply(_entered(x, layer))
            means.append(tf.reduce_mean(tf.cast(x, tf.float32), axis=(1, 2)))
        return means

    def _into(self, inputs: Tensor, target: Layer) -> Tensor:
        x = tf.cast(inputs, self.dtype)
        for layer in LAYERS:
            x = _entered(x, layer)
            if layer is target:
                break
            x = self._convolutions[layer.name].apply(x)
        return x


def _entered(x: Tensor, layer: Layer) -> Tensor:
    return max_pool(x) if layer.block > 1 and layer.index == 1 else x
