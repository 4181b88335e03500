from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generator.recipes import changed
from generator.records import EditionRecord, begun_with
from generator.render.wording import (
    alt_text,
    command,
    count,
    ended,
    figure,
    is_of_former_settings,
    listed,
    made_with,
    plain,
    share,
    square,
    still_rising,
    story_of,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.records import FilterRecord

NATURAL = EditionRecord("natural", "natural", "f", "ImageNet")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18374.2, "18,374"),
        (1195.4, "1,195"),
        (290.0, "290"),
        (93.46, "93.5"),
        (8.104, "8.10"),
        (0.1234, "0.123"),
        (0.0004, "under 0.001"),
        (0.0, "0"),
        (math.nan, "none"),
        (math.inf, "none"),
    ],
)
def test_a_mean_is_told_with_about_three_digits(value: float, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(
    ("value", "own", "text"), [(3.0, 2.0, "1.50\N{MULTIPLICATION SIGN}"), (5e3, 2, "2,500\N{MULTIPLICATION SIGN}")]
)
def test_a_mean_is_compared_with_the_own_one(value: float, own: float, text: str) -> None:
    assert times(value, own) == text


def test_nothing_is_so_many_times_zero() -> None:
    assert times(3.0, 0.0) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 400, "under 1%"), (0, 9, "0%"), (439, 512, "86%"), (1, 0, "none")]
)
def test_a_share_is_whole_percent(part: float, whole: float, text: str) -> None:
    assert share(part, whole) == text


@pytest.mark.parametrize(("value", "text"), [(22.5, "22.5"), (30000.0, "30000"), (1e-05, "0.00001"), (50, "50")])
def test_a_setting_is_written_as_people_type_it(value: float, text: str) -> None:
    assert plain(value) == text


def test_words_are_counted_and_listed_as_in_a_sentence() -> None:
    assert (count(1, "filter"), count(4224, "filter")) == ("1 filter", "4,224 filters")
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == (
        "",
        "a",
        "a and b",
        "a, b and c",
    )
    assert square(24) == "24 \N{MULTIPLICATION SIGN} 24 px"


def test_a_picture_is_told_by_layer_filter_status_and_mean(record_of: Callable[..., FilterRecord]) -> None:
    assert alt_text(record_of(42, status="woken")) == "block1_conv1, filter 42: woken, mean 142"


def test_a_failed_filter_has_no_mean_to_tell(record_of: Callable[..., FilterRecord]) -> None:
    assert alt_text(record_of(42, status="failed")) == "block1_conv1, filter 42: failed"


def test_a_loss_still_rises_only_when_the_steps_ran_out(record_of: Callable[..., FilterRecord]) -> None:
    assert still_rising(record_of(0, slope=0.05))
    assert not still_rising(record_of(0, slope=0.05, stop_reason="threshold"))
    assert not still_rising(record_of(0, slope=0.001))


def test_a_picture_that_was_climbed_again_says_from_whose(record_of: Callable[..., FilterRecord]) -> None:
    record = record_of(13, tried=(begun_with(record_of(62)),))
    assert story_of(record)[-1] == (
        "In natural it had answered more to the picture of filter 62, and was climbed again from there."
    )


def test_the_settings_of_a_canvas_are_told_where_a_picture_has_them(record_of: Callable[..., FilterRecord]) -> None:
    plain = [record_of(number) for number in range(3)]
    bounded = replace(plain[0].settings, canvas="spectrum", room=1.0, fall=2.0)
    words = dict(made_with([*plain[:2], replace(plain[2], settings=bounded)]))
    assert words["room"] == "none (2 filters); 1 (1 filter)"
    assert "room" not in dict(made_with(plain))


def test_the_command_names_the_recipe_and_only_what_differs_from_it(record_of: Callable[..., FilterRecord]) -> None:
    article = EditionRecord("article", "article", "f", "ImageNet")
    record = record_of(7, edition="article", layer="block3_conv1")
    assert command(article, record) == "atlas build --layer block3_conv1 --filters 7 --recipe article"
    changed = replace(record, settings=replace(record.settings, learning_rate=5.1, threshold=None, size_px=112))
    assert command(article, changed).split(" --recipe article ")[1] == "--size 112 --learning-rate 5.1 --threshold none"


def test_the_command_pins_the_precision_that_the_recipe_leaves_open(record_of: Callable[..., FilterRecord]) -> None:
    assert command(NATURAL, record_of(7)).endswith("--recipe natural --precision float32")


def test_a_picture_of_former_settings_is_made_anew_by_the_recipe_as_it_is_today(
    record_of: Callable[..., FilterRecord],
) -> None:
    now, options = record_of(7), {"size_px": 112, "learning_rate": 5.1, "precision": "float32"}
    former = replace(now, settings=replace(now.settings, sharing=0.5, learning_rate=5.1))
    assert is_of_former_settings(NATURAL, former)
    assert command(NATURAL, former).endswith(f"--layer {now.layer} --filters 7 --recipe natural")
    assert not is_of_former_settings(NATURAL, now)
    assert not is_of_former_settings(NATURAL, replace(now, settings=changed(now.layer, now.settings, options)))


def test_the_command_of_other_weights_asks_for_them(record_of: Callable[..., FilterRecord]) -> None:
    edition = EditionRecord("natural-12345678", "natural", "f", "a file of yours")
    assert command(edition, record_of(7)).endswith(" --weights YOUR-WEIGHTS-FILE")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "all"),
        ({"stop_reason": "zero"}, "zero"),
        ({"stop_reason": "threshold", "edition": "article", "layer": "block3_conv1"}, "threshold of 18,000"),
    ],
)
def test_what_ended_a_climb_is_told_in_a_word(
    record_of: Callable[..., FilterRecord], changes: dict[str, object], words: str
) -> None:
    assert ended(record_of(0, **changes)) == words
