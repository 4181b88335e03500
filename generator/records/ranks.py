"""How strongly a layer's filters answer to one photograph, by their order alone: all that agreement asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.catalogue import LAYERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS: Final = 256
"""As many as a byte tells apart, and as most layers have filters."""


def ranks(means: NDArray[np.float16]) -> NDArray[np.uint8]:
    """Return the place of each mean among those of its layer, from the least on, in `STEPS` steps; equals share one.

    means: of the maps of all filters on a photograph, one layer after the other in the catalogue's order.
    """
    return np.concatenate([_ranks(means[layer.span]) for layer in LAYERS])


def _ranks(means: NDArray[np.float16]) -> NDArray[np.uint8]:
    ordered = np.sort(means)
    twice = np.searchsorted(ordered, means, "left") + np.searchsorted(ordered, means, "right") - 1
    return (twice * STEPS // (2 * len(means))).astype(np.uint8)
