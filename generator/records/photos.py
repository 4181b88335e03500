"""What photographs say of filters: which they answer to, words, relatives, and how far to trust a picture."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclasses resolve their fields' types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from generator.records.crops import MapPlace

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from generator.records.pictures import FilterRecord

QUANTILES: Final = (0, 50, 90, 99, 100)
"""The quantiles of a filter's peaks that are kept, in percent."""

UNUSUAL: Final = QUANTILES.index(99)
"""The quantile in whose measure a peak is unusual."""

LARGE: Final = 6_200
"""Photographs of a set up to which a site holds a page of each and its peaks and ranks, 80 MB of them."""

SET_NAME: Final = "[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
"""What can name a set of photographs: it stands in addresses."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What is said of a photograph beside its content; an empty text is not known. Links begin with http(s)://.

    show: whether a page may show it; where not, it may be measured and linked to all the same.
    """

    label: str = ""
    group: str = ""
    author: str = ""
    author_page: str = ""
    page: str = ""
    licence: str = ""
    show: bool = False


@dataclass(frozen=True, slots=True)
class Photograph(Credit):
    """A photograph of a set: `stem` is its file's name without the ending, `sha256` (hex) its content's digest.

    slug: how its page is called, of its set's photographs the only one.
    picture: a digest of its thumbnail, empty where it has none, as all that may not be shown.
    maps: the same of the maps that are kept of it, to be shown over crops.
    """

    stem: str = ""
    sha256: str = ""
    slug: str = ""
    picture: str = ""
    maps: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one photograph does to every filter of the network, one layer after the other in the catalogue's order.

    peaks: float16, shape (filters,), >= 0: the greatest value of each map.
    places: uint8, shape (filters, 2): the peak's row and column on the map.
    ranks: uint8, shape (filters,): the place of each map's mean among those of its layer, as `records.ranks` has it.
    """

    peaks: NDArray[np.float16]
    places: NDArray[np.uint8]
    ranks: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What places say of a layer's filters, in sums that add up over photographs and workers.

    With x as `generator.measure.relatives` defines it: `values`, float64 of shape (filters,), sums x over `places` of
    them, and `products`, float64 of shape (filters, filters), x of each two filters.
    """

    places: int
    values: NDArray[np.float64]
    products: NDArray[np.float64]

    def published(self) -> Sums:
        """Return the sums as data files hold them, in float32, so that what is derived is the same after adoption."""
        values, products = (each.astype("float32").astype("float64") for each in (self.values, self.products))
        return Sums(self.places, values, products)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.places + other.places, self.values + other.values, self.products + other.products)


@dataclass(frozen=True, slots=True)
class Answer:
    """A filter's answer to a photograph: the peak of its map, and the row and column of the map where it is."""

    photograph: int
    peak: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Score:
    """A label or group of photographs that a filter tells from the others, and on how many photographs it stands.

    score: area under the curve of the peaks, 0-1.
    """

    label: str
    score: float
    count: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether the network handles a picture as it handles the filter's strongest photographs (Geirhos et al. 2023).

    1: as those; 0: as any photograph; below 0: as none. None: those are hardly more alike than any photographs are.

    overall: over the layers from the block before on. profile: at each earlier layer, in the catalogue's order.
    """

    overall: float | None
    profile: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PhotoLayer:
    """What a set of photographs says of one layer; sequences by filter have one entry for each filter of the layer.

    fires_on: int32, shape (filters,): on how many photographs the map is above zero anywhere.
    quantiles: float32, shape (filters, 5): of the peaks, at `QUANTILES`.
    strongest: by filter, the nine photographs that it answers to most, strongest first.
    words: by filter, the labels of these, each once.
    labels: by filter, at most two labels with a score that is earned, best first.
    relatives: by filter, the eight others it correlates with most, as (filter, correlation).
    order: all filters, each beside what it is like. families: the same, cut into families; one of its own counts.
    firmness: by family, the mean correlation of each two of its filters; 1 of one alone.
    duplicates: pairs that are nearly the same, as (lower filter, higher, correlation), most alike first.
    answers: by photograph, the filters that it excites most unusually: (filter, peak over the filter's 99 % quantile);
        of an atlas that is read from a store, empty for one that is among no filter's strongest.
    agreements: by edition and filter, of pictures of record.
    content: a digest of all that the rest was derived from but agreements; empty where it is not known.
    """

    layer: str
    fires_on: NDArray[np.int32]
    quantiles: NDArray[np.float32]
    strongest: tuple[tuple[Answer, ...], ...]
    words: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[Score, ...], ...]
    relatives: tuple[tuple[tuple[int, float], ...], ...]
    order: tuple[int, ...]
    families: tuple[tuple[int, ...], ...]
    firmness: tuple[float, ...]
    duplicates: tuple[tuple[int, int, float], ...]
    answers: tuple[tuple[tuple[int, float], ...], ...]
    agreements: Mapping[str, Mapping[int, Agreement]] = field(default_factory=dict)
    content: str = ""

    def agreement(self, record: FilterRecord) -> Agreement | None:
        """Return the agreement of a filter's picture with these photographs; None while it is not known."""
        return self.agreements.get(record.edition, {}).get(record.filter)

    def beyond(self, record: FilterRecord) -> float | None:
        """Return the peak on a filter's own picture over the strongest photograph's; None where one is lacking."""
        top = float(self.quantiles[record.filter, -1])
        return record.kept.peak / top if record.kept is not None and top > 0 else None


def named_photographs(layers: Iterable[PhotoLayer]) -> frozenset[int]:
    """Return the photographs that are among the strongest of some filter of `layers`."""
    return frozenset(answer.photograph for layer in layers for each in layer.strongest for answer in each)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A layer's filters by likeness, as `PhotoLayer` says it; photos: whether photographs say so, or the pictures."""

    order: tuple[int, ...]
    families: tuple[tuple[int, ...], ...]
    firmness: tuple[float, ...]
    duplicates: tuple[tuple[int, int, float], ...]
    photos: bool


@dataclass(frozen=True, slots=True, eq=False)
class PhotoSet:
    """Photographs that were read together with one set of weights, and what they say of each layer, by its name.

    measured: the version of `peaks`, of which all was read, and of each kind that was derived from them.
    """

    name: str
    weights_fingerprint: str
    photographs: tuple[Photograph, ...]
    layers: Mapping[str, PhotoLayer]
    measured: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_large(self) -> bool:
        """Whether the set is too large for a site to hold more than what it says of filters."""
        return len(self.photographs) > LARGE

    def cropped(self, layer: str, number: int) -> tuple[tuple[Photograph, MapPlace], ...]:
        """Return those of a filter's strongest photographs that are shown, strongest first, and where its peaks are."""
        answers = self.layers[layer].strongest[number]
        every = (
            (self.photographs[each.photograph], MapPlace(layer, number, each.row, each.column)) for each in answers
        )
        return tuple((photograph, place) for photograph, place in every if photograph.picture)
