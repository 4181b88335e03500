"""README.md tells the truth about the program: its help, its commands, its targets and its files."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from generator.catalogue import FILTER_COUNT
from generator.cli import run
from generator.cli.questions import app
from generator.recipes import RECIPES

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BEGIN, END = "<!-- help, written by `make readme` -->\n", "<!-- end of help -->\n"
COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


def text() -> str:
    return README.read_text(encoding="utf-8")


def commands() -> list[str]:
    """Return the command lines of the blocks marked `console`."""
    blocks = re.findall(r"^```console\n(.*?)^```", text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines)
    return [line.removeprefix("$ ") for line in lines]


def printed_help(*command: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert run([*command, "--help"]) == 0
    return out.getvalue()


def test_the_help_in_the_readme_is_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = "".join(f"\n```text\n{printed_help(*command)}```\n" for command in ([], *([name] for name in COMMANDS)))
    before, _, rest = text().partition(BEGIN)
    _, _, after = rest.partition(END)
    if os.environ.get("ATLAS_WRITE_README"):
        README.write_text(before + BEGIN + shown + "\n" + END + after, encoding="utf-8")
    assert text() == before + BEGIN + shown + "\n" + END + after, "run `make readme`"


def test_every_command_is_shown_at_work() -> None:
    used = {line.split()[1] for line in commands() if line.startswith("atlas ")}
    assert used == set(COMMANDS)


def test_the_two_commands_are_targets_that_make_knows() -> None:
    named = [line for line in commands() if line.startswith("make ")]
    assert named == ["make site", "make test"]
    for target in re.findall(r"`make ([a-z]+)", text()):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_every_extra_is_one_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = set(tomllib.load(file)["project"]["optional-dependencies"])
    table = text().partition("| extra | for |")[2].partition("\n\n")[0]
    assert {*re.findall(r"^\| `(\w+)`", table, re.MULTILINE), "dev", "compare"} == extras


def test_every_recipe_is_described() -> None:
    table = text().partition("| recipe | what it is |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(RECIPES)


def test_the_number_of_filters_is_the_catalogues() -> None:
    assert f"{FILTER_COUNT:,}" in text()


def test_every_picture_and_every_linked_file_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
