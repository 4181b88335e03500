"""Agreement of pictures with the photographs of a set, from what is stored; without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.measure.agreement import RANDOM, TOP, chosen, earlier, likeness, one_number
from generator.records import Agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from generator.catalogue import Layer


def agreements(
    layer: Layer,
    profiles: Mapping[int, NDArray[np.float16]],
    peaks: NDArray[np.float16],
    ranks_of: Callable[[str], NDArray[np.uint8]],
) -> dict[int, Agreement]:
    """Return how far the network handles pictures of a layer's filters as it does their strongest photographs.

    Args:
        layer: of the filters.
        profiles: by filter, what its picture does to the layers before: the mean of every filter, one layer after the
            other in the catalogue's order.
        peaks: shape (photographs, filters of the layer).
        ranks_of: gives how an earlier layer's means are ordered on each photograph: shape (photographs, filters of that
            layer).

    Returns:
        By filter; nothing where there are fewer than `TOP` + `RANDOM` photographs, or no earlier layer.

    """
    before = earlier(layer)
    if not before or not profiles or len(peaks) < TOP + RANDOM:
        return {}
    numbers = sorted(profiles)
    top, others = (places[numbers] for places in chosen(peaks.astype(np.float32)))
    # Only the photographs that are compared with are ranked.
    used, places = np.unique(np.concatenate((top, others), axis=1), return_inverse=True)
    places = places.reshape(len(numbers), -1)
    pictures = np.stack([profiles[number] for number in numbers]).astype(np.float32)
    profile = {
        each.name: likeness(
            pictures[:, each.span], ranks_of(each.name)[used].astype(np.float32), places[:, :TOP], places[:, TOP:]
        )
        for each in before
    }
    by_layer = np.stack([alike.score() for alike in profile.values()], axis=1)
    overall = one_number(layer, profile)
    return {
        number: Agreement(
            None if overall is None else _known(overall[place]), tuple(_known(score) for score in by_layer[place])
        )
        for place, number in enumerate(numbers)
    }


def _known(score: float) -> float | None:
    return None if np.isnan(score) else float(np.float32(score))
