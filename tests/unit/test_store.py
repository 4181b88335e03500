from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.errors import BadCache, DamagedPicture
from generator.measure.kinds import VERSIONS
from generator.recipes import ALGORITHM, RECIPES
from generator.records import (
    RESPONSE,
    EditionRecord,
    Fact,
    FilterId,
    FilterRecord,
    Measurement,
    MeasureResult,
    PictureRecord,
    Response,
    StartRecord,
    StoredPicture,
)
from generator.store import Store, open_store, result_key
from generator.store.index import transaction
from generator.store.pictures import decode_facts
from generator.store.schema import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
VERSION = VERSIONS[RESPONSE]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / ".atlas", write=True) as opened:
        opened.ensure_edition(NATURAL)
        yield opened


def pictures(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "images").rglob("*") if path.is_file())


def test_a_stored_result_comes_back_with_every_number(store, make_result):
    result = make_result(filter=7, size_px=24, status="woken")
    record = store.put("natural", result)
    layer = store.layer("natural", LAYER)
    assert layer.filters == (record,)
    for field in {field.name for field in fields(FilterRecord)} - {"response_version", "top", "kept", "error"}:
        assert getattr(record, field) == getattr(result, field), field
    assert (record.response_version, record.top, record.error) == (VERSION, result.response.top, None)
    assert store.file(record) == result.file
    assert np.array_equal(store.picture(record), result.image)
    assert np.array_equal(store.responses("natural", LAYER)[7].maps, result.maps)
    assert np.array_equal(layer.cross, result.cross[None])
    assert record.key == result_key(WEIGHTS, LAYER, 7, result.settings)


def test_what_was_put_is_there_after_opening_again(tmp_path, make_result):
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(NATURAL)
        record = store.put("natural", make_result(size_px=16))
    with open_store(tmp_path, write=False) as store:
        assert store.editions() == (NATURAL,)
        assert store.layer("natural", LAYER).filters == (record,)


def test_a_picture_is_named_by_the_digest_of_its_bytes_and_carries_how_it_was_made(store, make_result):
    record = store.put("natural", make_result(size_px=16))
    data = (store.cache / "images" / record.sha256[:2] / f"{record.sha256}.avif").read_bytes()
    assert hashlib.sha256(data).hexdigest() == record.sha256
    facts = decode_facts(data)
    made = record.made
    assert (facts.record, facts.edition, facts.algorithm) == (PictureRecord(**made), NATURAL, ALGORITHM)


def test_top_names_the_ten_strongest_filters_in_order(store, make_result):
    result = make_result(size_px=16)
    top = store.put("natural", result).top
    assert [mean for _, mean in top] == sorted(result.cross.tolist(), reverse=True)[:10]
    assert all(result.cross[place] == np.float32(mean) for place, mean in top)


def test_a_new_picture_replaces_the_old_one_and_removes_its_file(store, make_result):
    store.put("natural", make_result(size_px=16))
    second = store.put("natural", make_result(size_px=16, seed=1))
    assert store.put("natural", make_result(size_px=16, seed=1)) == second
    assert store.layer("natural", LAYER).filters == (second,)
    assert pictures(store.cache) == [f"{second.sha256}.avif"]


def test_a_replaced_picture_that_another_row_shows_is_kept(store, make_result):
    record = store.put("natural", make_result(size_px=16))
    columns = "layer, filter, algorithm, sha256, record, digest"
    store.connection.execute(f"INSERT INTO pictures SELECT 'other', {columns} FROM pictures")  # noqa: S608
    second = store.put("natural", make_result(size_px=16, seed=1))
    assert pictures(store.cache) == sorted([f"{record.sha256}.avif", f"{second.sha256}.avif"])


def test_a_failure_is_stored_with_its_reason_and_a_zero_row(store, make_result, make_failure):
    store.put("natural", make_result(filter=0, size_px=16))
    failure = make_failure(filter=1)
    store.put("natural", failure)
    layer = store.layer("natural", LAYER)
    assert [record.status for record in layer.filters] == ["active", "failed"]
    assert layer.filters[1].error == failure.error
    assert not layer.filters[1].is_measured
    assert not layer.cross[1].any()
    with pytest.raises(DamagedPicture, match="it failed"):
        store.picture(layer.filters[1])


def test_a_failure_beside_a_picture_leaves_it_and_its_numbers_and_goes_with_the_next_picture(
    store, make_result, make_failure
):
    result, place = make_result(size_px=16), FilterId(LAYER, 0)
    record = store.put("natural", result)
    failure = make_failure(settings=replace(result.settings, steps=99))
    assert store.put("natural", failure) == replace(record, error=failure.error)
    assert np.array_equal(store.layer("natural", LAYER).cross, result.cross[None])
    assert store.file(record) == result.file
    found = store.stored("natural")[place]
    assert (found.sha256, found.settings, found.error) == (record.sha256, result.settings, failure.error)
    better = store.put("natural", make_result(size_px=16, seed=1))
    assert better.error is None
    assert store.stored("natural")[place].error is None


