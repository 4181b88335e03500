"""`atlas bench`: what this machine reaches, against its own matrix products and against the article's notebook loop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from generator.ascent.rates import ascent_seconds, gauge_seconds, notebook_seconds
from generator.catalogue import LAYERS, Layer, layer_named, step_flops
from generator.executors.cutting import filter_cost
from generator.recipes import RECIPES, changed, usual_batch_size
from generator.records import Note, Progress, unheard
from generator.vgg.forward import Trunk
from generator.vgg.gauge import Gauge
from generator.vgg.machine import measured_device, multiply_rate
from generator.vgg.weights import load_weights
from generator.workflows.compute import MEASURED_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.recipes import Recipe
    from generator.records import Event

COMPARED = ("block1_conv2", "block3_conv3", "block5_conv3")


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
    """Estimated seconds for all filters of a recipe, from one measured layer of each block."""

    recipe: str
    precision: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What was measured; `multiply_flops` is the matrix-multiply rate of each precision, operations a second."""

    multiply_flops: dict[str, float]
    bfloat16_speedup: float
    precision: str
    layers: tuple[LayerRate, ...]
    recipes: tuple[RecipeTime, ...]

    @property
    def exit_code(self) -> int:
        """Always 0: a slow machine is no failure."""
        return 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the report as lines for people."""
        rates = [f"matrix products, {name}: {rate / 1e9:,.0f} GFLOP/s" for name, rate in self.multiply_flops.items()]
        chosen = f"--precision auto takes {self.precision}: bfloat16 is {self.bfloat16_speedup:.1f} times as fast"
        layers = [_said(rate) for rate in self.layers]
        recipes = [f"all filters, {one.recipe}, {one.precision}: {one.seconds / 60:.0f} min" for one in self.recipes]
        return [*rates, chosen, *layers, *recipes]


def bench(on_event: Callable[[Event], None] = unheard) -> BenchReport:
    """Measure this machine with the ImageNet weights; a minute or two.

    Raises:
        BadWeights: the weights cannot be had.

    """
    tensors = load_weights("imagenet").tensors
    on_event(Note("measuring matrix products, then the ascent beside the notebook loop"))
    precisions = ("float32", "bfloat16")
    multiply = {precision: multiply_rate(precision) for precision in precisions}
    trunks = {precision: Trunk(tensors, precision) for precision in precisions}
    article = RECIPES["article"]
    rates = []
    for done, layer in enumerate(map(layer_named, COMPARED)):
        on_event(Progress("layers", done, len(COMPARED)))
        settings = article.settings_for(layer.name)
        notebook = notebook_seconds(tensors, layer.name, settings)
        for precision in precisions:
            used = changed(layer.name, settings, {"precision": precision})
            batch = usual_batch_size(layer.name, used.size_px)
            ours = ascent_seconds(trunks[precision], layer.name, used, batch)
            share = step_flops(layer, settings.size_px) / ours / multiply[precision]
            rates.append(LayerRate(layer.name, precision, 1 / ours, 1 / notebook, notebook / ours, share))
    on_event(Progress("layers", len(COMPARED), len(COMPARED)))
    device = measured_device()
    chosen, speedup = device.precision, device.flops_per_s["bfloat16"] / device.flops_per_s["float32"]
    times = []
    for done, recipe in enumerate(RECIPES.values()):
        on_event(Progress("recipes", done, len(RECIPES)))
        times.append(_recipe_time(recipe, trunks, chosen))
    on_event(Progress("recipes", len(RECIPES), len(RECIPES)))
    return BenchReport(multiply, speedup, chosen, tuple(rates), tuple(times))


def _said(rate: LayerRate) -> str:
    return (
        f"{rate.layer}, 224 px, {rate.precision}: {rate.steps_per_s:.1f} filter-steps a second, {rate.ratio:.1f} times "
        f"the notebook loop's {rate.notebook_steps_per_s:.2f}; {rate.share:.0%} of the matrix products' rate"
    )


def _recipe_time(recipe: Recipe, trunks: dict[str, Trunk], chosen: str) -> RecipeTime:
    seconds, precision = 0.0, "float32"
    for measured, layers in _blocks():
        settings = recipe.settings_for(measured.name)
        precision = chosen if settings.precision == "auto" else settings.precision
        batch = usual_batch_size(measured.name, settings.size_px)
        step = ascent_seconds(trunks[precision], measured.name, settings, batch)
        gauge = Gauge(trunks["float32"], measured.name, settings.preprocessing)
        measure = gauge_seconds(gauge, settings.size_px, min(batch, MEASURED_AT_ONCE))
        whole = filter_cost(measured.name, settings)
        seconds += sum(
            layer.filters
            * (settings.steps * step + measure)
            * filter_cost(layer.name, recipe.settings_for(layer.name))
            / whole
            for layer in layers
        )
    return RecipeTime(recipe.name, precision, seconds)


def _blocks() -> Iterator[tuple[Layer, list[Layer]]]:
    """Yield for each block its last layer, which is measured, and all its layers."""
    for number in sorted({layer.block for layer in LAYERS}):
        layers = [layer for layer in LAYERS if layer.block == number]
        yield layers[-1], layers
