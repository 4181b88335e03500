"""Work as plain data that any executor can ship, and what becomes of it when it fails."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclasses resolve their fields' types
from dataclasses import dataclass, field
from typing import Final, Literal

from generator.recipes import LARGEST_BATCH, PrecisionName, Settings
from generator.records.facts import Changes, Fact  # noqa: TC001 - as above
from generator.records.pictures import EditionRecord  # noqa: TC001 - as above

THREADS_VARIABLE: Final = "ATLAS_THREADS"
"""Environment variable that tells the ascent in a worker how many cores are its share."""


@dataclass(frozen=True, slots=True)
class AscentTask:
    """Pictures of one layer to be made with the same settings; plain data that any executor can ship.

    `settings` are of a precision that can be computed in, never "auto". `edition` and `changes` (the user's own among
    the settings) go into each picture's file, which so tells where it belongs. `weights` is what the user named
    (`imagenet` or a path); `batch_size` is the most pictures that climb side by side; `kinds` are the measurements to
    take of each picture.
    """

    layer: str
    filters: tuple[int, ...]
    settings: Settings
    edition: EditionRecord
    changes: Changes = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    weights: str = "imagenet"
    batch_size: int = LARGEST_BATCH


@dataclass(frozen=True, slots=True)
class MeasureTask:
    """Stored pictures of one layer, made with the same settings, of which measurements are to be taken.

    files: the bytes of each filter's picture. The other fields are `AscentTask`'s.
    """

    layer: str
    filters: tuple[int, ...]
    settings: Settings
    files: Mapping[int, bytes]
    kinds: tuple[str, ...] = ()
    weights: str = "imagenet"
    batch_size: int = LARGEST_BATCH


Task = AscentTask | MeasureTask


@dataclass(frozen=True, slots=True)
class Device:
    """What does the convolutions, as measured: by precision, the floating-point operations a second that they reach.

    `precision` is the one to compute in where it is left to the machine.
    """

    precision: PrecisionName
    flops_per_s: Mapping[PrecisionName, float]


@dataclass(frozen=True, slots=True)
class FilterFailure:
    """A filter whose work failed, and why."""

    layer: str
    filter: int
    settings: Settings
    error: Fact

    @property
    def status(self) -> Literal["failed"]:
        """As of a filter that has no picture."""
        return "failed"
