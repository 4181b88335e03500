from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.ascent import objective
from generator.ascent.loop import Ascent, Start
from generator.ascent.usual import distance, on_the_way, usual_means
from generator.catalogue import LAYERS
from generator.recipes import RECIPES
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYER = "block3_conv3"


@pytest.fixture(scope="module")
def trunk(random_tensors: dict[str, NDArray[np.float32]]) -> Trunk:
    return Trunk(random_tensors, "float32")


def test_the_table_speaks_of_every_filter() -> None:
    for layer in LAYERS:
        known = usual_means()[layer.name]
        assert known.usual.shape == known.spread.shape == (layer.filters,)
        assert np.isfinite(known.usual).all()
        assert known.spread.min() > 0
        assert known.least > 0


def test_what_is_read_on_the_way_are_layers_from_the_block_before_on_that_are_seen_before_pooling() -> None:
    assert on_the_way("block1_conv1") == ()
    assert on_the_way("block2_conv1") == ("block1_conv1",)
    assert on_the_way("block5_conv3") == ("block4_conv1", "block4_conv2", "block5_conv1", "block5_conv2")


def test_means_on_the_way_are_those_of_all_filters_there(trunk: Trunk) -> None:
    inputs = preprocess(tf.random.stateless_uniform((2, 24, 24, 3), (1, 2), 0, 255), "imagenet")
    filters = tf.constant([4, 9])
    maps, means = trunk.filter_maps_and_means(inputs, LAYER, filters, on_the_way(LAYER))
    every = dict(zip((layer.name for layer in LAYERS), trunk.every_mean(inputs), strict=True))
    assert tuple(means) == on_the_way(LAYER)
    for name, found in means.items():
        assert np.allclose(found, every[name], rtol=1e-4)
    assert np.allclose(maps, trunk.filter_maps(inputs, LAYER, filters), rtol=1e-4)


@pytest.mark.parametrize("spreads", [0.0, 1.0, 2.0])
def test_the_distance_counts_standard_deviations_from_what_photographs_do(spreads: float) -> None:
    means = {
        name: tf.constant(np.exp(known.usual + spreads * known.spread)[np.newaxis] - known.least)
        for name in on_the_way(LAYER)
        for known in (usual_means()[name],)
    }
    assert distance(means).numpy() == pytest.approx([spreads**2], rel=1e-2, abs=1e-4)


def test_a_pull_counts_in_parts_of_the_loss_and_does_not_change_how_that_is_climbed() -> None:
    losses, far = tf.constant([0.0, 10.0]), tf.constant([3.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch([losses, far])
        goal = objective.pulled(losses, losses, far, 0.1)
    assert goal.numpy().tolist() == pytest.approx([0.0, 7.0])
    along, pulled = tape.gradient(goal, [losses, far])
    assert along.numpy().tolist() == pytest.approx([1.0, 1.0])
    assert pulled.numpy().tolist() == pytest.approx([0.0, -1.0])


def test_a_pull_brings_pictures_nearer_to_photographs(trunk: Trunk) -> None:
    used = replace(RECIPES["natural"].settings_for(LAYER), size_px=32, steps=12, precision="float32")

    def apart(pull: float | None) -> NDArray[np.float32]:
        ascent = Ascent(trunk, LAYER, replace(used, pull=pull))
        pictures = np.stack([one.picture for one in ascent.climb([Start(number, 42) for number in range(4)], 4)])
        inputs = preprocess(tf.constant(pictures), "imagenet")
        _, means = trunk.filter_maps_and_means(inputs, LAYER, tf.range(4), on_the_way(LAYER))
        found: NDArray[np.float32] = distance(means).numpy()
        return found

    assert (apart(1.0) < 0.98 * apart(None)).all()
