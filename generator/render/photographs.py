"""What the sets of photographs say of one filter: its nine strongest, their peaks against its own, its relatives."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from generator.addresses import filter_href, photo_path, photo_picture
from generator.catalogue import ARTICLE_SIZE_PX, layer_named
from generator.render.inputs import Picture
from generator.render.photo_view import PhotoAnswer, PhotoCredit, PhotoEvidence, Relative, Relatives, Spread
from generator.render.wording import count, figure, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.catalogue import Layer
    from generator.records import Answer, Photograph, PhotoLayer, PhotoSet, Score

UP: Final = "../"
"""From a filter's page to the root of the site."""

LEAST_CROP_PX: Final = 48
"""Side of the smallest piece of a photograph in which one can see what it is a piece of."""

QUANTILE_WORDS: Final = ("half of them at most", "nine in ten at most", "99 in 100 at most")
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


def crop(layer: Layer, row: int, column: int) -> tuple[int, tuple[int, int]]:
    """Return side, top and left of a square of a photograph: what a place of the map sees, with room around it.

    It is at least `LEAST_CROP_PX` wide and lies within the photograph.
    """
    side = min(max(layer.receptive_field, LEAST_CROP_PX), ARTICLE_SIZE_PX)
    room = (side - layer.receptive_field) // 2
    first = (place * layer.stride - layer.offset - room for place in (row, column))
    top, left = (min(max(at, 0), ARTICLE_SIZE_PX - side) for at in first)
    return side, (top, left)


def evidence(photos: PhotoSet, layer: str, number: int, own: Sequence[tuple[int, str, float | None]]) -> PhotoEvidence:
    """Return what a set says of a filter; `own`: (place on the page, edition, peak on its picture, if known)."""
    said, many = photos.layers[layer], len(photos.photographs)
    answers = said.strongest[number]
    greatest = answers[0].peak if answers else 0.0
    quantiles = [float(value) for value in said.quantiles[number]]
    fires = int(said.fires_on[number])
    return PhotoEvidence(
        name=photos.name,
        count=count(many, "photograph"),
        nine=tuple(_answer(photos, layer, answer, greatest) for answer in answers),
        spreads=tuple(_spread(place, quantiles, answers, peak) for place, _, peak in own),
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


def _answer(photos: PhotoSet, layer: str, answer: Answer, greatest: float) -> PhotoAnswer:
    photograph = photos.photographs[answer.photograph]
    side, (top, left) = crop(layer_named(layer), answer.row, answer.column)
    return PhotoAnswer(
        href=UP + photo_path(photos.name, photograph.slug),
        credit=credited(photograph),
        peak=figure(answer.peak),
        percent=max(1, round(100 * answer.peak / greatest)),
        picture=shown(photos, photograph),
        box=f"{left} {top} {side} {side}",
    )


def _spread(place: int, quantiles: Sequence[float], answers: Sequence[Answer], own: float | None) -> Spread:
    top = quantiles[-1]
    scale = 100 / (max(top, own or 0.0) or 1.0)
    ends = [round(value * scale, 1) for value in quantiles]
    text = "" if own is None else _own_text(own, top)
    return Spread(
        place=place,
        bands=tuple((start, round(end - start, 1)) for start, end in pairwise(ends)),
        dots=tuple(round(answer.peak * scale, 1) for answer in answers),
        top=ends[-1],
        top_text=f"strongest photograph {figure(top)}",
        own=None if own is None else round(own * scale, 1),
        own_peak="" if own is None else figure(own),
        own_text=text,
        label=f"Peaks on the photographs: up to {figure(top)}{f'; {text}' if text else ''}",
    )


def _own_text(own: float, top: float) -> str:
    if top <= 0:
        return f"this picture {figure(own)}"
    return f"this picture {figure(own)}, {times_words(own / top)} the strongest photograph"


def times_words(ratio: float) -> str:
    """Return `3.7 times`, `12 times`, `0.6 times`."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"  # noqa: PLR2004 - digits are decided here


def _earned(photos: PhotoSet, labels: Sequence[Score]) -> str:
    """Return which labels a filter earns, in a sentence; nothing where the photographs have none."""
    if labels:
        told = " and ".join(f"{one.label} with {one.score:.2f} on {count(one.count, 'photograph')}" for one in labels)
        return f"It tells {told} from the rest."
    return "No label is earned." if any(one.label or one.group for one in photos.photographs) else ""


def _licences(photos: PhotoSet, answers: Sequence[Answer]) -> str:
    named = sorted({one for answer in answers if (one := photos.photographs[answer.photograph].licence)})
    return ", ".join(named)
