"""Views of the walls: every filter of one layer as a card."""

from __future__ import annotations

from collections import Counter
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, get_args

from generator.addresses import (
    cross_data,
    cross_path,
    families_path,
    filter_href,
    layer_data,
    layer_script,
    wall_path,
)
from generator.catalogue import layer_named
from generator.records import Status
from generator.render.charts import mean_histogram
from generator.render.fates import counted, start_sum
from generator.render.lookup import (
    PIXELATED_UP_TO_PX,
    card,
    edition_links,
    has_map,
    holders,
    layer_links,
    neighbours,
    photographed,
    shown_side,
    tested_label,
)
from generator.render.views import Head, LayerView, Link
from generator.render.wording import WOKEN, count, figure, listed, made_with, shown_mean, square

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.records import EditionRecord, FilterRecord, LayerRecord, Likeness, PhotoLayer
    from generator.render.inputs import Atlas, Pictures, Sheet

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

ORDERS = (
    ("number", ("filter",)),
    ("strength", ("displayed_mean",)),
    ("likeness", ("place",)),
    ("selectivity", ("selectivity",)),
    ("trust", ("agreement", "kept")),
)
"""What a wall can be sorted by, and the column that says it: the first of these that is there."""


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
    photos = photographed(atlas, edition, layer)
    prefix = "../" if folder else ""
    cards = tuple(
        card(one, pictures, filter_href(one.filter, prefix), tested_label(photos, one.filter)) for one in record.filters
    )
    columns = _columns(record, photos, atlas.likeness.get((name, layer)))
    widths = [one.picture.width for one in cards if one.picture]
    statuses = Counter(one.status for one in record.filters)
    figures = pictures.figures(name, layer)
    return LayerView(
        head=Head(
            wall_path(layer, folder),
            f"{layer}, {name}" if folder else layer,
            f"{count(len(cards), 'filter')} of {layer} in VGG16, each with a picture that excites it strongly.",
        ),
        layer=layer,
        edition=name,
        sentence=_sentence(record, statuses, worded=any(one.word for one in cards)),
        orders=_orders(columns),
        settings=made_with(record.filters),
        layers=links,
        previous=previous,
        following=following,
        editions=edition_links(atlas, layer, name, wall_path),
        cards=cards,
        shown=shown_side(max(widths, default=PIXELATED_UP_TO_PX)),
        pixelated=all(one.settings.size_px <= PIXELATED_UP_TO_PX for one in record.filters),
        statuses=tuple((status, statuses[status]) for status in get_args(Status) if statuses[status]),
        histogram=mean_histogram([shown_mean(one) for one in record.filters if one.status != "failed"]),
        sheets=tuple((_shown_on(sheet), sheet.picture) for sheet in figures.sheets),
        losses=figures.losses,
        cross_path=cross_path(layer, folder),
        map_path=families_path(layer) if has_map(atlas, layer) else "",
        data=(
            Link("Every number as JSON", layer_data(name, layer)),
            Link("Cross-activation matrix (.npy)", cross_data(name, layer)),
        ),
        script=layer_script(name, layer),
        columns=columns,
    )


def _shown_on(sheet: Sheet) -> str:
    return f"filters {sheet.first} to {sheet.last}" if sheet.last > sheet.first else f"filter {sheet.first}"


def _sentence(record: LayerRecord, statuses: Counter[Status], *, worded: bool) -> str:
    layer = layer_named(record.layer)
    stored = len(record.filters)
    told = count(stored, "filter") if stored == layer.filters else f"{stored} of {layer.filters} filters"
    ended = [f"{statuses[status]} {status}" for status in ("dead", "failed") if statuses[status]]
    became = f", of which {listed(ended)}" if ended else ""
    fates = counted(one for one in record.filters if one.dead_at_start)
    slept = f" {start_sum(fates)}." if fates else ""
    if fates and set(fates) <= {"active", "woken"}:
        slept = f" {sum(fates.values())} are dead at the start; every one of them has a picture now."
    alive = [shown_mean(one) for one in record.filters if one.status in ("active", "woken")]
    middle = f" The number is the filter's mean on its picture, {figure(median(alive))} the median." if alive else ""
    word = " A word is a label of photographs that the filter tells from all others." if worded else ""
    sees = f"A place of its map sees {square(layer.receptive_field)} of the input, every {layer.stride} px"
    woken = f" {WOKEN} marks the {statuses['woken']} woken from zero." if statuses["woken"] else ""
    return f"{told}{became}.{slept} {sees.replace(', every 1 px', '')}.{middle}{word}{woken}"


def _columns(
    record: LayerRecord, photos: PhotoLayer | None, alike: Likeness | None
) -> Mapping[str, tuple[object, ...]]:
    """Return the data script's values by name; what no filter has is left out.

    kept: the share of the mean that is left when the picture is turned. agreement: with photographs. word: a label that
    the filter has earned. place, family: in the order of likeness; a filter that is like no other is of no family.
    """
    columns: dict[str, tuple[object, ...]] = {
        column: tuple(map(partial(_cell, column), record.filters)) for column in COLUMNS
    }
    agreements = photos.agreements.get(record.edition, {}) if photos else {}
    agreed = {one: found.overall for one, found in agreements.items() if found.overall is not None}
    kept = {one.filter: one.kept.turned for one in record.filters if one.kept}
    places = {number: place for place, number in enumerate(alike.order)} if alike else {}
    kin = [family for family in alike.families if len(family) > 1] if alike else []
    families = {number: place for place, family in enumerate(kin) for number in family}
    words = {one.filter: tested_label(photos, one.filter) for one in record.filters}
    more: dict[str, Mapping[int, object]] = {
        "kept": {number: round(value, 3) for number, value in kept.items()},
        "agreement": {number: round(value, 2) for number, value in agreed.items()},
        "word": {number: word for number, word in words.items() if word},
        "place": places,
        "family": families,
    }
    known = {name: values for name, values in more.items() if any(one.filter in values for one in record.filters)}
    columns |= {name: tuple(values.get(one.filter) for one in record.filters) for name, values in known.items()}
    return columns


def _orders(columns: Mapping[str, tuple[object, ...]]) -> tuple[tuple[str, str], ...]:
    """Return each order that can be told from another, with the column that it goes by."""
    known = ((name, next((one for one in wanted if one in columns), "")) for name, wanted in ORDERS)
    return tuple((name, column) for name, column in known if name == "number" or len(set(columns.get(column, ()))) > 1)


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
