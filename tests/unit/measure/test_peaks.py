from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.catalogue import LAYER_NAMES, LAYERS
from generator.measure.peaks import LayerPeaks, PeakReader, joined
from generator.vgg.forward import Trunk, preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from generator.catalogue import Layer

THINNED = 16


def thin(rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Return a network of VGG16's shape with a sixteenth of its filters and random weights (He et al. 2015)."""
    tensors, inputs = {}, 3
    for layer in LAYERS:
        filters = layer.filters // THINNED
        kernel = rng.standard_normal((3, 3, inputs, filters), np.float32) * np.float32(np.sqrt(2 / (9 * inputs)))
        tensors |= {f"{layer.name}/kernel": kernel, f"{layer.name}/bias": np.zeros(filters, np.float32)}
        inputs = filters
    return tensors


def passing_on(neighbours: float) -> Trunk:
    """Return a network that hands each place's light on, and a share of it to each of its eight neighbours."""
    tensors = thin(np.random.default_rng(0))
    for name, tensor in tensors.items():
        if name.endswith("kernel"):
            tensor[...] = neighbours
            tensor[1, 1] = 1
            tensors[name] = tensor / ((1 + 8 * neighbours) * tensor.shape[2])
    return Trunk(tensors, "float32")


def dark(count: int) -> NDArray[np.uint8]:
    """Return pictures that the network sees as just below zero everywhere."""
    return np.tile(np.array([123, 116, 103], np.uint8), (count, 224, 224, 1))


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk(thin(np.random.default_rng(3)), "float32")


@pytest.fixture(scope="module")
def spreading() -> Iterator[Trunk]:
    """Light spreads from pixel to pixel, in plain convolutions: Winograd's way leaves rounding where nothing was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.vgg.forward.fits", lambda _: False)
        yield passing_on(1.0)


@pytest.fixture(scope="module")
def photographs() -> NDArray[np.uint8]:
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (3, 28, 28, 3)).astype(np.uint8)
    scenes = coarse.repeat(8, axis=1).repeat(8, axis=2)
    scenes[2] = 200
    return scenes


@pytest.fixture(scope="module")
def found(trunk: Trunk, photographs: NDArray[np.uint8]) -> dict[str, LayerPeaks]:
    return PeakReader(trunk).read(photographs)


def maps_of(trunk: Trunk, photographs: NDArray[np.uint8], layer: str) -> NDArray[np.float32]:
    maps: NDArray[np.float32] = trunk.all_maps(preprocess(photographs.astype(np.float32), "imagenet"), layer).numpy()
    return maps


@pytest.mark.parametrize("layer", LAYERS, ids=LAYER_NAMES)
def test_what_is_read_off_a_map_is_what_numpy_reads_off_it(
    trunk: Trunk, photographs: NDArray[np.uint8], found: dict[str, LayerPeaks], layer: Layer
) -> None:
    maps, read = maps_of(trunk, photographs, layer.name), found[layer.name]
    side = 224 // layer.stride
    flat = maps.reshape(3, side * side, -1)
    close = {"rtol": 1e-4, "atol": 1e-4 * maps.max()}
    np.testing.assert_allclose(read.peaks, flat.max(axis=1), **close)
    np.testing.assert_allclose(read.means, flat.mean(axis=1, dtype=np.float64), **close)
    rows, columns = read.places[..., 0].astype(int), read.places[..., 1].astype(int)
    at_place = maps[np.arange(3)[:, None], rows, columns, np.arange(maps.shape[3])]
    np.testing.assert_allclose(at_place, read.peaks, **close)
    starts = [0, 3, 7, 10] if side == 14 else list(range(0, side, side // 4))
    parts = np.maximum.reduceat(np.maximum.reduceat(maps, starts, axis=1), starts, axis=2)
    np.testing.assert_allclose(read.parts, parts.reshape(3, 16, -1), **close)
    assert np.array_equal(read.parts.max(axis=1), read.peaks)


def test_of_equal_peaks_the_first_in_reading_order_is_given() -> None:
    tensors = thin(np.random.default_rng(1))
    tensors["block1_conv1/kernel"][...] = 0
    tensors["block1_conv1/bias"][...] = [0, 1, 2, 3]
    flat = PeakReader(Trunk(tensors, "float32")).read(np.zeros((1, 224, 224, 3), np.uint8))["block1_conv1"]
    assert flat.peaks.tolist() == [[0, 1, 2, 3]]
    assert not flat.places.any()


def test_a_dot_that_moves_takes_the_peak_with_it_at_every_layer() -> None:
    dots = np.array([(0, 0), (223, 223), (0, 223), (100, 57), (31, 32), (111, 112)])
    pictures = dark(len(dots))
    pictures[np.arange(len(dots)), dots[:, 0], dots[:, 1]] = 255
    read = PeakReader(passing_on(0.1)).read(pictures)
    for layer in LAYERS:
        assert (read[layer.name].peaks > 0).all(), layer.name
        assert (read[layer.name].places == (dots // layer.stride)[:, None]).all(), layer.name


@pytest.mark.parametrize("layer", LAYERS, ids=LAYER_NAMES)
def test_a_place_sees_light_on_each_border_of_its_receptive_field_and_none_beyond(
    spreading: Trunk, layer: Layer
) -> None:
    last = 224 // layer.stride - 1
    for place in [(0, 0), (last, last // 2), (last // 3, last)]:
        (top, below), (left, right) = (layer.field(each, 224) for each in place)
        pictures = dark(5)
        pictures[0] = 255
        pictures[0, top:below, left:right] = dark(1)[0, 0, 0]
        pictures[1, top, left:right] = pictures[2, below - 1, left:right] = 255
        pictures[3, top:below, left] = pictures[4, top:below, right - 1] = 255
        beyond, *borders = maps_of(spreading, pictures, layer.name)[:, *place]
        assert not beyond.any()
        assert all((border > 0).all() for border in borders)


def test_batches_read_apart_and_joined_are_what_one_batch_gives(
    trunk: Trunk, photographs: NDArray[np.uint8], found: dict[str, LayerPeaks]
) -> None:
    reader = PeakReader(trunk)
    together = joined([reader.read(photographs[:1]), reader.read(photographs[1:])])
    for name, whole in found.items():
        close = {"rtol": 1e-4, "atol": 1e-5 * whole.peaks.max()}
        np.testing.assert_allclose(together[name].peaks, whole.peaks, **close)
        np.testing.assert_allclose(together[name].means, whole.means, **close)
        np.testing.assert_allclose(together[name].parts, whole.parts, **close)
        assert together[name].places.shape == whole.places.shape
        assert together[name].places.dtype == np.int16
