"""`generator.ascend`: pictures of a few filters, for a notebook; nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.recipes import (
    Recipe,
    changed,
    checked_changes,
    for_weights,
    recipe_named,
    settled,
    usual_batch_size,
)
from generator.records import AscentResult, AscentTask, FilterFailure, Progress, unheard
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.vgg.weights import load_weights
from generator.workflows._request import edition_of
from generator.workflows.selection import check_batch_size, check_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from generator.records import Event


def ascend(  # noqa: PLR0913 - the command line's options, by the same names
    layer: str,
    filters: Iterable[int],
    *,
    recipe: str | Recipe = "natural",
    weights: str = "imagenet",
    seed: int = 42,
    batch_size: int | None = None,
    precision: str = "auto",
    size_px: int | None = None,
    steps: int | None = None,
    learning_rate: float | None = None,
    threshold: float | str | None = None,
    on_event: Callable[[Event], None] = unheard,
) -> list[AscentResult | FilterFailure]:
    """Return the pictures of `filters` of one layer, with what was measured on them, in the order asked.

    A filter whose work failed has a `FilterFailure` in its place, with its `status` "failed" and its `error`.

    Args:
        layer: name of a convolution layer, as "block3_conv1".
        filters: numbers of its filters, from 0.
        recipe: "natural", "article" or "draft", or a recipe of your own.
        weights: "imagenet", or the path of a weights file.
        seed: of the noise that pictures begin with.
        batch_size: pictures that climb side by side; None takes what suits the canvas.
        precision: of the convolutions: "float32", "bfloat16", or "auto" for the recipe's own choice.
        size_px: side of the picture in pixels; None takes the recipe's value for the layer, as for what follows.
        steps: number of updates.
        learning_rate: step length of Adam.
        threshold: loss at which a picture is finished; "none" switches the recipe's threshold off.
        on_event: told of the progress.

    Raises:
        BadInput: a value that cannot be used.
        BadWeights: the weights cannot be had.

    """
    numbers = [int(number) for number in filters]
    used = recipe if isinstance(recipe, Recipe) else recipe_named(recipe)
    base = used.settings_for(layer)
    check_filters([layer], numbers)
    check_batch_size(batch_size)
    changes = checked_changes(
        {
            "seed": seed,
            "precision": None if precision == "auto" else precision,
            "size_px": size_px,
            "steps": steps,
            "learning_rate": learning_rate,
            "threshold": threshold,
        }
    )
    settings = changed(layer, base, changes)
    from generator.vgg.machine import measured_device  # noqa: PLC0415 - imports TensorFlow, as the next
    from generator.workflows.compute import run_task  # noqa: PLC0415

    loaded = load_weights(weights)
    settings = for_weights(settings, loaded.fingerprint, IMAGENET_FINGERPRINT)
    if settings.precision == "auto":
        settings = settled(settings, measured_device().precision)
    wanted = tuple(dict.fromkeys(numbers))
    task = AscentTask(
        layer=layer,
        filters=wanted,
        settings=settings,
        edition=edition_of(used.name, loaded),
        weights=weights,
        batch_size=batch_size or usual_batch_size(layer, settings.size_px),
    )
    found: dict[int, AscentResult | FilterFailure] = {}
    for outcome in run_task(task, tensors=loaded.tensors):
        if isinstance(outcome, AscentResult | FilterFailure):
            found[outcome.filter] = outcome
            on_event(Progress(layer, len(found), len(wanted)))
    return [found[number] for number in numbers]
