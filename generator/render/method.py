"""View of method.html: the settings of every recipe as tables, grouped where layers share them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from generator.catalogue import LAYERS
from generator.recipes import ALGORITHM, RECIPES
from generator.render.network import edition_facts
from generator.render.views import Head, MethodView, NotFoundView, RecipeTable
from generator.render.wording import listed, settings_words

if TYPE_CHECKING:
    from generator.catalogue import Layer
    from generator.recipes import Recipe
    from generator.render.inputs import Atlas


def method_view(atlas: Atlas) -> MethodView:
    """Return the page of the procedure."""
    return MethodView(
        head=Head("method.html", "Method", "How the pictures of the VGG16 atlas are made, and what the numbers mean."),
        algorithm=ALGORITHM,
        recipes=tuple(_table(recipe) for recipe in RECIPES.values()),
        editions=edition_facts(atlas),
    )


def not_found_view() -> NotFoundView:
    """Return the page for an address that does not exist."""
    return NotFoundView(Head("404.html", "Not found", "There is no such page in the VGG16 atlas."))


def _table(recipe: Recipe) -> RecipeTable:
    """Return the recipe's settings: what differs between layers as a table, the rest as facts."""
    words = {layer.name: dict(settings_words(recipe.settings_for(layer.name))) for layer in LAYERS}
    names = list(dict.fromkeys(name for one in words.values() for name in one))
    varying = [name for name in names if len({one.get(name) for one in words.values()}) > 1]
    groups = groupby(LAYERS, key=lambda layer: tuple(words[layer.name].get(name, "none") for name in varying))
    first = words[LAYERS[0].name]
    return RecipeTable(
        name=recipe.name,
        summary=recipe.summary,
        columns=("layers", *varying),
        rows=tuple((_layers_words(list(layers)), *values) for values, layers in groups),
        shared=tuple((name, first[name]) for name in names if name not in varying),
    )


def _layers_words(layers: list[Layer]) -> str:
    """Return `block3, block4` when whole blocks share their settings, else the layers' names."""
    blocks = sorted({layer.block for layer in layers})
    whole = len(layers) == sum(layer.block in blocks for layer in LAYERS)
    return listed([f"block{block}" for block in blocks]) if whole else listed([layer.name for layer in layers])
