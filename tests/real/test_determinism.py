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

WORDS = ["build", "--recipe", "draft", "--layer", "block2_conv1", "--filters", "0-7", "--size", "64", "--steps", "8"]
FLOAT32 = ["--precision", "float32"]


def build(folder: Path, hash_seed: int, *words: str) -> Path:
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    subprocess.run([sys.executable, "-m", "generator", *words], cwd=folder, env=environment, check=True)
    return folder


def numbers(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "site/data/draft/block2_conv1.json").read_text())["filters"]
    return found


def contents(folder: Path) -> dict[str, bytes]:
    kept = [*folder.glob("site/**/*"), *folder.glob(".atlas/images/**/*.png")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in kept if path.is_file()}


@pytest.fixture(scope="module")
def atlases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return three builds: twice the same words, then the second half of the filters first, in other batches."""
    folders = [tmp_path_factory.mktemp(f"build{number}") for number in range(3)]
    build(folders[0], 1, *WORDS, *FLOAT32, "--batch-size", "4")
    build(folders[1], 2, *WORDS, *FLOAT32, "--batch-size", "4")
    half = [word if word != "0-7" else "4-7" for word in WORDS]
    places = ["--cache", str(folders[2] / ".atlas"), "--site", str(folders[2] / "site")]
    for words in (half, WORDS):
        assert run([*words, *FLOAT32, "--batch-size", "3", *places]) == 0
    return folders


def test_the_same_words_give_the_same_bytes(atlases: list[Path]) -> None:
    first, second = contents(atlases[0]), contents(atlases[1])
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_order_and_batches_change_no_status_and_no_order_of_cross_activation(atlases: list[Path]) -> None:
    first, third = numbers(atlases[0]), numbers(atlases[2])
    assert [each["filter"] for each in third] == list(range(8))
    for one, other in zip(first, third, strict=True):
        assert one["status"] == other["status"]
        assert one["rank"] == other["rank"]
        assert [number for number, _ in one["cross"]] == [number for number, _ in other["cross"]]
        assert other["losses"] == pytest.approx(one["losses"], rel=1e-3, abs=1e-4)
