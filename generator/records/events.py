"""What a workflow tells while it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is. `left_s` is the estimated time left in seconds, None while nothing is known."""

    label: str
    done: int
    total: int
    rate_per_s: float = 0.0
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence to tell while work goes on."""

    text: str


Event = Progress | Note
"""What a workflow reports while it works; the command line shows it, a notebook may ignore it."""


def unheard(_event: Event) -> None:
    """Do nothing with an event: the listener of a workflow that nobody watches."""
