"""`atlas bench`: what this machine reaches, against its own matrix products and against the article's notebook loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from generator.ascent.rates import ascent_seconds, notebook_seconds
from generator.catalogue import LAYERS, Layer, layer_named, step_flops
from generator.executors.cutting import STEPS_TO_MEASURE, filter_cost
from generator.recipes import RECIPES, settled, usual_batch_size
from generator.records import Note, Progress, unheard
from generator.vgg.forward import Trunk
from generator.vgg.machine import measured_device, multiply_rate
from generator.vgg.weights import load_weights
from generator.workflows._report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.recipes import PrecisionName, Recipe, Settings
    from generator.records import Event

COMPARED = ("block1_conv2", "block3_conv3", "block5_conv3")
"""The layers that are measured, each for itself and for those between it and the one before."""


@dataclass(frozen=True, slots=True)
class LayerRate:
    """One layer at 224 px: filter-steps a second of the ascent and of the notebook's loop, measured in one run.

    share: part of the machine's matrix-multiply rate in this precision that the ascent's convolutions reach, counted in
    the operations of plain convolutions: Winograd's way needs fewer, so more than the whole is possible.
    """

    layer: str
    precision: str
    steps_per_s: float
    notebook_steps_per_s: float
    ratio: float
    share: float


@dataclass(frozen=True, slots=True)
class RecipeTime:
    """Estimated seconds for all filters of a recipe, from the layers that are measured."""

    recipe: str
    precision: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BenchReport(Report):
    """What was measured; `multiply_flops` is the matrix-multiply rate of each precision, operations a second.

    bfloat16 is measured where it is chosen; elsewhere nothing uses it, and where it is emulated it takes minutes.
    """

    multiply_flops: dict[str, float]
    bfloat16_speedup: float
    precision: str
    layers: tuple[LayerRate, ...]
    recipes: tuple[RecipeTime, ...]


def bench(on_event: Callable[[Event], None] = unheard) -> BenchReport:
    """Measure this machine with the ImageNet weights, in less than two minutes on two cores.

    Raises:
        BadWeights: the weights cannot be had.

    """
    tensors = load_weights("imagenet").tensors
    on_event(Note("measuring matrix products, then the ascent beside the notebook loop"))
    device = measured_device()
    precisions = dict.fromkeys(("float32", device.precision))
    multiply: dict[str, float] = {precision: multiply_rate(precision) for precision in precisions}
    trunks = {precision: Trunk(tensors, precision) for precision in precisions}

    @cache
    def step_seconds(layer: str, settings: Settings) -> float:
        return ascent_seconds(trunks[settings.precision], layer, settings, usual_batch_size(layer, settings.size_px))

    rates = []
    for done, layer in enumerate(map(layer_named, COMPARED)):
        on_event(Progress("layers", done, len(COMPARED)))
        settings = RECIPES["article"].settings_for(layer.name)
        notebook = notebook_seconds(tensors, layer.name, settings)
        for precision in precisions:
            ours = step_seconds(layer.name, replace(settings, precision=precision))
            share = step_flops(layer, settings.size_px) / ours / multiply[precision]
            rates.append(LayerRate(layer.name, precision, 1 / ours, 1 / notebook, notebook / ours, share))
    on_event(Progress("layers", len(COMPARED), len(COMPARED)))
    times = []
    for done, recipe in enumerate(RECIPES.values()):
        on_event(Progress("recipes", done, len(RECIPES)))
        times.append(_recipe_time(recipe, device.precision, step_seconds))
    on_event(Progress("recipes", len(RECIPES), len(RECIPES)))
    speedup = device.flops_per_s["bfloat16"] / device.flops_per_s["float32"]
    return BenchReport(multiply, speedup, device.precision, tuple(rates), tuple(times))


def _recipe_time(recipe: Recipe, chosen: PrecisionName, step_seconds: Callable[[str, Settings], float]) -> RecipeTime:
    """Return the time of all filters of the recipe.

    A layer costs what its measured one does, scaled by the costs that tasks are cut by.
    """
    seconds, precision = 0.0, chosen
    for layer in LAYERS:
        measured = _measured_for(layer)
        settings = recipe.settings_for(measured)
        precision = chosen if settings.precision == "auto" else settings.precision
        step = step_seconds(measured, settled(settings, precision))
        whole = step * (settings.steps + STEPS_TO_MEASURE)
        scale = filter_cost(layer.name, recipe.settings_for(layer.name)) / filter_cost(measured, settings)
        seconds += layer.filters * whole * scale
    return RecipeTime(recipe.name, precision, seconds)


def _measured_for(layer: Layer) -> str:
    """Return the first measured layer from `layer` on, or the last of all."""
    onwards = LAYERS[LAYERS.index(layer) :]
    return next((each.name for each in onwards if each.name in COMPARED), COMPARED[-1])
