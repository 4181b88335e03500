from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from generator.catalogue import FILTER_COUNT, LAYER_NAMES
from generator.errors import BadCache
from generator.recipes import ALGORITHM, RECIPES, changed
from generator.records import RESPONSE, EditionRecord, Fact
from generator.store import open_store
from generator.store.rows import row_of
from generator.workflows.status import Failed, Setting, Stale, report_status

WEIGHTS = "ab" * 32
LAYER = "block1_conv1"
RECIPE = RECIPES["natural"].settings_for(LAYER)
OTHER_STEPS = RECIPE.steps + 1
FAILURE = Fact.of("raised", error="the loss became NaN at step 3")
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")


@pytest.fixture
def filled(tmp_path, make_result, make_failure):
    """Filters of block1_conv1: 0 active, 1 woken, 2 dead, 3 failed, 4 of other steps, 5 of another algorithm."""
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(NATURAL)
        store.ensure_edition(EditionRecord("draft", "draft", WEIGHTS, "ImageNet weights"))
        for place, status in enumerate(("active", "woken", "dead")):
            store.put("natural", make_result(filter=place, status=status))
        store.put("natural", make_failure(filter=3))
        other = replace(RECIPE, steps=OTHER_STEPS, precision="bfloat16")
        store.put("natural", make_result(filter=4, settings=other))
        record = store.put("natural", make_result(filter=5))
        store.restore((), {}, [row_of(record, ALGORITHM - 1)])
    return tmp_path


def first_layer(cache):
    return report_status(cache).editions[0].layers[0]


def test_each_filter_counts_once_as_done_missing_or_stale(filled):
    layer = first_layer(filled)
    assert (layer.layer, layer.wanted, layer.done, layer.woken, layer.dead, layer.missing) == (LAYER, 64, 3, 1, 1, 59)
    assert layer.failed == (Failed(3, FAILURE),)
    assert layer.stale == (
        Stale(f"settings changed: steps {OTHER_STEPS} -> {RECIPE.steps}", (4,)),
        Stale(f"made by version {ALGORITHM - 1} of the algorithm, now {ALGORITHM}", (5,)),
    )
    stale = sum(len(group.filters) for group in layer.stale)
    assert layer.done + layer.missing + stale == layer.wanted


def test_a_failure_beside_a_picture_is_told_and_the_picture_still_counts(filled, make_failure):
    with open_store(filled, write=True) as store:
        store.put("natural", make_failure(filter=0))
    layer = first_layer(filled)
    assert layer.failed == (Failed(0, FAILURE), Failed(3, FAILURE))
    assert (layer.done, layer.missing) == (3, 59)


def test_what_is_to_be_measured_is_done_and_told_with_its_reason(filled, make_result, monkeypatch):
    with open_store(filled, write=True) as store:
        store.put("natural", replace(make_result(filter=1, seed=1, status="woken"), measurements=()))
    missing = "response not yet taken, links not yet taken, kept not yet taken"
    assert first_layer(filled).unmeasured == (Stale(missing, (1,)),)
    monkeypatch.setattr("generator.workflows.status.VERSIONS", {RESPONSE: 9})
    layer = first_layer(filled)
    assert layer.unmeasured == (
        Stale("response of version 1, now 9", (0, 2)),
        Stale("response not yet taken", (1,)),
    )
    assert layer.done == 3


def test_every_edition_lists_every_layer_of_the_catalogue(filled):
    report = report_status(filled)
    assert [edition.edition for edition in report.editions] == ["natural", "draft"]
    for edition in report.editions:
        assert [layer.layer for layer in edition.layers] == list(LAYER_NAMES)
        assert sum(layer.wanted for layer in edition.layers) == FILTER_COUNT
    assert report.editions[1].layers[0].missing == 64


def test_stored_changes_are_shown_against_the_recipe_and_make_what_has_other_settings_stale(filled):
    with open_store(filled, write=True) as store:
        store.set_changes("natural", LAYER, {"steps": OTHER_STEPS, "seed": RECIPE.seed})
    layer = first_layer(filled)
    assert layer.changes == (
        Setting("seed", RECIPE.seed, RECIPE.seed),
        Setting("steps", OTHER_STEPS, RECIPE.steps),
    )
    assert layer.stale[0] == Stale(f"settings changed: steps {RECIPE.steps} -> {OTHER_STEPS}", (0, 1, 2))
    assert layer.done == 1


def test_what_was_made_with_the_stored_changes_is_done(tmp_path, make_result):
    settings = changed(LAYER, RECIPE, {"size_px": 32})
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(NATURAL)
        store.set_changes("natural", LAYER, {"size_px": 32})
        store.put("natural", make_result(settings=settings))
    assert first_layer(tmp_path).done == 1


def test_an_edition_of_a_recipe_that_this_version_does_not_know_is_stale_as_a_whole(tmp_path, make_result):
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(EditionRecord("baroque", "baroque", WEIGHTS, "x"))
        store.put("baroque", make_result(filter=8, size_px=16))
    assert first_layer(tmp_path).stale == (Stale("its recipe 'baroque' is not one that this version knows", (8,)),)


def test_the_report_is_json(filled):
    report = report_status(filled)
    assert json.loads(json.dumps(asdict(report)))["editions"][0]["layers"][0]["stale"][0]["filters"] == [4]


def test_an_absent_cache_has_no_editions(tmp_path):
    assert report_status(tmp_path / "nothing").editions == ()


def test_a_cache_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadCache, match="is not a plain folder"):
        report_status(tmp_path / "file")
