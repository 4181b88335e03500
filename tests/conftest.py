"""Synthetic results that look and count like real ones, for tests that need no network; and Ctrl-C for all."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest

from generator.catalogue import LAYER_NAMES, layer_named
from generator.files import digest_of
from generator.measure.kinds import VERSIONS
from generator.recipes import ALGORITHM, RECIPES, Settings, changed
from generator.records import (
    KEPT,
    LINKS,
    RESPONSE,
    AscentResult,
    EditionRecord,
    Fact,
    FilterFailure,
    Kept,
    Links,
    PictureRecord,
    Response,
    kept_measurement,
    strongest_inputs,
)
from generator.store.keys import result_key
from generator.store.pictures import Facts, decode_image, encode_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from generator.records import Changes, Status

NATURAL = EditionRecord("natural", "natural", "ab" * 32, "ImageNet weights")
"""The edition that results are made for where a test says nothing."""

MAP_TILES = 8
MAP_SIDE_PX = 32
WAVES = 5


class MakeResult(Protocol):
    """Factory of a plausible `AscentResult`.

    `changes` replace fields of the result as they stand; `carried` are the user's settings that its file tells.
    """

    def __call__(
        self,
        layer: str = "block1_conv1",
        filter: int = 0,  # noqa: A002 - the record's own word
        *,
        seed: int = 0,
        status: Status = "active",
        settings: Settings | None = None,
        size_px: int | None = None,
        edition: EditionRecord = NATURAL,
        carried: Changes | None = None,
        **changes: Any,
    ) -> AscentResult: ...


class MakeFailure(Protocol):
    """Factory of a `FilterFailure`."""

    def __call__(
        self,
        layer: str = "block1_conv1",
        filter: int = 0,  # noqa: A002 - the record's own word
        *,
        settings: Settings | None = None,
        error: str = "the loss became NaN at step 3",
    ) -> FilterFailure: ...


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let every process of the tests hear Ctrl-C: a script that starts the tests with `&` has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def make_result() -> MakeResult:
    """Return the factory: the same arguments give the same result, another seed another picture."""
    return synthetic_result


@pytest.fixture(scope="session")
def make_failure() -> MakeFailure:
    """Return the factory of failures."""
    return synthetic_failure


def synthetic_result(
    layer: str = "block1_conv1",
    filter: int = 0,  # noqa: A002 - the record's own word
    *,
    seed: int = 0,
    status: Status = "active",
    settings: Settings | None = None,
    size_px: int | None = None,
    edition: EditionRecord = NATURAL,
    carried: Changes | None = None,
    **changes: Any,
) -> AscentResult:
    used = _settings(layer, settings, size_px)
    rng = np.random.default_rng((seed, LAYER_NAMES.index(layer), filter))
    dead = status == "dead"
    means = rng.gamma(1.2, 20.0, layer_named(layer).filters).astype(np.float32)
    means[filter] = 0.0 if dead else np.float32(rng.uniform(40.0, 160.0))
    image_mean = float(np.float32(means[filter] / 0.98))
    strongest = [int(other) for other in np.argsort(-means, kind="stable") if other != filter]
    rise = np.linspace(0.0 if status == "woken" else 0.05, 0.97, used.steps) ** 0.6
    losses = tuple(float(np.float32(image_mean * share)) for share in rise)
    values: dict[str, Any] = {
        "edition": edition.name,
        "layer": layer,
        "filter": filter,
        "settings": used,
        "key": result_key(edition.weights_fingerprint, layer, filter, used),
        "status": status,
        "dead_at_start": status in ("dead", "woken"),
        "first_loss": losses[0],
        "final_loss": losses[-1],
        "image_mean": image_mean,
        "steps_run": used.steps,
        "stop_reason": "zero" if dead else "steps",
        "losses": losses,
        "woke_at": 3 if status == "woken" else None,
        "tried": (Fact.of("climbed", steps=32, seed=42),) if status in ("dead", "woken") else (),
        "slope": 0.0 if dead else 0.004,
    }
    record = PictureRecord(**{**values, **changes})
    file = encode_picture(_waves(rng, used.size_px), Facts(edition, carried or {}, ALGORITHM, record))
    maps = (filter, *strongest[: MAP_TILES - 1])
    response = Response(filter, means, _maps(rng, dead=dead), maps, float(np.float32(means.max() * 4)))
    amounts = rng.normal(0.5, 2.0, layer_named(layer).in_channels).astype(np.float32)
    kernels = rng.normal(0.0, 0.1, (len(strongest_inputs(amounts)), 3, 3)).astype(np.float16)
    links = Links(amounts, float(means[filter] - amounts.sum(dtype=np.float64)), float(means[filter]), kernels)
    kept = None if dead else Kept(*rng.uniform(0.3, 1.02, 4), float(means[filter] * 6))
    sha256 = digest_of(file)
    return AscentResult(
        **record.made | {"sha256": sha256},
        image=decode_image(file),
        file=file,
        response=response,
        measurements=(
            response.measurement(layer, VERSIONS[RESPONSE], sha256),
            links.measurement(layer, filter, VERSIONS[LINKS], sha256),
            kept_measurement(kept, layer, filter, VERSIONS[KEPT], sha256),
        ),
    )


def synthetic_failure(
    layer: str = "block1_conv1",
    filter: int = 0,  # noqa: A002 - the record's own word
    *,
    settings: Settings | None = None,
    error: str = "the loss became NaN at step 3",
) -> FilterFailure:
    return FilterFailure(layer, filter, _settings(layer, settings, None), Fact.of("raised", error=error))


def _settings(layer: str, settings: Settings | None, size_px: int | None) -> Settings:
    used = settings or RECIPES["natural"].settings_for(layer)
    if size_px is not None:
        used = changed(layer, used, {"size_px": size_px})
    return replace(used, precision="float32") if used.precision == "auto" else used


def _waves(rng: np.random.Generator, size_px: int) -> NDArray[np.uint8]:
    """Smooth colourful waves: uint8 RGB, shape (size_px, size_px, 3)."""
    rows, columns = np.mgrid[0:size_px, 0:size_px] / size_px
    picture = np.zeros((size_px, size_px, 3))
    for _ in range(WAVES):
        across, down = rng.uniform(-5, 5, 2)
        wave = np.sin(2 * np.pi * (across * columns + down * rows) + rng.uniform(0, 2 * np.pi))
        picture += wave[..., None] * rng.normal(0, 1, 3)
    return np.asarray(np.clip(128 + picture * 42, 0, 255).astype(np.uint8))


def _maps(rng: np.random.Generator, *, dead: bool) -> NDArray[np.uint8]:
    """Tiles of a feature map each: uint8, shape (MAP_TILES, MAP_SIDE_PX, MAP_SIDE_PX); the first is the own one."""
    maps = np.stack([_waves(rng, MAP_SIDE_PX)[..., 0] // 4 * 4 for _ in range(MAP_TILES)])
    if dead:
        maps[0] = 0
    return maps
