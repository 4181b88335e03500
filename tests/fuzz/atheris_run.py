"""Fuzz the command line or the loaders for as long as you like, led by coverage; pytest does not collect this file.

    pip install atheris
    python tests/fuzz/atheris_run.py commands -max_total_time=600
    python tests/fuzz/atheris_run.py safetensors -max_total_time=600
    python tests/fuzz/atheris_run.py hdf5 -max_total_time=600

`commands` gives the program any words, `safetensors` and `hdf5` give the loaders files of any bytes after a right
beginning. A run ends with a finding when anything but a result or an AtlasError comes out. HDF5 is read in a process of
its own, as always, so that a crash of its library is a refusal and not a finding.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

with atheris.instrument_imports(include=["generator", "safetensors", "typer"]):
    from generator.cli import run
    from generator.errors import AtlasError
    from generator.recipes import checked_changes
    from generator.vgg.weights import load_weights
    from generator.workflows.build import build_atlas  # noqa: F401  # so that it is instrumented
    from generator.workflows.selection import parse_filters

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = ["build", "status", "weights", "render", "verify", "export"]
OPTIONS = [
    *("--layer", "--filters", "--recipe", "--size", "--steps", "--learning-rate", "--threshold", "--seed", "--weights"),
    *("--precision", "--batch-size", "--executor", "--workers", "--format", "--json", "--reset", "--force", "--help"),
]
SETTINGS = ["size_px", "steps", "learning_rate", "threshold", "precision", "seed"]


def commands(data: bytes) -> None:
    """Run one command line; options that name a folder are left at their defaults, in a folder of the fuzzer's."""
    given = atheris.FuzzedDataProvider(data)
    words = [given.PickValueInList(COMMANDS)]
    while given.remaining_bytes() and len(words) < 12:
        text = given.ConsumeUnicode(given.ConsumeIntInRange(0, 12))
        words.append(given.PickValueInList(OPTIONS) if given.ConsumeBool() else text.lstrip("-"))
    words += ["--dry-run"] if words[0] == "build" else []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        code = run(words)
    if code not in {0, 1, 2} or "unforeseen" in said.getvalue():
        raise AssertionError(words, code, said.getvalue())
    with contextlib.suppress(AtlasError):
        parse_filters(given.ConsumeUnicode(20))
    with contextlib.suppress(AtlasError):
        checked_changes({given.PickValueInList(SETTINGS): given.ConsumeUnicode(20)})


def load(name: str, head: bytes, data: bytes) -> None:
    """Load a file that begins with `head` and goes on with `data`."""
    Path(name).write_bytes(head + data)
    with contextlib.suppress(AtlasError):
        load_weights(name)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "commands": commands,
    "safetensors": lambda data: load("any.safetensors", min(len(data), 4096).to_bytes(8, "little") + b"{", data),
    "hdf5": lambda data: load("any.h5", b"\x89HDF\r\n\x1a\n", data),
}

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    os.chdir(tempfile.mkdtemp())
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
