"""What is stored of pictures: how each was made, its layer, its edition."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - the store resolves the fields' types when it reads a record
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from generator.recipes import Settings  # noqa: TC001 - as above
from generator.records.facts import Fact, Status, StopReason
from generator.records.measured import Kept  # noqa: TC001 - as above

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from generator.records.measured import Links, Measurement, Response


BEGUN_WITH: Final = "again_from_picture"


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """The pictures of one recipe with one set of weights. `weights` is the source as told to people, never a path."""

    name: str
    recipe: str
    weights_fingerprint: str
    weights: str


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """How one picture was made and what became of it: everything that cannot be read off its file again.

    losses: the loss (mean of the filter's map after ReLU) before each update; first_loss, final_loss: its ends.
    image_mean: mean of the filter's map on the finished picture, before it is clipped, rounded and compressed.
    woke_at: step at which a filter that was zero at its start rose above zero; None when it never was, or never did.
    tried: for a filter that was zero at its start, what was tried; for one that was climbed again, from which picture.
    slope: relative change of the loss per step over the last tenth of the curve.
    sha256: digest of the published file; None for a filter that has none.
    """

    edition: str
    layer: str
    filter: int
    settings: Settings
    key: str = ""
    status: Status = "failed"
    dead_at_start: bool = False
    first_loss: float = 0.0
    final_loss: float = 0.0
    image_mean: float = 0.0
    steps_run: int = 0
    stop_reason: StopReason = "error"
    losses: tuple[float, ...] = ()
    woke_at: int | None = None
    tried: tuple[Fact, ...] = ()
    slope: float = 0.0
    sha256: str | None = None

    @property
    def made(self) -> dict[str, Any]:
        """The fields of a picture's record by name, without those that a kind of record has beside them."""
        return {field.name: getattr(self, field.name) for field in fields(PictureRecord)}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AscentResult(PictureRecord):
    """The picture of one filter, how it was made, and how its layer answers to it.

    image: uint8 RGB, shape (height, width, 3), 0-255: the published file, decoded. file: that file (AVIF).
    response: measured on `image`. measurements: those that were asked for, `response` among them.
    """

    image: NDArray[np.uint8]
    file: bytes
    response: Response
    measurements: tuple[Measurement, ...] = ()

    @property
    def displayed_mean(self) -> float:
        """Mean of the filter's map on `image`: what a reader sees."""
        return self.response.displayed_mean

    @property
    def rank(self) -> int:
        """Place of the filter among all filters of its layer on `image`; 1 = strongest."""
        return self.response.rank

    @property
    def selectivity(self) -> float:
        """(own mean - mean of the others) / (own mean + mean of the others) on `image`, -1 to 1."""
        return self.response.selectivity

    @property
    def cross(self) -> NDArray[np.float32]:
        """float32, shape (filters of the layer,): mean of every filter's map on `image`."""
        return self.response.means

    @property
    def maps(self) -> NDArray[np.uint8]:
        """uint8, shape (n, side, side): maps of `map_filters` on `image`, 255 being `map_peak`."""
        return self.response.maps

    @property
    def map_filters(self) -> tuple[int, ...]:
        """The filters of `maps`: the own one, then the strongest others."""
        return self.response.map_filters

    @property
    def map_peak(self) -> float:
        """What 255 stands for in `maps`."""
        return self.response.map_peak


@dataclass(frozen=True, slots=True)
class FilterRecord(PictureRecord):
    """What is stored of one filter in one edition, without its pixels: its picture's record and what was measured.

    response_version: of the measurement that gave `displayed_mean`, `rank`, `selectivity`, `top` (the ten strongest
        filters on the picture as (filter, mean)) and the maps; None while none was taken of this very file.
    kept: how its mean holds when the picture is moved; None while that was not measured, or the filter is at zero.
    error: why the last attempt failed; beside a picture, that picture stays.
    """

    response_version: int | None = None
    displayed_mean: float = 0.0
    rank: int = 0
    selectivity: float = 0.0
    top: tuple[tuple[int, float], ...] = ()
    map_filters: tuple[int, ...] = ()
    map_peak: float = 0.0
    kept: Kept | None = None
    error: Fact | None = None

    @property
    def is_measured(self) -> bool:
        """Whether it is known how the layer answers to the published picture."""
        return self.response_version is not None

    @property
    def displayed_share(self) -> float:
        """Part of `image_mean` that is left on the picture as displayed; NaN when that is zero or not measured."""
        return self.displayed_mean / self.image_mean if self.image_mean > 0 and self.is_measured else math.nan


def begun_with(origin: FilterRecord) -> Fact:
    """Return what is told of a picture that was climbed again from another filter's."""
    return Fact.of(BEGUN_WITH, filter=origin.filter, sha256=origin.sha256 or "")


@dataclass(frozen=True, slots=True, eq=False)
class LayerRecord:
    """One layer of one edition as stored.

    filters: in ascending order; not necessarily all filters of the layer.
    cross: float32, shape (len(filters), filters of the layer): row = picture, column = filter; zero where none was
        measured.
    links: what each filter's mean is made of, by filter, as published: rounded to float16. links_version: of these.
    kept_version: of the measurement that gave each record's `kept`; 0 where none was taken.
    """

    edition: str
    layer: str
    filters: tuple[FilterRecord, ...]
    cross: NDArray[np.float32]
    links: Mapping[int, Links] = field(default_factory=dict)
    links_version: int = 0
    kept_version: int = 0


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """What the plan needs to know of a stored filter: its picture, if there is one, and whether it failed last time.

    measured: the version of each kind of measurement that was taken of this very picture.
    """

    settings: Settings
    algorithm: int
    status: Status
    sha256: str | None
    measured: Mapping[str, int] = field(default_factory=dict)
    error: Fact | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StartRecord:
    """The article's start for one layer and one set of weights: one forward pass on the noise picture.

    first_losses: float32, shape (filters of the layer,): mean of each filter's map; zero means dead at the start.
    """

    layer: str
    first_losses: NDArray[np.float32]
