"""Links on the real weights: activation times gradient by TensorFlow's own differentiation, and parts that add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.catalogue import LAYER_NAMES, LAYERS, layer_named
from generator.measure.links import links_of
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.vgg.operations import Tensor
    from generator.vgg.weights import Weights
    from tests.conftest import MakeResult

pytestmark = pytest.mark.real

SIZE_PX = 96
PICTURES = 3
READING_PICTURE_MAPS_AND_POOLED_MAPS = (*LAYER_NAMES[:3], "block3_conv3", "block4_conv1", "block5_conv3")


@pytest.fixture(scope="module")
def network(imagenet: Weights) -> Trunk:
    return Trunk(imagenet.tensors, "float32")


@pytest.fixture(scope="module")
def pictures(make_result: MakeResult) -> NDArray[np.uint8]:
    return np.stack([make_result("block3_conv1", seed=seed, size_px=SIZE_PX).image for seed in range(PICTURES)])


def read_and_maps(imagenet: Weights, name: str, x: Tensor, tape: tf.GradientTape) -> tuple[Tensor, Tensor]:
    """What the layer reads, watched by the tape, and its maps after the ReLU, by TensorFlow's plain operations."""
    for layer in LAYERS:
        if layer.block > 1 and layer.index == 1:
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        if layer.name == name:
            tape.watch(x)
        kernel, bias = imagenet.tensors[f"{layer.name}/kernel"], imagenet.tensors[f"{layer.name}/bias"]
        maps = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)
        if layer.name == name:
            break
        x = maps
    return x, maps


@pytest.mark.parametrize("layer", READING_PICTURE_MAPS_AND_POOLED_MAPS)
def test_links_are_activation_times_gradient_and_add_up_to_the_mean(
    layer: str, imagenet: Weights, network: Trunk, pictures: NDArray[np.uint8]
) -> None:
    inputs = preprocess(tf.constant(pictures, tf.float32), "imagenet")
    with tf.GradientTape() as tape:
        read, maps = read_and_maps(imagenet, layer, inputs, tape)
        means = tf.reduce_mean(maps, axis=(1, 2))
        # The strongest filter of the first picture, the tenth of the second, the hundredth or so of the third.
        ranks = [0, 9, layer_named(layer).filters // 5]
        filters = [int(np.argsort(-row)[rank]) for row, rank in zip(means.numpy(), ranks, strict=True)]
        goal = tf.reduce_sum(tf.gather(means, filters, batch_dims=1))
    expected = tf.reduce_sum(read * tape.gradient(goal, read), axis=(1, 2)).numpy()
    if layer == LAYER_NAMES[0]:
        expected = expected[:, ::-1]  # the network reads B, G, R
    found = links_of(network, layer, filters, pictures, "imagenet")
    for links, amounts, own, row in zip(found, expected, filters, means.numpy(), strict=True):
        assert links.mean == pytest.approx(float(row[own]), rel=1e-3)
        assert links.mean > 0
        assert np.allclose(links.amounts, amounts, rtol=0, atol=1e-4 * np.abs(amounts).sum())
        assert links.amounts.sum(dtype=np.float64) + links.bias == pytest.approx(links.mean, rel=1e-4)
        assert links.positive + links.negative + links.bias == pytest.approx(links.mean, rel=1e-4)