def test_a_result_with_a_number_that_is_not_finite_is_noted_as_a_failure(store, make_result):
    result = make_result(size_px=16)
    means = result.cross.copy()
    means[3] = np.nan
    spoilt = Response(0, means, result.maps, result.map_filters, 1.0).measurement(LAYER, VERSION, result.sha256)
    for name, changes in {
        "slope": {"slope": float("nan")},
        "losses": {"losses": (1.0, float("inf"))},
        "means": {"measurements": (spoilt,)},
    }.items():
        record = store.put("natural", replace(result, **changes))
        assert (record.status, record.error) == ("failed", Fact.of("not_finite", name=name))
    assert pictures(store.cache) == []


def test_a_measurement_of_another_file_than_the_one_that_stands_is_not_given_back(store, make_result):
    first = make_result(size_px=16)
    record = store.put("natural", replace(make_result(size_px=16, seed=1), measurements=first.measurements))
    assert not record.is_measured
    assert store.responses("natural", LAYER) == {}
    assert not store.layer("natural", LAYER).cross.any()
    assert store.stored("natural")[FilterId(LAYER, 0)].measured == {}


def test_what_is_measured_later_takes_the_place_of_what_was_measured_before(store, make_result):
    result = make_result(size_px=16)
    record = store.put("natural", result)
    other = make_result(size_px=16, seed=1).response
    newer = other.measurement(LAYER, VERSION + 1, record.sha256)
    measured = store.put("natural", MeasureResult(LAYER, 0, (newer,)))
    assert (measured.response_version, measured.displayed_mean) == (VERSION + 1, other.displayed_mean)
    assert store.stored("natural")[FilterId(LAYER, 0)].measured == {**VERSIONS, RESPONSE: VERSION + 1}
    assert store.file(measured) == result.file
    kinds = {"a kind": {"values": np.arange(6, dtype=np.float16).reshape(2, 3)}, "none of it": {}}
    for kind, values in kinds.items():
        store.put_measurements("natural", [Measurement(LAYER, 0, kind, 1, record.sha256, values)])
        found = store.measurements("natural", LAYER, kind)[0]
        assert {name: array.tolist() for name, array in found.values.items()} == {
            name: array.tolist() for name, array in values.items()
        }
    assert store.stored("natural")[FilterId(LAYER, 0)].measured == {
        **VERSIONS,
        RESPONSE: VERSION + 1,
        "a kind": 1,
        "none of it": 1,
    }


def test_rows_come_in_the_order_of_the_filters_whatever_the_order_of_putting(store, make_result):
    for place in (11, 2, 30):
        store.put("natural", make_result(filter=place, size_px=16))
    assert [record.filter for record in store.layer("natural", LAYER).filters] == [2, 11, 30]
    assert list(store.stored("natural")) == [FilterId(LAYER, place) for place in (2, 11, 30)]


def test_stored_tells_the_plan_settings_algorithm_status_and_measurements(store, make_result):
    result = make_result(filter=2, size_px=16, status="dead")
    record = store.put("natural", result)
    assert store.stored("natural") == {
        FilterId(LAYER, 2): StoredPicture(result.settings, ALGORITHM, "dead", record.sha256, VERSIONS)
    }


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
    with pytest.raises(ValueError, match="was not stored first"):
        store.put("draft", make_result(size_px=16))


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
    store.put("natural", make_result(filter=5, size_px=16))
    for change in ("measurements SET version = 7", "pictures SET record = record || ' '"):
        store.connection.execute(f"UPDATE {change}")
        with pytest.raises(BadCache, match=r"block1_conv1/5 in edition natural are damaged"):
            store.layer("natural", LAYER)


def rewrite(store, table, column, text):
    """Store a text as another version of the atlas would: with the digest that belongs to it."""
    columns = ", ".join(text if name == column else name for name in COLUMNS[table])
    store.connection.execute(f"UPDATE {table} SET {column} = {text}, digest = row_digest({columns})")  # noqa: S608


def test_rows_of_another_version_with_a_field_more_or_less_stay_readable(store, make_result, make_failure):
    record = store.put("natural", make_result(size_px=16))
    failure = make_failure(filter=1)
    store.put("natural", failure)
    rewrite(store, "pictures", "record", "json_set(json_remove(record, '$.slope'), '$.shine', 3, '$.settings.glow', 1)")
    rewrite(store, "failures", "failure", "json_set(failure, '$.shine', 3)")
    first, second = store.layer("natural", LAYER).filters
    assert first == replace(record, slope=0.0)
    assert second.error == failure.error
    assert len(store.stored("natural")) == 2


def test_rows_of_another_version_that_cannot_be_read_count_as_not_stored(store, make_result, make_failure):
    store.put("natural", make_result(size_px=16))
    store.put("natural", make_failure(filter=1))
    rewrite(store, "measurements", "measured", "x'00'")
    assert not store.layer("natural", LAYER).filters[0].is_measured
    rewrite(store, "pictures", "record", "replace(record, 'learning_rate', 'pace')")
    rewrite(store, "failures", "failure", "replace(failure, 'learning_rate', 'pace')")
    assert store.stored("natural") == {}
    assert store.layer("natural", LAYER) is None


def test_work_that_breaks_off_changes_nothing_and_the_store_goes_on(store, make_result):
    def break_off():
        store.connection.execute("DELETE FROM editions")
        raise KeyError

    with pytest.raises(KeyError), transaction(store.connection):
        break_off()
    assert store.editions() == (NATURAL,)
    store.put("natural", make_result(size_px=16))
