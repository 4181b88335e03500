from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.errors import BadCache, DamagedPicture
from generator.recipes import ALGORITHM, RECIPES
from generator.records import AscentResult, EditionRecord, FilterId, FilterRecord, StartRecord
from generator.store import Store, open_store, result_key
from generator.store.files import master_path
from generator.store.index import transaction
from generator.store.masters import decode_facts
from generator.store.rows import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / ".atlas", write=True) as opened:
        opened.ensure_edition(NATURAL)
        yield opened


def masters(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "images").rglob("*") if path.is_file())


def test_a_stored_result_comes_back_with_every_number(store, make_result):
    result = make_result(filter=7, size_px=24, status="woken")
    record = store.put("natural", WEIGHTS, result)
    layer = store.layer("natural", LAYER)
    assert layer.filters == (record,)
    for field in {field.name for field in fields(AscentResult)} & {field.name for field in fields(FilterRecord)}:
        assert getattr(record, field) == getattr(result, field), field
    assert np.array_equal(store.picture(record), result.image)
    assert np.array_equal(store.maps(record), result.maps)
    assert np.array_equal(layer.cross, result.cross[None])
    assert record.key == result_key(WEIGHTS, LAYER, 7, result.settings)
    assert record.sha256 is not None


def test_what_was_put_is_there_after_opening_again(tmp_path, make_result):
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(NATURAL)
        record = store.put("natural", WEIGHTS, make_result(size_px=16))
    with open_store(tmp_path, write=False) as store:
        assert store.editions() == (NATURAL,)
        assert store.layer("natural", LAYER).filters == (record,)


def test_a_master_is_named_by_the_digest_of_its_bytes(store, make_result):
    record = store.put("natural", WEIGHTS, make_result(size_px=16))
    path = store.cache / "images" / record.sha256[:2] / f"{record.sha256}.png"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256


def test_the_same_result_gives_the_same_bytes(store, make_result):
    first = store.put("natural", WEIGHTS, make_result(size_px=16))
    assert store.put("natural", WEIGHTS, make_result(size_px=16)) == first
    assert masters(store.cache) == [f"{first.sha256}.png"]


def test_a_master_carries_its_whole_record(store, make_result):
    record = store.put("natural", WEIGHTS, make_result(size_px=16))
    facts = decode_facts(master_path(store.cache, record.sha256).read_bytes())
    assert (facts.record, facts.edition, facts.algorithm) == (record, NATURAL, ALGORITHM)


def test_top_names_the_ten_strongest_filters_in_order(store, make_result):
    result = make_result(size_px=16)
    top = store.put("natural", WEIGHTS, result).top
    assert [mean for _, mean in top] == sorted(result.cross.tolist(), reverse=True)[:10]
    assert all(result.cross[place] == np.float32(mean) for place, mean in top)


def test_a_new_result_replaces_the_row_and_removes_the_old_master(store, make_result):
    store.put("natural", WEIGHTS, make_result(size_px=16))
    second = store.put("natural", WEIGHTS, make_result(size_px=16, seed=1))
    assert store.layer("natural", LAYER).filters == (second,)
    assert masters(store.cache) == [f"{second.sha256}.png"]


def test_a_replaced_master_that_another_row_shows_is_kept(store, make_result):
    record = store.put("natural", WEIGHTS, make_result(size_px=16))
    columns = "layer, filter, algorithm, sha256, record, cross_row, digest, stamp"
    store.connection.execute(f"INSERT INTO results SELECT 'other', {columns} FROM results")  # noqa: S608
    second = store.put("natural", WEIGHTS, make_result(size_px=16, seed=1))
    assert masters(store.cache) == sorted([f"{record.sha256}.png", f"{second.sha256}.png"])


def test_a_failure_is_stored_with_its_reason_and_a_zero_row(store, make_result, make_failure):
    store.put("natural", WEIGHTS, make_result(filter=0, size_px=16))
    store.put("natural", WEIGHTS, make_failure(filter=1))
    layer = store.layer("natural", LAYER)
    assert [record.status for record in layer.filters] == ["active", "failed"]
    assert layer.filters[1].error == "the loss became NaN at step 3"
    assert not layer.cross[1].any()
    with pytest.raises(DamagedPicture, match="it failed"):
        store.picture(layer.filters[1])


def test_a_failure_does_not_take_the_place_of_a_finished_picture_with_the_same_key(store, make_result, make_failure):
    result = make_result(size_px=16)
    record = store.put("natural", WEIGHTS, result)
    assert store.put("natural", WEIGHTS, make_failure(settings=result.settings)) == record
    other = replace(result.settings, steps=99)
    assert store.put("natural", WEIGHTS, make_failure(settings=other)).status == "failed"


def test_a_result_with_a_number_that_is_not_finite_is_stored_as_a_failure(store, make_result):
    cross = make_result(size_px=16).cross.copy()
    cross[3] = np.nan
    for changes in ({"slope": float("nan")}, {"losses": (1.0, float("inf"))}, {"cross": cross}):
        record = store.put("natural", WEIGHTS, make_result(size_px=16, **changes))
        assert record.status == "failed"
        assert record.error == f"its {next(iter(changes))} is not a finite number"


def test_rows_come_in_the_order_of_the_filters_whatever_the_order_of_putting(store, make_result):
    for place in (11, 2, 30):
        store.put("natural", WEIGHTS, make_result(filter=place, size_px=16))
    assert [record.filter for record in store.layer("natural", LAYER).filters] == [2, 11, 30]
    assert list(store.stored("natural")) == [FilterId(LAYER, place) for place in (2, 11, 30)]


