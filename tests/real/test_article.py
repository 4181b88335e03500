"""The article's published figures, from the real weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import generator
from generator.ascent.loop import Start
from generator.ascent.notebook import climb, keras_model
from generator.catalogue import LAYER_NAMES
from generator.cli.program import run
from generator.recipes import RECIPES, changed
from generator.workflows._networks import network_of
from generator.workflows.compute import starts_of

if TYPE_CHECKING:
    from pathlib import Path

    from generator.vgg.weights import Weights

pytestmark = pytest.mark.real

PUBLISHED = {
    0: {"first_loss": "8.1", "final_loss": "290", "image_mean": "300"},
    4: {"final_loss": "90", "image_mean": "93.5"},
    8: {"final_loss": "730"},
}
"""The article's printed figures for block1_conv1: seed 42, raw 224 px, learning rate 5.1, 30 steps."""

ALSO_ON_FILTER_4S_PICTURE = {8: "265", 16: "355"}
DEAD_AT_START = (6, 0, 10, 0, 3, 4, 8, 17, 63, 222, 119, 203, 439)


def agrees(value: float, printed: str) -> bool:
    """Whether `value` prints as `printed`: within one unit of its last digit, rounded or cut off."""
    unit = 10.0 ** -len(printed.partition(".")[2])
    return abs(value - float(printed)) < unit


def test_ascend_reproduces_the_published_figures() -> None:
    results = generator.ascend("block1_conv1", [8, 0, 4], recipe="article", learning_rate=5.1, steps=30)
    assert [result.filter for result in results] == [8, 0, 4]
    for result in results:
        for name, printed in PUBLISHED[result.filter].items():
            assert agrees(getattr(result, name), printed), (result.filter, name, getattr(result, name))
    assert results[2].rank > 2
    assert results[2].image.shape == (224, 224, 3)


def test_the_other_filters_that_answer_to_a_picture_are_the_articles_before_it_is_clipped() -> None:
    network = network_of("imagenet", None)
    settings = changed(
        "block1_conv1", RECIPES["article"].settings_for("block1_conv1"), {"learning_rate": 5.1, "steps": 30}
    )
    (climb,) = network.ascent("block1_conv1", settings).climb([Start(4, settings.seed)], 1)
    means, _, _ = network.gauge("block1_conv1", "raw", 224, 224).means_and_maps(climb.picture[np.newaxis], [4], 8)
    for number, printed in ALSO_ON_FILTER_4S_PICTURE.items():
        assert agrees(float(means[0, number]), printed)


def test_a_build_reproduces_the_published_figures(tmp_path: Path) -> None:
    words = "build --recipe article --layer block1_conv1 --filters 0,4,8 --learning-rate 5.1 --steps 30"
    assert run([*words.split(), "--cache", str(tmp_path / "cache"), "--site", str(tmp_path / "site")]) == 0
    data = json.loads((tmp_path / "site/data/article/block1_conv1.json").read_text())
    assert [each["filter"] for each in data["filters"]] == [0, 4, 8]
    for each in data["filters"]:
        for name, printed in PUBLISHED[each["filter"]].items():
            assert agrees(each[name], printed), (each["filter"], name, each[name])


def test_as_many_filters_are_dead_at_the_start_as_the_article_leaves_blank() -> None:
    counts = {start.layer: int((start.first_losses <= 0).sum()) for start in starts_of("imagenet")}
    assert counts == dict(zip(LAYER_NAMES, DEAD_AT_START, strict=True))
    assert sum(counts.values()) == 1094


@pytest.mark.parametrize("layer", ["block2_conv1", "block3_conv2"])
def test_the_ascent_equals_the_notebooks_loop_on_the_real_weights(imagenet: Weights, layer: str) -> None:
    changes = {"steps": 5, "size_px": 96}
    results = generator.ascend(layer, range(4), recipe="article", batch_size=3, **changes)
    used = changed(layer, RECIPES["article"].settings_for(layer), changes)
    model = keras_model(imagenet.tensors, layer)
    for result in results:
        assert result.losses == pytest.approx(climb(model, result.filter, used)[1], rel=5e-4)


def test_a_filter_alone_equals_the_same_filter_in_a_batch_of_eight() -> None:
    # oneDNN adds in an order that depends on the batch, and rounding grows with every step; a readable picture grows a
    # hundredfold in its first.
    layer, changes = "block4_conv1", {"steps": 6, "size_px": 96, "precision": "float32"}
    together = generator.ascend(layer, range(8), recipe="draft", batch_size=8, **changes)
    for number in (0, 7):
        (alone,) = generator.ascend(layer, [number], recipe="draft", batch_size=8, **changes)
        assert alone.losses[0] == pytest.approx(together[number].losses[0], rel=1e-5)
        assert alone.losses == pytest.approx(together[number].losses, rel=5e-3)
