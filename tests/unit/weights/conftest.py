"""Small files with VGG16's tensors: every value compressible, so that 59 MB of weights weigh a few hundred KB."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Protocol

import h5py
import numpy as np
import pytest

from generator.catalogue import LAYERS
from generator.vgg import weights
from generator.vgg.hdf5_file import read_hdf5
from generator.vgg.tensors import TENSOR_SHAPES, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


class Place(Protocol):
    """Where a layout keeps a tensor: the group of a layer, and the names of its kernel and bias in it."""

    def __call__(self, index: int, layer: str) -> tuple[str, str, str]: ...


def _keras_3(index: int, _layer: str) -> tuple[str, str, str]:
    return f"layers/conv2d{f'_{index}' if index else ''}/vars", "0", "1"


LAYOUTS: dict[str, Place] = {
    "keras 3": _keras_3,
    "keras 3, layers by name": lambda _index, layer: (f"layers/{layer}/vars", "0", "1"),
    "late keras 2": lambda _, layer: (f"_layer_checkpoint_dependencies/{layer}/vars", "0", "1"),
    "keras applications": lambda _, layer: (layer, f"{layer}_W_1:0", f"{layer}_b_1:0"),
    "keras 2": lambda _, layer: (f"{layer}/{layer}", "kernel:0", "bias:0"),
    "keras 3, legacy": lambda _, layer: (f"{layer}/{layer}", "kernel", "bias"),
    "a whole model": lambda _, layer: (f"model_weights/{layer}/{layer}", "kernel:0", "bias:0"),
    "a nested base, keras 2": lambda _, layer: (f"model_weights/vgg16/{layer}", "kernel:0", "bias:0"),
}


@pytest.fixture(scope="session")
def tensors() -> dict[str, NDArray[np.float32]]:
    """Return made-up tensors, each constant, no two the same."""
    return {
        name: np.full(shape, (place - 13) / 64, np.float32) for place, (name, shape) in enumerate(TENSOR_SHAPES.items())
    }


@pytest.fixture(scope="session")
def expected_fingerprint(tensors: dict[str, NDArray[np.float32]]) -> str:
    """Return the fingerprint of the made-up tensors."""
    return fingerprint(tensors)


@pytest.fixture(scope="session")
def layout_file(
    tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, NDArray[np.float32]]
) -> Callable[[str], Path]:
    """Return a function that gives the file of a layout; it is written once and not to be changed."""
    folder = tmp_path_factory.mktemp("layouts")

    def given(layout: str) -> Path:
        path = folder / f"{layout}.h5"
        if not path.exists():
            with h5py.File(path, "w") as file:
                for index, layer in enumerate(LAYERS):
                    group, *names = LAYOUTS[layout](index, layer.name)
                    for name, part in zip(names, ("kernel", "bias"), strict=True):
                        values = tensors[f"{layer.name}/{part}"]
                        file.create_dataset(f"{group}/{name}", data=values, compression=1)
        return path

    return given


@pytest.fixture
def keras_3_file(layout_file: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a good Keras 3 file that a test may spoil."""
    path = tmp_path / "mine.weights.h5"
    shutil.copyfile(layout_file("keras 3"), path)
    return path


@pytest.fixture
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read HDF5 files in this process, for tests of what is read: a process for each would cost more than all else."""
    monkeypatch.setattr(weights, "read_hdf5_apart", read_hdf5)
