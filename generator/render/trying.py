"""View of try.html, the page that answers to a picture of one's own: the networks that it can run, and their units.

How strongly a filter answers says nothing by itself: filters have different scales. So the peak of its map is divided
by a peak that is unusual for this very filter, its 99% quantile on a set of photographs; without photographs by the
mean of its map on its own picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from generator.addresses import TRY, TRY_SCRIPT, network_folder
from generator.catalogue import LAYERS, three_digits
from generator.records import TOP, UNUSUAL
from generator.render.views import Head
from generator.render.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.catalogue import Layer
    from generator.records import FilterRecord
    from generator.render.inputs import Atlas, Picture, PictureKind, Pictures

Unit = Literal["quantile", "mean", "none"]

UNIT_WORDS: Final[dict[Unit, str]] = {
    "quantile": "times the filter's 99% quantile on {of}",
    "mean": "times the filter's mean on its own picture",
    "none": "the peak of the map",
}

SAMPLE: Final = 6
"""Pictures of the atlas that the page offers."""


@dataclass(frozen=True, slots=True)
class TryLayer:
    """A layer as the page runs it.

    unit: what answers are counted in, `words` says so. units: by filter, None for one that has none and is left out;
    empty where the unit is "none". thumb, picture: addresses with `{}` for a filter's three digits, empty without any.
    missing: filters without a picture.
    """

    name: str
    block: int
    inputs: int
    filters: int
    unit: Unit
    words: str
    units: tuple[float | None, ...]
    thumb: str
    picture: str
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TryNetwork:
    """A network that the page can run: what its weights are called, where they stand, and its thirteen layers."""

    weights: str
    folder: str
    layers: tuple[TryLayer, ...]


@dataclass(frozen=True, slots=True)
class TryView:
    """The page that answers to a picture of one's own. sample: pictures of the atlas, as (layer, filter, picture)."""

    head: Head
    script: str
    count: int
    networks: tuple[TryNetwork, ...]
    sample: tuple[tuple[str, int, Picture], ...]


def try_view(atlas: Atlas, pictures: Pictures) -> TryView:
    """Return the page with every network of `atlas.networks`."""
    return TryView(
        Head(TRY, "Try a picture", "Which filters of VGG16 answer to a picture of your own, in your browser."),
        TRY_SCRIPT,
        TOP,
        tuple(try_network(atlas, fingerprint, pictures) for fingerprint in atlas.networks),
        _sample(atlas, pictures),
    )


def try_network(atlas: Atlas, fingerprint: str, pictures: Pictures) -> TryNetwork:
    """Return the network with these weights; where the atlas holds nothing of a layer, its answers have no unit."""
    weights = next((one.weights for one in atlas.editions if one.weights_fingerprint == fingerprint), "")
    return TryNetwork(
        weights, network_folder(fingerprint), tuple(_layer(atlas, fingerprint, layer, pictures) for layer in LAYERS)
    )


def held_filters(atlas: Atlas, fingerprint: str, layer: str) -> tuple[FilterRecord, ...]:
    """Return the filters of the first edition with these weights that holds something of the layer."""
    editions = (one.name for one in atlas.editions if one.weights_fingerprint == fingerprint)
    held = (atlas.layers.get((name, layer)) for name in editions)
    return next((record.filters for record in held if record is not None and record.filters), ())


def _layer(atlas: Atlas, fingerprint: str, layer: Layer, pictures: Pictures) -> TryLayer:
    records = held_filters(atlas, fingerprint, layer.name)
    unit, units, of = _units(atlas, fingerprint, layer, records)
    pictured = {
        kind: {one.filter: picture for one in records if one.sha256 and (picture := _picture(pictures, one, kind))}
        for kind in ("thumb", "full")
    }
    return TryLayer(
        name=layer.name,
        block=layer.block,
        inputs=layer.in_channels,
        filters=layer.filters,
        unit=unit,
        words=UNIT_WORDS[unit].format(of=of),
        units=units,
        thumb=_pattern(pictured["thumb"]),
        picture=_pattern(pictured["full"]),
        missing=tuple(number for number in range(layer.filters) if number not in pictured["thumb"]) if records else (),
    )


def _units(
    atlas: Atlas, fingerprint: str, layer: Layer, records: Sequence[FilterRecord]
) -> tuple[Unit, tuple[float | None, ...], str]:
    for photo_set in atlas.photos:
        if photo_set.weights_fingerprint == fingerprint and layer.name in photo_set.layers:
            quantiles = photo_set.layers[layer.name].quantiles[:, UNUSUAL]
            of = count(len(photo_set.photographs), "photograph")
            return "quantile", tuple(_digits(float(value)) for value in quantiles), of
    means: list[float | None] = [None] * layer.filters
    for one in records:
        if one.is_measured:
            means[one.filter] = _digits(one.displayed_mean)
    return ("mean", tuple(means), "") if any(means) else ("none", (), "")


def _digits(value: float) -> float | None:
    """Return a unit with six digits; None for zero, by which nothing can be divided."""
    return float(f"{value:.6g}") if value > 0 else None


def _picture(pictures: Pictures, record: FilterRecord, kind: PictureKind) -> Picture | None:
    return pictures.picture(record.edition, record.layer, record.filter, kind)


def _pattern(pictured: dict[int, Picture]) -> str:
    for number, picture in pictured.items():
        before, _, after = picture.src.rpartition(three_digits(number))
        return f"{before}{{}}{after}"
    return ""


def _sample(atlas: Atlas, pictures: Pictures) -> tuple[tuple[str, int, Picture], ...]:
    """Return pictures evenly spaced over the deepest layer that is there: they show the most."""
    for layer in reversed(LAYERS):
        records = [one for name in atlas.networks[:1] for one in held_filters(atlas, name, layer.name)]
        shown = [(one.filter, thumb) for one in records if one.sha256 and (thumb := _picture(pictures, one, "thumb"))]
        if shown:
            some = min(SAMPLE, len(shown))
            return tuple((layer.name, *shown[place * len(shown) // some]) for place in range(some))
    return ()
