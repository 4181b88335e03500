"""The same input gives the same atlas, whatever the order, the batch and Python's hash seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from generator.cli import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

WORDS = ["build", "--recipe", "draft", "--layer", "block2_conv1", "--size", "64", "--steps", "6"]
FLOAT32 = ["--precision", "float32", "--batch-size"]
FILTERS, LAST = ["--filters", "0-3"], ["--filters", "1-3"]


def build(folder: Path, *words: str) -> Path:
    """Build in this process, whose hash seed is as Python drew it."""
    assert run([*WORDS, *words, "--cache", str(folder / ".atlas"), "--site", str(folder / "site")]) == 0
    return folder


def numbers(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "site/data/draft/block2_conv1.json").read_text())["filters"]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    kept = [*folder.glob("site/**/*"), *folder.glob(".atlas/images/**/*.avif")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("whole"), *FLOAT32, "4", *FILTERS)


def test_a_process_of_another_hash_seed_makes_the_same_bytes_and_says_the_result_alone(
    whole: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "generator", *WORDS, *FLOAT32, "4", *FILTERS, "--json"]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["planned"] == [
        {"layer": "block2_conv1", "filters": [0, 1, 2, 3], "reason": "new", "measured": False}
    ]
    first, second = contents(whole), contents(tmp_path)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_order_and_batches_change_no_status_and_no_order_of_cross_activation(whole: Path, tmp_path: Path) -> None:
    for filters in (LAST, FILTERS):
        build(tmp_path, *FLOAT32, "3", *filters)
    first, other = numbers(whole), numbers(tmp_path)
    assert [each["filter"] for each in other] == list(range(4))
    for one, another in zip(first, other, strict=True):
        assert one["status"] == another["status"]
        assert one["rank"] == another["rank"]
        assert [number for number, _ in one["cross"]] == [number for number, _ in another["cross"]]
        assert another["losses"] == pytest.approx(one["losses"], rel=1e-3, abs=1e-4)
