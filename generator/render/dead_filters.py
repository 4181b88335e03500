"""View of dead.html: every filter that was dead at the start, by layer, and what became of it in each edition."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING

from generator.addresses import filter_path, wall_path
from generator.catalogue import LAYERS
from generator.render.facts import told, told_together
from generator.render.fates import FATES, counted, fate_terms, fates_of, start_sum, woken_sum
from generator.render.lookup import card, dead_at_start, fires_of_dead, holders, photo_set, photographed
from generator.render.views import DeadLayer, DeadView, Head, Link
from generator.render.wording import WOKEN, count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.catalogue import Layer
    from generator.records import FilterRecord, PhotoSet
    from generator.render.inputs import Atlas, Pictures

ENDED = ("dead", "failed")
"""Statuses without a picture of what the filter looks for."""

MARKS = {"woken": f" ({WOKEN})"}
"""Signs of ends that cards bear."""


def dead_view(atlas: Atlas, pictures: Pictures) -> DeadView:
    """Return the page of the dead, for the weights of the atlas' first edition."""
    fingerprint = atlas.editions[0].weights_fingerprint if atlas.editions else ""
    fates = {layer: fates_of(atlas, layer.name, fingerprint) for layer in LAYERS}
    ends = sum((counted(best.values()) for best in fates.values()), Counter[str]())
    return DeadView(
        head=Head("dead.html", "Dead filters", "Every filter of VGG16 that is dead at the start, and its fate."),
        layers=tuple(_layer(atlas, layer, best, pictures) for layer, best in fates.items()),
        most=max(layer.filters for layer in LAYERS),
        key=tuple(
            (fate, f"{ends[fate]:,} {words}{MARKS.get(fate, '')}") for fate, words in FATES.items() if ends[fate]
        ),
        sentences=_sentences(atlas, fingerprint, ends, photo_set(atlas, atlas.editions[0]) if atlas.editions else None),
    )


def _layer(atlas: Atlas, layer: Layer, best: Mapping[int, FilterRecord | None], pictures: Pictures) -> DeadLayer:
    ends = counted(best.values())
    photos = photographed(atlas, atlas.editions[0], layer.name) if atlas.editions else None
    met = [(fate, ends[fate]) for fate in FATES if ends[fate]]
    starts = accumulate((many for _, many in met), initial=0)
    return DeadLayer(
        layer=Link(layer.name, wall_path(layer.name) if holders(atlas, layer.name) else None),
        filters=layer.filters,
        bars=tuple((fate, start, many) for (fate, many), start in zip(met, starts, strict=False)),
        dead=f"{len(best)} of {layer.filters}",
        became=f"{fate_terms(ends)}{_fires(photos.fires_on[list(best)].tolist() if photos else [])}" if best else "",
        cards=tuple(card(one, pictures, filter_path(one.layer, one.filter)) for one in best.values() if one),
        reasons=tuple((one.filter, _reason(one)) for one in best.values() if one and one.status in ENDED),
        missing=", ".join(str(number) for number, record in best.items() if record is None),
    )


def _reason(record: FilterRecord) -> str:
    if record.status == "failed":
        return told(record.error) if record.error else "the work on it failed"
    return told_together(record.tried) or "it never rose above zero"


def _fires(fires: Sequence[int]) -> str:
    """Return on how many photographs filters fire, as one more clause."""
    if not fires:
        return ""
    silent = sum(many == 0 for many in fires)
    return f"; fire on {count(round(median(fires)), 'photograph')} (median)" + (f", {silent} on none" if silent else "")


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
