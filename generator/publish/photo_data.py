"""What photographs say, as data files from which a clone goes on without reading a photograph again.

Everything here is told of the photographs in one order, that of `photos.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from generator.publish.data import json_bytes, npy_bytes, rounded, shortest
from generator.records import Credit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.records import Agreement, Photograph, PhotoLayer, PhotoSet, Sums


class PhotoArrays(Protocol):
    """Gives what the photographs of a set, by its name, do to a layer: arrays with a row for each photograph."""

    def thumbnail(self, name: str, sha256: str) -> bytes:
        """Return the file of the thumbnail of a photograph that has one."""

    def peaks(self, name: str, layer: str) -> NDArray[np.float16]:
        """Return the peaks, shape (photographs, filters)."""

    def ranks(self, name: str, layer: str) -> NDArray[np.uint8]:
        """Return the ranks of the means, shape (photographs, filters)."""

    def sums(self, name: str, layer: str) -> Sums:
        """Return the sums over all of the photographs."""


def photos_json(one: PhotoSet) -> bytes:
    """Return `photos.json`: the photographs of a set, and the versions of what was read off them and derived."""
    content = {
        "set": one.name,
        "weights_fingerprint": one.weights_fingerprint,
        "measured": dict(one.measured),
        "photographs": [_photograph_data(photograph) for photograph in one.photographs],
    }
    return json_bytes(content, lines_deep=2)


def photo_layer_json(one: PhotoSet, layer: str, arrays: PhotoArrays) -> bytes:
    """Return `<layer>.json`: what the photographs of a set say of a layer.

    `strongest` are `[photograph, peak, row, column]`, `labels` `[label, score, photographs that bear it]`, `relatives`
    `[filter, correlation]`; `firmness` is each family's mean correlation; `agreement` is by edition; `places` is the
    number of places that the sums are over.
    """
    found = one.layers[layer]
    content = {
        "set": one.name,
        "layer": layer,
        "photographs": len(one.photographs),
        "places": arrays.sums(one.name, layer).places,
        "order": list(found.order),
        "families": [list(family) for family in found.families],
        "firmness": [rounded(alike) for alike in found.firmness],
        "duplicates": [[lower, higher, rounded(alike)] for lower, higher, alike in found.duplicates],
        "filters": [_filter_data(found, number) for number in range(len(found.fires_on))],
    }
    return json_bytes(content, lines_deep=2)


def peaks_npy(one: PhotoSet, layer: str, arrays: PhotoArrays) -> bytes:
    """Return `<layer>.peaks.npy`: float16, row = photograph, column = filter."""
    return npy_bytes(np.ascontiguousarray(arrays.peaks(one.name, layer), "<f2"))


def ranks_npy(one: PhotoSet, layer: str, arrays: PhotoArrays) -> bytes:
    """Return `<layer>.ranks.npy`: as the peaks, uint8: how the maps' means are ordered on each photograph."""
    return npy_bytes(np.ascontiguousarray(arrays.ranks(one.name, layer), "u1"))


def sums_npy(one: PhotoSet, layer: str, arrays: PhotoArrays) -> bytes:
    """Return `<layer>.sums.npy`: float32, the sums, then the products of each two.

    The products are a symmetric matrix, of which the upper half is told row by row, from the diagonal on.
    """
    sums = arrays.sums(one.name, layer)
    products = sums.products[np.triu_indices(len(sums.values))]
    return npy_bytes(np.concatenate((sums.values, products)).astype("<f4"))


def _photograph_data(photograph: Photograph) -> dict[str, Any]:
    return {name: getattr(photograph, name) for name in ("stem", "sha256", *Credit.__dataclass_fields__)}


def _filter_data(layer: PhotoLayer, number: int) -> dict[str, Any]:
    agreed = {edition: of[number] for edition, of in layer.agreements.items() if number in of}
    return {
        "filter": number,
        "fires_on": int(layer.fires_on[number]),
        "quantiles": [shortest(value) for value in layer.quantiles[number]],
        "strongest": [[one.photograph, shortest(one.peak), one.row, one.column] for one in layer.strongest[number]],
        "labels": [[one.label, rounded(one.score), one.count] for one in layer.labels[number]],
        "relatives": [[other, rounded(alike)] for other, alike in layer.relatives[number]],
        "agreement": {edition: _agreement_data(one) for edition, one in agreed.items()},
    }


def _agreement_data(one: Agreement) -> dict[str, Any]:
    profile = [None if score is None else shortest(score) for score in one.profile]
    return {"overall": None if one.overall is None else shortest(one.overall), "profile": profile}
