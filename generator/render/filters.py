"""Views of the filter pages: one filter, every edition beside the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from generator.addresses import filter_href, filter_path, wall_path
from generator.catalogue import LAYER_NAMES, layer_named
from generator.render.charts import loss_curve
from generator.render.circuits import circuits
from generator.render.filter_view import FilterEdition, FilterView, Responder
from generator.render.ladder import unit_of, way_down
from generator.render.lookup import PIXELATED_UP_TO_PX, holders, paged_filters, shown_large
from generator.render.photographs import evidence, relatives
from generator.render.saying import saying
from generator.render.trust import trust
from generator.render.views import Head
from generator.render.wording import (
    BADGES,
    DASH,
    alt_text,
    and_rising,
    cite,
    command,
    ended,
    figure,
    is_of_former_settings,
    ordinal,
    share,
    square,
    story,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from generator.records import EditionRecord, FilterRecord, LayerRecord, PhotoSet
    from generator.render.filter_view import Circuit
    from generator.render.inputs import Atlas, Picture, Pictures
    from generator.render.links import LinksAround
    from generator.render.photo_view import Relatives
    from generator.render.saying import Pieces

RESPONDERS = 4
"""How many others a page shows that answer to a filter's picture, and pictures of others that excite the filter.

The page of the matrix has all of them.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """One edition of the layer, with what all its filter pages share.

    thumbs: by filter number. exciters: int, shape (filters of the layer, n): rows of `cross`, strongest first.
    photos: the largest set of photographs that was read with the edition's weights.
    """

    edition: EditionRecord
    records: Mapping[int, FilterRecord]
    rows: tuple[int, ...]
    cross: NDArray[np.float32]
    exciters: NDArray[np.intp]
    thumbs: Mapping[int, Picture | None]
    circuits: Mapping[int, Circuit]
    photos: PhotoSet | None


def filter_views(atlas: Atlas, layer: str, pictures: Pictures) -> Iterator[FilterView]:
    """Yield the view of every filter of `layer` that some edition holds, in ascending order."""
    numbers = paged_filters(atlas, layer)
    paged = frozenset(numbers)
    links = atlas.part(layer).links
    known_weights = {edition.weights_fingerprint for edition, _ in holders(atlas, layer)}
    photos = tuple(one for one in atlas.photos if layer in one.layers and one.weights_fingerprint in known_weights)
    held = [_held(edition, record, links[edition.name], photos, pictures) for edition, record in holders(atlas, layer)]
    for place, number in enumerate(numbers):
        mine = [(one, one.records[number]) for one in held if number in one.records]
        before = numbers[place - 1] if place else None
        after = numbers[place + 1] if place + 1 < len(numbers) else None
        said = [saying(record, one.photos, one.circuits.get(number)) for one, record in mine]
        same = sum(1 for _ in takewhile(lambda pieces: len(set(pieces)) == 1, zip(*said, strict=False)))
        yield FilterView(
            head=Head(
                filter_path(layer, number),
                f"{layer}, filter {number}",
                "",
            ),
            layer=layer,
            number=number,
            say=said[0][:same],
            dead_at_start=any(record.dead_at_start for _, record in mine),
            story=story([(one.edition, record) for one, record in mine]),
            wall_path=wall_path(layer),
            previous=None if before is None else filter_href(before),
            following=None if after is None else filter_href(after),
            before=before,
            after=after,
            last=layer == LAYER_NAMES[-1],
            editions=tuple(
                _edition(at, one, record, paged, pictures, own[same:])
                for at, ((one, record), own) in enumerate(zip(mine, said, strict=True), start=1)
            ),
            photographs=tuple(evidence(one, layer, number, _own_peaks(one, mine)) for one in photos),
            relatives=_relatives(photos, layer, number, mine, paged),
            way=next(
                filter(None, (way_down(record, one.circuits.get(number), pictures) for one, record in mine)), None
            ),
        )


def _held(
    edition: EditionRecord, record: LayerRecord, links: LinksAround, photos: Sequence[PhotoSet], pictures: Pictures
) -> _Held:
    rows = tuple(one.filter for one in record.filters)
    cross = record.cross.copy()
    cross[np.arange(len(rows)), list(rows)] = -1.0
    order = np.argsort(-cross, axis=0, kind="stable")[: RESPONDERS + 1]
    return _Held(
        edition=edition,
        records={one.filter: one for one in record.filters},
        rows=rows,
        cross=record.cross,
        exciters=order.T,
        thumbs={
            one.filter: pictures.picture(edition.name, record.layer, one.filter, "thumb")
            for one in record.filters
            if one.sha256
        },
        circuits=circuits(record, links, pictures),
        photos=next((one for one in photos if one.weights_fingerprint == edition.weights_fingerprint), None),
    )


