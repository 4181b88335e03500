"""What the sets of photographs say of one filter: its nine strongest, their peaks against its own, its relatives."""

from __future__ import annotations

from itertools import count as count_from
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from generator.addresses import filter_href, photo_maps, photo_path, photo_picture
from generator.catalogue import ARTICLE_SIZE_PX, layer_named
from generator.records import MapPlace, tile_side
from generator.render.inputs import Picture
from generator.render.photo_view import (
    Crop,
    OwnPeak,
    PhotoAnswer,
    PhotoCredit,
    PhotoEvidence,
    Relative,
    Relatives,
    Spread,
    Veil,
)
from generator.render.wording import count, figure, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from generator.records import Answer, Photograph, PhotoLayer, PhotoSet, Score

UP: Final = "../"
"""From a filter's page to the root of the site."""

QUANTILE_WORDS: Final = ("half of the photographs at most", "nine in ten at most", "99 in 100 at most")
"""Of the quantiles between the least and the greatest peak."""


def credited(photograph: Photograph) -> PhotoCredit:
    """Return what is said of a photograph."""
    return PhotoCredit(
        photograph.label or photograph.stem,
        photograph.author,
        photograph.author_page,
        photograph.page,
        photograph.licence,
    )


def shown(photos: PhotoSet, photograph: Photograph) -> Picture | None:
    """Return the thumbnail of a photograph that may be shown; None of any other."""
    if not photograph.picture:
        return None
    return Picture(photo_picture(photos.name, photograph.slug), ARTICLE_SIZE_PX, ARTICLE_SIZE_PX)


def _crops(photos: PhotoSet, layer: str, number: int) -> Iterator[Crop | None]:
    """Yield for each of a filter's strongest photographs what is shown of it."""
    cropped, size = photos.cropped(layer, number), tile_side(layer_named(layer))
    sprite = None
    if any(photograph.maps for photograph, _ in cropped):
        sprite = Picture(photo_maps(photos.name, layer, number), len(cropped) * size, size)
    tiles = count_from(0)
    for answer in photos.layers[layer].strongest[number]:
        picture = shown(photos, photos.photographs[answer.photograph])
        place = MapPlace(layer, number, answer.row, answer.column)
        yield None if picture is None else _crop(place, picture, sprite, next(tiles))


def _crop(place: MapPlace, picture: Picture, sprite: Picture | None, number: int) -> Crop:
    layer, (top, left, side), (row, column, places) = layer_named(place.layer), place.crop, place.tile
    at = column * layer.stride, row * layer.stride, places * layer.stride
    field = tuple(layer.field(each, ARTICLE_SIZE_PX) for each in (place.column, place.row))
    return Crop(
        picture=picture,
        box=f"{left} {top} {side} {side}",
        veil=None if sprite is None else Veil(sprite, *at, number * places),
        field=tuple((first, past - first) for first, past in field) if layer.receptive_field < side else (),
    )


def evidence(photos: PhotoSet, layer: str, number: int, own: Mapping[int, float]) -> PhotoEvidence:
    """Return what a set says of a filter; `own`: the peaks on its own pictures by their places on the page."""
    said, many = photos.layers[layer], len(photos.photographs)
    answers = said.strongest[number]
    quantiles = [float(value) for value in said.quantiles[number]]
    scale = 100 / (max(quantiles[-1], *own.values(), 0.0) or 1.0)
    fires = int(said.fires_on[number])
    crops = tuple(_crops(photos, layer, number))
    return PhotoEvidence(
        name=photos.name,
        count=count(many, "photograph"),
        nine=tuple(_answer(photos, answer, scale, crop) for answer, crop in zip(answers, crops, strict=True)),
        cropped=any(crops),
        mapped=any(crop is not None and crop.veil is not None for crop in crops),
        spread=_spread(quantiles, answers, own, scale),
        key=(
            ("answers at all on", f"{fires:,} of {many:,} ({share(fires, many)})"),
            *zip(QUANTILE_WORDS, map(figure, quantiles[1:4]), strict=True),
        ),
        earned=_earned(photos, said.labels[number]),
        credit=_licences(photos, answers),
    )


def relatives(
    said: PhotoLayer, number: int, thumbs: Mapping[int, Picture | None], paged: frozenset[int]
) -> Relatives | None:
    """Return the filters that a filter correlates with most over the photographs, None where none are known."""
    found = said.relatives[number]
    if not found:
        return None
    nearest = found[0][1]
    how = next(words for least, words in _NEARNESS if nearest >= least)
    return Relatives(
        f"The nearest correlates with {nearest:.2f} (1 would be the same): {how}.",
        tuple(
            Relative(filter_href(other) if other in paged else None, other, thumbs.get(other), f"{correlation:.2f}")
            for other, correlation in found
        ),
    )


_NEARNESS: Final = (
    (0.8, "nearly the same filter twice"),
    (0.6, "a close relative"),
    (0.4, "related, not alike"),
    (-1.0, "a distant relative"),
)


def _answer(photos: PhotoSet, answer: Answer, scale: float, crop: Crop | None) -> PhotoAnswer:
    photograph = photos.photographs[answer.photograph]
    return PhotoAnswer(
        href=None if photos.is_large else UP + photo_path(photos.name, photograph.slug),
        credit=credited(photograph),
        peak=figure(answer.peak),
        percent=max(1, round(answer.peak * scale)),
        crop=crop,
    )


def _spread(quantiles: Sequence[float], answers: Sequence[Answer], own: Mapping[int, float], scale: float) -> Spread:
    ends = [round(value * scale) for value in quantiles]
    highs = (20, 14, 8, 4)
    return Spread(
        bands=tuple(
            f"M{start} {18 - high // 2}H{end}v{high}H{start}"
            for (start, end), high in zip(pairwise(ends), highs, strict=True)
        ),
        dots="".join(dict.fromkeys(f"M{round(answer.peak * scale)} 18h0" for answer in answers)),
        owns=tuple(OwnPeak(place, figure(peak), max(1, round(peak * scale))) for place, peak in own.items()),
        end=figure(100 / scale),
        label=f"Peaks on the photographs, up to {figure(quantiles[-1])}",
    )


def _earned(photos: PhotoSet, labels: Sequence[Score]) -> str:
    """Return which labels a filter earns, in a sentence; nothing where the photographs have none."""
    if labels:
        told = " and ".join(f"{one.label} with {one.score:.2f} on {count(one.count, 'photograph')}" for one in labels)
        return f"It tells {told} from the rest."
    return "No label is earned." if any(one.label or one.group for one in photos.photographs) else ""


def _licences(photos: PhotoSet, answers: Sequence[Answer]) -> str:
    named = sorted({one for answer in answers if (one := photos.photographs[answer.photograph].licence)})
    return ", ".join(named)
