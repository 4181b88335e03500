"""What a moved picture keeps, on the real weights: the same by Pillow's own moves and TensorFlow's plain operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageOps

from generator.catalogue import LAYERS
from generator.measure.kept import kept_of
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess
from generator.vgg.gauge import Gauge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.vgg.weights import Weights
    from tests.conftest import MakeResult

pytestmark = pytest.mark.real

SIZE_PX = 96
GREY = (128, 128, 128)


def plain_maps(imagenet: Weights, name: str, picture: Image.Image) -> NDArray[np.float32]:
    """Return the layer's maps after the ReLU, shape (side, side, filters), by TensorFlow's plain operations."""
    x = preprocess(tf.constant(np.asarray(picture)[np.newaxis], tf.float32), "imagenet")
    for layer in LAYERS:
        if layer.block > 1 and layer.index == 1:
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        kernel, bias = imagenet.tensors[f"{layer.name}/kernel"], imagenet.tensors[f"{layer.name}/bias"]
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)
        if layer.name == name:
            break
    return np.asarray(x[0])


def on_grey(picture: Image.Image, scale: float) -> Image.Image:
    """Return the picture scaled about its middle, what comes into view grey."""
    edge = SIZE_PX * (1 - 1 / scale) / 2
    box = (edge, edge, SIZE_PX - edge, SIZE_PX - edge)
    size = (SIZE_PX, SIZE_PX)
    return picture.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC, fillcolor=GREY)


@pytest.mark.parametrize("layer", ["block1_conv1", "block3_conv2", "block5_conv3"])
def test_what_is_kept_is_what_moving_the_picture_by_hand_leaves(
    layer: str, imagenet: Weights, make_result: MakeResult
) -> None:
    pictures = [make_result("block3_conv1", seed=seed, size_px=SIZE_PX).image for seed in range(2)]
    images = [Image.fromarray(picture) for picture in pictures]
    maps = [plain_maps(imagenet, layer, image) for image in images]
    filters = [int(each.mean(axis=(0, 1)).argmax()) for each in maps]
    gauge = Gauge(Trunk(imagenet.tensors, "float32"), layer, "imagenet", SIZE_PX, SIZE_PX)
    found = kept_of(gauge, np.stack(pictures), filters)
    for kept, image, own, number in zip(found, images, maps, filters, strict=True):
        assert kept is not None
        moves = {
            "turned": image.rotate(5, Image.Resampling.BICUBIC, fillcolor=GREY),
            "smaller": on_grey(image, 0.95),
            "larger": on_grey(image, 1.05),
            "mirrored": ImageOps.mirror(image),
        }
        for name, view in moves.items():
            left = plain_maps(imagenet, layer, view)[..., number].mean() / own[..., number].mean()
            assert getattr(kept, name) == pytest.approx(float(left), rel=2e-3)
        assert kept.peak == pytest.approx(float(own[..., number].max()), rel=1e-4)
