from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.catalogue import LAYERS
from generator.executors.cutting import STEPS_TO_MEASURE, filter_cost
from generator.recipes import RECIPES, Settings
from generator.vgg import machine
from generator.workflows.bench import COMPARED, _recipe_time

if TYPE_CHECKING:
    from generator.recipes import Recipe

SIDE = 512


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_takes_what_its_filters_cost_at_the_rates_of_the_measured_layers(recipe: Recipe) -> None:
    asked = set()

    def step_seconds(layer: str, settings: Settings) -> float:
        asked.add((layer, settings.precision))
        return filter_cost(layer, settings) / (settings.steps + STEPS_TO_MEASURE) / 1e9

    time = _recipe_time(recipe, "bfloat16", step_seconds)
    cost = sum(layer.filters * filter_cost(layer.name, recipe.settings_for(layer.name)) for layer in LAYERS)
    assert time.precision == ("float32" if recipe.name == "article" else "bfloat16")
    assert asked == {(layer, time.precision) for layer in COMPARED}
    assert time.seconds == pytest.approx(cost / 1e9)


def test_float32_is_held_against_numpys_product_where_tensorflows_is_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_best_seconds", lambda _product: 60.0)
    at_this_pace = 2 * SIDE**3 / 60.0
    assert machine.multiply_rate("float32", SIDE) > at_this_pace
    assert machine.multiply_rate("bfloat16", SIDE) == at_this_pace
