"""Views of the walls: every filter of one layer as a card."""

from __future__ import annotations

from collections import Counter
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, get_args

from generator.addresses import cross_data, cross_path, filter_href, layer_data, layer_script, wall_path
from generator.catalogue import layer_named
from generator.records import Status
from generator.render.charts import loss_histogram
from generator.render.lookup import (
    PIXELATED_UP_TO_PX,
    card,
    edition_links,
    holders,
    layer_links,
    neighbours,
    shown_side,
)
from generator.render.views import Head, LayerView, Link
from generator.render.wording import count, figure, made_with, share, square

if TYPE_CHECKING:
    from generator.records import EditionRecord, FilterRecord, LayerRecord
    from generator.render.inputs import Atlas, Pictures, Sheet

KNOWN_SIDES = (64, 96, 128, 160)
"""Sides of a card's picture for which the styles have a class: those of the named recipes."""

COLUMNS = (
    "filter",
    "status",
    "dead_at_start",
    "first_loss",
    "final_loss",
    "image_mean",
    "displayed_mean",
    "rank",
    "selectivity",
)
"""What the wall's data script tells of each filter: names of `FilterRecord`, as in the data files."""

MEASURED = ("displayed_mean", "rank", "selectivity")
"""Those of them that are measured on the published picture."""


def layer_views(atlas: Atlas, layer: str, pictures: Pictures) -> tuple[LayerView, ...]:
    """Return the layer's wall in each edition that holds it; the first one stands at the layer's plain address."""
    return tuple(
        _wall(atlas, edition, record, None if place == 0 else edition.name, pictures)
        for place, (edition, record) in enumerate(holders(atlas, layer))
    )


def _wall(
    atlas: Atlas, edition: EditionRecord, record: LayerRecord, folder: str | None, pictures: Pictures
) -> LayerView:
    layer, name = record.layer, edition.name
    links = layer_links(atlas, layer)
    previous, following = neighbours(links)
    cards = tuple(card(one, pictures, filter_href(one.filter, "../" if folder else "")) for one in record.filters)
    widths = [one.picture.width for one in cards if one.picture]
    statuses = Counter(one.status for one in record.filters)
    figures = pictures.figures(name, layer)
    return LayerView(
        head=Head(
            wall_path(layer, folder),
            f"{layer}, {name}" if folder else layer,
            f"{count(len(cards), 'filter')} of {layer} in VGG16, each with the picture that excites it most.",
        ),
        layer=layer,
        edition=name,
        facts=_facts(record, statuses),
        settings=made_with(record.filters),
        layers=links,
        previous=previous,
        following=following,
        editions=edition_links(atlas, layer, name, wall_path),
        cards=cards,
        shown=shown_side(max(widths, default=PIXELATED_UP_TO_PX)),
        known_sides=KNOWN_SIDES,
        pixelated=all(one.settings.size_px <= PIXELATED_UP_TO_PX for one in record.filters),
        statuses=tuple((status, statuses[status]) for status in get_args(Status) if statuses[status]),
        histogram=loss_histogram([one.final_loss for one in record.filters if one.status != "failed"]),
        sheets=tuple((_shown_on(sheet), sheet.picture) for sheet in figures.sheets),
        losses=figures.losses,
        cross_path=cross_path(layer, folder),
        data=(
            Link("Every number as JSON", layer_data(name, layer)),
            Link("Cross-activation matrix (.npy)", cross_data(name, layer)),
        ),
        script=layer_script(name, layer),
        columns={column: tuple(map(partial(_cell, column), record.filters)) for column in COLUMNS},
    )


def _shown_on(sheet: Sheet) -> str:
    return f"filters {sheet.first} to {sheet.last}" if sheet.last > sheet.first else f"filter {sheet.first}"


def _facts(record: LayerRecord, statuses: Counter[Status]) -> tuple[tuple[str, str], ...]:
    layer = layer_named(record.layer)
    stored = len(record.filters)
    dead = sum(one.dead_at_start for one in record.filters)
    alive = [one.final_loss for one in record.filters if one.status in ("active", "woken")]
    facts = [
        ("filters", f"{stored}" if stored == layer.filters else f"{stored} of {layer.filters}"),
        ("receptive field", square(layer.receptive_field)),
        ("stride", f"{layer.stride} px"),
        ("dead at the start", f"{dead} ({share(dead, stored)})"),
        ("woken", str(statuses["woken"])),
        ("dead", str(statuses["dead"])),
    ]
    if statuses["failed"]:
        facts.append(("failed", str(statuses["failed"])))
    if alive:
        facts.append(("median loss", figure(median(alive))))
    return tuple(facts)


def _cell(column: str, record: FilterRecord) -> object:
    """Return one value of the data script, with the six digits that a float32 mean has; None where there is none.

    A failed filter has no numbers, and one that was not measured none of those that are read off its picture.
    """
    value = getattr(record, column)
    if column in MEASURED and not record.is_measured:
        return None
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return None if record.status == "failed" else float(f"{value:.6g}")
