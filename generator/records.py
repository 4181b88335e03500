"""Frozen records that pass between the stages: plain data, never tensors or open handles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from generator.recipes import LARGEST_BATCH, PrecisionName, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Status = Literal["active", "woken", "dead", "failed"]
StopReason = Literal["steps", "threshold", "zero", "error"]


@dataclass(frozen=True, slots=True, order=True)
class FilterId:
    """One filter of one layer, numbered from 0."""

    layer: str
    filter: int

    def __str__(self) -> str:
        """Return the name people use: `block3_conv1/42`."""
        return f"{self.layer}/{self.filter}"


THREADS_VARIABLE: Final = "ATLAS_THREADS"
"""Environment variable that tells the ascent in a worker how many cores are its share."""


@dataclass(frozen=True, slots=True)
class AscentTask:
    """Filters of one layer to be computed with the same settings; plain data that any executor can ship.

    settings: of a precision that can be computed in, never "auto".
    weights: what the user named (`imagenet` or a path).
    batch_size: most pictures that climb side by side.
    """

    layer: str
    filters: tuple[int, ...]
    settings: Settings
    weights: str = "imagenet"
    batch_size: int = LARGEST_BATCH


@dataclass(frozen=True, slots=True)
class Device:
    """What does the convolutions, as measured: by precision, the floating-point operations a second that they reach.

    `precision` is the one to compute in where it is left to the machine.
    """

    precision: PrecisionName
    flops_per_s: Mapping[PrecisionName, float]


@dataclass(frozen=True, slots=True, eq=False)
class AscentResult:
    """The picture of one filter and everything that was measured on it.

    image: uint8 RGB, shape (height, width, 3), 0-255.
    losses: the loss (mean of the filter's map after ReLU) before each update, one value a step.
    image_mean: mean of the filter's map on the finished picture, before it is clipped and rounded for display.
    displayed_mean: the same on `image`.
    rank: place of the filter among all filters of its layer on this picture, by `image_mean`; 1 = strongest.
    cross: float32, shape (filters of the layer,): mean of every filter's map on the finished picture.
    maps: uint8, shape (n, side, side), 0-255 on one scale: feature maps on the displayed picture of the filters in
        `map_filters` (this filter's own first, then the strongest others); 255 is `map_peak`.
    woke_at: step at which a filter that was zero at its start rose above zero; None when it never was, or never did.
    tried: for a filter that was zero at its start, what was tried, in plain sentences.
    selectivity: (own mean - mean of the others) / (own mean + mean of the others) on this picture, -1 to 1.
    slope: relative change of the loss per step over the last tenth of the curve.
    """

    layer: str
    filter: int
    image: NDArray[np.uint8]
    losses: tuple[float, ...]
    first_loss: float
    final_loss: float
    image_mean: float
    displayed_mean: float
    rank: int
    steps_run: int
    stop_reason: StopReason
    status: Status
    dead_at_start: bool
    settings: Settings
    cross: NDArray[np.float32]
    maps: NDArray[np.uint8]
    map_filters: tuple[int, ...]
    map_peak: float
    woke_at: int | None = None
    tried: tuple[str, ...] = ()
    selectivity: float = 0.0
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class FilterFailure:
    """A filter whose work failed, with the reason in one sentence."""

    layer: str
    filter: int
    settings: Settings
    error: str


@dataclass(frozen=True, slots=True)
class FilterRecord:
    """What is stored of one filter in one edition, without its pixels.

    `sha256` is the digest of the lossless master, None for a failed filter; `top` holds the ten filters of the layer
    that are most excited by this picture, strongest first, as (filter, mean). The other fields are `AscentResult`'s.
    """

    edition: str
    layer: str
    filter: int
    key: str
    status: Status
    dead_at_start: bool
    settings: Settings
    first_loss: float = 0.0
    final_loss: float = 0.0
    image_mean: float = 0.0
    displayed_mean: float = 0.0
    rank: int = 0
    steps_run: int = 0
    stop_reason: StopReason = "error"
    losses: tuple[float, ...] = ()
    top: tuple[tuple[int, float], ...] = ()
    map_filters: tuple[int, ...] = ()
    map_peak: float = 0.0
    woke_at: int | None = None
    tried: tuple[str, ...] = ()
    selectivity: float = 0.0
    slope: float = 0.0
    sha256: str | None = None
    error: str | None = None

    @property
    def displayed_share(self) -> float:
        """Part of `image_mean` that is left on the picture as displayed; NaN when the filter is at zero."""
        return self.displayed_mean / self.image_mean if self.image_mean > 0 else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class LayerRecord:
    """One layer of one edition as stored.

    filters: in ascending order; not necessarily all filters of the layer.
    cross: float32, shape (len(filters), filters of the layer): row = picture, column = filter; zero for a failed one.
    """

    edition: str
    layer: str
    filters: tuple[FilterRecord, ...]
    cross: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """The pictures of one recipe with one set of weights. `weights` is the source as told to people, never a path."""

    name: str
    recipe: str
    weights_fingerprint: str
    weights: str


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What the plan needs to know of a stored filter."""

    key: str
    settings: Settings
    algorithm: int
    status: Status


@dataclass(frozen=True, slots=True, eq=False)
class StartRecord:
    """The article's start for one layer and one set of weights: one forward pass on the noise picture.

    first_losses: float32, shape (filters of the layer,): mean of each filter's map; zero means dead at the start.
    """

    layer: str
    first_losses: NDArray[np.float32]


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


def strongest(means: NDArray[np.float32], count: int) -> tuple[tuple[int, float], ...]:
    """Return the `count` filters with the greatest means as (filter, mean), strongest first, the lower number first.

    means: float32, shape (filters of the layer,): one row of the cross-activation matrix.
    """
    return tuple((int(place), float(means[place])) for place in (-means).argsort(kind="stable")[:count])
