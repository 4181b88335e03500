"""What a person sees: progress while a workflow runs, and its report at the end."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from generator.records import Event, Progress
    from generator.workflows._report import Report

_LINE_EVERY_S: Final = 10.0
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


_Report = TypeVar("_Report", bound="Report")


def show_report(report: _Report, lines: Callable[[_Report], Iterable[str]], *, as_json: bool) -> int:
    """Print a report to stdout, as one JSON object or as `lines` tells it to people, and return its exit code."""
    show(report.as_dict(), lines(report), as_json=as_json)
    return report.exit_code


def show(values: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print a result to stdout: `values` as one JSON object, or `lines` for people."""
    text = json.dumps(values, indent=2, ensure_ascii=False) if as_json else "\n".join(map(printable, lines))
    if text:
        print(text)


def printable(text: str) -> str:
    """Return `text` on one line, with control characters made visible: a file's name may hold any."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


@contextlib.contextmanager
def watched(*, as_json: bool = False) -> Iterator[Callable[[Event], None]]:
    """Give the function that shows a workflow's events: a bar on a terminal, lines elsewhere, nothing for `--json`."""
    if as_json:
        yield lambda _event: None
    elif sys.stderr.isatty():
        with _bars() as show:
            yield show
    else:
        yield PlainLines()


class PlainLines:
    """Events as lines on stderr: every note, and progress at most once in ten seconds and at the end of a label."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._label: str | None = None
        self._told_at = 0.0

    def __call__(self, event: Event) -> None:
        """Print `event` if it is due."""
        from generator.records import Note  # noqa: PLC0415  # the program starts without its records

        if isinstance(event, Note):
            self._print(printable(event.text))
            return
        now = self._clock()
        fresh = event.label != self._label
        if fresh or event.done >= event.total or now - self._told_at >= _LINE_EVERY_S:
            self._label, self._told_at = event.label, now
            self._print(f"{event.label}: {event.done} of {event.total}{pace(event)}")

    def _print(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(line, file=sys.stderr, flush=True)


def pace(event: Progress) -> str:
    """Return rate and time left as people say them: ", 3.2 a second, 12 min left"; empty while nothing is known."""
    rate = f", {event.rate_per_s:.2g} a second" if event.rate_per_s > 0 else ""
    left = f", {said_time(event.left_s)} left" if event.left_s is not None and event.done < event.total else ""
    return rate + left


def said_time(seconds: float) -> str:
    """Return a span of time as people say it: "40 s", "12 min", "1 h 05 min"."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    hours, rest = divmod(round(seconds / _MINUTE_S), 60)
    return f"{hours} h {rest:02d} min"


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[Event], None]]:
    from rich.console import Console  # noqa: PLC0415  # only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    from generator.records import Note  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(event: Event) -> None:
            if isinstance(event, Note):
                bars.console.print(printable(event.text), markup=False, highlight=False)
                return
            if event.label not in tasks:
                tasks[event.label] = bars.add_task(event.label, total=event.total, pace="")
            told = pace(event).removeprefix(", ")
            bars.update(tasks[event.label], completed=event.done, total=event.total, pace=told)

        yield show
