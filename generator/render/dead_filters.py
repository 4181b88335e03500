"""View of dead.html: every filter that was dead at the start, by layer, and what became of it in each edition."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from generator.addresses import filter_path, wall_path
from generator.catalogue import LAYERS
from generator.render.facts import told, told_together
from generator.render.fates import FATES, counted, fates_of, start_sum, woken_sum
from generator.render.lookup import card, dead_at_start, fires_of_dead, holders, photo_set, photographed
from generator.render.views import DeadLayer, DeadView, Head, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.catalogue import Layer
    from generator.records import FilterRecord, PhotoSet
    from generator.render.inputs import Atlas, Pictures

ENDED = ("dead", "failed")
"""Statuses without a picture of what the filter looks for."""

COLUMNS = ("layer", "filters", "dead at the start", *FATES.values(), "fire on photographs")


def dead_view(atlas: Atlas, pictures: Pictures) -> DeadView:
    """Return the page of the dead, for the weights of the atlas' first edition."""
    fingerprint = atlas.editions[0].weights_fingerprint if atlas.editions else ""
    found = [_layer(atlas, layer, fingerprint, pictures) for layer in LAYERS]
    taken = photo_set(atlas, atlas.editions[0]) if atlas.editions else None
    columns = COLUMNS if taken else COLUMNS[:-1]
    totals = [sum(counts[place] for _, counts in found) for place in range(len(columns) - 1)]
    # Of what became of them only what became of any: in a whole atlas no filter is left dead, failed or not built.
    kept = [place for place, total in enumerate(totals) if total or columns[place + 1] not in FATES.values()]
    return DeadView(
        head=Head("dead.html", "Dead filters", "Every filter of VGG16 that is dead at the start, and its fate."),
        columns=(columns[0], *(columns[place + 1] for place in kept)),
        layers=tuple(replace(shown, counts=tuple(shown.counts[place] for place in kept)) for shown, _ in found),
        totals=tuple(f"{totals[place]:,}" for place in kept),
        sentences=_sentences(atlas, fingerprint, Counter(dict(zip(FATES, totals[2:], strict=False))), taken),
        known=totals[1] > 0,
    )


def _layer(atlas: Atlas, layer: Layer, fingerprint: str, pictures: Pictures) -> tuple[DeadLayer, tuple[int, ...]]:
    best = fates_of(atlas, layer.name, fingerprint)
    fates = counted(best.values())
    photos = photographed(atlas, atlas.editions[0], layer.name) if atlas.editions else None
    fires = photos.fires_on[list(best)].tolist() if photos else []
    counts: tuple[int, ...] = (layer.filters, len(best), *(fates[fate] for fate in FATES))
    if atlas.photos:
        counts = (*counts, sum(many > 0 for many in fires))
    shown = DeadLayer(
        layer=Link(layer.name, wall_path(layer.name) if holders(atlas, layer.name) else None),
        counts=tuple(str(number) for number in counts),
        sentence=f"{start_sum(fates)}.{_fires(fires)}" if best else "No filter of this layer is dead at the start.",
        cards=tuple(card(one, pictures, filter_path(one.layer, one.filter)) for one in best.values() if one),
        reasons=tuple((one.filter, _reason(one)) for one in best.values() if one and one.status in ENDED),
        missing=", ".join(str(number) for number, record in best.items() if record is None),
    )
    return shown, counts


def _reason(record: FilterRecord) -> str:
    if record.status == "failed":
        return told(record.error) if record.error else "the work on it failed"
    return told_together(record.tried) or "it never rose above zero"


def _fires(fires: Sequence[int]) -> str:
    """Return on how many photographs filters fire, as one more sentence."""
    if not fires:
        return ""
    alive = sum(many > 0 for many in fires)
    who = "Each" if alive == len(fires) else f"{alive:,} of them"
    return f" {who} fires on photographs, on {median(fires):,.0f} as the median."


def _sentences(atlas: Atlas, fingerprint: str, fates: Counter[str], taken: PhotoSet | None) -> tuple[str, ...]:
    """Return the sums of the dead and of the woken, and that photographs wake them all."""
    same = {edition.name for edition in atlas.editions if edition.weights_fingerprint == fingerprint}
    woken = {
        (one.layer, one.filter)
        for (name, _), layer in atlas.layers.items()
        for one in layer.filters
        if one.status == "woken" and name in same
    }
    beside = sum(number not in dead_at_start(atlas, layer, fingerprint) for layer, number in woken)
    found = [f"{start_sum(fates)}."] if fates.total() else []
    if beside:
        found.append(f"{woken_sum(len(woken) - beside, beside)}.")
    fires = fires_of_dead(atlas, atlas.editions[0]) if taken else ()
    if taken and fires:
        alive = sum(many > 0 for many in fires)
        found.append(
            f"On photographs they live: {alive:,} of {len(fires):,} filters dead at the start fire on at least "
            f"one of {len(taken.photographs):,} photographs, on {median(fires):,.0f} as the median."
        )
    return tuple(found)
