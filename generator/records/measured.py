"""What is read off finished pictures: measurements of any kind, and the response that most pages show."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclasses resolve their fields' types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOP: Final = 10
"""How many of a picture's strongest filters a record names."""

SHOWN_LINKS: Final = 8
"""How many inputs of each sign a page and a data file name."""

KERNEL_LEVELS: Final = 9
"""The greatest weight of a kernel as it is published: whole numbers from -9 to 9."""

RESPONSE: Final = "response"
LINKS: Final = "links"
KEPT: Final = "kept"
PROFILE: Final = "profile"
"""The kinds of measurements of a picture: `Response`, `Links`, `Kept`, and what `profile_measurement` says."""

MOVES: Final = ("turned", "smaller", "larger", "mirrored")
"""How a picture is moved for `kept`, in the order in which that is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """What one kind of reading says of one filter's picture.

    sha256: digest of the file that was read. values: arrays by name; the kind's own module says which.
    """

    layer: str
    filter: int
    kind: str
    version: int
    sha256: str
    values: Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """How a layer answers to the published picture of one of its filters: the measurement `response`.

    means: float32, shape (filters of the layer,): mean of every filter's map.
    maps: uint8, shape (n, side, side), on one scale: maps of `map_filters` (the own one first, then the strongest
        others'); 255 is `map_peak`.
    """

    filter: int
    means: NDArray[np.float32]
    maps: NDArray[np.uint8]
    map_filters: tuple[int, ...]
    map_peak: float

    @property
    def displayed_mean(self) -> float:
        """Mean of the filter's own map."""
        return float(self.means[self.filter])

    @property
    def rank(self) -> int:
        """Place of the filter among all filters of its layer: 1 = strongest; ties share it."""
        return 1 + int((self.means > self.means[self.filter]).sum())

    @property
    def selectivity(self) -> float:
        """(own - others) / (own + others), others being their average: -1 to 1, and 0 when all are zero."""
        own = self.displayed_mean
        others = float((self.means.sum(dtype="float64") - own) / max(len(self.means) - 1, 1))
        return (own - others) / (own + others) if own + others > 0 else 0.0

    @property
    def top(self) -> tuple[tuple[int, float], ...]:
        """The ten strongest filters as (filter, mean), strongest first."""
        return strongest(self.means, TOP)

    def measurement(self, layer: str, version: int, sha256: str) -> Measurement:
        """Return the response as a measurement of the file with this digest."""
        import numpy as np  # noqa: PLC0415 - the program starts without it

        values: dict[str, NDArray[Any]] = {
            "means": np.asarray(self.means, np.float32),
            "maps": np.asarray(self.maps, np.uint8),
            "map_filters": np.asarray(self.map_filters, np.int32),
            "map_peak": np.asarray([self.map_peak], np.float64),
        }
        return Measurement(layer, self.filter, RESPONSE, version, sha256, values)

    @classmethod
    def of(cls, measurement: Measurement) -> Response | None:
        """Return the response in a measurement; None when it lacks an array."""
        values = measurement.values
        try:
            return cls(
                filter=measurement.filter,
                means=values["means"].astype("float32"),
                maps=values["maps"],
                map_filters=tuple(int(number) for number in values["map_filters"]),
                map_peak=float(values["map_peak"][0]),
            )
        except (KeyError, IndexError):
            return None


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """The parts that one filter's mean on one picture is made of; `amounts` and `bias` add up to `mean`.

    amounts: float32, shape (channels that the layer reads,): the part of each filter of the layer before; for
        block1_conv1 of the preprocessed channels R, G, B.
    bias: the bias times the share of places where the map is above zero.
    mean: mean of the filter's map after the ReLU.
    kernels: float16, shape (n, 3, 3): the filter's kernel on each input of `shown`, first row on top.
    """

    amounts: NDArray[np.float32]
    bias: float
    mean: float
    kernels: NDArray[np.float16]

    @property
    def shown(self) -> NDArray[np.intp]:
        """The inputs that a page names: `strongest_inputs` of the amounts."""
        return strongest_inputs(self.amounts)

    @property
    def positive(self) -> float:
        """Sum of the amounts above zero: what excites."""
        return float(self.amounts.clip(min=0).sum(dtype="float64"))

    @property
    def negative(self) -> float:
        """Sum of the amounts below zero, <= 0: what holds back."""
        return float(self.amounts.clip(max=0).sum(dtype="float64"))

    def measurement(self, layer: str, number: int, version: int, sha256: str) -> Measurement:
        """Return the links of filter `number` as a measurement of the file with this digest."""
        import numpy as np  # noqa: PLC0415 - the program starts without it

        values: dict[str, NDArray[Any]] = {
            "amounts": np.asarray(self.amounts, np.float32),
            "bias_and_mean": np.asarray([self.bias, self.mean], np.float64),
            "kernels": np.asarray(self.kernels, np.float16),
        }
        return Measurement(layer, number, LINKS, version, sha256, values)

    @classmethod
    def of(cls, measurement: Measurement) -> Links | None:
        """Return the links in a measurement; None when it lacks an array, or a kernel for an input that is shown."""
        values = measurement.values
        try:
            bias, mean = values["bias_and_mean"].tolist()
            found = cls(values["amounts"].astype("float32"), bias, mean, values["kernels"].astype("float16"))
        except (KeyError, ValueError):
            return None
        return found if found.kernels.shape == (len(found.shown), 3, 3) else None


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a filter's mean is left when its picture is moved a little: the measurement `kept`.

    Shares of the mean on the picture as it is, when that is turned by 5 degrees, scaled by 0.95 and by 1.05, mirrored.

    peak: greatest value of the filter's map on the picture as it is. All are float32.
    """

    turned: float
    smaller: float
    larger: float
    mirrored: float
    peak: float

    @classmethod
    def of(cls, measurement: Measurement) -> Kept | None:
        """Return what is kept; None for a filter that is at zero on its own picture, or where an array is missing."""
        shares, peak = (measurement.values.get(name) for name in ("shares", "peak"))
        if shares is None or peak is None or (shares.shape, peak.shape) != ((len(MOVES),), (1,)):
            return None
        return cls(*shares.tolist(), *peak.tolist())


def kept_measurement(kept: Kept | None, layer: str, number: int, version: int, sha256: str) -> Measurement:
    """Return what is kept as a measurement of the file with this digest; `Kept.of` is the way back.

    kept: None for a filter that is at zero on its own picture; the arrays are then empty.
    """
    import numpy as np  # noqa: PLC0415 - the program starts without it

    shares = [] if kept is None else [getattr(kept, name) for name in MOVES]
    values: dict[str, NDArray[Any]] = {
        "shares": np.array(shares, np.float32),
        "peak": np.array([] if kept is None else [kept.peak], np.float32),
    }
    return Measurement(layer, number, KEPT, version, sha256, values)


def profile_measurement(means: NDArray[np.float32], layer: str, number: int, version: int, sha256: str) -> Measurement:
    """Return the means of the filters of all earlier layers on a picture as a measurement of the file with this digest.

    means: shape (filters of the earlier layers,), one layer after the other in the catalogue's order; kept as float16.
    """
    import numpy as np  # noqa: PLC0415 - the program starts without it

    highest = float(np.finfo(np.float16).max)
    return Measurement(layer, number, PROFILE, version, sha256, {"means": means.clip(max=highest).astype(np.float16)})


@dataclass(frozen=True, slots=True, eq=False)
class MeasureResult:
    """What was measured on one stored picture."""

    layer: str
    filter: int
    measurements: tuple[Measurement, ...]


def strongest(means: NDArray[np.float32], count: int) -> tuple[tuple[int, float], ...]:
    """Return the `count` filters with the greatest means as (filter, mean), strongest first, the lower number first.

    means: float32, shape (filters of the layer,): one row of the cross-activation matrix.
    """
    return tuple((int(place), float(means[place])) for place in (-means).argsort(kind="stable")[:count])


def strongest_inputs(amounts: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return up to `SHOWN_LINKS` inputs with the greatest amounts above zero, then as many below it, by size.

    amounts: shape (inputs,). They are compared as float16, the precision in which they are published, so that the
    answer is the same before and after; of equal ones the lower number comes first.
    """
    import numpy as np  # noqa: PLC0415 - the program starts without it

    published = amounts.astype(np.float16)
    most, least = (np.argsort(values, kind="stable")[:SHOWN_LINKS] for values in (-published, published))
    return np.concatenate((most[published[most] > 0], least[published[least] < 0]))
