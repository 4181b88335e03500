"""View of dead.html: every filter that was dead at the start, by layer, and what became of it in each edition."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from generator.addresses import filter_path, wall_path
from generator.catalogue import LAYERS
from generator.render.facts import told, told_together
from generator.render.lookup import PIXELATED_UP_TO_PX, dead_at_start, holders
from generator.render.views import Card, DeadLayer, DeadView, Head, Link
from generator.render.wording import BADGES, alt_text, count, figure

if TYPE_CHECKING:
    from generator.catalogue import Layer
    from generator.records import FilterRecord
    from generator.render.inputs import Atlas, Pictures

ENDED = ("dead", "failed")
"""Statuses without a picture of what the filter looks for."""

FATES = ("woken", "active", "dead", "failed", "not built")
COLUMNS = (
    "layer",
    "filters",
    "dead at the start",
    "woken",
    "active from another start",
    "still dead",
    "failed",
    "not built",
)


def dead_view(atlas: Atlas, pictures: Pictures) -> DeadView:
    """Return the page of the dead, for the weights of the atlas' first edition."""
    fingerprint = atlas.editions[0].weights_fingerprint if atlas.editions else ""
    found = [(layer, _layer(atlas, layer, fingerprint, pictures)) for layer in LAYERS]
    counted = [(layer, shown, counts) for layer, (shown, counts) in found]
    totals = [sum(counts[place] for _, _, counts in counted) for place in range(len(COLUMNS) - 1)]
    return DeadView(
        head=Head("dead.html", "Dead filters", "Every filter of VGG16 that is dead at the start, and its fate."),
        columns=COLUMNS,
        layers=tuple(shown for _, shown, _ in counted),
        totals=tuple(f"{total:,}" for total in totals),
        known=totals[1] > 0,
    )


def _layer(atlas: Atlas, layer: Layer, fingerprint: str, pictures: Pictures) -> tuple[DeadLayer, tuple[int, ...]]:
    dead = sorted(dead_at_start(atlas, layer.name, fingerprint))
    held = [
        {one.filter: one for one in record.filters}
        for edition, record in holders(atlas, layer.name)
        if edition.weights_fingerprint == fingerprint
    ]
    best = {number: _best([records[number] for records in held if number in records]) for number in dead}
    fates = Counter(record.status if record else "not built" for record in best.values())
    counts = (layer.filters, len(dead), *(fates[fate] for fate in FATES))
    shown = DeadLayer(
        layer=Link(layer.name, wall_path(layer.name) if holders(atlas, layer.name) else None),
        counts=tuple(str(number) for number in counts),
        sentence=_sentence(len(dead), fates),
        cards=tuple(_card(record, pictures) for record in best.values() if record),
        reasons=tuple((one.filter, _reason(one)) for one in best.values() if one and one.status in ENDED),
        missing=", ".join(str(number) for number, record in best.items() if record is None),
    )
    return shown, counts


def _best(records: list[FilterRecord]) -> FilterRecord | None:
    """Return the record that tells the happiest end: where the filter lives rather than where it does not."""
    order = {"woken": 0, "active": 1, "dead": 2, "failed": 3}
    return min(records, key=lambda record: order[record.status], default=None)


def _card(record: FilterRecord, pictures: Pictures) -> Card:
    alive = record.status not in ENDED
    return Card(
        href=filter_path(record.layer, record.filter),
        number=record.filter,
        picture=pictures.picture(record.edition, record.layer, record.filter, "thumb") if record.sha256 else None,
        alt=alt_text(record),
        loss=figure(record.final_loss) if alive else "",
        badge=BADGES[record.status] or record.status,
        pixelated=record.settings.size_px <= PIXELATED_UP_TO_PX,
    )


def _reason(record: FilterRecord) -> str:
    if record.status == "failed":
        return told(record.error) if record.error else "the work on it failed"
    return told_together(record.tried) or "it never rose above zero"


def _sentence(dead: int, fates: Counter[str]) -> str:
    if not dead:
        return "No filter of this layer is dead at the start."
    words = {"active": "active from another start"}
    parts = [f"{fates[fate]} {words.get(fate, fate)}" for fate in FATES if fates[fate]]
    return f"{count(dead, 'filter')} dead at the start: {', '.join(parts)}."
