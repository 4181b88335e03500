from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generator.ascent.loop import Ascent, Climb, Start
from generator.ascent.notebook import climb, keras_model
from generator.recipes import RECIPES, Settings
from generator.vgg.forward import Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[np.float32]]

LAYER = "block2_conv1"


@pytest.fixture(scope="session")
def trunk(random_tensors: Tensors) -> Trunk:
    return Trunk(random_tensors, "float32")


def settings(recipe: str = "article", **changes: Any) -> Settings:
    small = {"size_px": 24, "steps": 6, "threshold": None, "precision": "float32"}
    return replace(RECIPES[recipe].settings_for(LAYER), **{**small, **changes})


def climbs(trunk: Trunk, used: Settings, filters: list[int], batch_size: int) -> dict[int, Climb]:
    found = Ascent(trunk, LAYER, used).climb([Start(number, used.seed) for number in filters], batch_size)
    return {one.start.filter: one for one in found}


def test_a_step_compiled_by_xla_makes_the_same_pictures(
    random_tensors: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.vgg.forward.fits", lambda _: False)  # as on a GPU, which alone takes XLA
    trunk = Trunk(random_tensors, "float32")
    used = settings("natural", steps=3)
    plain, compiled = (
        list(Ascent(trunk, LAYER, used, xla=xla).climb([Start(number, used.seed) for number in (2, 5)], 2))
        for xla in (False, True)
    )
    for one, other in zip(plain, compiled, strict=True):
        assert one.losses == pytest.approx(other.losses, rel=1e-3)


def numpy_loop(tensors: Tensors, number: int, used: Settings) -> list[float]:
    """The article's loop for block1_conv1 in plain NumPy: one convolution, its gradient, Adam in Keras' form."""
    kernel, bias = tensors["block1_conv1/kernel"].astype(float)[..., number], 0.0
    picture = np.random.RandomState(used.seed).random((used.size_px, used.size_px, 3)) * 20 + 128
    mean, square, losses = np.zeros_like(picture), np.zeros_like(picture), []
    for step in range(1, used.steps + 1):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(picture, ((1, 1), (1, 1), (0, 0))), (3, 3), (0, 1))
        before = np.einsum("yxcij,ijc->yx", windows, kernel) + bias
        losses.append(float(np.maximum(before, 0).mean()))
        upstream = np.pad((before > 0) / before.size, 1)
        back = np.lib.stride_tricks.sliding_window_view(upstream, (3, 3))
        gradient = np.einsum("yxij,ijc->yxc", back, kernel[::-1, ::-1])
        mean, square = mean + 0.1 * (gradient - mean), square + 0.001 * (gradient**2 - square)
        size = used.learning_rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        picture = picture + size * mean / (np.sqrt(square) + 1e-7)
    return losses


def test_the_ascent_equals_a_plain_numpy_loop(random_tensors: Tensors, trunk: Trunk) -> None:
    used = settings(size_px=12, learning_rate=5.0)
    found = Ascent(trunk, "block1_conv1", used).climb([Start(3, used.seed)], 4)
    assert next(iter(found)).losses == pytest.approx(numpy_loop(random_tensors, 3, used), rel=1e-4)


@pytest.mark.parametrize("threshold", [None, 12.0])
def test_the_ascent_equals_the_notebooks_loop(random_tensors: Tensors, trunk: Trunk, threshold: float | None) -> None:
    used = settings(threshold=threshold, learning_rate=20.0)
    model, found = keras_model(random_tensors, LAYER), climbs(trunk, used, list(range(6)), 4)
    for number in range(6):
        picture, losses = climb(model, number, used)
        assert found[number].losses == pytest.approx(losses, rel=1e-4, abs=1e-5)
        assert np.allclose(found[number].picture, picture, atol=0.05)
    if threshold is not None:
        assert {one.stop_reason for one in found.values()} >= {"threshold"}


SPECTRUM = {"canvas": "spectrum", "room": 1.0, "fall": 1.0, "pull": 0.2, "learning_rate": 0.004, "sharing": 0.0}


@pytest.mark.parametrize(
    "used", [settings("article"), settings("natural"), settings("natural", **SPECTRUM)], ids=lambda used: used.canvas
)
def test_a_filter_alone_equals_the_same_filter_in_a_batch(trunk: Trunk, used: Settings) -> None:
    together = climbs(trunk, used, list(range(8)), 8)
    for number in (0, 5):
        alone = climbs(trunk, used, [number], 1)[number]
        assert alone.losses == pytest.approx(together[number].losses, rel=1e-4, abs=1e-6)


def test_no_step_is_spent_on_a_finished_picture(trunk: Trunk, monkeypatch: pytest.MonkeyPatch) -> None:
    used = settings(threshold=12.0, learning_rate=20.0)
    ascent = Ascent(trunk, LAYER, used)
    batches: list[int] = []
    step = ascent._step

    def counted(state: Any, *rest: Any) -> Any:
        batches.append(int(state.shape[0]))
        return step(state, *rest)

    monkeypatch.setattr(ascent, "_step", counted)
    found = list(ascent.climb([Start(number, 42) for number in range(16)], 4))
    assert sorted(one.start.filter for one in found) == list(range(16))
    assert len({len(one.losses) for one in found}) > 1, "all pictures ended together; the case is not met"
    assert sum(batches) == sum(len(one.losses) for one in found)
    assert max(batches) == 4


def test_a_picture_at_zero_stops_at_once_and_keeps_its_value(random_tensors: Tensors) -> None:
    tensors = dict(random_tensors)
    bias = np.zeros(128, np.float32)
    bias[2] = -1e6
    tensors[f"{LAYER}/bias"] = bias
    used = settings()
    found = climbs(Trunk(tensors, "float32"), used, [1, 2, 3], 3)
    assert found[2].losses == (0.0,)
    assert found[2].stop_reason == "zero"
    start = np.random.RandomState(42).random((24, 24, 3)) * 20 + 128
    assert np.allclose(found[2].picture, start, atol=1e-4)
    assert found[1].stop_reason == "steps"
    assert len(found[1].losses) == used.steps


def test_a_warm_start_wakes_a_filter_that_begins_at_zero(random_tensors: Tensors) -> None:
    tensors = dict(random_tensors)
    bias = np.zeros(128, np.float32)
    bias[2] = -80.0
    tensors[f"{LAYER}/bias"] = bias
    trunk = Trunk(tensors, "float32")
    used = settings("natural", steps=24, preprocessing="imagenet")
    woken = climbs(trunk, used, [2], 1)[2]
    assert woken.losses[0] == 0.0
    assert woken.losses[-1] > 0.0
    asleep = climbs(trunk, replace(used, warm_start=False), [2], 1)[2]
    assert asleep.stop_reason == "zero"


def test_a_loss_that_is_not_finite_ends_its_picture_alone(random_tensors: Tensors) -> None:
    tensors = dict(random_tensors)
    bias = np.zeros(128, np.float32)
    bias[4] = np.nan
    tensors[f"{LAYER}/bias"] = bias
    found = climbs(Trunk(tensors, "float32"), settings(), [3, 4], 2)
    assert found[4].stop_reason == "error"
    assert found[3].stop_reason == "steps"
    assert np.isfinite(found[3].losses).all()
