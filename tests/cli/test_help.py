from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from generator.cli import run
from generator.cli.questions import app
from generator.recipes import RECIPES

HelpOf = Callable[..., str]

OPTIONS = {
    "build": (
        "--layer --filters --recipe --size --steps --learning-rate --threshold --seed --reset --weights --precision "
        "--batch-size --executor --workers --ray-address --cache --site --force --dry-run --json"
    ),
    "photos": ("--name --credits --remove --weights --executor --workers --ray-address --cache --site --json"),
    "adopt": "--cache --json",
    "render": "--cache --site --json",
    "status": "--cache --json",
    "verify": "--repair --cache --site --json",
    "export": "--format --layer --filters --edition --photos --output --cache --json",
    "probe": "--layer --weights --cache --site --output --json",
    "serve": "--port --cache --site",
    "bench": "--json",
    "weights": "--weights --json",
}


@pytest.fixture
def help_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> HelpOf:
    """Return a function that gives the help of a command line."""
    monkeypatch.setenv("COLUMNS", "80")

    def given(*command: str) -> str:
        assert run([*command, "--help"]) == 0
        return capsys.readouterr().out

    return given


def test_the_help_names_every_command_with_what_it_does_on_one_line(help_of: HelpOf) -> None:
    shown = help_of()
    commands = re.search(r"\nCommands:\n(.*?)\n\n", shown, re.DOTALL)
    assert commands is not None
    lines = commands[1].splitlines()
    assert [line.split()[0] for line in lines] == list(OPTIONS)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


@pytest.mark.parametrize("command", OPTIONS)
def test_a_commands_help_teaches_by_example_and_names_all_its_options(command: str, help_of: HelpOf) -> None:
    shown = help_of(command)
    assert "  Examples:\n    atlas " in shown
    named = re.findall(r"^  (?:-h, )?(--[a-z-]+)", shown.split("Options:")[1], re.MULTILINE)
    assert named == [*OPTIONS[command].split(), "--help"]
    assert max(map(len, shown.splitlines())) <= 80


def test_the_help_of_build_tells_what_each_recipe_is(help_of: HelpOf) -> None:
    shown = " ".join(help_of("build").split())
    assert all(f"{recipe.name}: {recipe.summary}" in shown for recipe in RECIPES.values())


def test_both_spellings_ask_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "-h"]) == 0
    short = capsys.readouterr().out
    assert run(["build", "--help"]) == 0
    assert capsys.readouterr().out == short


def test_every_command_has_its_options_listed_here() -> None:
    assert [command.callback.__name__ for command in app.registered_commands if command.callback] == list(OPTIONS)
