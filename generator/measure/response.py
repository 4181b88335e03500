"""The measurement `response`: how every filter of a layer answers to a picture, as decoded from its published file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.measure.maps import TILES, tiles
from generator.records import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.vgg.gauge import Gauge


def responses(gauge: Gauge, images: NDArray[np.uint8], filters: Sequence[int]) -> list[Response]:
    """Return how the gauge's layer answers to each picture.

    Args:
        gauge: of the layer, in float32.
        images: uint8 RGB, shape (batch, size, size, 3), 0-255.
        filters: the filter that each picture was made for.

    """
    means, shown, maps = gauge.means_and_maps(images.astype(np.float32), filters, TILES)
    return [
        _response(own, row, places, planes)
        for own, row, places, planes in zip(filters, means, shown, maps, strict=True)
    ]


def _response(own: int, means: NDArray[np.float32], shown: NDArray[np.int32], maps: NDArray[np.float32]) -> Response:
    others = [place for place in range(1, len(shown)) if shown[place] != own]
    kept = [0, *others[: TILES - 1]]
    small, peak = tiles(maps[kept])
    return Response(own, means, small, tuple(int(shown[place]) for place in kept), peak)
