"""How a picture is made: the three named recipes with their numbers for every layer, and the user's changes to them.

`article` is the notebook article's procedure to the letter; `natural` and `draft` make pictures that one can read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from generator.catalogue import ARTICLE_SIZE_PX, LAYERS, layer_named
from generator.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ALGORITHM: Final = 2
"""Version of the numerics. A change that alters any picture or number raises it, and so every key in the store."""

DEFAULT_SEED: Final = 42
DEFAULT_RECIPE: Final = "natural"
MAXIMUM_SIZE_PX: Final = 1024
MAXIMUM_STEPS: Final = 10_000

LARGEST_BATCH: Final = 32
BATCH_PIXELS: Final = 16 * 160 * 160
"""Rates are flat from some four pictures on; this many pixels keep every machine's cores busy in little memory."""
SHALLOW_BATCH_PIXELS: Final = 4 * 224 * 224
"""The same for block 1, whose maps are as large as the picture: a tenth faster when fewer compete for the caches."""

CanvasName = Literal["pixel", "fourier", "spectrum"]
PreprocessingName = Literal["raw", "imagenet"]
PrecisionName = Literal["auto", "float32", "bfloat16"]

OPTIONAL: Final = ("room", "fall", "pull")
"""Settings that not every recipe has."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The recipe's values for one layer, as used.

    `threshold` stops a picture once its loss reaches it; None lets it run all its steps. `jitter_px` is the largest
    random shift of the canvas in each step. `schedule` is the learning rate's, the same for all; stored pictures are
    known by it. `warm_start` climbs the mean before the ReLU while a filter is at zero;
    `leak` is the part of the negative values before the ReLU that is climbed along with the loss. `sharing` is how far
    Adam's second moment is shared by the coefficients of a picture: 0 is Adam, 1 one moment for the whole picture.
    `precision` is that of the convolutions; state, losses and statistics are always float32. A wanted setting may say
    "auto" (whichever is faster on the machine at hand); a stored one never does.

    None where a recipe has not these: `room` and `fall` bound the magnitudes of the canvas "spectrum"
    (`ascent.canvas`); `pull` is how strongly a picture is drawn to what photographs do on the way to its layer
    (`ascent.usual`), with the ImageNet weights alone.
    """

    size_px: int
    steps: int
    learning_rate: float
    threshold: float | None
    canvas: CanvasName
    preprocessing: PreprocessingName
    schedule: Literal["constant"]
    jitter_px: int
    warm_start: bool
    leak: float
    sharing: float
    precision: PrecisionName
    seed: int
    room: float | None = None
    fall: float | None = None
    pull: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values, in the order of the fields, without those the recipe has not."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None or name not in OPTIONAL}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Build settings from `as_dict`'s output; raise `KeyError` on a missing value."""
        names = [field.name for field in fields(cls) if field.name not in OPTIONAL or field.name in values]
        return cls(**{name: values[name] for name in names})


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named way to make pictures: settings per block or layer name, the layer's own first."""

    name: str
    summary: str
    per_layer: Mapping[str, Settings]

    def settings_for(self, layer: str) -> Settings:
        """Return the settings of the layer called `layer`."""
        return self.per_layer[layer_named(layer).name]


def _article() -> dict[str, Settings]:
    numbers: dict[str, tuple[float, int, float | None]] = {
        "block1": (2.5, 20, None),
        "block2": (52.5, 50, 30000.0),
        "block3": (22.5, 30, 18000.0),
        "block4": (15.5, 50, 6000.0),
        "block5": (25.5, 30, 6000.0),
    }
    return {
        layer.name: Settings(
            size_px=ARTICLE_SIZE_PX,
            steps=numbers[f"block{layer.block}"][1],
            learning_rate=numbers[f"block{layer.block}"][0],
            threshold=numbers[f"block{layer.block}"][2],
            canvas="pixel",
            preprocessing="raw",
            schedule="constant",
            jitter_px=0,
            warm_start=False,
            leak=0.0,
            sharing=0.0,
            precision="float32",
            seed=DEFAULT_SEED,
        )
        for layer in LAYERS
    }


@dataclass(frozen=True, slots=True)
class _Block:
    """What the readable recipes set for one block."""

    size_px: int
    steps: int
    learning_rate: float
    sharing: float = 0.0
    room: float | None = None
    fall: float | None = None
    pulls: tuple[float | None, ...] = (None,) * 3
    """One for each layer of the block."""


# Shallow filters answer to one colour or one frequency: a moment shared by the whole picture lets that one win and the
# others stay grey. Those of block 3 want textures: bounded magnitudes fill what lies between with noise, so that people
# name fewer. Deep filters need many frequencies at once, in about the proportions that photographs have them.
_NATURAL = (
    _Block(48, 64, 0.03, 1.0),
    _Block(64, 64, 0.05, 1.0),
    _Block(96, 32, 0.05, 0.75, pulls=(0.1, 0.1, 0.2)),
    _Block(128, 32, 0.004, room=1.0, fall=1.0, pulls=(0.2,) * 3),
    _Block(160, 32, 0.004, room=1.0, fall=1.0, pulls=(0.15,) * 3),
)
_DRAFT = (
    _Block(32, 32, 0.12, 1.0),
    _Block(48, 32, 0.12, 1.0),
    _Block(64, 16, 0.1, 0.75, pulls=(0.1, 0.1, 0.2)),
    _Block(80, 16, 0.008, room=1.0, fall=1.0, pulls=(0.2,) * 3),
    _Block(112, 16, 0.008, room=1.0, fall=1.0, pulls=(0.15,) * 3),
)