def _own_peaks(photos: PhotoSet, mine: Iterable[tuple[_Held, FilterRecord]]) -> dict[int, float]:
    """Return by place the picture's peak in the editions whose weights the photographs were read with."""
    return {
        place: record.kept.peak
        for place, (one, record) in enumerate(mine, start=1)
        if record.kept and one.edition.weights_fingerprint == photos.weights_fingerprint
    }


def _relatives(
    photos: Sequence[PhotoSet],
    layer: str,
    number: int,
    mine: Sequence[tuple[_Held, FilterRecord]],
    paged: frozenset[int],
) -> Relatives | None:
    """Return the relatives by the largest set, with pictures of the first edition."""
    return relatives(photos[0].layers[layer], number, mine[0][0].thumbs, paged) if photos else None


def _edition(
    place: int, held: _Held, record: FilterRecord, paged: frozenset[int], pictures: Pictures, say: Pieces
) -> FilterEdition:
    name, failed = held.edition.name, record.sha256 is None
    picture = None if failed else pictures.picture(name, record.layer, record.filter, "full")
    maps = None if failed else pictures.picture(name, record.layer, record.filter, "maps")
    size_px, circuit = record.settings.size_px, held.circuits.get(record.filter)
    return FilterEdition(
        place=place,
        name=name,
        status=record.status,
        badge=BADGES[record.status],
        say=say,
        picture=picture,
        unit=unit_of(shown_large(size_px)),
        pixelated=size_px <= PIXELATED_UP_TO_PX,
        alt=f"{alt_text(record)}, recipe {name}",
        caption=("no picture", "") if failed else (f"{name}, {square(size_px)}", _rank_words(record)),
        curve=loss_curve(record),
        measures=() if failed else _measures(record),
        responders=() if failed else _responders(held, record, paged),
        exciters=_exciters(held, record),
        maps=maps,
        map_tiles=record.map_filters,
        map_peak=figure(record.map_peak),
        trust=trust(record, held.photos),
        command=command(held.edition, record),
        is_former=is_of_former_settings(held.edition, record),
        cite=cite(held.edition, record),
        circuit=circuit,
    )


def _is_ranked(record: FilterRecord) -> bool:
    return record.is_measured and record.image_mean > 0


def _rank_words(record: FilterRecord) -> str:
    if not _is_ranked(record):
        return ""
    many = layer_named(record.layer).filters
    place = "the first" if record.rank == 1 else ordinal(record.rank)
    return f"{place} of {many} filters to answer to it"


def _measures(record: FilterRecord) -> tuple[tuple[str, str, str], ...]:
    steps = f"{record.steps_run:,}, {ended(record)}{and_rising(record)}"
    return (
        ("status", record.status, ""),
        ("mean at the first step", figure(record.first_loss), ""),
        ("mean at the last step", figure(record.final_loss), ""),
        ("mean on the finished picture", figure(record.image_mean), "not yet compressed"),
        ("mean on the published file", _displayed(record), "as you see it"),
        (
            "selectivity",
            f"{record.selectivity:.2f}" if _is_ranked(record) else DASH,
            "against the others' average, -1 to 1",
        ),
        ("steps", steps, "and what ended them"),
    )


def _displayed(record: FilterRecord) -> str:
    if not record.is_measured:
        return DASH
    left = record.displayed_share
    return "0" if math.isnan(left) else f"{figure(record.displayed_mean)} ({share(left, 1)})"


def _responders(held: _Held, record: FilterRecord, paged: frozenset[int]) -> tuple[Responder, ...]:
    others = [(number, mean) for number, mean in record.top if number != record.filter and mean > 0]
    greatest = max(record.displayed_mean, others[0][1]) if others else 1.0
    return tuple(
        _responder(held, record, number, mean, greatest, filter_href(number) if number in paged else None)
        for number, mean in others[:RESPONDERS]
    )


def _exciters(held: _Held, record: FilterRecord) -> tuple[Responder, ...]:
    """Return the pictures of other filters that excite this one most, as far as they excite it at all."""
    means = [(held.rows[row], float(held.cross[row, record.filter])) for row in held.exciters[record.filter]]
    others = [(number, mean) for number, mean in means if number != record.filter and mean > 0]
    greatest = max(record.displayed_mean, others[0][1]) if others else 1.0
    return tuple(
        _responder(held, record, number, mean, greatest, filter_href(number)) for number, mean in others[:RESPONDERS]
    )


def _responder(
    held: _Held, record: FilterRecord, number: int, mean: float, greatest: float, href: str | None
) -> Responder:
    return Responder(
        href,
        number,
        held.thumbs.get(number),
        times(mean, record.displayed_mean),
        max(1, round(100 * mean / greatest)),
    )
