"""Files that are refused: spoiled, of the wrong kind, or made to do harm.

What must not be opened is a pipe, on which a reader would wait for ever.
"""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import safetensors.numpy

from generator.errors import BadWeights
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

KERNEL = "layers/conv2d_2/vars/0"
BIAS = "layers/conv2d_2/vars/1"
KERNEL_SHAPE = (3, 3, 64, 128)
Spoil = "Callable[[h5py.File, Path], None]"


def refused(path: Path | str) -> str:
    """Return the sentence with which the file is refused."""
    with pytest.raises(BadWeights) as raised:
        load_weights(str(path))
    sentence = str(raised.value)
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence


def put(place: str, **how: object) -> Callable[[h5py.File, Path], None]:
    """Return a function that puts another dataset in `place`."""

    def spoil(file: h5py.File, _pipe: Path) -> None:
        del file[place]
        file.create_dataset(place, **how)

    return spoil


def link(place: str, make: Callable[[Path], object]) -> Callable[[h5py.File, Path], None]:
    """Return a function that puts a link in `place`."""

    def spoil(file: h5py.File, pipe: Path) -> None:
        if place in file:
            del file[place]
        file[place] = make(pipe)

    return spoil


def virtual(file: h5py.File, pipe: Path) -> None:
    del file[KERNEL]
    layout = h5py.VirtualLayout(KERNEL_SHAPE, np.float32)
    layout[...] = h5py.VirtualSource(str(pipe), "data", shape=KERNEL_SHAPE)
    file.create_virtual_dataset(KERNEL, layout)


def stored_elsewhere(file: h5py.File, pipe: Path) -> None:
    del file[KERNEL]
    file.create_dataset(KERNEL, KERNEL_SHAPE, np.float32, external=[(str(pipe), 0, h5py.h5f.UNLIMITED)])


def nested(file: h5py.File, _pipe: Path) -> None:
    file.create_group("/".join("abcdefghijkl"))


def endless(file: h5py.File, _pipe: Path) -> None:
    file["optimizer/again"] = file.create_group("optimizer")


def crowded(file: h5py.File, _pipe: Path) -> None:
    for number in range(2100):
        file.create_group(f"layers/{number}")


def named_type(file: h5py.File, _pipe: Path) -> None:
    file["layers/type"] = np.dtype("f4")


def missing(file: h5py.File, _pipe: Path) -> None:
    del file[BIAS]


def twice(file: h5py.File, _pipe: Path) -> None:
    file["layers/block2_conv1/vars/1"] = np.zeros(128, np.float32)


def of_another_layer(file: h5py.File, _pipe: Path) -> None:
    file["layers/conv2d_2/vars"].attrs["name"] = "encoder/stem\x1b[2J"


def long_names(file: h5py.File, _pipe: Path) -> None:
    file["layers/conv2d_2/vars/" + "n" * 5000] = np.zeros(4)


def not_finite(value: float) -> Callable[[h5py.File, Path], None]:
    def spoil(file: h5py.File, _pipe: Path) -> None:
        file[KERNEL][2, 2, 63, 127] = value

    return spoil


HOSTILE: dict[str, tuple[Callable[[h5py.File, Path], None], str]] = {
    "an external link in a tensor's place": (
        link(KERNEL, lambda pipe: h5py.ExternalLink(str(pipe), "/data")),
        "is a link to somewhere else",
    ),
    "an external link in a group's place": (
        link("layers/conv2d_2", lambda pipe: h5py.ExternalLink(str(pipe), "/")),
        "is a link to somewhere else",
    ),
    "an external link where nothing is wanted": (
        link("optimizer/vars/0", lambda pipe: h5py.ExternalLink(str(pipe), "/data")),
        "is a link to somewhere else",
    ),
    "a soft link": (link(KERNEL, lambda _: h5py.SoftLink("/layers/conv2d_3/vars/0")), "is a link to somewhere else"),
    "a soft link to itself": (
        link("layers/self", lambda _: h5py.SoftLink("/layers/self")),
        "is a link to somewhere else",
    ),
    "a virtual dataset": (virtual, "is a virtual dataset"),
    "values in another file": (stored_elsewhere, "keeps its values in another file"),
    "a filter from a plug-in": (
        put(KERNEL, data=np.zeros(KERNEL_SHAPE, np.float32), compression="lzf"),
        "compressed with a filter that is not part of HDF5",
    ),
    "a wrong shape": (put(KERNEL, data=np.zeros((3, 3, 64, 127), np.float32)), "has shape 3 x 3 x 64 x 127"),
    "the axes of another library": (
        put(KERNEL, data=np.zeros((128, 64, 3, 3), np.float32)),
        "VGG16's is 3 x 3 x 64 x 128",
    ),
    "a single number": (put(BIAS, data=np.float32(1)), "a single number"),
    "nothing at all": (put(BIAS, data=h5py.Empty("f4")), "has shape"),
    "a huge declared shape": (
        put(KERNEL, shape=(1 << 20, 1 << 20, 1 << 20), dtype="f4", chunks=(1, 1, 1024)),
        "has shape 1048576 x 1048576 x 1048576",
    ),
    "a shape that can grow": (
        put(KERNEL, data=np.zeros(KERNEL_SHAPE, np.float32), maxshape=(None, 3, 64, 128)),
        "VGG16's is 3 x 3 x 64 x 128",
    ),
    "double precision": (put(KERNEL, data=np.zeros(KERNEL_SHAPE)), "it must be float32"),
    "whole numbers": (put(BIAS, data=np.zeros(128, np.int32)), "it must be float32"),
    "the bytes the other way round": (put(BIAS, data=np.zeros(128, ">f4")), "it must be float32"),
    "text": (put(BIAS, shape=(128,), dtype=h5py.string_dtype()), "it must be float32"),
    "references": (put(BIAS, shape=(128,), dtype=h5py.ref_dtype), "it must be float32"),
    "lists of any length": (put(BIAS, shape=(128,), dtype=h5py.vlen_dtype(np.float32)), "it must be float32"),
    "records": (put(BIAS, shape=(128,), dtype=[("a", "f4"), ("b", "f4")]), "it must be float32"),
    "values that were never written": (put(KERNEL, shape=KERNEL_SHAPE, dtype="f4"), "no values are stored for it"),
    "a layer by another name": (of_another_layer, "lacks block2_conv1/kernel"),
    "a layer of VGG19": (
        lambda file, _: file.create_dataset("layers/block3_conv4/vars/0", data=np.zeros((3, 3, 256, 256), np.float32)),
        "is not one of VGG16's tensors",
    ),
    "a second network": (lambda file, _: file.copy("layers", "other"), "holds more than one VGG network"),
    "a third value of a layer": (
        lambda file, _: file.create_dataset("layers/conv2d_2/vars/2", data=np.zeros(128, np.float32)),
        "is not one of VGG16's tensors",
    ),
    "an endless name": (long_names, "is not one of VGG16's tensors"),
    "a missing tensor": (missing, "lacks block2_conv1/bias"),
    "a tensor that is there twice": (twice, "holds block2_conv1/bias twice"),
    "groups in groups in groups": (nested, "nests groups more than 8 deep"),
    "a group that holds itself": (endless, "nests groups more than 8 deep"),
    "thousands of groups": (crowded, "more than 2000 entries"),
    "a named type": (named_type, "neither a group nor a dataset"),
    "a value that is no number": (not_finite(float("nan")), "not finite numbers"),
    "an infinite value": (not_finite(float("-inf")), "not finite numbers"),
}


