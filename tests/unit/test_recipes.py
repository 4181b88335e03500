from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from generator.catalogue import LAYER_NAMES, LAYERS
from generator.errors import BadInput
from generator.recipes import RECIPES, Settings, changed, checked_changes, edition_name, recipe_named

NATURAL = RECIPES["natural"]


def test_there_are_three_recipes_and_each_has_settings_for_every_layer() -> None:
    assert list(RECIPES) == ["natural", "article", "draft"]
    for recipe in RECIPES.values():
        assert tuple(recipe.per_layer) == LAYER_NAMES


@pytest.mark.parametrize(
    ("layer", "learning_rate", "steps", "threshold"),
    [
        ("block1_conv2", 2.5, 20, None),
        ("block2_conv1", 52.5, 50, 30000.0),
        ("block3_conv3", 22.5, 30, 18000.0),
        ("block4_conv1", 15.5, 50, 6000.0),
        ("block5_conv3", 25.5, 30, 6000.0),
    ],
)
def test_the_article_recipe_has_the_articles_numbers(
    layer: str, learning_rate: float, steps: int, threshold: float | None
) -> None:
    settings = RECIPES["article"].settings_for(layer)
    assert (settings.learning_rate, settings.steps, settings.threshold) == (learning_rate, steps, threshold)
    assert (settings.size_px, settings.canvas, settings.preprocessing) == (224, "pixel", "raw")
    assert (settings.precision, settings.warm_start, settings.jitter_px, settings.seed) == ("float32", False, 0, 42)


@pytest.mark.parametrize("name", ["natural", "draft"])
def test_the_readable_recipes_wake_filters_and_show_the_network_what_it_was_trained_on(name: str) -> None:
    for layer in LAYERS:
        settings = RECIPES[name].settings_for(layer.name)
        assert settings.warm_start
        assert settings.preprocessing == "imagenet"
        assert settings.size_px >= layer.minimum_size_px


def test_draft_is_smaller_and_shorter_than_natural() -> None:
    for layer in LAYER_NAMES:
        draft, natural = RECIPES["draft"].settings_for(layer), NATURAL.settings_for(layer)
        assert draft.size_px < natural.size_px
        assert draft.steps < natural.steps


def test_an_unknown_recipe_is_told_with_the_valid_ones() -> None:
    with pytest.raises(
        BadInput, match=r"'naturel'; the recipes are natural, article, draft\. Did you mean 'natural'\?"
    ):
        recipe_named("naturel")
    with pytest.raises(BadInput, match="VGG16 has no convolution layer 'fc1'"):
        NATURAL.settings_for("fc1")


def test_settings_survive_json() -> None:
    for recipe in RECIPES.values():
        for settings in recipe.per_layer.values():
            assert Settings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings


def test_settings_that_a_canvas_has_not_are_not_told() -> None:
    plain = NATURAL.settings_for("block1_conv1")
    assert not {"room", "fall"} & set(plain.as_dict())
    bounded = replace(plain, canvas="spectrum", room=1.0, fall=2.0)
    assert Settings.from_dict(bounded.as_dict()) == bounded
    assert bounded.as_dict() == plain.as_dict() | {"canvas": "spectrum", "room": 1.0, "fall": 2.0}


def test_settings_with_a_value_missing_are_no_settings() -> None:
    values = NATURAL.settings_for("block1_conv1").as_dict()
    del values["seed"]
    with pytest.raises(KeyError):
        Settings.from_dict(values)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("size_px", "96", 96),
        ("size_px", 96.0, 96),
        ("steps", "1", 1),
        ("learning_rate", "5.1", 5.1),
        ("learning_rate", "1e-3", 0.001),
        ("threshold", "none", None),
        ("threshold", "NONE", None),
        ("threshold", "18000", 18000.0),
        ("precision", "bfloat16", "bfloat16"),
        ("seed", "0", 0),
        ("seed", 2**32 - 1, 2**32 - 1),
    ],
)
def test_a_change_is_taken_as_a_number_or_as_text(name: str, value: object, expected: object) -> None:
    assert checked_changes({name: value}) == {name: expected}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("size_px", "big", "size 'big' is not a number."),
        ("size_px", "0", "size '0' will not do; it must be a whole number from 1 to 1024."),
        ("size_px", 1025, "size 1025 will not do; it must be a whole number from 1 to 1024."),
        ("steps", "-3", "steps '-3' will not do; it must be a whole number from 1 to 10000."),
        ("steps", 2.5, "steps 2.5 will not do; it must be a whole number from 1 to 10000."),
        ("steps", True, "steps True is not a number."),
        ("learning_rate", "0", "learning rate '0' will not do; it must be greater than 0."),
        ("learning_rate", "nan", "learning rate 'nan' is not a number."),
        ("learning_rate", float("inf"), "learning rate inf is not a number."),
        ("threshold", "never", "threshold 'never' is not a number."),
        ("threshold", -1, "threshold -1 will not do; it must be greater than 0."),
        ("precision", "float16", "precision 'float16' will not do; it must be one of auto, float32, bfloat16."),
        ("seed", -1, "seed -1 will not do; it must be a whole number from 0 to 4294967295."),
        ("seed", [1], "seed [1] is not a number."),
        ("momentum", 1, "there is no setting 'momentum' to change"),
    ],
)
def test_a_value_that_will_not_do_is_told_with_what_would(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as raised:
        checked_changes({name: value})
    assert str(raised.value).startswith(sentence)


def test_values_that_are_none_change_nothing() -> None:
    assert checked_changes({"size_px": None, "steps": 5, "threshold": None}) == {"steps": 5}


def test_a_change_replaces_the_recipes_value_and_nothing_else() -> None:
    settings = NATURAL.settings_for("block3_conv1")
    wanted = changed("block3_conv1", settings, {"learning_rate": 0.3})
    assert wanted.learning_rate == 0.3
    assert {**wanted.as_dict(), "learning_rate": settings.learning_rate} == settings.as_dict()


def test_the_jitter_follows_the_canvas() -> None:
    settings = NATURAL.settings_for("block5_conv1")
    assert changed("block5_conv1", settings, {"size_px": 320}).jitter_px == 2 * settings.jitter_px
    assert changed("block5_conv1", settings, {"size_px": 32}).jitter_px >= 1
    article = RECIPES["article"].settings_for("block5_conv1")
    assert changed("block5_conv1", article, {"size_px": 320}).jitter_px == 0


@pytest.mark.parametrize(("layer", "least"), [("block1_conv1", 2), ("block3_conv2", 8), ("block5_conv3", 32)])
def test_a_canvas_under_the_layers_least_is_refused(layer: str, least: int) -> None:
    settings = NATURAL.settings_for(layer)
    assert changed(layer, settings, {"size_px": least}).size_px == least
    with pytest.raises(BadInput, match=f"too small for {layer}: its canvas must be at least {least} px"):
        changed(layer, settings, {"size_px": least - 1})


def test_an_edition_of_other_weights_carries_their_fingerprint() -> None:
    assert edition_name("natural", "aa" * 32, "aa" * 32) == "natural"
    assert edition_name("natural", "0123456789abcdef", "aa" * 32) == "natural-01234567"
