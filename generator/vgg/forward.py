"""VGG16's trunk up to one layer: maps of each picture's own filter for the ascent, of all filters for the measures."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from generator.catalogue import LAYERS, Layer, layer_named
from generator.vgg.backend import tf
from generator.vgg.last_convolution import filter_maps, filter_parts, taps
from generator.vgg.operations import Convolve, Tensor, convolve_relu, direct, mirrored
from generator.vgg.winograd import fits, winograd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

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


def red_green_blue(channels: Tensor, how: str) -> Tensor:
    """Put what was read off the channels of `preprocess(pictures, how)`, along the last axis, in the order R, G, B."""
    return channels if how == "raw" else channels[..., ::-1]


def fastest(kernel: Tensor, bias: Tensor | None = None) -> Convolve:
    """Return the convolution with this kernel by the faster way; with a bias, that and the ReLU after it."""
    return winograd(kernel, bias) if fits(kernel) else direct(kernel, bias)


class Convolution:
    """One layer's weights in one precision, in the forms that the passes forward and backward and the last layer need.

    Each form is made when it is first wanted, outside any graph, so that every graph shares it.
    """

    def __init__(self, kernel: NDArray[np.float32], bias: NDArray[np.float32], dtype: Tensor) -> None:
        self.kernel = tf.cast(kernel, dtype)
        self.bias = tf.cast(bias, dtype)
        self._exact_bias = tf.constant(bias, tf.float32)

    @cached_property
    def _forward(self) -> Convolve:
        with tf.init_scope():
            return fastest(self.kernel, self.bias)

    @cached_property
    def _mirrored(self) -> Convolve:
        with tf.init_scope():
            return fastest(mirrored(self.kernel))

    def _backward(self, upstream: Tensor) -> Tensor:
        return self._mirrored(upstream)

    @cached_property
    def _taps(self) -> Tensor:
        with tf.init_scope():
            return taps(self.kernel)

    def apply(self, x: Tensor, *, pooled: bool = False) -> Tensor:
        """Return the layer's maps after the ReLU, shape (batch, height, width, out), or after the max pooling too."""
        return convolve_relu(x, self._forward, self._backward, pooled=pooled)

    def filter_maps(self, x: Tensor, filters: Tensor) -> Tensor:
        """Return each picture's own filter's map before the ReLU.

        Args:
            x: shape (batch, height, width, in).
            filters: int32, shape (batch,).

        Returns:
            float32, shape (batch, height, width).

        """
        maps = filter_maps(x, tf.gather(self._taps, filters))
        return maps + tf.gather(self._exact_bias, filters)[:, tf.newaxis, tf.newaxis]

    def filter_parts(self, x: Tensor, filters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what `Trunk.filter_parts` does, of the layer's own input; `x` and `filters` as in `filter_maps`."""
        maps, kernels = self.filter_maps(x, filters), tf.gather(self._taps, filters)
        above = tf.cast(maps > 0, tf.float32)
        places = tf.cast(tf.size(maps[0]), tf.float32)
        amounts = filter_parts(x, kernels, above / places)
        bias = tf.gather(self._exact_bias, filters) * tf.reduce_mean(above, axis=(1, 2))
        return amounts, bias, tf.reduce_mean(tf.nn.relu(maps), axis=(1, 2)), kernels


class Trunk:
    """VGG16's convolution base in one precision ("float32" or "bfloat16"); pictures in, maps out."""

    def __init__(self, tensors: Mapping[str, NDArray[np.float32]], precision: str) -> None:
        # Unless told, TensorFlow computes float32 as TF32 on GPUs from Ampere on: 10 bits of 23 are kept.
        tf.config.experimental.enable_tensor_float_32_execution(False)  # noqa: FBT003 - it takes no keyword
        self.dtype = tf.as_dtype(precision)
        self._convolutions = {
            layer.name: Convolution(tensors[f"{layer.name}/kernel"], tensors[f"{layer.name}/bias"], self.dtype)
            for layer in LAYERS
        }

    def filter_maps(self, inputs: Tensor, layer: str, filters: Tensor) -> Tensor:
        """Return the map before the ReLU of each picture's own filter.

        Args:
            inputs: preprocessed float32, shape (batch, size, size, 3).
            layer: name of the layer.
            filters: int32, shape (batch,): the filter of each picture.

        Returns:
            float32, shape (batch, size // stride, size // stride).

        """
        return self.filter_maps_and_means(inputs, layer, filters, ())[0]

    def filter_maps_and_means(
        self, inputs: Tensor, layer: str, filters: Tensor, way: Collection[str]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return `filter_maps`, and what happens on the way to them.

        Args:
            inputs: as in `filter_maps`, like the two that follow.
            layer: name of the layer.
            filters: the filter of each picture.
            way: names of earlier layers. One whose maps are pooled is told by its maps after that.

        Returns:
            The maps; and by the name of each layer of `way` the mean of every filter's map, after the ReLU: float32,
            shape (batch, filters).

        """
        into, means = self._into(inputs, layer_named(layer), way)
        return self._convolutions[layer].filter_maps(into, filters), means

    def filter_parts(self, inputs: Tensor, layer: str, filters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Split the mean of each picture's own filter's map, after the ReLU, into the parts that add up to it.

        Args:
            inputs: preprocessed float32, shape (batch, size, size, 3).
            layer: name of the layer; the trunk must compute in float32.
            filters: int32, shape (batch,): the filter of each picture.

        Returns:
            The part of each channel that the layer reads, float32 of shape (batch, in); the part of the bias, and the
            mean itself, float32 of shape (batch,); the filters' kernels, float32 of shape (batch, 9, in).

        """
        target = layer_named(layer)
        return self._convolutions[layer].filter_parts(self._into(inputs, target)[0], filters)

    def all_maps(self, inputs: Tensor, layer: str) -> Tensor:
        """Return the maps after the ReLU of every filter of the layer.

        Args:
            inputs: preprocessed float32, shape (batch, size, size, 3).
            layer: name of the layer.

        Returns:
            float32, shape (batch, size // stride, size // stride, filters).

        """
        target = layer_named(layer)
        return tf.cast(self._convolutions[layer].apply(self._into(inputs, target)[0]), tf.float32)

    def every_map(self, inputs: Tensor) -> Iterator[tuple[Layer, Tensor]]:
        """Yield each of the thirteen layers in order with the maps of its filters after the ReLU.

        Args:
            inputs: preprocessed float32, shape (batch, size, size, 3).

        Yields:
            The layer, and maps of shape (batch, size // stride, size // stride, filters) in the trunk's precision.

        """
        x = tf.cast(inputs, self.dtype)
        for layer in LAYERS:
            if _opens_block(layer):
                x = tf.nn.max_pool2d(x, 2, 2, "VALID")
            x = self._convolutions[layer.name].apply(x)
            yield layer, x

    def every_mean(self, inputs: Tensor) -> list[Tensor]:
        """Return, for each of the thirteen layers in order, the mean of every filter's map: shape (batch, filters)."""
        return [tf.reduce_mean(tf.cast(maps, tf.float32), axis=(1, 2)) for _, maps in self.every_map(inputs)]

    def _into(self, inputs: Tensor, target: Layer, way: Collection[str] = ()) -> tuple[Tensor, dict[str, Tensor]]:
        x, means = tf.cast(inputs, self.dtype), dict[str, Tensor]()
        for layer, following in pairwise(LAYERS):
            if layer is target:
                break
            x = self._convolutions[layer.name].apply(x, pooled=_opens_block(following))
            if layer.name in way:
                means[layer.name] = tf.reduce_mean(tf.cast(x, tf.float32), axis=(1, 2))
        return x, means


def _opens_block(layer: Layer) -> bool:
    """Say whether the layer reads pooled maps."""
    return layer.block > 1 and layer.index == 1
