"""The sets of photographs of a published site: foreign input as all of an archive, held against its checksums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping  # noqa: TC003 - dataclasses' fields are resolved when they are read
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import numpy as np

from generator.catalogue import ARTICLE_SIZE_PX, FILTER_COUNT, LAYER_NAMES, LAYERS, layer_named
from generator.errors import DamagedFile
from generator.publish.archive import HIGHEST, Archive, ArchivedPhotoLayer, ArchivedPhotos, Digest, decoded
from generator.records import Agreement, Credit, MapPlace, Reading, Sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.addresses import PhotoArray

TOGETHER: Final = 8192
"""Photographs whose readings are in memory at once, 21 KB each."""

_MOST_STRONGEST: Final = 9
_MOST_PLACES: Final = 2**40

Count = Annotated[int, msgspec.Meta(ge=0, le=_MOST_PLACES)]
Score = Annotated[float, msgspec.Meta(ge=-HIGHEST, le=HIGHEST)]
Strongest = Annotated[tuple[tuple[Count, float, Count, Count], ...], msgspec.Meta(max_length=_MOST_STRONGEST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPhotograph(Credit):
    """What `photos.json` says of one photograph; the texts are a stranger's."""

    stem: str
    sha256: Digest


@dataclass(frozen=True, slots=True)
class ArchivedSet:
    """What `photos.json` says. measured: version by kind."""

    set: str
    weights_fingerprint: Digest
    measured: Mapping[str, int]
    photographs: Annotated[tuple[ArchivedPhotograph, ...], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Agreement:
    overall: Score | None
    profile: tuple[Score | None, ...]


@dataclass(frozen=True, slots=True)
class _Filter:
    filter: int
    strongest: Strongest
    agreement: Mapping[str, _Agreement]


@dataclass(frozen=True, slots=True)
class _Layer:
    set: str
    layer: str
    photographs: int
    places: Count
    filters: tuple[_Filter, ...]


class PhotoArchive:
    """One set of photographs of a site.

    Raises:
        DamagedFile: here and from each method, where a file cannot be used; the text begins with the file's address.

    """

    def __init__(self, archive: Archive, found: ArchivedPhotos) -> None:
        self._archive, self.name = archive, found.name
        self._places = {each.layer: each for each in found.layers}
        if self._places.keys() != set(LAYER_NAMES):
            raise DamagedFile(f"{found.data} is not beside the data of all layers")
        with _at(found.data):
            self.said = decoded(archive.read(found.data), ArchivedSet)
            self._check(found)
        self._layers = {name: self._layer(self._places[name]) for name in LAYER_NAMES}

    @property
    def count(self) -> int:
        """How many photographs the set has."""
        return len(self.said.photographs)

    def readings(self) -> Iterator[tuple[slice, list[Reading]]]:
        """Yield what the photographs do to every filter, in their order and some at once, with their places in it.

        Where on its map a peak is, is known of each filter's strongest photographs alone; of the others it reads 0, 0.
        """
        for at in range(0, self.count, TOGETHER):
            part = slice(at, min(at + TOGETHER, self.count))
            peaks, ranks = self._spans("peaks", np.float16, part), self._spans("ranks", np.uint8, part)
            places = self._peak_places(part)
            yield part, [Reading(*each) for each in zip(peaks, places, ranks, strict=True)]

    def sums(self) -> dict[str, Sums]:
        """Return the sums over all photographs, by layer."""
        return {name: self._sums(name) for name in LAYER_NAMES}

    def strongest(self, layer: str) -> tuple[tuple[tuple[int, MapPlace], ...], ...]:
        """Return by filter of a layer the photographs it answers to most, as their places, and where."""
        return tuple(
            tuple(
                (photograph, MapPlace(layer, one.filter, row, column)) for photograph, _, row, column in one.strongest
            )
            for one in self._layers[layer].filters
        )

    def agreements(self, layer: str) -> dict[str, dict[int, Agreement]]:
        """Return the agreement of pictures of a layer's filters, by edition and filter."""
        found: dict[str, dict[int, Agreement]] = {}
        for one in self._layers[layer].filters:
            for edition, each in one.agreement.items():
                found.setdefault(edition, {})[one.filter] = Agreement(each.overall, each.profile)
        return found

    def _check(self, found: ArchivedPhotos) -> None:
        if (self.said.set, self.said.weights_fingerprint) != (found.name, found.weights_fingerprint):
            raise DamagedFile("is of another set")
        if len({each.sha256 for each in self.said.photographs}) < self.count:
            raise DamagedFile("names a photograph twice")

    def _layer(self, place: ArchivedPhotoLayer) -> _Layer:
        layer, earlier = layer_named(place.layer), LAYER_NAMES.index(place.layer)
        side = ARTICLE_SIZE_PX // layer.stride
        with _at(place.data):
            found = decoded(self._archive.read(place.data), _Layer)
            if (found.set, found.layer, found.photographs) != (self.name, place.layer, self.count):
                raise DamagedFile("is of another set or layer")
            if [one.filter for one in found.filters] != list(range(layer.filters)):
                raise DamagedFile("does not tell of each filter once")
            for one in found.filters:
                if any(each[0] >= self.count or max(each[2:]) >= side for each in one.strongest):
                    raise DamagedFile("names a photograph or a place that does not exist")
                if any(len(each.profile) != earlier for each in one.agreement.values()):
                    raise DamagedFile("has an agreement that is not of each earlier layer")
        return found

    def _spans(self, kind: PhotoArray, dtype: type[np.number[Any]], part: slice) -> NDArray[Any]:
        found = np.empty((part.stop - part.start, FILTER_COUNT), dtype)
        for layer in LAYERS:
            address = getattr(self._places[layer.name], kind)
            with _at(address):
                matrix = self._archive.matrix(address, dtype, (self.count, layer.filters))
                if (matrix < 0).any():
                    raise DamagedFile("holds numbers below zero")
            found[:, layer.span] = matrix[part]
        return found

    def _peak_places(self, part: slice) -> NDArray[np.uint8]:
        found = np.zeros((part.stop - part.start, FILTER_COUNT, 2), np.uint8)
        for layer in LAYERS:
            for one in self._layers[layer.name].filters:
                for photograph, _, row, column in one.strongest:
                    if part.start <= photograph < part.stop:
                        found[photograph - part.start, layer.span.start + one.filter] = row, column
        return found

    def _sums(self, name: str) -> Sums:
        address, filters = self._places[name].sums, layer_named(name).filters
        with _at(address):
            found: NDArray[Any] = self._archive.matrix(address, np.float32, (filters + filters * (filters + 1) // 2,))
            values, half = np.split(found.astype(np.float64), [filters])
            products = np.zeros((filters, filters))
            products[np.triu_indices(filters)] = half
            if (np.diag(products) < 0).any():
                raise DamagedFile("holds squares below zero")
        return Sums(self._layers[name].places, values, products + np.triu(products, 1).T)


@contextmanager
def _at(address: str) -> Iterator[None]:
    """Name the file that cannot be used."""
    try:
        yield
    except DamagedFile as error:
        raise DamagedFile(f"{address} {error}") from error
