"""The program as a person runs it, with the real weights: what reaches the screen, and what a second run costs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

ATLAS = [sys.executable, "-m", "generator"]
FEW = ["build", "--layer", "block1_conv1", "--filters", "0-3", "--steps", "4"]
OWN_LINES = re.compile(
    r"making \d+ pictures of edition \w+; .*"
    r"|[\w: ]+: \d+ of \d+(, [\d.e+]+ a second)?(, [\d ]+(s|min|h \d\d min) left)?"
    r"|block\d_conv\d is in .*"
    r"|convolutions in (float32|bfloat16), measured to be the faster way here"
)


def atlas(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ATLAS, *words], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Return the folder of a small build, and what the build said."""
    folder = tmp_path_factory.mktemp("built")
    return folder, atlas(folder, *FEW)


Built = tuple["Path", "subprocess.CompletedProcess[str]"]


def test_a_build_says_what_it_did_and_where_to_look(built: Built) -> None:
    folder, done = built
    assert done.returncode == 0, done.stderr
    assert done.stdout == "natural: 4 pictures made (4 active), 0 up to date\nopen site/index.html\n"
    assert (folder / "site" / "index.html").is_file()
    assert (folder / "site" / "block1_conv1" / "003.html").is_file()


def test_nothing_but_the_programs_own_lines_reaches_the_screen(built: Built) -> None:
    lines = built[1].stderr.splitlines()
    assert lines
    assert [line for line in lines if not OWN_LINES.fullmatch(line)] == []


def test_a_second_build_computes_nothing_without_tensorflow(built: Built) -> None:
    folder, _ = built
    code = f"import sys; from generator.cli import run; run({FEW}); sys.exit(str('tensorflow' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("natural: 0 pictures made, 4 up to date")
    assert done.stderr.splitlines()[-1] == "False"


def test_a_changed_value_stays_with_its_layer_until_reset(built: Built, tmp_path: Path) -> None:
    folder, _ = built
    layer = [*FEW[:5], "--dry-run"]
    assert "4 are up to date" in atlas(folder, *layer).stdout
    assert "(settings changed: steps 4 -> " in atlas(folder, *layer, "--reset").stdout
    status = json.loads(atlas(folder, "status", "--json").stdout)
    (edition,) = status["editions"]
    changes = {layer["layer"]: layer["changes"] for layer in edition["layers"] if layer["changes"]}
    assert [change["name"] for change in changes["block1_conv1"]] == ["steps"]
    assert list(changes) == ["block1_conv1"]
    assert not (tmp_path / "site").exists()


def test_an_interrupted_build_keeps_what_was_finished_and_the_next_goes_on(tmp_path: Path) -> None:
    many = ["build", "--layer", "block1_conv2", "--recipe", "draft", "--steps", "100", "--batch-size", "2"]
    with subprocess.Popen([*ATLAS, *many], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if re.match(r"draft: [1-9]", line):
                break
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert told.splitlines()[-1].startswith("atlas: interrupted; what was finished is kept")
    (edition,) = json.loads(atlas(tmp_path, "status", "--json").stdout)["editions"]
    finished = sum(layer["done"] for layer in edition["layers"])
    assert 0 < finished < 64
    planned = json.loads(atlas(tmp_path, *many, "--dry-run", "--json").stdout)
    assert planned["kept"] == finished
    assert sum(len(group["filters"]) for group in planned["planned"]) == 64 - finished
