"""Files that Keras itself writes, so that our idea of its layouts is not only ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from generator.vgg.tensors import TENSOR_SHAPES
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from pathlib import Path


# TensorFlow's tensors have not followed NumPy 2 yet; nothing of ours converts them here.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


@pytest.fixture(scope="module")
def model() -> Any:
    """Return Keras' VGG16 with random weights."""
    keras.utils.set_random_seed(1)
    return keras.applications.VGG16(weights=None, include_top=False)


def expect_the_models(path: Path, model: Any) -> None:
    weights = load_weights(str(path))
    for name in TENSOR_SHAPES:
        layer, part = name.split("/")
        kernel, bias = model.get_layer(layer).get_weights()
        assert np.array_equal(weights.tensors[name], kernel if part == "kernel" else bias), name


def test_weights_saved_by_keras_3_are_read(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.weights.h5"
    model.save_weights(path)
    expect_the_models(path, model)


def test_a_whole_model_saved_in_the_legacy_format_is_read_as_tensors(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    model.save(path)
    expect_the_models(path, model)
