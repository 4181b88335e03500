"""View of the index: VGG16 as its thirteen layers in order, each shown by a sample of its own pictures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from generator.addresses import filter_path, wall_path
from generator.catalogue import FILTER_COUNT, LAYERS
from generator.recipes import RECIPES
from generator.render.fates import counted, fate_terms, fates_of, woken_sum
from generator.render.finds import finds
from generator.render.lookup import card, fires_of_dead, holders, photo_set
from generator.render.views import EditionFacts, Head, IndexView, Tile
from generator.render.wording import count, square

if TYPE_CHECKING:
    from generator.catalogue import Layer
    from generator.records import EditionRecord, FilterRecord, LayerRecord
    from generator.render.inputs import Atlas, Pictures

ONE_IN: Final = 16
"""The index shows one picture in so many, so that a layer takes as much room as it has filters."""


def index_view(atlas: Atlas, pictures: Pictures) -> IndexView:
    """Return the network of everything that the atlas holds."""
    taken = photo_set(atlas, atlas.editions[0]) if atlas.editions else None
    return IndexView(
        head=Head(
            "index.html",
            "VGG16 atlas",
            f"What every one of VGG16's {FILTER_COUNT:,} convolution filters looks for.",
        ),
        tiles=tuple(_tile(atlas, layer, pictures) for layer in LAYERS),
        numbers=_numbers(atlas),
        finds=finds(atlas, pictures),
        photographs=f"{len(taken.photographs):,}" if taken else "",
        editions=edition_facts(atlas),
    )


def edition_facts(atlas: Atlas) -> tuple[EditionFacts, ...]:
    """Return what was built: a row for each edition."""
    return tuple(_edition(atlas, edition) for edition in atlas.editions)


def _tile(atlas: Atlas, layer: Layer, pictures: Pictures) -> Tile:
    held, first, sees = holders(atlas, layer.name), layer.index == 1, square(layer.receptive_field)
    if not held:
        return Tile(layer.name, None, layer.short, first, "not built yet", sees, ())
    record = held[0][1]
    stored = len(record.filters)
    told = f"{stored}" if stored == layer.filters else f"{stored} of {layer.filters}"
    sample = tuple(card(one, pictures, filter_path(layer.name, one.filter)) for one in _sample(record))
    return Tile(layer.name, wall_path(layer.name), layer.short, first, told, sees, sample)


def _sample(record: LayerRecord) -> tuple[FilterRecord, ...]:
    """Return filters evenly spaced over the layer: the strongest or the most selective ones look much alike."""
    alive = [one for one in record.filters if one.status in ("active", "woken") and one.sha256]
    wanted = min(max(len(record.filters) // ONE_IN, 4), len(alive))
    return tuple(alive[(2 * place + 1) * len(alive) // (2 * wanted)] for place in range(wanted))


def _numbers(atlas: Atlas) -> tuple[tuple[str, str], ...]:
    """Return how many filters have a picture, how many are dead on the article's noise, how many pictures are apt."""
    if not atlas.editions:
        return ()
    edition = atlas.editions[0]
    records = [one for (name, _), layer in atlas.layers.items() if name == edition.name for one in layer.filters]
    pictured = sum(one.sha256 is not None for one in records)
    measured = [one for one in records if one.is_measured]
    first = sum(one.rank == 1 for one in measured)
    every = ", each with a picture" if pictured == len(records) else f", {pictured:,} of them with a picture"
    numbers = [(f"{len(records):,}", f"filters in {count(len(atlas.present()), 'layer')}{every}")]
    fates = Counter[str]()
    for layer in LAYERS:
        fates += counted(fates_of(atlas, layer.name, edition.weights_fingerprint).values())
    if fates:
        ends = f"dead at the start (zero on the article's noise) = {fate_terms(fates)}"
        numbers.append((f"{fates.total():,}", f"{ends}{_wake(atlas, edition)}"))
    if measured:
        numbers.append(
            (f"{first / len(measured):.0%}", "of the pictures excite their own filter more than any other of its layer")
        )
    return tuple(numbers)


def _wake(atlas: Atlas, edition: EditionRecord) -> str:
    """Return on how many photographs the dead filters fire, as the end of a sentence; nothing without any."""
    taken, fires = photo_set(atlas, edition), fires_of_dead(atlas, edition)
    if taken is None or not fires:
        return ""
    alive = sum(many > 0 for many in fires)
    who = "every one of them answers" if alive == len(fires) else f"{alive:,} of them answer"
    return f"; {who} to some of {len(taken.photographs):,} photographs"


def _edition(atlas: Atlas, edition: EditionRecord) -> EditionFacts:
    records = [record for (name, _), record in atlas.layers.items() if name == edition.name]
    statuses = Counter(one.status for record in records for one in record.filters)
    parts = [f"{sum(statuses.values()):,} of {FILTER_COUNT:,} filters"]
    slept = sum(one.status == "woken" and one.dead_at_start for record in records for one in record.filters)
    if statuses["woken"]:
        beside = statuses["woken"] - slept
        parts.append(woken_sum(slept, beside) if beside else f"{slept:,} woken")
    parts += [f"{statuses[status]:,} {status}" for status in ("dead", "failed") if statuses[status]]
    recipe = RECIPES.get(edition.recipe)
    return EditionFacts(
        name=edition.name,
        recipe=edition.recipe,
        summary=recipe.summary if recipe else "",
        weights=edition.weights,
        fingerprint=edition.weights_fingerprint,
        counts=", ".join(parts),
    )
