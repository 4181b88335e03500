"""Measure the photographs' spectrum that a canvas starts from: python tests/bench/measure_spectrum.py FOLDER.

Prints the tables of `generator/ascent/spectrum.py`. Every second photograph in the order of names is read, so that
the others are left to judge by (`judge_recipes.py`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generator.ascent.canvas import mixing_colours
from generator.ascent.spectrum import FREQUENCIES
from generator.catalogue import ARTICLE_SIZE_PX
from generator.measure.photo_folder import photo_folder
from generator.measure.photographs import fitted, read_content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

DARKEST = 0.02
"""Black and white have no finite logit: pixels are kept this far, of 1, from either."""


def measured(photographs: Iterable[NDArray[np.uint8]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the photographs' magnitudes at `FREQUENCIES`, shape (3, frequencies), and their levels, shape (3,).

    Logits in the canvas' colours, the photograph's mean taken away, under a Hann window (which keeps the jump from one
    border to the other out of the spectrum); the root of the mean power in rings half an octave to either side.
    """
    side = ARTICLE_SIZE_PX
    hann = np.hanning(side + 2)[1:-1]
    window = np.outer(hann, hann)
    window /= np.sqrt(np.square(window).mean())
    frequency = np.hypot(np.fft.fftfreq(side)[:, np.newaxis], np.fft.fftfreq(side)[np.newaxis, :])
    power, levels, count = np.zeros((3, side, side)), np.zeros(3), 0
    for photograph in photographs:
        share = np.clip(photograph / 255, DARKEST, 1 - DARKEST)
        planes = np.linalg.solve(mixing_colours(), np.log(share / (1 - share)).reshape(-1, 3).T).reshape(3, side, side)
        means = planes.mean(axis=(1, 2))
        levels += np.abs(means)
        power += np.square(np.abs(np.fft.fft2((planes - means[:, np.newaxis, np.newaxis]) * window)))
        count += 1
    density = power / count / side**2
    rings = [(frequency > 0) & (np.abs(np.log2(np.maximum(frequency, 1e-9) / each)) <= 0.5) for each in FREQUENCIES]
    return np.sqrt(np.stack([density[:, ring].mean(axis=1) for ring in rings], axis=1)), levels / count


def main() -> None:
    """Read every second photograph of the folder and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = photo_folder(parser.parse_args().folder).files[::2]
    magnitudes, levels = measured(fitted(read_content(file.path), str(file.path)) for file in files)
    print(f"{len(files)} photographs\nLEVELS = ({', '.join(f'{level:.3g}' for level in levels)})\nMAGNITUDES = (")
    for row in magnitudes:
        print(f"    ({', '.join(f'{value:.3g}' for value in row)}),")
    print(")")


if __name__ == "__main__":
    main()
