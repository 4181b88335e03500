"""Rows of the file of photographs: records as JSON or packed, arrays as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import numpy as np

from generator.catalogue import FILTER_COUNT, LAYERS
from generator.records import (
    Agreement,
    Answer,
    Credit,
    MapPlace,
    Photograph,
    PhotoLayer,
    Reading,
    Score,
    Sums,
    tile_side,
)
from generator.store.rows import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

T = TypeVar("T")

_TILE_SIDES: Final = {layer.name: tile_side(layer) for layer in LAYERS}


class _Facts(msgspec.Struct):
    """What is said of a photograph, as JSON."""

    stem: str
    credit: Credit


class _Layer(msgspec.Struct, array_like=True):
    """What a set says of a layer beside its arrays, packed; the fields are `PhotoLayer`'s."""

    strongest: tuple[tuple[tuple[int, float, int, int], ...], ...]
    words: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[tuple[str, float, int], ...], ...]
    relatives: tuple[tuple[tuple[int, float], ...], ...]
    order: tuple[int, ...]
    families: tuple[tuple[int, ...], ...]
    firmness: tuple[float, ...]
    duplicates: tuple[tuple[int, int, float], ...]
    answers: tuple[tuple[tuple[int, float], ...], ...]
    arrays: bytes


def facts_text(photograph: Photograph) -> str:
    """Return what is said of a photograph as its row holds it."""
    credit = Credit(**{name: getattr(photograph, name) for name in Credit.__dataclass_fields__})
    return msgspec.json.encode(_Facts(photograph.stem, credit)).decode()


def photograph_of(sha256: str, text: str) -> Photograph:
    """Return the photograph of a row; of one that this version of the atlas cannot read only the digest is known."""
    facts = _decoded(text.encode(), _Facts)
    if facts is None:
        return Photograph(stem=sha256, sha256=sha256)
    known = {name: getattr(facts.credit, name) for name in Credit.__dataclass_fields__}
    return Photograph(**known, stem=facts.stem, sha256=sha256)


def reading_blobs(reading: Reading) -> tuple[bytes, bytes, bytes]:
    """Return peaks, places and ranks as a row holds them; raise `ValueError` when they are not of all filters."""
    arrays = (reading.peaks.astype("<f2"), reading.places.astype("u1"), reading.ranks.astype("u1"))
    shapes = ((FILTER_COUNT,), (FILTER_COUNT, 2), (FILTER_COUNT,))
    if tuple(array.shape for array in arrays) != shapes:
        raise ValueError("a reading has peaks, places and ranks of all filters")
    peaks, places, ranks = (np.ascontiguousarray(array).tobytes() for array in arrays)
    return peaks, places, ranks


def sums_bytes(sums: Sums) -> bytes:
    """Return sums as a row holds them."""
    return packed({"values": sums.values, "products": sums.products})


def sums_of(places: int, data: bytes) -> Sums | None:
    """Return the sums in a row; None when this version of the atlas cannot read them."""
    arrays = unpacked(data)
    if arrays is None or not {"values", "products"} <= arrays.keys():
        return None
    return Sums(places, arrays["values"], arrays["products"])


def layer_bytes(layer: PhotoLayer) -> bytes:
    """Return what a set says of a layer, without agreements, as its row holds it."""
    return msgspec.msgpack.encode(
        _Layer(
            strongest=tuple(tuple((a.photograph, a.peak, a.row, a.column) for a in each) for each in layer.strongest),
            words=layer.words,
            labels=tuple(tuple((s.label, s.score, s.count) for s in each) for each in layer.labels),
            relatives=layer.relatives,
            order=layer.order,
            families=layer.families,
            firmness=layer.firmness,
            duplicates=layer.duplicates,
            answers=layer.answers,
            arrays=packed({"fires_on": layer.fires_on, "quantiles": layer.quantiles}),
        )
    )


def layer_of(name: str, data: bytes) -> PhotoLayer | None:
    """Return what a set says of the layer called `name`; None when this version of the atlas cannot read it."""
    try:
        found = msgspec.msgpack.decode(data, type=_Layer)
    except msgspec.MsgspecError:
        return None
    arrays: Mapping[str, Any] = unpacked(found.arrays) or {}
    if not {"fires_on", "quantiles"} <= arrays.keys():
        return None
    return PhotoLayer(
        layer=name,
        fires_on=arrays["fires_on"],
        quantiles=arrays["quantiles"],
        strongest=tuple(tuple(Answer(*answer) for answer in each) for each in found.strongest),
        words=found.words,
        labels=tuple(tuple(Score(*score) for score in each) for each in found.labels),
        relatives=found.relatives,
        order=found.order,
        families=found.families,
        firmness=found.firmness,
        duplicates=found.duplicates,
        answers=found.answers,
    )


def maps_bytes(maps: Mapping[MapPlace, NDArray[np.uint8]]) -> bytes:
    """Return the tiles of maps on a photograph as its row holds them."""
    ordered = sorted(maps, key=lambda place: (place.layer, place.filter, place.row, place.column))
    return msgspec.msgpack.encode(
        [(one.layer, one.filter, one.row, one.column, np.ascontiguousarray(maps[one]).tobytes()) for one in ordered]
    )


def maps_of(data: bytes) -> dict[MapPlace, NDArray[np.uint8]]:
    """Return the tiles in a row; none when this version of the atlas cannot read them."""
    try:
        found = msgspec.msgpack.decode(data, type=tuple[tuple[str, int, int, int, bytes], ...])
        return {
            MapPlace(layer, number, row, column): np.frombuffer(tile, np.uint8).reshape(2 * (_TILE_SIDES[layer],))
            for layer, number, row, column, tile in found
        }
    except (msgspec.MsgspecError, KeyError, ValueError):
        return {}


def agreement_text(agreement: Agreement) -> str:
    """Return an agreement as its row holds it."""
    return msgspec.json.encode(agreement).decode()


def agreement_of(text: str) -> Agreement | None:
    """Return the agreement in a row; None when this version of the atlas cannot read it."""
    return _decoded(text.encode(), Agreement)


def _decoded(data: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError:
        return None
