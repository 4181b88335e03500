"""Work as plain data that any executor can ship, and what becomes of it when it fails."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclasses resolve their fields' types
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, Self

from generator.recipes import LARGEST_BATCH, PrecisionName, Settings
from generator.records.crops import MapPlace  # noqa: TC001 - as above
from generator.records.facts import Changes, Fact  # noqa: TC001 - as above
from generator.records.pictures import EditionRecord  # noqa: TC001 - as above

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from generator.records.photos import Reading, Sums

THREADS_VARIABLE: Final = "ATLAS_THREADS"
"""Environment variable that tells the ascent in a worker how many cores are its share."""


class _OfFilters:
    """What executors ask of a task whose outcomes are of single filters."""

    __slots__ = ()
    layer: str
    filters: tuple[int, ...]
    settings: Settings

    @property
    def numbers(self) -> tuple[int, ...]:
        """What the task owes an outcome of."""
        return self.filters

    def part(self, numbers: tuple[int, ...], batch_size: int) -> Self:
        """Return the task for some of its filters, fewer of them side by side."""
        return replace(self, filters=numbers, batch_size=batch_size)  # type: ignore[type-var]

    def failure(self, number: int, error: Fact) -> FilterFailure:
        """Return the failure of one filter."""
        return FilterFailure(self.layer, number, self.settings, error)


@dataclass(frozen=True, slots=True)
class Origin:
    """The picture of another filter of the layer that an ascent begins with: what is told of it, and its file."""

    told: Fact
    file: bytes


@dataclass(frozen=True, slots=True)
class AscentTask(_OfFilters):
    """Pictures of one layer to be made with the same settings; plain data that any executor can ship.

    `settings` are of a precision that can be computed in, never "auto". `edition` and `changes` (the user's own among
    the settings) go into each picture's file, which so tells where it belongs. `weights` is what the user named
    (`imagenet` or a path); `batch_size` is the most pictures that climb side by side; `kinds` are the measurements to
    take of each picture; `origins` are, by filter, what ascents begin with in place of noise.
    """

    layer: str
    filters: tuple[int, ...]
    settings: Settings
    edition: EditionRecord
    changes: Changes = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    weights: str = "imagenet"
    batch_size: int = LARGEST_BATCH
    origins: Mapping[int, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeasureTask(_OfFilters):
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


@dataclass(frozen=True, slots=True, eq=False)
class PhotoTask:
    """Photographs to be read through the network.

    numbers: of the photographs, each used once in a run. images: by number, uint8 RGB, shape (224, 224, 3).
    batch_size: the most that are read in one forward pass. weights: `AscentTask`'s.
    """

    numbers: tuple[int, ...]
    images: Mapping[int, NDArray[np.uint8]]
    weights: str = "imagenet"
    batch_size: int = LARGEST_BATCH

    def part(self, numbers: tuple[int, ...], batch_size: int) -> Self:
        """Return the task for some of its photographs, fewer of them at once."""
        return replace(self, numbers=numbers, batch_size=batch_size)

    def failure(self, number: int, error: Fact) -> PhotoFailure:
        """Return the failure of one photograph."""
        return PhotoFailure((number,), error)


@dataclass(frozen=True, slots=True, eq=False)
class MapTask(PhotoTask):
    """Photographs of which maps are wanted, one after the other. places: by number, where these have their peaks."""

    places: Mapping[int, tuple[MapPlace, ...]] = field(default_factory=dict)


Task = AscentTask | MeasureTask | PhotoTask
FilterTask = AscentTask | MeasureTask
"""Tasks whose outcomes are of single filters."""


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


@dataclass(frozen=True, slots=True, eq=False)
class PhotoBatch:
    """What photographs that were read together do to every filter, and the sums of all of them by layer."""

    numbers: tuple[int, ...]
    readings: tuple[Reading, ...]
    sums: Mapping[str, Sums]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoMaps:
    """The tiles of maps on one photograph, by its number alone; each is uint8, its square of `MapPlace.tile`."""

    numbers: tuple[int, ...]
    tiles: Mapping[MapPlace, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class PhotoFailure:
    """A photograph whose work failed, by its number alone, and why."""

    numbers: tuple[int, ...]
    error: Fact
