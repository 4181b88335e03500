"""Whatever stands on the command line, the answer is a result or one sentence, and nothing unforeseen."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from photo_cases import save
from soaking import TIMEOUT_S, examples

from generator.catalogue import LAYER_NAMES
from generator.cli import run
from generator.records import EditionRecord
from generator.store import open_store
from generator.vgg.tensors import IMAGENET_FINGERPRINT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generator.records import AscentResult

pytestmark = pytest.mark.timeout(TIMEOUT_S)

# Folders and files are drawn from a few names inside the test's own folder: a fuzzer must not write elsewhere.
PATHS = [
    "stored",
    "absent",
    "deep/er",
    "file",
    "loop",
    "someone's",
    "newer",
    "",
    ".",
    "a\0b",
    "n" * 300,
    "größe",
    "\udcff",
]
TEXTS = st.text(max_size=8).filter(lambda text: not text.startswith("--"))
NUMBERS = (
    st.sampled_from(["0", "1", "-1", "7", "1e3", "0.5", "nan", "inf", "none", "1e999", "٣", "0x1f", "1_0", "9" * 40])
    | st.integers().map(str)
    | st.floats().map(repr)
)
FOLDERS = st.sampled_from(PATHS)
VALUES = {
    "--layer": st.sampled_from(LAYER_NAMES) | TEXTS,
    "--filters": st.sampled_from(["0-7", "0,1", "63", "511", "512", "7-0", "0-9999999", "a"]) | TEXTS,
    "--recipe": st.sampled_from(["natural", "article", "draft"]) | TEXTS,
    **dict.fromkeys(("--size", "--steps", "--learning-rate", "--threshold", "--seed"), NUMBERS | TEXTS),
    **dict.fromkeys(("--batch-size", "--workers"), NUMBERS | TEXTS),
    "--precision": st.sampled_from(["auto", "float32", "bfloat16"]) | TEXTS,
    "--executor": st.sampled_from(["local", "ray"]) | TEXTS,
    "--ray-address": TEXTS,
    "--weights": st.just("imagenet") | FOLDERS,
    "--cache": FOLDERS,
    "--site": FOLDERS,
    "--format": st.sampled_from(["csv", "json"]) | TEXTS,
    "--edition": st.sampled_from(["natural", "natural-0123abcd"]) | TEXTS,
    "--output": FOLDERS,
    "--port": NUMBERS | TEXTS,
    "--name": st.sampled_from(["mine", "../up"]) | TEXTS,
    "--credits": FOLDERS,
}
OF_OTHERS = {"--format", "--edition", "--output", "--port", "--name", "--credits"}
COMMANDS = {
    "build": [name for name in VALUES if name not in OF_OTHERS],
    "photos": ["--name", "--credits", "--weights", "--executor", "--ray-address", "--cache", "--site"],
    "adopt": ["--cache"],
    "render": ["--cache", "--site"],
    "status": ["--cache"],
    "verify": ["--cache", "--site"],
    "export": ["--format", "--edition", "--output", "--cache"],
    "weights": ["--weights"],
    "serve": ["--port", "--cache", "--site"],
    "bench": [],
}
FLAGS = [
    "--json",
    "--remove",
    "--reset",
    "--force",
    "--dry-run",
    "--repair",
    "--help",
    "--version",
    "--nonsense",
    "-x",
    "--",
    "-",
]


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    command = draw(st.sampled_from([*COMMANDS, *COMMANDS]) | TEXTS)
    words = [command, *([draw(FOLDERS | st.just("taken"))] if command == "photos" else [])]
    options = COMMANDS.get(command, [*VALUES])
    for option in draw(st.lists(st.sampled_from(options), max_size=4)) if options else []:
        words += [option, draw(VALUES[option])]
    words += draw(st.lists(st.sampled_from(FLAGS), max_size=2) | st.lists(TEXTS, max_size=1))
    return words


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_result: Callable[..., AscentResult]) -> Path:
    """Return a folder to work in, with a small cache and some places that are not one."""
    monkeypatch.chdir(tmp_path)
    with open_store(tmp_path / "stored", write=True) as store:
        edition = EditionRecord("natural", "natural", IMAGENET_FINGERPRINT, "ImageNet")
        store.ensure_edition(edition)
        for number in range(3):
            store.put(edition.name, make_result(filter=number))
    (tmp_path / "file").write_bytes(b"\x80\x04 not weights, not a folder")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "someone's").mkdir()
    (tmp_path / "someone's" / "thesis.txt").write_text("mine")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "index.sqlite3").write_bytes(b"not a database")
    save(tmp_path / "taken" / "one.png", 1)
    monkeypatch.setattr("generator.workflows.photos.COMPUTE", "photo_cases:compute")
    monkeypatch.setattr("generator.workflows.build._compute", lambda *_arguments: None)
    for name in ("serve", "bench"):
        stub = ModuleType(f"generator.workflows.{name}")
        setattr(stub, name, lambda *_arguments: Done())
        monkeypatch.setitem(sys.modules, stub.__name__, stub)
        monkeypatch.setattr(f"generator.cli.tell.{name}_lines", lambda _report: [])
    return tmp_path


class Done:
    """A report of commands that would take long or never end."""

    exit_code = 0

    def as_dict(self) -> dict[str, object]:
        return {}


@given(words=command_lines())
@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_command_line_ends_in_a_result_or_in_one_sentence(
    words: list[str], places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(words)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "unforeseen" not in err, err
    assert code in {0, 1, 2}
    if code == 2:
        last = err.splitlines()[-1]
        assert last.startswith("atlas: ")
        assert last.isprintable()
        assert out == ""
    if code == 0 and "--json" in words and not {"--help", "--version"} & set(words):
        assert isinstance(json.loads(out), dict)
    assert (places / "someone's" / "thesis.txt").read_text() == "mine"
    assert sorted(path.name for path in (places / "someone's").iterdir()) == ["thesis.txt"]