@pytest.mark.usefixtures("_read_here")
@pytest.mark.parametrize("what", HOSTILE)
def test_an_hdf5_file_is_refused_for(what: str, keras_3_file: Path, tmp_path: Path) -> None:
    spoil, reason = HOSTILE[what]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with h5py.File(keras_3_file, "r+") as file:
        spoil(file, pipe)
    sentence = refused(keras_3_file)
    assert reason in sentence
    assert sentence.startswith("the file mine.weights.h5")
    assert sentence.isprintable()
    assert len(sentence) < 300


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "is empty"),
        (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins", "is a Python pickle, which is never loaded"),
        (b"\x80\x02cposix\nsystem\n(S'true'\ntR.", "is a Python pickle, which is never loaded"),
        (b"cposix\nsystem\n(S'true'\ntR.", "is neither HDF5 nor safetensors"),
        (b"\x93NUMPY\x01\x00v\x00{'descr': '|O'", "is neither HDF5 nor safetensors"),
        (b"\0" * 512 + b"\x89HDF\r\n\x1a\n", "is neither HDF5 nor safetensors"),
        (b"\x89HDF\r\n\x1a\n", "is a damaged HDF5 file"),
        (b"\x89HDF\r\n\x1a\n" + b"\xff" * 4096, "is a damaged HDF5 file"),
        ((1 << 62).to_bytes(8, "little") + b"{}", "is a damaged safetensors file"),
        ((2).to_bytes(8, "little") + b"{}", "lacks block1_conv1/kernel"),
        ((100).to_bytes(8, "little") + b"{" * 100, "is a damaged safetensors file"),
    ],
)
def test_a_file_is_told_by_its_first_bytes_whatever_its_name(head: bytes, reason: str, tmp_path: Path) -> None:
    for name in ("mine.weights.h5", "mine.safetensors"):
        path = tmp_path / name
        path.write_bytes(head)
        assert reason in refused(path)


def test_an_archive_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../config.json", "{}")
    assert "is a zip archive" in refused(path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_damaged(kept: float, keras_3_file: Path) -> None:
    whole = keras_3_file.read_bytes()
    keras_3_file.write_bytes(whole[: int(len(whole) * kept)])
    assert "damaged" in refused(keras_3_file)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"block1_conv1/bias": np.zeros(63, np.float32)}, "has shape 63; VGG16's is 64"),
        ({"block1_conv1/bias": np.zeros(64, np.float64)}, "holds F64; it must be float32"),
        ({"block1_conv1/bias": np.full(64, np.inf, np.float32)}, "not finite numbers"),
        ({"features.0.weight": np.zeros(1, np.float32)}, "which is not VGG16's"),
        ({"block1_conv1/bias": None}, "lacks block1_conv1/bias"),
    ],
)
def test_a_safetensors_file_is_refused_for(
    spoil: dict[str, NDArray[np.float32] | None],
    reason: str,
    tmp_path: Path,
    tensors: dict[str, NDArray[np.float32]],
) -> None:
    path = tmp_path / "mine.safetensors"
    spoiled = {name: tensor for name, tensor in {**tensors, **spoil}.items() if tensor is not None}
    safetensors.numpy.save_file(spoiled, path)
    assert reason in refused(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged safetensors" in refused(path)


def test_what_is_not_a_file_is_not_opened(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    assert "are not a file" in refused(pipe)
    assert "are not a file" in refused(tmp_path)
    assert "are not a file" in refused("/dev/zero")
    assert "there is no weights file" in refused(tmp_path / "absent.h5")
    assert "cannot be read" in refused(loop)
    assert "cannot be read" in refused("a\0b")
    assert "cannot be read" in refused("x" * 5000)


def test_a_file_that_may_not_be_read_is_told_as_such(keras_3_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_entry(*_args: object, **_how: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", no_entry)
    assert "cannot be read (Permission denied)" in refused(keras_3_file)
