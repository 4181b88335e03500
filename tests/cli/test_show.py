from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from generator.cli import show as showing
from generator.cli.show import PlainLines, pace, printable, said_time, show, show_report, watched
from generator.records import Note, Progress


@dataclass(frozen=True)
class Told:
    exit_code: ClassVar[int] = 1

    def as_dict(self) -> dict[str, Any]:
        return {"layer": "block1_conv1", "größe": 3}


def lines(report: Told) -> list[str]:
    return [next(iter(report.as_dict())), "two\x1b[2J\nthree"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_report_is_told_to_people_in_lines_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_report(Told(), lines, as_json=False) == 1
    assert capsys.readouterr().out == "layer\ntwo\\x1b[2J\\nthree\n"


def test_a_report_is_told_to_programs_as_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_report(Told(), lines, as_json=True) == 1
    assert json.loads(capsys.readouterr().out) == {"layer": "block1_conv1", "größe": 3}


def test_nothing_to_say_prints_no_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    show({}, [], as_json=False)
    assert capsys.readouterr().out == ""


def test_with_json_events_are_told_to_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    with watched(as_json=True) as on_event:
        on_event(Progress("block1_conv1", 1, 64))
        on_event(Note("block1_conv1 is published"))
    assert capsys.readouterr() == ("", "")


def test_away_from_a_terminal_events_are_plain_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with watched() as on_event:
        on_event(Progress("block1_conv1", 8, 64, rate_per_s=3.21, left_s=725))
        on_event(Note("a note\twith a tab"))
    assert capsys.readouterr() == ("", "block1_conv1: 8 of 64, 3.2 a second, 12 min left\na note\\twith a tab\n")


def test_plain_progress_comes_at_the_start_every_ten_seconds_and_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0, 1, 9.9, 10, 11, 12])
    tell = PlainLines(clock=lambda: next(times))
    for label, done in [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("a", 5), ("b", 1)]:
        tell(Progress(label, done, 5))
    assert capsys.readouterr().err.splitlines() == ["a: 1 of 5", "a: 4 of 5", "a: 5 of 5", "b: 1 of 5"]


def test_on_a_terminal_progress_is_a_bar_for_each_label(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(showing.sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with watched() as on_event:
        on_event(Progress("block1_conv1", 8, 64, rate_per_s=2, left_s=28))
        on_event(Note("[bold]not markup[/bold]"))
        on_event(Progress("block1_conv1", 64, 64))
        on_event(Progress("block1_conv2", 0, 64))
    drawn = terminal.getvalue()
    assert "64/64" in drawn
    assert "block1_conv2" in drawn
    assert "[bold]not markup[/bold]" in drawn


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "60 min"), (3600, "1 h 00 min"), (5405, "1 h 30 min")],
)
def test_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert said_time(seconds) == said


def test_pace_says_nothing_while_nothing_is_known_and_no_time_left_at_the_end() -> None:
    assert pace(Progress("a", 1, 5)) == ""
    assert pace(Progress("a", 5, 5, rate_per_s=0.5, left_s=0)) == ", 0.5 a second"


def test_a_name_keeps_its_letters_and_loses_its_control_characters() -> None:
    assert printable("größe 3 µm\r\n\x07\udcff") == "größe 3 µm\\r\\n\\x07\\udcff"
