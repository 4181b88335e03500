"""Whatever the bytes of a weights file are, it is read or refused with one sentence: nothing else, and no crash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soaking import TIMEOUT_S, examples

from generator.catalogue import LAYERS
from generator.errors import BadWeights
from generator.vgg.tensors import TENSOR_SHAPES
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(TIMEOUT_S)

QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
HEAD = 4096


def is_read_or_refused(path: Path) -> bool:
    """Tell whether the file gave all tensors, or one short sentence; anything else is raised."""
    try:
        return list(load_weights(str(path)).tensors) == list(TENSOR_SHAPES)
    except BadWeights as error:
        return str(error).isprintable() and len(str(error)) < 400


@pytest.fixture(scope="module", params=["earliest", "latest"])
def hdf5_bytes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a good legacy file, in the oldest and in the newest version of the format."""
    path = tmp_path_factory.mktemp("fuzz") / "good.h5"
    with h5py.File(path, "w", libver=request.param) as file:
        for layer in LAYERS:
            for part in ("kernel", "bias"):
                values = np.full(TENSOR_SHAPES[f"{layer.name}/{part}"], 0.25, np.float32)
                file.create_dataset(f"{layer.name}/{part}:0", data=values, compression=1)
    return path.read_bytes()


@given(data=st.data())
@settings(max_examples=examples(5), **QUIET)
def test_an_hdf5_file_with_flipped_bytes_is_read_or_refused(
    data: st.DataObject, hdf5_bytes: bytes, tmp_path: Path
) -> None:
    spoiled = bytearray(hdf5_bytes)
    used = np.flatnonzero(np.frombuffer(hdf5_bytes, np.uint8)[8:]) + 8
    for _ in range(data.draw(st.sampled_from([1, 1, 2, 16]))):
        place = int(used[data.draw(st.integers(0, len(used) - 1))])
        spoiled[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "spoiled.h5"
    path.write_bytes(bytes(spoiled[: data.draw(st.sampled_from([len(spoiled), len(spoiled), HEAD]))]))
    assert is_read_or_refused(path)


@given(body=st.binary(max_size=4096), head=st.sampled_from([b"", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"\x80\x04"]))
@settings(max_examples=examples(12), **QUIET)
def test_a_file_of_any_bytes_is_read_or_refused(body: bytes, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any.h5"
    path.write_bytes(head + body)
    assert is_read_or_refused(path)


entries = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "F64", "BF16", "I8", "BOOL", "nonsense"]) | st.none(),
        "shape": st.lists(st.integers(-1, 2**64), max_size=4) | st.just([64]),
        "data_offsets": st.lists(st.integers(-1, 2**64), max_size=3) | st.just([0, 256]),
    },
)
headers = st.dictionaries(
    st.sampled_from([*TENSOR_SHAPES, "__metadata__"]) | st.text(max_size=20), entries | st.integers(), max_size=4
)


@given(header=headers | st.text() | st.lists(st.integers(), max_size=3), body=st.binary(max_size=300))
@settings(max_examples=examples(100), **QUIET)
def test_a_safetensors_file_with_any_header_is_read_or_refused(header: object, body: bytes, tmp_path: Path) -> None:
    text = json.dumps(header).encode()
    path = tmp_path / "any.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    assert is_read_or_refused(path)


@given(place=st.integers(0, 3000), value=st.integers(0, 255))
@settings(max_examples=examples(25), **QUIET)
def test_a_safetensors_file_with_a_flipped_byte_in_its_header_is_read_or_refused(
    place: int, value: int, tmp_path: Path
) -> None:
    path = tmp_path / "good.safetensors"
    if not path.exists():
        tensors = {name: np.zeros(shape, np.float32) for name, shape in TENSOR_SHAPES.items()}
        safetensors.numpy.save_file(tensors, path)
    with path.open("r+b") as file:
        file.seek(place)
        before = file.read(1)
        file.seek(place)
        file.write(bytes([value]))
    try:
        assert is_read_or_refused(path)
    finally:
        with path.open("r+b") as file:
            file.seek(place)
            file.write(before)
