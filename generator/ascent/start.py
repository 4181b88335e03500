"""The article's start: one noise picture, so one forward pass tells which of all filters are dead on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.ascent.canvas import PixelCanvas
from generator.catalogue import ARTICLE_SIZE_PX, LAYERS
from generator.recipes import DEFAULT_SEED
from generator.records import StartRecord
from generator.vgg.forward import preprocess

if TYPE_CHECKING:
    from generator.vgg.forward import Trunk


def article_starts(trunk: Trunk) -> tuple[StartRecord, ...]:
    """Return the mean of every filter's map on the article's noise picture, layer by layer, from one forward pass."""
    noise = PixelCanvas(ARTICLE_SIZE_PX).start(DEFAULT_SEED, LAYERS[0].name, 0)
    means = trunk.every_mean(preprocess(noise[np.newaxis], "raw"))
    return tuple(StartRecord(layer.name, mean.numpy()[0]) for layer, mean in zip(LAYERS, means, strict=True))
