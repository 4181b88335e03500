"""A task with filters that are hard to wake: what is tried, what is told."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from generator.ascent.loop import Ascent, Start
from generator.errors import BadInput
from generator.recipes import RECIPES, Recipe
from generator.records import AscentResult, AscentTask, EditionRecord, Fact, FilterFailure, Origin, Progress
from generator.store.pictures import Facts, encode_picture
from generator.vgg.weights import load_weights
from generator.workflows import _pictures
from generator.workflows._networks import NETWORKS_KEPT, network_of
from generator.workflows._pictures import EXTRA_SEEDS, PLAIN_COLOURS
from generator.workflows.ascend import ascend
from generator.workflows.compute import run_task
from generator.workflows.measure import measure

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from generator.records import Event

    Tensors = dict[str, NDArray[np.float32]]

LAYER = "block1_conv1"
NATURAL = EditionRecord("natural", "natural", "ab" * 32, "a test's weights")
RED = 2
"""The channel of red in the network's input, which is BGR; its mean there is 123.68."""


def with_red(tensors: Tensors, bias: float) -> Tensors:
    """The network with a filter 5 that is the red of a pixel plus a bias."""
    kernel, biases = tensors[f"{LAYER}/kernel"].copy(), tensors[f"{LAYER}/bias"].copy()
    kernel[..., 5] = 0
    kernel[1, 1, RED, 5] = 1
    biases[5] = bias
    return {**tensors, f"{LAYER}/kernel": kernel, f"{LAYER}/bias": biases}


def answering_to_red(tensors: Tensors, bias: float, recipe: str = "natural") -> AscentResult | FilterFailure:
    """The outcome of a filter that answers to red, with a step too small to climb anywhere."""
    used = RECIPES[recipe].settings_for(LAYER)
    used = replace(used, size_px=16, steps=2, learning_rate=1e-6, precision="float32")
    (outcome,) = run_task(AscentTask(LAYER, (5,), used, NATURAL), tensors=with_red(tensors, bias))
    return outcome


def test_a_filter_that_an_interval_bound_proves_dead_says_so(random_tensors: Tensors) -> None:
    result = answering_to_red(random_tensors, -140.0)
    assert isinstance(result, AscentResult)
    assert result.status == "dead"
    assert result.image_mean == 0
    assert len(result.tried) == 2
    assert result.tried[1].code == "bound_proves"
    assert result.tried[1].named["bound"] == pytest.approx(-8.68, abs=0.01)


def test_a_filter_that_wakes_from_a_plain_colour_is_woken_and_says_from_which(random_tensors: Tensors) -> None:
    result = answering_to_red(random_tensors, -100.0)
    assert isinstance(result, AscentResult)
    assert result.status == "woken"
    assert result.image_mean > 25
    assert result.image[..., 0].min() > 240
    assert result.tried[-1].code == "woke_from_colour"
    assert len(result.tried) == 2 + EXTRA_SEEDS + len(PLAIN_COLOURS)


def test_a_filter_begins_with_the_picture_that_it_is_given_and_keeps_it_where_it_climbs_no_higher(
    random_tensors: Tensors,
) -> None:
    used = replace(RECIPES["natural"].settings_for(LAYER), size_px=16, steps=2, precision="float32")
    red = np.full((16, 16, 3), (250, 3, 3), np.uint8)
    origin = Origin(Fact.of("again_from_picture", filter=9, sha256="ab"), encode_picture(red, None))
    task = AscentTask(LAYER, (5,), used, NATURAL, origins={5: origin})
    tensors = with_red(random_tensors, 0.0)
    for rate, least in ((1e-6, 124.0), (-1.0, 124.0)):
        (result,) = run_task(replace(task, settings=replace(used, learning_rate=rate)), tensors=tensors)
        assert isinstance(result, AscentResult)
        assert result.status == "active"
        assert result.tried == (origin.told,)
        assert result.displayed_mean > least


def test_a_filter_that_nothing_wakes_is_dead_but_not_proven_so(random_tensors: Tensors) -> None:
    result = answering_to_red(random_tensors, -131.0)
    assert isinstance(result, AscentResult)
    assert result.status == "dead"
    assert Fact.of("again_from_colour", colour="red") in result.tried
    assert result.tried[-1].code == "bound_leaves"
    assert result.tried[-1].named["bound"] == pytest.approx(0.32, abs=0.01)


def test_the_articles_recipe_tries_nothing_and_says_so(random_tensors: Tensors) -> None:
    result = answering_to_red(random_tensors, -300.0, "article")
    assert isinstance(result, AscentResult)
    assert result.status == "dead"
    assert result.tried == (Fact.of("unwoken"),)
    assert result.dead_at_start


