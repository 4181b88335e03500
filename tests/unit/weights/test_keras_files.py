"""Files that Keras itself writes, so that our idea of its layouts is not only ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from generator.errors import BadWeights
from generator.vgg.tensors import TENSOR_SHAPES
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# TensorFlow's tensors have not followed NumPy 2 yet; nothing of ours converts them here.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


@pytest.fixture(scope="module")
def model() -> Any:
    """Return Keras' VGG16 with random weights."""
    keras.utils.set_random_seed(1)
    return keras.applications.VGG16(weights=None, include_top=False)


def before_a_head(base: Any) -> Any:
    """Return the model that most fine-tuning begins with."""
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)]
    return keras.Sequential([keras.layers.Input((32, 32, 3)), base, *head])


def between_convolutions(base: Any) -> Any:
    """Return a functional model with convolutions of its own, which are called and numbered as the base's are."""
    pictures = keras.Input((32, 32, 3))
    maps = keras.layers.Conv2D(4, 1)(base(keras.layers.Conv2D(3, 1)(pictures)))
    return keras.Model(pictures, keras.layers.GlobalAveragePooling2D()(maps))


def inside_another(base: Any) -> Any:
    """Return a model whose encoder is a model that holds the base."""
    encoder = keras.Sequential([base, keras.layers.Flatten()])
    return keras.Sequential([keras.layers.Input((32, 32, 3)), encoder, keras.layers.Dense(2)])


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


@pytest.mark.parametrize("fine_tuned", [before_a_head, between_convolutions, inside_another])
@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
def test_the_base_of_a_fine_tuned_model_is_read(
    suffix: str, fine_tuned: Callable[[Any], Any], model: Any, tmp_path: Path
) -> None:
    path, whole = tmp_path / f"mine{suffix}", fine_tuned(model)
    (whole.save if suffix == ".h5" else whole.save_weights)(path)
    expect_the_models(path, model)


def test_a_model_without_a_vgg16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(2)]).save_weights(path)
    with pytest.raises(BadWeights, match="lacks block1_conv1/kernel and so is not VGG16's"):
        load_weights(str(path))
