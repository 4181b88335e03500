"""The process that reads HDF5 may crash, hang or talk nonsense; the caller always gets one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generator.errors import BadWeights
from generator.vgg import isolated
from generator.vgg.isolated import read_hdf5_apart


@pytest.mark.parametrize(
    "program",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os; os.abort()",
        "raise SystemExit(3)",
        "raise MemoryError",
        "print('hello')",
        "print('[]')",
        "print('7')",
        "print('{{}}')",
        """print('{{"names": ["block1_conv1/bias"]}}'); print('short')""",
        """print('{{"names": ["encoder/bias"]}}')""",
    ],
)
def test_a_reader_that_breaks_down_means_a_damaged_file(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "_PROGRAM", program)
    with pytest.raises(BadWeights, match="the file x is a damaged HDF5 file"):
        read_hdf5_apart(Path("x"), "the file x")


def test_a_reader_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(isolated, "_TIMEOUT_S", 0.5)
    with pytest.raises(BadWeights, match="did not end"):
        read_hdf5_apart(Path("x"), "the file x")


def test_values_come_back_as_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        'import struct, sys; sys.stdout.buffer.write(b\'{{"names": ["block1_conv1/bias"]}}\\n\''
        " + struct.pack('<64f', *range(64)))"
    )
    monkeypatch.setattr(isolated, "_PROGRAM", program)
    tensors = read_hdf5_apart(Path("x"), "the file x")
    assert np.array_equal(tensors["block1_conv1/bias"], np.arange(64, dtype=np.float32))


def test_the_reader_may_neither_dump_its_memory_nor_take_all_of_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
import resource
from generator.errors import BadWeights
from generator.vgg import hdf5_file, isolated

def tell(*_arguments):
    raise BadWeights(repr([resource.getrlimit(each) for each in (4, 9)]))

hdf5_file.read_hdf5 = tell
isolated.answer()
"""
    monkeypatch.setattr(isolated, "_PROGRAM", "import sys; sys.path[:] = {paths!r}\n" + program)
    with pytest.raises(BadWeights) as raised:
        read_hdf5_apart(Path("x"), "the file x")
    assert str(raised.value) == "[(0, 0), (4294967296, 4294967296)]"


def test_the_reader_loads_no_code_of_filters_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDF5_PLUGIN_PRELOAD", "/somewhere")
    program = """
import os
print('{{"refused": "' + os.environ["HDF5_PLUGIN_PRELOAD"] + '"}}')
"""
    monkeypatch.setattr(isolated, "_PROGRAM", program)
    with pytest.raises(BadWeights, match="::"):
        read_hdf5_apart(Path("x"), "the file x")
