"""View of the index: VGG16 as a map of its blocks and layers, each layer shown by a sample of its own pictures."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from generator.addresses import filter_path, wall_path
from generator.catalogue import FILTER_COUNT, LAYERS
from generator.recipes import RECIPES
from generator.render.lookup import card, dead_at_start, holders
from generator.render.views import Block, EditionFacts, Head, IndexView, Tile
from generator.render.wording import count, share, square

if TYPE_CHECKING:
    from generator.catalogue import Layer
    from generator.records import EditionRecord, FilterRecord, LayerRecord
    from generator.render.inputs import Atlas, Pictures

SAMPLE = 9
"""Pictures on a layer's tile: a square of 3 x 3."""


def index_view(atlas: Atlas, pictures: Pictures) -> IndexView:
    """Return the network map of everything that the atlas holds."""
    blocks = groupby(LAYERS, key=lambda layer: layer.block)
    return IndexView(
        head=Head(
            "index.html",
            "VGG16 atlas",
            f"What every one of VGG16's {FILTER_COUNT:,} convolution filters looks for.",
        ),
        blocks=tuple(_block(number, [_tile(atlas, layer, pictures) for layer in layers]) for number, layers in blocks),
        editions=edition_facts(atlas),
        dead_sentence=_dead_sentence(atlas),
    )


def edition_facts(atlas: Atlas) -> tuple[EditionFacts, ...]:
    """Return what was built: a row for each edition."""
    return tuple(_edition(atlas, edition) for edition in atlas.editions)


def _block(number: int, tiles: list[Tile]) -> Block:
    stride = next(layer.stride for layer in LAYERS if layer.block == number)
    return Block(number, "full size" if stride == 1 else f"1/{stride} of the side", tuple(tiles))


def _tile(atlas: Atlas, layer: Layer, pictures: Pictures) -> Tile:
    held = holders(atlas, layer.name)
    facts = [count(layer.filters, "filter"), f"sees {square(layer.receptive_field)}"]
    if not held:
        return Tile(layer.name, None, layer.short, (*facts, "not built yet"), ())
    edition, record = held[0]
    if len(record.filters) < layer.filters:
        facts[0] = f"{len(record.filters)} of {layer.filters} filters"
    facts.extend(_shares(atlas, edition, record))
    sample = tuple(card(one, pictures, filter_path(layer.name, one.filter)) for one in _sample(record))
    return Tile(layer.name, wall_path(layer.name), layer.short, tuple(facts), sample)


def _shares(atlas: Atlas, edition: EditionRecord, record: LayerRecord) -> list[str]:
    """Return how many of the filters shown were dead at the start, were woken, stayed dead or failed."""
    statuses = Counter(one.status for one in record.filters)
    shown = {one.filter for one in record.filters}
    started = len(shown & dead_at_start(atlas, record.layer, edition.weights_fingerprint))
    counted = [("dead at start", started), *((word, statuses[word]) for word in ("woken", "dead", "failed"))]
    return [f"{number} {word} ({share(number, len(shown))})" for word, number in counted if number]


def _sample(record: LayerRecord) -> tuple[FilterRecord, ...]:
    """Return filters evenly spaced over the layer: the strongest or the most selective ones look much alike."""
    alive = [one for one in record.filters if one.status in ("active", "woken")]
    sample = min(SAMPLE, len(alive))
    return tuple(alive[place * len(alive) // sample] for place in range(sample))


def _edition(atlas: Atlas, edition: EditionRecord) -> EditionFacts:
    records = [record for (name, _), record in atlas.layers.items() if name == edition.name]
    statuses = Counter(one.status for record in records for one in record.filters)
    parts = [f"{sum(statuses.values()):,} of {FILTER_COUNT:,} filters"]
    parts += [f"{statuses[status]:,} {status}" for status in ("woken", "dead", "failed") if statuses[status]]
    recipe = RECIPES.get(edition.recipe)
    return EditionFacts(
        name=edition.name,
        recipe=edition.recipe,
        summary=recipe.summary if recipe else "",
        weights=edition.weights,
        fingerprint=edition.weights_fingerprint,
        counts=", ".join(parts),
    )


def _dead_sentence(atlas: Atlas) -> str:
    starts = atlas.starts.get(atlas.editions[0].weights_fingerprint, ()) if atlas.editions else ()
    if not starts:
        return "A filter is dead when its map is zero wherever the search begins: nothing shows the way up."
    dead = sum(int((start.first_losses == 0).sum()) for start in starts)
    filters = sum(len(start.first_losses) for start in starts)
    return (
        f"{dead:,} of {filters:,} filters are dead at the start: their map is zero everywhere on the article's noise "
        "picture, so nothing shows the way up."
    )
