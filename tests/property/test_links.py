"""Links on networks of VGG16's layers with few channels, against a plain sum over places in NumPy."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.catalogue import LAYERS, Layer
from generator.errors import BadInput
from generator.measure.links import links_of
from generator.vgg.forward import IMAGENET_MEAN_BGR, Trunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[np.float32]]

FILTERS = 4


def small_network(seed: int) -> Tensors:
    """Weights of thirteen layers with four filters each, scaled so that activations neither vanish nor explode."""
    random = np.random.default_rng(seed)
    tensors = {}
    for layer in LAYERS:
        inner = 3 if layer is LAYERS[0] else FILTERS
        kernel = random.standard_normal((3, 3, inner, FILTERS)) * np.sqrt(2 / (9 * inner))
        tensors[f"{layer.name}/kernel"] = kernel.astype(np.float32)
        tensors[f"{layer.name}/bias"] = random.uniform(-1, 20, FILTERS).astype(np.float32)
    return tensors


def some_pictures(seed: int, number: int, size: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (number, size, size, 3), np.uint8)


def pooled(x: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = x.shape[0] // 2, x.shape[1] // 2
    return x[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1).max(axis=(1, 3))


def products(x: NDArray[np.float64], kernel: NDArray[np.float32]) -> NDArray[np.float64]:
    """What each input channel adds to each place of each map: shape (height, width, in, out)."""
    around = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    height, width = x.shape[:2]
    total = np.zeros((height, width, *kernel.shape[2:]))
    for row in range(3):
        for column in range(3):
            total += around[row : row + height, column : column + width, :, np.newaxis] * kernel[row, column]
    return total


def plain_links(
    tensors: Tensors, target: Layer, picture: NDArray[np.uint8], own: int, how: str
) -> tuple[NDArray[np.float64], float, float]:
    """The amounts, the bias's part and the mean after the ReLU; the channels of the first layer as R, G, B."""
    x = picture.astype(np.float64)
    if how == "imagenet":
        x = x[..., ::-1] - np.array(IMAGENET_MEAN_BGR)
    for layer in LAYERS[: LAYERS.index(target) + 1]:
        if layer.block > 1 and layer.index == 1:
            x = pooled(x)
        each, bias = products(x, tensors[f"{layer.name}/kernel"]), tensors[f"{layer.name}/bias"]
        maps = each.sum(axis=2) + bias
        x = np.maximum(maps, 0)
    above = maps[..., own] > 0
    amounts = (each[..., own] * above[..., np.newaxis]).mean(axis=(0, 1))
    if target is LAYERS[0] and how == "imagenet":
        amounts = amounts[::-1]
    return amounts, float(bias[own] * above.mean()), float(x[..., own].mean())


@given(
    seed=st.integers(0, 2**16),
    layer=st.sampled_from(LAYERS),
    size=st.integers(32, 40),
    how=st.sampled_from(["raw", "imagenet"]),
)
@settings(deadline=None, max_examples=20)
def test_links_are_the_plain_sums_over_the_places_above_zero(seed: int, layer: Layer, size: int, how: str) -> None:
    tensors, pictures, filters = small_network(seed), some_pictures(seed, 3, size), (2, 0, 2)
    found = links_of(Trunk(tensors, "float32"), layer.name, filters, pictures, how)
    assert len(found) == len(pictures)
    for links, picture, own in zip(found, pictures, filters, strict=True):
        amounts, bias, mean = plain_links(tensors, layer, picture, own, how)
        scale = np.abs(amounts).sum() + abs(bias)
        assert links.amounts.dtype == np.float32
        assert np.allclose(links.amounts, amounts, rtol=0, atol=1e-4 * scale)
        assert (links.bias, links.mean) == pytest.approx((bias, mean), rel=0, abs=1e-4 * scale)
        assert links.positive == pytest.approx(amounts[amounts > 0].sum(), rel=0, abs=1e-4 * scale)
        assert links.negative == pytest.approx(amounts[amounts < 0].sum(), rel=0, abs=1e-4 * scale)


@pytest.mark.parametrize(
    ("layer", "how"), [("block1_conv1", "imagenet"), ("block1_conv1", "raw"), ("block3_conv2", "raw")]
)
def test_each_input_that_is_shown_has_its_own_slice_of_the_kernel(layer: str, how: str) -> None:
    tensors = small_network(7)
    (links,) = links_of(Trunk(tensors, "float32"), layer, [3], some_pictures(8, 1, 32), how)
    kernel = tensors[f"{layer}/kernel"][..., 3]
    if (layer, how) == ("block1_conv1", "imagenet"):
        kernel = kernel[..., ::-1]
    assert len(links.shown) > 1
    assert np.array_equal(links.kernels, np.moveaxis(kernel[..., links.shown], -1, 0).astype(np.float16))


def test_pictures_of_several_batches_come_back_in_order() -> None:
    network, filters = Trunk(small_network(1), "float32"), [place % FILTERS for place in range(35)]
    pictures = some_pictures(2, len(filters), 32)
    together = links_of(network, "block3_conv1", filters, pictures, "imagenet")
    for place in (0, 31, 32, 34):
        (alone,) = links_of(network, "block3_conv1", [filters[place]], pictures[place, np.newaxis], "imagenet")
        assert np.allclose(together[place].amounts, alone.amounts, rtol=1e-4, atol=1e-4)


def test_a_filter_that_is_never_above_zero_has_nothing_to_split() -> None:
    tensors = small_network(3)
    tensors["block2_conv1/bias"] = np.full(FILTERS, -1e6, np.float32)
    (links,) = links_of(Trunk(tensors, "float32"), "block2_conv1", [1], some_pictures(4, 1, 32), "imagenet")
    assert not links.amounts.any()
    assert (links.bias, links.positive, links.negative, links.mean) == (0, 0, 0, 0)


def test_red_alone_is_named_first_in_either_preprocessing() -> None:
    tensors, red = small_network(5), np.zeros((1, 8, 8, 3), np.uint8)
    red[..., 0] = 255
    kernel = np.zeros((3, 3, 3, FILTERS), np.float32)
    for how, channel in (("raw", 0), ("imagenet", 2)):
        kernel[1, 1] = 0
        kernel[1, 1, channel, 0] = 1
        network = Trunk({**tensors, "block1_conv1/kernel": kernel}, "float32")
        (links,) = links_of(network, "block1_conv1", [0], red, how)
        assert links.amounts[0] == pytest.approx(255 - (IMAGENET_MEAN_BGR[2] if how == "imagenet" else 0))
        assert not links.amounts[1:].any()


def test_what_does_not_fit_together_is_refused_in_a_sentence() -> None:
    pictures = some_pictures(6, 2, 8)
    with pytest.raises(BadInput, match="2 pictures need a filter each, and 1 are given"):
        links_of(Trunk(small_network(6), "float32"), "block1_conv1", [0], pictures, "raw")
    with pytest.raises(BadInput, match="the network computes in bfloat16"):
        links_of(Trunk(small_network(6), "bfloat16"), "block1_conv1", [0, 1], pictures, "raw")


def test_kind_and_version_are_read_without_tensorflow() -> None:
    asked = "import sys; from generator.measure.links import KIND, VERSION; print(KIND, 'tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["links", "False"]