def test_stored_tells_the_plan_settings_algorithm_and_status(store, make_result):
    result = make_result(filter=2, size_px=16, status="dead")
    record = store.put("natural", WEIGHTS, result)
    found = store.stored("natural")[FilterId(LAYER, 2)]
    assert (found.key, found.settings, found.algorithm, found.status) == (
        record.key,
        result.settings,
        ALGORITHM,
        "dead",
    )


def test_a_layer_or_edition_without_results_is_none_or_empty(store):
    assert store.layer("natural", LAYER) is None
    assert store.stored("draft") == {}


def test_editions_come_natural_article_draft_then_by_name(store):
    for name in ("zebra", "draft", "article-12345678", "article"):
        store.ensure_edition(EditionRecord(name, name.split("-")[0], WEIGHTS, "x"))
    assert [edition.name for edition in store.editions()] == [
        "natural",
        "article",
        "draft",
        "article-12345678",
        "zebra",
    ]


def test_an_edition_name_cannot_be_a_path_or_belong_to_other_weights(store):
    for name in ("../up", "a/b", "", ".", "UPPER", "a" * 65, "nul\0", "line\n"):
        with pytest.raises(BadCache, match="cannot name an edition"):
            store.ensure_edition(replace(NATURAL, name=name))
    with pytest.raises(BadCache, match="of other weights"):
        store.ensure_edition(replace(NATURAL, weights_fingerprint="cd" * 32))
    store.ensure_edition(replace(NATURAL, weights="a file"))
    assert store.editions()[0].weights == "a file"


def test_a_result_for_an_edition_that_was_not_stored_is_refused(store, make_result):
    for edition, weights in (("draft", WEIGHTS), ("natural", "cd" * 32)):
        with pytest.raises(ValueError, match="was not stored first"):
            store.put(edition, weights, make_result(size_px=16))


def test_changed_settings_stay_with_the_layer_until_cleared(store):
    store.set_changes("natural", LAYER, {"learning_rate": 30.0, "threshold": None})
    assert store.changes("natural", LAYER) == {"learning_rate": 30.0, "threshold": None}
    assert store.changes("natural", "block1_conv2") == {}
    assert store.changes("draft", LAYER) == {}
    store.set_changes("natural", LAYER, {})
    assert store.changes("natural", LAYER) == {}


def test_starts_come_back_in_the_catalogues_order(store):
    assert store.starts(WEIGHTS) == ()
    starts = [
        StartRecord("block2_conv1", np.arange(128, dtype=np.float32)),
        StartRecord(LAYER, np.ones(64, np.float32)),
    ]
    store.put_starts(WEIGHTS, starts)
    found = store.starts(WEIGHTS)
    assert [start.layer for start in found] == [LAYER, "block2_conv1"]
    assert np.array_equal(found[1].first_losses, starts[0].first_losses)
    assert store.starts("cd" * 32) == ()


def test_reading_a_cache_that_is_not_there_finds_nothing_and_creates_nothing(tmp_path):
    with open_store(tmp_path / ".atlas", write=False) as store:
        assert store.editions() == ()
        assert store.layer("natural", LAYER) is None
    assert not (tmp_path / ".atlas").exists()


def test_the_key_changes_with_everything_that_could_change_the_picture():
    settings = RECIPES["natural"].settings_for(LAYER)
    base = result_key(WEIGHTS, LAYER, 0, settings)
    other = {
        result_key("cd" * 32, LAYER, 0, settings),
        result_key(WEIGHTS, "block1_conv2", 0, settings),
        result_key(WEIGHTS, LAYER, 1, settings),
        result_key(WEIGHTS, LAYER, 0, settings, ALGORITHM + 1),
    }
    for name, value in settings.as_dict().items():
        changed = 0.5 if value is None else {"str": f"{value}x", "bool": not value}.get(type(value).__name__)
        changed = value + 1 if changed is None else changed
        other.add(result_key(WEIGHTS, LAYER, 0, replace(settings, **{name: changed})))
    assert len(other) == 4 + len(settings.as_dict())
    assert base not in other


def test_the_key_counts_numbers_by_value():
    settings = RECIPES["natural"].settings_for(LAYER)
    whole, real = replace(settings, learning_rate=30), replace(settings, learning_rate=30.0)
    assert result_key(WEIGHTS, LAYER, 0, whole) == result_key(WEIGHTS, LAYER, 0, real)


def test_a_row_that_was_altered_is_refused_by_name(store, make_result):
    store.put("natural", WEIGHTS, make_result(filter=5, size_px=16))
    record = json.loads(store.connection.execute("SELECT record FROM results").fetchone()[0])
    store.connection.execute("UPDATE results SET record = ?", (json.dumps({**record, "rank": 1234}),))
    with pytest.raises(BadCache, match=r"block1_conv1/5 in edition natural are damaged"):
        store.layer("natural", LAYER)


def test_a_row_of_another_version_that_cannot_be_read_counts_as_not_stored(store, make_result):
    row = row_of(store.put("natural", WEIGHTS, make_result(size_px=16)), ALGORITHM, np.zeros(64, np.float32))
    strange = row.record.replace("learning_rate", "pace")
    row = replace(row, record=strange, digest="")
    row = replace(row, digest=row.right_digest)
    store.replace_rows([row])
    assert store.stored("natural") == {}
    assert store.layer("natural", LAYER) is None


def test_work_that_breaks_off_changes_nothing_and_the_store_goes_on(store, make_result):
    def break_off():
        store.connection.execute("DELETE FROM editions")
        raise KeyError

    with pytest.raises(KeyError), transaction(store.connection):
        break_off()
    assert store.editions() == (NATURAL,)
    store.put("natural", WEIGHTS, make_result(size_px=16))
