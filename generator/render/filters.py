"""Views of the filter pages: one filter, every edition beside the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from generator.addresses import filter_href, filter_path, wall_path
from generator.catalogue import layer_named
from generator.render.charts import loss_curve
from generator.render.circuits import circuits
from generator.render.facts import told
from generator.render.filter_view import FilterEdition, FilterView, MapTile, Responder
from generator.render.lookup import PIXELATED_UP_TO_PX, holders, paged_filters
from generator.render.views import Head
from generator.render.wording import (
    BADGES,
    DASH,
    STOP_WORD,
    alt_text,
    and_rising,
    command,
    figure,
    share,
    square,
    story,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from generator.records import EditionRecord, FilterRecord, LayerRecord
    from generator.render.filter_view import Circuit
    from generator.render.inputs import Atlas, Picture, Pictures
    from generator.render.links import LinksAround

EXCITERS = 5
"""How many pictures of other filters a page shows that excite its filter most."""

LARGE_PX = 384
"""Side at which a filter's picture is shown, as near as whole multiples of a small canvas come to it."""

MEASURES: tuple[tuple[str, str], ...] = (
    ("status", "active, woken from zero, or dead"),
    ("first loss", "mean of the filter's map before the first step"),
    ("final loss", "the same before the last step"),
    ("image mean", "on the finished picture, before it is clipped, rounded and compressed"),
    ("displayed mean", "on the very file that you see, decoded"),
    ("rank", "place among the layer's filters on this picture"),
    ("selectivity", "own mean against the others' average, -1 to 1"),
    ("steps", "how many, and what ended them"),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """One edition of the layer, with what all its filter pages share.

    thumbs: by filter number. exciters: int, shape (filters of the layer, n): rows of `cross`, strongest first.
    """

    edition: EditionRecord
    records: Mapping[int, FilterRecord]
    rows: tuple[int, ...]
    cross: NDArray[np.float32]
    exciters: NDArray[np.intp]
    thumbs: Mapping[int, Picture | None]
    circuits: Mapping[int, Circuit]


def filter_views(atlas: Atlas, layer: str, pictures: Pictures) -> Iterator[FilterView]:
    """Yield the view of every filter of `layer` that some edition holds, in ascending order."""
    numbers = paged_filters(atlas, layer)
    paged = frozenset(numbers)
    links = atlas.part(layer).links
    held = [_held(edition, record, links[edition.name], pictures) for edition, record in holders(atlas, layer)]
    filters = layer_named(layer).filters
    for place, number in enumerate(numbers):
        mine = [(one, one.records[number]) for one in held if number in one.records]
        yield FilterView(
            head=Head(
                filter_path(layer, number),
                f"{layer}, filter {number}",
                f"What filter {number} of {layer} in VGG16 looks for: its picture, its numbers, who answers to it.",
            ),
            layer=layer,
            number=number,
            dead_at_start=any(record.dead_at_start for _, record in mine),
            story=story([(one.edition, record) for one, record in mine]),
            wall_path=wall_path(layer),
            previous=filter_href(numbers[place - 1]) if place else None,
            following=filter_href(numbers[place + 1]) if place + 1 < len(numbers) else None,
            position=f"of {filters} in {layer}",
            measures=MEASURES,
            editions=tuple(_edition(one, record, paged, pictures) for one, record in mine),
        )


def _held(edition: EditionRecord, record: LayerRecord, links: LinksAround, pictures: Pictures) -> _Held:
    rows = tuple(one.filter for one in record.filters)
    cross = record.cross.copy()
    cross[np.arange(len(rows)), list(rows)] = -1.0
    order = np.argsort(-cross, axis=0, kind="stable")[: EXCITERS + 1]
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
    )


def _edition(held: _Held, record: FilterRecord, paged: frozenset[int], pictures: Pictures) -> FilterEdition:
    name, failed = held.edition.name, record.sha256 is None
    picture = None if failed else pictures.picture(name, record.layer, record.filter, "full")
    maps = None if failed else pictures.picture(name, record.layer, record.filter, "maps")
    size_px = record.settings.size_px
    shown = LARGE_PX if size_px > PIXELATED_UP_TO_PX else size_px * max(1, round(LARGE_PX / size_px))
    return FilterEdition(
        name=name,
        status=record.status,
        badge=BADGES[record.status],
        error=told(record.error) if record.error else "",
        picture=picture,
        shown=(shown, shown),
        pixelated=size_px <= PIXELATED_UP_TO_PX,
        alt=f"{alt_text(record)}, recipe {held.edition.recipe}",
        caption="no picture" if failed else f"{square(size_px)}, loss {figure(record.final_loss)}",
        curve=loss_curve(record),
        values=() if failed else _values(record),
        responders=() if failed else _responders(held, record, paged),
        exciters=_exciters(held, record),
        maps=maps,
        map_tiles=tuple(MapTile(filter_href(n) if n in paged else None, n) for n in record.map_filters),
        map_peak=figure(record.map_peak),
        command=command(held.edition, record),
        circuit=held.circuits.get(record.filter),
    )


def _values(record: FilterRecord) -> tuple[str, ...]:
    ranked = record.is_measured and record.image_mean > 0
    return (
        record.status,
        figure(record.first_loss),
        figure(record.final_loss),
        figure(record.image_mean),
        _displayed(record),
        f"{record.rank} of {layer_named(record.layer).filters}" if ranked else DASH,
        f"{record.selectivity:.2f}" if ranked else DASH,
        f"{record.steps_run}, {STOP_WORD[record.stop_reason]}{and_rising(record)}",
    )


def _displayed(record: FilterRecord) -> str:
    if not record.is_measured:
        return DASH
    left = record.displayed_share
    return "0" if math.isnan(left) else f"{figure(record.displayed_mean)} ({share(left, 1)})"


def _responders(held: _Held, record: FilterRecord, paged: frozenset[int]) -> tuple[Responder, ...]:
    own = record.displayed_mean
    return tuple(
        Responder(
            filter_href(number) if number in paged and number != record.filter else None,
            number,
            held.thumbs.get(number),
            figure(mean),
            times(mean, own),
            number == record.filter,
        )
        for number, mean in record.top
        if mean > 0
    )


def _exciters(held: _Held, record: FilterRecord) -> tuple[Responder, ...]:
    """Return the pictures of other filters that excite this one most, as far as they excite it at all."""
    found = []
    for row in held.exciters[record.filter]:
        number, mean = held.rows[row], float(held.cross[row, record.filter])
        if number != record.filter and mean > 0:
            link, thumb = filter_href(number), held.thumbs.get(number)
            found.append(Responder(link, number, thumb, figure(mean), times(mean, record.displayed_mean), own=False))
    return tuple(found[:EXCITERS])
