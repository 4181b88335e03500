"""Read HDF5 files in a process of their own.

The HDF5 library is known to crash on some damaged files, and may be made to by a hostile one. A crash, an endless loop
or a hunger for memory then ends that process alone, and the user is told that the file is damaged. The answer comes
back as plain bytes: one line of JSON, then the tensors' values in the order of `TENSOR_SHAPES`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.errors import BadWeights
from generator.vgg.tensors import TENSOR_SHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TIMEOUT_S: Final = 120.0
_MEMORY_BYTES: Final = 4 << 30
_PROCESSOR_S: Final = 100
_SURROUNDINGS: Final = {
    "HDF5_DRIVER": "",  # plain files only
    "HDF5_PLUGIN_PRELOAD": "::",  # no code of filters from this machine
    "OPENBLAS_NUM_THREADS": "1",  # its threads' buffers would count against the memory allowed
}
_PROGRAM: Final = "import sys; sys.path[:] = {paths!r}; from generator.vgg.isolated import answer; answer()"


def read_hdf5_apart(path: Path, described: str) -> dict[str, NDArray[np.float32]]:
    """Return what `generator.vgg.hdf5_file.read_hdf5` returns, read by another process.

    Raises:
        BadWeights: the file is refused, or no whole answer came back.

    """
    program = _PROGRAM.format(paths=[entry or os.getcwd() for entry in sys.path])  # noqa: PTH109  # as import sees it
    command = [sys.executable, "-I", "-c", program, str(path.absolute()), described]
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and our own program
            command,
            env={**os.environ, **_SURROUNDINGS},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadWeights(f"{described} is a damaged HDF5 file (reading it did not end).") from None
    head, _, body = done.stdout.partition(b"\n")
    try:
        said = json.loads(head)
        if "refused" in said:
            raise BadWeights(said["refused"])
        return _tensors(body, said["names"])
    except (ValueError, KeyError, TypeError):
        raise BadWeights(f"{described} is a damaged HDF5 file (the HDF5 library broke down on it).") from None


def answer() -> None:
    """Read the file named by the arguments and write the answer to stdout; the whole program of the other process."""
    from generator.vgg.hdf5_file import read_hdf5  # noqa: PLC0415  # only the other process needs h5py

    _limit_resources()
    path, described = sys.argv[1:]
    out = sys.stdout.buffer
    try:
        tensors = read_hdf5(Path(path), described)
    except BadWeights as error:
        out.write(json.dumps({"refused": str(error)}).encode() + b"\n")
    else:
        names = [name for name in TENSOR_SHAPES if name in tensors]
        out.write(json.dumps({"names": names}).encode() + b"\n")
        out.writelines(tensors[name].tobytes() for name in names)
    out.flush()


def _tensors(body: bytes, names: list[str]) -> dict[str, NDArray[np.float32]]:
    tensors, start = {}, 0
    for name in names:
        count = math.prod(TENSOR_SHAPES[name])
        tensors[name] = np.frombuffer(body, np.float32, count, start).reshape(TENSOR_SHAPES[name])
        start += count * np.float32().nbytes
    return tensors


def _limit_resources() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_S, _PROCESSOR_S))
