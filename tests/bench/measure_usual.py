"""Measure what photographs make every filter do on the average: python tests/bench/measure_usual.py FOLDER.

Writes the table of `generator/ascent/usual.py`. Every second photograph in the order of names is read, as in
`measure_spectrum.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generator.ascent import usual
from generator.catalogue import LAYERS
from generator.measure.peaks import PeakReader
from generator.measure.photo_folder import photo_folder
from generator.measure.photographs import fitted, read_content
from generator.vgg.forward import Trunk
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST = 0.1
"""Part of a layer's mean that is added before the logarithm: below it, less is as good as none."""

NARROWEST = 0.05
"""Added to every spread, so that no filter outweighs the others because photographs hardly move it."""

READ_AT_ONCE = 8


def measured(means: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.floating]]:
    """Return the table, from every layer's means on the photographs: shape (photographs, filters)."""
    least = [LEAST * each.mean() for each in means]
    logarithms = [np.log(each + floor) for each, floor in zip(means, least, strict=True)]
    return {
        "usual": np.concatenate([each.mean(axis=0) for each in logarithms]).astype(np.float16),
        "spread": np.concatenate([each.std(axis=0) + NARROWEST for each in logarithms]).astype(np.float16),
        "least": np.array(least, np.float32),
    }


def main() -> None:
    """Read every second photograph of the folder and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=Path(usual.__file__).with_name(usual.TABLE))
    asked = parser.parse_args()
    reader = PeakReader(Trunk(load_weights("imagenet").tensors, "float32"))
    files = photo_folder(asked.folder).files[::2]
    images = [fitted(read_content(file.path), str(file.path)) for file in files]
    batches = [
        reader.read(np.stack(images[place : place + READ_AT_ONCE])) for place in range(0, len(images), READ_AT_ONCE)
    ]
    means = [np.concatenate([batch[layer.name].means for batch in batches]) for layer in LAYERS]
    np.savez(asked.to, allow_pickle=False, **measured(means))
    print(f"{len(files)} photographs; written to {asked.to.name}")


if __name__ == "__main__":
    main()
