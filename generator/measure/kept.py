"""How much of a filter's mean is left when its picture is moved a little, and the picture's own peak.

Kind `kept`. The five passes forward, for the picture and its four moves, take as long as 2.5 steps of the ascent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.measure.moves import moved
from generator.records import MOVES, Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.vgg.gauge import Gauge

VERSION: Final = 1


def kept_of(gauge: Gauge, images: NDArray[np.uint8], filters: Sequence[int]) -> list[Kept | None]:
    """Return what every move leaves of each picture's mean; None for a filter that is at zero on its own picture.

    Args:
        gauge: of the layer, in float32.
        images: uint8 RGB, shape (batch, size, size, 3), as displayed.
        filters: the filter that each picture was made for.

    """
    own, peaks = gauge.filter_means_and_peaks(images.astype(np.float32), filters)
    # One move of all pictures at a time: no pass takes more memory than the first.
    views = np.stack([moved(image) for image in images], axis=1).astype(np.float32)
    means = np.stack([gauge.filter_means(view, filters) for view in views], axis=1)
    shares = np.divide(means, own[:, np.newaxis], out=np.zeros_like(means), where=own[:, np.newaxis] > 0)
    rows = zip(own.tolist(), shares.tolist(), peaks.tolist(), strict=True)
    return [Kept(**dict(zip(MOVES, row, strict=True)), peak=peak) if mean > 0 else None for mean, row, peak in rows]
