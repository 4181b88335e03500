"""What a page says of a picture is true of the very file that it shows, by a network that is not ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generator.ascent.notebook import keras_model
from generator.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from generator.vgg.weights import Weights

pytestmark = pytest.mark.real

LAYERS = ("block1_conv2", "block3_conv1")
IMAGENET_MEAN_RGB = (123.68, 116.779, 103.939)


@pytest.mark.parametrize("recipe", ["draft", "article"])
def test_the_displayed_mean_is_that_of_the_published_file(recipe: str, tmp_path: Path, imagenet: Weights) -> None:
    words = f"build --recipe {recipe} --filters 0-1 --steps 6 --size 64"
    for layer in LAYERS:
        assert (
            run(
                [*words.split(), "--layer", layer, "--cache", str(tmp_path / "cache"), "--site", str(tmp_path / "site")]
            )
            == 0
        )
        model = keras_model(imagenet.tensors, layer)
        data = json.loads((tmp_path / "site" / "data" / recipe / f"{layer}.json").read_text())
        links = np.load(tmp_path / "site" / "data" / recipe / f"{layer}.links.npy").astype(np.float64)
        for row, one in enumerate(data["filters"]):
            with Image.open(tmp_path / "site" / one["image"]) as picture:
                shown = np.asarray(picture.convert("RGB"), np.float32)
            inputs = shown if recipe == "article" else (shown - IMAGENET_MEAN_RGB)[..., ::-1]
            maps = np.asarray(model.predict_on_batch(inputs[np.newaxis].astype(np.float32)))
            mean = float(maps[..., one["filter"]].mean())
            assert one["displayed_mean"] == pytest.approx(mean, rel=1e-3, abs=1e-6)
            assert links[row].sum() + one["links"]["bias"] == pytest.approx(mean, rel=1e-2, abs=1e-3)
            if recipe == "draft":
                assert one["displayed_mean"] >= 0.97 * one["image_mean"]
