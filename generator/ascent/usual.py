"""What photographs do to the layers on the way to a filter, and how far a picture is from that.

An ascent that asks for one filter alone reaches it by ways that no photograph takes: most filters of the layers before
answer far more, or less, than they ever do. The distance is what a pull towards photographs climbs down, after VITAL
(Gorgun et al. 2025), which matches whole distributions; here means are enough, and cost next to nothing.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from generator.catalogue import LAYERS, layer_named
from generator.vgg.backend import tf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor

TABLE: Final = "usual.npz"


class Usual(NamedTuple):
    """How the filters of one layer answer to photographs, as logarithms of the mean m of their maps: log(m + least).

    usual, spread: float32, shape (filters,): mean and standard deviation over the photographs. least: keeps the
    logarithm of a filter at zero a number.
    """

    usual: NDArray[np.float32]
    spread: NDArray[np.float32]
    least: np.float32


@cache
def usual_means() -> dict[str, Usual]:
    """Return what tests/bench/measure_usual.py measured with the ImageNet weights, by the layer's name."""
    with (files("generator.ascent") / TABLE).open("rb") as file, np.load(file) as stored:
        usual, spread, least = (stored[name].astype(np.float32) for name in Usual._fields)
    return {
        layer.name: Usual(usual[layer.span], spread[layer.span], least[place]) for place, layer in enumerate(LAYERS)
    }


def on_the_way(layer: str) -> tuple[str, ...]:
    """Return the earlier layers from the block before on, but for those that are only ever seen pooled."""
    target = layer_named(layer)
    return tuple(
        each.name
        for each, following in pairwise(LAYERS[: LAYERS.index(target) + 1])
        if each.block >= target.block - 1 and each.block == following.block
    )


def distance(means: Mapping[str, Tensor]) -> Tensor:
    """Return the mean square of how many standard deviations filters are from what photographs make them do.

    Args:
        means: by layer, the mean of every filter's map: float32, shape (batch, filters).

    Returns:
        Shape (batch,): the mean over the layers.

    """
    apart = [
        tf.reduce_mean(tf.square((tf.math.log(seen + known.least) - known.usual) / known.spread), axis=1)
        for name, seen in means.items()
        for known in (usual_means()[name],)
    ]
    return tf.add_n(apart) / len(apart)
