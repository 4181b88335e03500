from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import safetensors.numpy

from generator.catalogue import LAYERS
from generator.errors import BadWeights, MissingExtra
from generator.vgg.sources import own_source
from generator.vgg.tensors import TENSOR_SHAPES
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

Tensors = dict[str, "NDArray[np.float32]"]


@pytest.mark.usefixtures("_read_here")
@pytest.mark.parametrize(
    "layout",
    [
        "keras 3",
        "keras 3, layers by name",
        "late keras 2",
        "keras applications",
        "keras 2",
        "keras 3, legacy",
        "a whole model",
        "a nested base, keras 2",
    ],
)
def test_the_same_tensors_are_read_from_every_layout_of_keras(
    layout: str, layout_file: Callable[[str], Path], expected_fingerprint: str
) -> None:
    assert load_weights(str(layout_file(layout))).fingerprint == expected_fingerprint


def test_a_layer_is_known_by_the_name_that_keras_3_notes_beside_its_values(
    keras_3_file: Path, tensors: Tensors, expected_fingerprint: str
) -> None:
    with h5py.File(keras_3_file, "r+") as file:
        file.move("layers/conv2d_5", "layers/aside")
        file.move("layers/conv2d_6", "layers/conv2d_5")
        file.move("layers/aside", "layers/conv2d_6")
        file["layers/conv2d_5/vars"].attrs["name"] = LAYERS[6].name
        file["layers/conv2d_6/vars"].attrs["name"] = np.bytes_(LAYERS[5].name)
    weights = load_weights(str(keras_3_file))
    assert weights.fingerprint == expected_fingerprint
    assert np.array_equal(weights.tensors["block3_conv2/bias"], tensors["block3_conv2/bias"])


def test_the_dense_layers_and_the_optimiser_of_a_whole_model_are_left_alone(
    keras_3_file: Path, expected_fingerprint: str
) -> None:
    with h5py.File(keras_3_file, "r+") as file:
        file["layers/dense/vars/0"] = np.zeros((4, 4), np.float32)
        file["layers/dense/vars"].attrs["name"] = "fc1"
        file["layers/dense_2/vars/1"] = np.zeros(1000, np.float64)
        file["optimizer/vars/0"] = np.int64(7)
        file.create_group("layers/flatten/vars")
    assert load_weights(str(keras_3_file)).fingerprint == expected_fingerprint


def test_the_dense_layers_of_a_legacy_file_are_left_alone(
    layout_file: Callable[[str], Path], tmp_path: Path, expected_fingerprint: str
) -> None:
    path = tmp_path / "with_top.h5"
    path.write_bytes(layout_file("keras applications").read_bytes())
    with h5py.File(path, "r+") as file:
        file["fc1/fc1_W_1:0"] = np.zeros((4, 4), np.float32)
        file["predictions/predictions_b_1:0"] = np.zeros(4, np.float32)
        file.create_group("block1_pool")
        file.create_group("flatten")
    assert load_weights(str(path)).fingerprint == expected_fingerprint


@pytest.mark.parametrize("separator", ["/", "."])
def test_safetensors_are_read_under_either_spelling(
    separator: str, tmp_path: Path, tensors: Tensors, expected_fingerprint: str
) -> None:
    path = tmp_path / "mine.safetensors"
    named = {name.replace("/", separator): tensor for name, tensor in tensors.items()}
    safetensors.numpy.save_file({**named, f"fc1{separator}bias": np.zeros(4, np.float32)}, path)
    weights = load_weights(str(path))
    assert weights.fingerprint == expected_fingerprint
    assert not weights.is_imagenet
    assert not any(tensor.flags.writeable for tensor in weights.tensors.values())


def test_weights_come_in_the_networks_order_as_float32_that_nobody_can_change(keras_3_file: Path) -> None:
    weights = load_weights(str(keras_3_file))
    assert {name: tensor.shape for name, tensor in weights.tensors.items()} == TENSOR_SHAPES
    assert list(weights.tensors) == list(TENSOR_SHAPES)
    assert {tensor.dtype for tensor in weights.tensors.values()} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match="read-only"):
        weights.tensors["block1_conv1/bias"][0] = 1


def test_a_source_is_described_without_its_folder(keras_3_file: Path) -> None:
    found = own_source(str(keras_3_file))
    assert found.described == "the file mine.weights.h5"
    assert found.path == keras_3_file
    assert found.kind == "hdf5"


def test_finding_does_not_read_what_it_finds(tmp_path: Path) -> None:
    path = tmp_path / "broken.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n and nothing more")
    assert own_source(str(path)).kind == "hdf5"
    with pytest.raises(BadWeights, match="is a damaged HDF5 file"):
        load_weights(str(path))


def test_a_missing_library_is_told_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tensors: Tensors
) -> None:
    path = tmp_path / "mine.safetensors"
    safetensors.numpy.save_file(tensors, path)
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    with pytest.raises(MissingExtra, match=r"pip install 'vgg-atlas\[safetensors\]'"):
        load_weights(str(path))
