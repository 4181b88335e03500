"""The spectrum of photographs: how strong each frequency is in them, on the average.

The magnitudes of a photograph's Fourier series are alike from one to the next; what it shows is in the phases
(Oppenheim and Lim 1981; used for pictures of filters by Fel et al. 2023, "Unlocking feature visualization", MACO).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FREQUENCIES: Final = (0.0057, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)
"""Cycles a pixel."""

MAGNITUDES: Final = (
    (95.3, 43.5, 18.8, 8.60, 3.87, 1.70, 0.742, 0.345),
    (100.0, 49.4, 22.3, 9.82, 4.01, 1.40, 0.501, 0.314),
    (95.8, 48.7, 21.6, 9.96, 4.21, 1.80, 0.698, 0.427),
)
"""For each colour of the canvas, at each frequency: root of the mean power of the logits, for each pixel.

Measured by tests/bench/measure_spectrum.py on 500 of the thousand photographs that the published atlas reads, which
are of ImageNet's classes, at 224 px.
"""

LEVELS: Final = (1.18, 1.66, 1.26)
"""For each colour, how far a photograph's mean logit is from grey, on the average."""


def magnitudes(size_px: int) -> NDArray[np.float64]:
    """Return the magnitudes of a photograph's half spectrum: shape (3, size, size // 2 + 1), as `numpy.fft.rfft2`.

    The same in all directions: kept apart by direction, the many upright and level edges of photographs draw grids.
    """
    frequency = np.hypot(np.fft.fftfreq(size_px)[:, np.newaxis], np.fft.rfftfreq(size_px)[np.newaxis, :])
    frequency[0, 0] = FREQUENCIES[0]
    known = np.log(FREQUENCIES)
    found = np.stack([np.exp(np.interp(np.log(frequency), known, np.log(row))) for row in MAGNITUDES]) * size_px
    found[:, 0, 0] = np.array(LEVELS) * size_px**2
    return found
