from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generator.catalogue import LAYERS
from generator.measure.kept import kept_of, moved, turned_and_scaled
from generator.records import MOVES, Kept, kept_measurement
from generator.vgg.forward import Trunk
from generator.vgg.gauge import Gauge

if TYPE_CHECKING:
    from numpy.typing import NDArray


def scene(seed: int = 0, size: int = 64) -> NDArray[np.uint8]:
    """Smooth blots of colour."""
    blots = np.random.default_rng(seed).integers(0, 256, (5, 5, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(blots).resize((size, size), Image.Resampling.BICUBIC))


def test_a_picture_that_is_not_moved_stays_as_it_is() -> None:
    assert np.array_equal(turned_and_scaled(scene(), 0.0, 1.0), scene())


@pytest.mark.parametrize("degrees", [5.0, -30.0, 90.0])
def test_a_turn_is_pillows_own(degrees: float) -> None:
    turned = Image.fromarray(scene()).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128))
    away = np.abs(turned_and_scaled(scene(), degrees, 1.0).astype(int) - np.asarray(turned))
    assert (away > 1).mean() < 0.01


@pytest.mark.parametrize(("scale", "inner"), [(0.5, 40), (0.95, 76), (1.05, 80)])
def test_a_scaled_picture_stands_in_the_middle_on_grey(scale: float, inner: int) -> None:
    found = turned_and_scaled(np.full((80, 80, 3), 250, np.uint8), 0.0, scale)
    rows = np.flatnonzero(found[40, :, 0] > 240)
    assert len(rows) == inner
    assert rows[0] + rows[-1] == 79
    outside = np.delete(found[40, :, 0], rows)
    assert ((outside >= 125) & (outside <= 131)).all()


def test_a_picture_made_smaller_shows_the_same_at_its_middle() -> None:
    small = turned_and_scaled(scene(), 0.0, 0.5)[16:48, 16:48]
    halved = np.asarray(Image.fromarray(scene()).resize((32, 32), Image.Resampling.BOX))
    assert np.abs(small[2:-2, 2:-2].astype(int) - halved[2:-2, 2:-2]).mean() < 3


def test_the_moves_come_in_their_order() -> None:
    found = dict(zip(MOVES, moved(scene()), strict=True))
    assert np.array_equal(found["turned"], turned_and_scaled(scene(), 5.0, 1.0))
    assert np.array_equal(found["smaller"], turned_and_scaled(scene(), 0.0, 0.95))
    assert np.array_equal(found["larger"], turned_and_scaled(scene(), 0.0, 1.05))
    assert np.array_equal(found["mirrored"], scene()[:, ::-1])


@pytest.fixture(scope="module")
def edges() -> Trunk:
    """Return a network whose first layer sees light, steps from dark to light, and nothing."""
    tensors, inputs = {}, 3
    for layer in LAYERS:
        tensors[f"{layer.name}/kernel"] = np.zeros((3, 3, inputs, 3), np.float32)
        tensors[f"{layer.name}/bias"] = np.zeros(3, np.float32)
        inputs = 3
    first = tensors["block1_conv1/kernel"]
    first[1, 1, :, 0] = 1
    first[:, 0, :, 1], first[:, 2, :, 1] = -1, 1
    tensors["block1_conv1/bias"][1] = -800
    return Trunk(tensors, "float32")


def test_what_each_move_keeps_is_the_share_of_the_pictures_own_mean(edges: Trunk) -> None:
    step = np.zeros((64, 64, 3), np.uint8)
    step[:, 32:] = np.linspace(250, 0, 32).astype(np.uint8)[:, None]
    pictures = np.stack([scene(), step, step])
    light, edge, nothing = kept_of(Gauge(edges, "block1_conv1", "raw", 64, 64), pictures, [0, 1, 2])
    assert light is not None
    for name, view in zip(MOVES, moved(scene()), strict=True):
        assert getattr(light, name) == pytest.approx(view.mean() / scene().mean(), rel=1e-4)
    assert light.mirrored == pytest.approx(1)
    assert light.peak == scene().sum(axis=2).max()
    assert edge is not None
    assert edge.turned > 0.5
    assert edge.mirrored == 0
    assert nothing is None


def test_what_is_kept_comes_back_from_its_measurement_and_nothing_as_nothing() -> None:
    kept = Kept(0.5, 0.25, 1.5, 0.0, 700.0)
    assert Kept.of(kept_measurement(kept, "block1_conv1", 3, 1, "ab" * 32)) == kept
    assert Kept.of(kept_measurement(None, "block1_conv1", 3, 1, "ab" * 32)) is None


def test_the_earlier_means_are_those_of_each_earlier_layer_in_turn(edges: Trunk) -> None:
    pictures = np.stack([scene(), scene(1)]).astype(np.float32)
    found = Gauge(edges, "block2_conv1", "raw", 64, 64).earlier_means(pictures)
    assert found.shape == (2, 6)
    assert np.allclose(found[:, 0], pictures.sum(axis=3).mean(axis=(1, 2)), rtol=1e-4)
    assert not found[:, 3:].any()
    assert Gauge(edges, "block1_conv1", "raw", 64, 64).earlier_means(pictures).shape == (2, 0)
