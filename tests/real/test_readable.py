"""The readable recipes on the real weights: every filter wakes, and what is measured is what is displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import generator
from generator.measure.bounds import upper_bounds
from generator.records import Fact
from generator.vgg.forward import IMAGENET_MEAN_BGR, Trunk, preprocess
from generator.vgg.machine import measured_device

if TYPE_CHECKING:
    from generator.vgg.weights import Weights

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("layer", "number", "dead_at_start"),
    [("block5_conv3", 1, True), ("block5_conv1", 11, False), ("block2_conv1", 0, True)],
)
def test_filters_that_users_found_blank_have_pictures(layer: str, number: int, dead_at_start: bool) -> None:  # noqa: FBT001
    (result,) = generator.ascend(layer, [number], recipe="draft")
    assert result.dead_at_start == dead_at_start
    assert result.status in {"active", "woken"}
    assert result.image_mean > 0
    assert result.displayed_mean >= 0.97 * result.image_mean
    assert result.settings.precision == measured_device().precision


def test_both_precisions_read_nearly_the_same_mean_of_a_picture(imagenet: Weights) -> None:
    (result,) = generator.ascend("block3_conv1", [42], recipe="draft")
    inputs = preprocess(result.image[np.newaxis].astype(np.float32), "imagenet")
    exact, rounded = (
        float(Trunk(imagenet.tensors, precision).all_maps(inputs, "block3_conv1").numpy()[..., 42].mean())
        for precision in ("float32", "bfloat16")
    )
    assert exact == pytest.approx(result.displayed_mean, rel=1e-4)
    assert rounded == pytest.approx(exact, rel=0.005)


def test_a_dead_filter_of_the_article_says_why() -> None:
    (result,) = generator.ascend("block1_conv1", [5], recipe="article", steps=3)
    assert result.status == "dead"
    assert result.stop_reason == "zero"
    assert result.steps_run == 1
    assert result.tried == (Fact.of("unwoken"),)


def test_no_picture_exceeds_the_interval_bounds(imagenet: Weights) -> None:
    mean = np.array(IMAGENET_MEAN_BGR)
    bounds = upper_bounds(imagenet.tensors, 0 - mean, 255 - mean)
    for layer in ("block1_conv1", "block2_conv2", "block3_conv1"):
        (result,) = generator.ascend(layer, [3], recipe="draft", steps=8)
        assert (result.cross <= np.maximum(bounds[layer], 0)).all()
    assert bounds["block1_conv1"].max() < 1e4
