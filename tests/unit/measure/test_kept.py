from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generator.catalogue import LAYERS
from generator.measure.kept import KeptReader
from generator.measure.moves import MOVES, moved, turned_and_scaled
from generator.vgg.forward import Trunk

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
    found = KeptReader(edges, "block1_conv1", "raw").read(
        np.stack([scene(), step, step]), np.array([0, 1, 2], np.int32)
    )
    assert found.shape == (3, 4)
    assert found.dtype == np.float32
    for share, view in zip(found[0], moved(scene()), strict=True):
        assert share == pytest.approx(view.mean() / scene().mean(), rel=1e-4)
    assert found[0, 3] == pytest.approx(1)
    assert found[1, 0] > 0.5
    assert found[1, 3] == 0
    assert np.isnan(found[2]).all()
