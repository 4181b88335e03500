"""How far to trust a picture: whether the network handles it as it handles the filter's strongest photographs.

Kind `agreement`, after Geirhos et al. 2023, "Don't trust your eyes". At each earlier layer, with r the mean Spearman
correlation of the layer's mean activations:

    s = (r(picture, top) - r(random, top)) / (r(top, top) - r(random, top))

1: handled as the filter's strongest photographs are; 0: as any photograph is; below 0: as none is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from generator.catalogue import LAYERS, Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

VERSION: Final = 2

TOP: Final = 16
RANDOM: Final = 64
SEED: Final = 42

LEAST_ROOM: Final = 0.01
"""Below this r(top, top) - r(random, top) is mostly the draw's noise, and s would be anything at all."""


class Alike(NamedTuple):
    """Mean correlations at one layer, float64, shape (filters,): picture with top, random with top, among the top."""

    picture: NDArray[np.float64]
    random: NDArray[np.float64]
    top: NDArray[np.float64]

    def score(self) -> NDArray[np.float64]:
        """Return s, shape (filters,); NaN where the top is not more alike than any are by `LEAST_ROOM`."""
        room = self.top - self.random
        enough = room >= LEAST_ROOM
        return np.where(enough, (self.picture - self.random) / np.where(enough, room, 1.0), np.nan)


def chosen(peaks: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the photographs to compare with: each filter's strongest, and others drawn alike for every filter.

    Args:
        peaks: shape (photographs, filters), of at least `TOP` + `RANDOM` photographs.

    Returns:
        Shapes (filters, TOP) and (filters, RANDOM).

    """
    top = np.argsort(-peaks, axis=0, kind="stable")[:TOP].T
    drawn = np.random.default_rng(SEED).permutation(len(peaks))[: TOP + RANDOM]
    others = np.stack([drawn[~np.isin(drawn, own)][:RANDOM] for own in top])
    return top.astype(np.int64), others.astype(np.int64)


def likeness(
    pictures: NDArray[np.float32],
    photographs: NDArray[np.float32],
    top: NDArray[np.int64],
    random: NDArray[np.int64],
) -> Alike:
    """Return the mean correlations at one earlier layer.

    Args:
        pictures: shape (pictures, filters of the earlier layer): its mean activations on each filter's picture.
        photographs: shape (photographs, filters of the earlier layer): the same on each photograph, or its order alone.
        top: shape (pictures, n): photographs of each picture's filter, n > 1.
        random: shape (pictures, m).

    """
    seen, known = _unit_ranks(pictures), _unit_ranks(photographs)
    # Ranks scaled to length 1 correlate by their product, and a mean of products is a product with a mean.
    best, others = known[top].mean(axis=1), known[random].mean(axis=1)
    count = top.shape[1]
    among = ((best * best).sum(axis=1) * count - np.square(known).sum(axis=1)[top].mean(axis=1)) / (count - 1)
    return Alike((seen * best).sum(axis=1), (others * best).sum(axis=1), among)


def earlier(layer: Layer) -> tuple[Layer, ...]:
    """Return the layers before this one, at which agreement is read."""
    return LAYERS[: LAYERS.index(layer)]


def one_number(layer: Layer, profile: Mapping[str, Alike]) -> NDArray[np.float64] | None:
    """Return s over the earlier layers from the block before on, as one number; None for the first layer.

    It is s of the mean correlations, not the mean of each layer's s: a layer at which the top is hardly more alike
    than any photographs are would outweigh all others in that.

    Args:
        layer: the filters' own layer.
        profile: the correlations of each filter by the earlier layer's name.

    Returns:
        Shape (filters,); NaN where `Alike.score` is.

    """
    counted = [profile[each.name] for each in earlier(layer) if each.block >= layer.block - 1]
    if not counted:
        return None
    return Alike(*(np.mean(np.stack(each), axis=0) for each in zip(*counted, strict=True))).score()


def _unit_ranks(means: NDArray[np.float32]) -> NDArray[np.float64]:
    from scipy.stats import rankdata  # noqa: PLC0415 - takes seconds to import; pages are made of what is kept

    ranks = rankdata(means, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(ranks).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    return unit