@pytest.mark.parametrize(("recipe", "first", "least"), [("natural", 80, 0.97), ("article", 50, 0.8)])
def test_a_file_is_compressed_as_far_as_its_recipe_allows(
    random_tensors: Tensors, recipe: str, first: int, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[int, tuple[NDArray[np.uint8], int]] = {}

    def noted(image: NDArray[np.uint8], facts: Facts, quality: int) -> bytes:
        given.setdefault(facts.record.filter, (image, quality))
        return encode_picture(image, facts, quality)

    monkeypatch.setattr(_pictures, "encode_picture", noted)
    used = replace(RECIPES[recipe].settings_for(LAYER), size_px=32, steps=4, precision="float32")
    results = list(run_task(AscentTask(LAYER, (0, 1, 2, 3), used, NATURAL), tensors=random_tensors))
    images, qualities = zip(*(given[number] for number in range(4)), strict=True)
    assert set(qualities) == {first}
    gauge = network_of("", random_tensors).gauge(LAYER, used.preprocessing, 32, 32)
    before = gauge.filter_means(np.stack(images).astype(np.float32), range(4))
    for one, mean in zip(results, before, strict=True):
        assert isinstance(one, AscentResult)
        assert one.displayed_mean >= least * mean


def test_a_filter_whose_loss_is_not_finite_fails_with_the_step(random_tensors: Tensors) -> None:
    failure = answering_to_red(random_tensors, float("nan"))
    assert isinstance(failure, FilterFailure)
    assert failure.error == Fact.of("loss_not_finite", step=1, loss="nan")


def test_a_weights_file_that_was_written_anew_gives_the_new_network(random_tensors: Tensors, tmp_path: Path) -> None:
    path, found = tmp_path / "mine.safetensors", []
    for bias in (-140.0, 1.0):
        save_file(with_red(random_tensors, bias), path)
        (result,) = ascend(LAYER, [5], weights=str(path), size_px=16, steps=1, precision="float32", learning_rate=1e-6)
        found.append(result.status)
    assert found == ["dead", "active"]


def test_only_the_networks_used_last_are_kept(random_tensors: Tensors) -> None:
    first, *others = (with_red(random_tensors, float(bias)) for bias in range(NETWORKS_KEPT + 1))
    known = weakref.ref(network_of("", first))
    assert network_of("", dict(first)) is known()
    for tensors in others:
        network_of("", tensors)
    gc.collect()
    assert known() is None
    assert network_of("", others[0]) is network_of("", dict(others[0]))


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_no_more_than_one_batch_is_ever_begun_and_not_yielded(
    batch: int, random_tensors: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: set[int] = set()
    climb = Ascent._first_state

    def noted(ascent: Ascent, start: Start) -> Any:
        begun.add(start.filter)
        return climb(ascent, start)

    monkeypatch.setattr(Ascent, "_first_state", noted)
    used = replace(RECIPES["natural"].settings_for(LAYER), size_px=16, steps=2, precision="float32")
    filters = tuple(range(16))
    found = []
    for outcome in run_task(
        AscentTask(LAYER, filters, used, NATURAL, batch_size=batch), tensors=with_red(random_tensors, -131.0)
    ):
        assert len(begun - set(found)) <= batch
        found.append(outcome.filter)
    assert sorted(found) == list(filters)


def test_a_filter_that_fails_leaves_the_others_results_in_the_order_asked(
    random_tensors: Tensors, tmp_path: Path
) -> None:
    save_file(with_red(random_tensors, 3e38), tmp_path / "mine.safetensors")
    mine = Recipe("mine", "a recipe of one's own", {LAYER: replace(RECIPES["draft"].settings_for(LAYER), size_px=16)})
    told: list[Event] = []
    common = {"weights": str(tmp_path / "mine.safetensors"), "steps": 2, "precision": "float32"}
    failed, made = ascend(LAYER, [5, 4], recipe=mine, on_event=told.append, **common)
    assert isinstance(failed, FilterFailure)
    assert (failed.status, failed.filter, failed.error.code) == ("failed", 5, "loss_not_finite")
    assert isinstance(made, AscentResult)
    assert (made.filter, made.edition, made.settings.size_px) == (4, f"mine-{made_of(common)[:8]}", 16)
    assert told[-1] == Progress(LAYER, 2, 2)


def made_of(common: dict[str, Any]) -> str:
    return load_weights(common["weights"]).fingerprint


def test_pictures_of_ones_own_are_measured_at_their_own_size(random_tensors: Tensors, tmp_path: Path) -> None:
    save_file(random_tensors, tmp_path / "mine.safetensors")
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for height, width in ((16, 24), (20, 20))]
    found = measure("block2_conv1", pictures, weights=str(tmp_path / "mine.safetensors"))
    for one in found:
        assert one.filter == one.response.top[0][0]
        assert one.response.rank == 1
        assert one.links.amounts.sum() + one.links.bias == pytest.approx(one.response.displayed_mean, rel=1e-4)
        assert one.kept is not None
        assert one.kept.peak >= one.response.displayed_mean
    again = measure("block2_conv1", pictures[:1], filters=[3], weights=str(tmp_path / "mine.safetensors"))
    assert (again[0].filter, again[0].response.filter) == (3, 3)


@pytest.mark.parametrize(
    ("picture", "filters", "sentence"),
    [
        (np.zeros((16, 16), np.uint8), None, r"shape \(16, 16\); it must be uint8 RGB"),
        (np.zeros((16, 16, 3), np.float32), None, "has type float32"),
        (np.zeros((3, 16, 3), np.uint8), None, "its sides must be from 4 to 1024 px"),
        (np.zeros((16, 16, 3), np.uint8), [0, 1], "1 pictures need a filter each, and 2 are given"),
        (np.zeros((16, 16, 3), np.uint8), [128], "block2_conv1 has no filter 128"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(picture: Any, filters: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        measure("block2_conv1", [picture], filters=filters)
