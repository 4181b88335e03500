"""What filters answer to a photograph that is looked at once and not kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProbedFilter:
    """A filter's answer: the peak of its map in a unit of the filter's own, and where on the map that is.

    peak, mean: of the map after the ReLU, in the network's own units.
    """

    filter: int
    answer: float
    peak: float
    mean: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class ProbedLayer:
    """The filters of a layer that answer most unusually, first of all the most; `unit` says what is counted in."""

    layer: str
    unit: str
    filters: tuple[ProbedFilter, ...]


@dataclass(frozen=True, slots=True)
class ProbedPhotograph:
    """A photograph that was looked at: its file, the page that was written, and its layers in the catalogue's order."""

    file: str
    page: str | None
    layers: tuple[ProbedLayer, ...]
