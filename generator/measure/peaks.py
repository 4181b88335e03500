"""What photographs do to every filter: how strongly each answers, and where. One forward pass for all thirteen layers.

Kind `peaks`, whose version stands in `kinds`. The size of a photograph's answer is its peak, the greatest value of a
filter's map after the ReLU.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.catalogue import ARTICLE_SIZE_PX, LAYERS
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor

PARTS: Final = 4
"""A map is cut into PARTS x PARTS parts, as even as whole places allow."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerPeaks:
    """What n photographs do to the filters of one layer.

    peaks: float32, shape (n, filters): the greatest value of each map, >= 0.
    places: int16, shape (n, filters, 2): the peak's row and column on the map, the first in reading order of equals;
        `Layer.field` turns them into pixels of the photograph.
    means: float32, shape (n, filters): the mean of each map.
    parts: float32, shape (n, PARTS * PARTS, filters): the greatest value in each part, in reading order.
    """

    peaks: NDArray[np.float32]
    places: NDArray[np.int16]
    means: NDArray[np.float32]
    parts: NDArray[np.float32]


class PeakReader:
    """Reads photographs through one trunk; compiled once, for batches of any size."""

    def __init__(self, trunk: Trunk) -> None:
        side = ARTICLE_SIZE_PX
        photographs = tf.TensorSpec((None, side, side, 3), tf.uint8)

        def everything(batch: Tensor) -> list[tuple[Tensor, ...]]:
            inputs = preprocess(tf.cast(batch, tf.float32), "imagenet")
            return [_read(tf.cast(maps, tf.float32)) for _, maps in trunk.every_map(inputs)]

        self._everything = tf.function(everything, input_signature=[photographs])

    def read(self, photographs: NDArray[np.uint8]) -> dict[str, LayerPeaks]:
        """Return what a batch of photographs does to every filter, by the layer's name.

        The batch is read at once and takes about 100 MB of memory for each photograph.

        Args:
            photographs: uint8 RGB, shape (n, 224, 224, 3).

        """
        found = self._everything(photographs)
        return {
            layer.name: LayerPeaks(*(tensor.numpy() for tensor in tensors))
            for layer, tensors in zip(LAYERS, found, strict=True)
        }


def joined(batches: list[Mapping[str, LayerPeaks]]) -> dict[str, LayerPeaks]:
    """Return the peaks of several batches as those of one, photographs in the same order."""
    return {
        name: LayerPeaks(
            np.concatenate([batch[name].peaks for batch in batches]),
            np.concatenate([batch[name].places for batch in batches]),
            np.concatenate([batch[name].means for batch in batches]),
            np.concatenate([batch[name].parts for batch in batches]),
        )
        for name in batches[0]
    }


def _read(maps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Reduce maps, float32 of shape (batch, side, side, filters), to the fields of `LayerPeaks`.

    The maps are gone through once, along their rows; what follows works on the strips that are left.
    """
    side = maps.shape[1]
    cuts = [part * side // PARTS for part in range(PARTS + 1)]
    spans = list(pairwise(cuts))
    strips = tf.stack([tf.reduce_max(maps[:, :, left:right], axis=2) for left, right in spans], axis=2)
    parts = tf.concat([tf.reduce_max(strips[:, above:below], axis=1) for above, below in spans], axis=1)
    rows = tf.argmax(tf.reduce_max(strips, axis=2), axis=1, output_type=tf.int32)
    columns = _first_greatest(maps, rows)
    places = tf.cast(tf.stack([rows, columns], axis=-1), tf.int16)
    return tf.reduce_max(parts, axis=1), places, tf.reduce_mean(maps, axis=(1, 2)), parts


def _first_greatest(maps: Tensor, rows: Tensor) -> Tensor:
    """Return the column of the greatest value in the row given for each photograph and filter: int32, as `rows`."""
    batch, filters = tf.shape(rows)[0], maps.shape[3]
    shape = (batch, filters, maps.shape[2])
    axes = [
        tf.range(batch)[:, tf.newaxis, tf.newaxis],
        rows[:, :, tf.newaxis],
        tf.range(maps.shape[2])[tf.newaxis, tf.newaxis, :],
        tf.range(filters)[tf.newaxis, :, tf.newaxis],
    ]
    indices = tf.stack([tf.broadcast_to(axis, shape) for axis in axes], axis=-1)
    return tf.argmax(tf.gather_nd(maps, indices), axis=2, output_type=tf.int32)