def _readable(blocks: tuple[_Block, ...]) -> dict[str, Settings]:
    return {
        layer.name: Settings(
            size_px=block.size_px,
            steps=block.steps,
            learning_rate=block.learning_rate,
            threshold=None,
            canvas="fourier" if block.room is None else "spectrum",
            preprocessing="imagenet",
            schedule="constant",
            jitter_px=max(1, round(block.size_px * 12 / ARTICLE_SIZE_PX)),
            warm_start=True,
            leak=0.1,
            sharing=block.sharing,
            precision="auto",
            seed=DEFAULT_SEED,
            room=block.room,
            fall=block.fall,
            pull=block.pulls[layer.index - 1],
        )
        for layer in LAYERS
        for block in (blocks[layer.block - 1],)
    }


RECIPES: Final[dict[str, Recipe]] = {
    recipe.name: recipe
    for recipe in (
        Recipe("natural", "readable pictures on a canvas fitted to what each layer sees", _readable(_NATURAL)),
        Recipe("article", "the notebook article's procedure to the letter, 224 px, raw pixels", _article()),
        Recipe("draft", "as natural, smaller and shorter: the whole atlas in minutes", _readable(_DRAFT)),
    )
}


def recipe_named(name: str) -> Recipe:
    """Return the recipe called `name`; raise `BadInput` with the valid names when there is none."""
    try:
        return RECIPES[name]
    except KeyError:
        valid = ", ".join(RECIPES)
        raise BadInput(
            f"there is no recipe {name!r}; the recipes are {valid}.{did_you_mean(name, list(RECIPES))}"
        ) from None


def usual_batch_size(layer: str, size_px: int) -> int:
    """Return how many pictures of a canvas of `size_px` climb side by side where the user says nothing."""
    pixels = SHALLOW_BATCH_PIXELS if layer_named(layer).block == 1 else BATCH_PIXELS
    return max(1, min(LARGEST_BATCH, pixels // size_px**2))


def edition_name(recipe: str, fingerprint: str, imagenet_fingerprint: str) -> str:
    """Return the edition's name: the recipe's for the ImageNet weights, with a part of the fingerprint for others."""
    return recipe if fingerprint == imagenet_fingerprint else f"{recipe}-{fingerprint[:8]}"


def checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user's changes that are not None, each checked; `"none"` as a threshold becomes None.

    Raises:
        BadInput: a value that cannot be used, in one sentence.

    """
    checks = {
        "size_px": _whole(1, MAXIMUM_SIZE_PX),
        "steps": _whole(1, MAXIMUM_STEPS),
        "learning_rate": _positive,
        "threshold": _threshold,
        "precision": _precision,
        "seed": _whole(0, 2**32 - 1),
    }
    unknown = sorted(set(changes) - set(checks))
    if unknown:
        raise BadInput(f"there is no setting {unknown[0]!r} to change; the settings are {', '.join(checks)}.")
    return {name: checks[name](name, value) for name, value in changes.items() if value is not None}


def changed(layer: str, settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return `settings` with the checked `changes`; raise `BadInput` for a canvas under the minimum of `layer`."""
    wanted = replace(settings, **changes)
    minimum = layer_named(layer).minimum_size_px
    if wanted.size_px < minimum:
        raise BadInput(f"size {wanted.size_px} px is too small for {layer}: its canvas must be at least {minimum} px.")
    if "size_px" in changes and settings.jitter_px:
        wanted = replace(wanted, jitter_px=max(1, round(settings.jitter_px * wanted.size_px / settings.size_px)))
    return wanted


def for_weights(settings: Settings, fingerprint: str, imagenet_fingerprint: str) -> Settings:
    """Return the settings for a network: what photographs do was measured with the ImageNet weights alone."""
    return settings if fingerprint == imagenet_fingerprint else replace(settings, pull=None)


def settled(settings: Settings, precision: PrecisionName) -> Settings:
    """Return `settings` with `precision` in place of "auto"."""
    return replace(settings, precision=precision) if settings.precision == "auto" else settings


def _whole(least: int, most: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        number = _finite(name, value)
        if int(number) != number or not least <= number <= most:
            raise BadInput(f"{_said(name)} {value!r} will not do; it must be a whole number from {least} to {most}.")
        return int(number)

    return check


def _positive(name: str, value: Any) -> float:
    number = _finite(name, value)
    if number <= 0:
        raise BadInput(f"{_said(name)} {value!r} will not do; it must be greater than 0.")
    return number


def _threshold(name: str, value: Any) -> float | None:
    if isinstance(value, str) and value.lower() == "none":
        return None
    return _positive(name, value)


def _precision(name: str, value: Any) -> str:
    valid = get_args(PrecisionName)
    if value not in valid:
        raise BadInput(f"{_said(name)} {value!r} will not do; it must be one of {', '.join(valid)}.")
    return str(value)


def _finite(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise BadInput(f"{_said(name)} {value!r} is not a number.")
    return number


def _said(name: str) -> str:
    return name.removesuffix("_px").replace("_", " ")
