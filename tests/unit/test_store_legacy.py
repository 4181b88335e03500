"""A cache of version 0.1 is brought forward: every number kept, whatever was lost or breaks off meanwhile."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from old_cache import KEPT, SAID, master, write_old_cache

from generator.errors import BadCache, WorkFailed
from generator.files import digest_of
from generator.plan import plan_build
from generator.records import EditionRecord, Fact, FilterId, Note, Progress
from generator.store import Damage, find_damage, inspect_cache, legacy, open_store
from generator.store.files import picture_path

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights, größer als gedacht")
LAYER = "block1_conv1"
OTHER = "block1_conv2"
CHANGES = {LAYER: {"size_px": 16, "threshold": None}, OTHER: {"steps": 9}}
FAILED = 9


@pytest.fixture
def results(make_result):
    """What the old cache holds: an active, a dead and a woken filter of one layer, and a filter of another."""
    made = {"size_px": 16, "edition": NATURAL}
    states = enumerate(("active", "dead", "woken"))
    return [*(make_result(filter=n, status=status, **made) for n, status in states), make_result(OTHER, **made)]


@pytest.fixture(params=[1, 2])
def old(tmp_path, results, make_failure, request):
    """The cache, of the first or of the second schema."""
    cache = tmp_path / ".atlas"
    write_old_cache(cache, NATURAL, results, [make_failure(filter=FAILED)], changes=CHANGES, schema=request.param)
    return cache


@pytest.fixture
def cache(tmp_path, results, make_failure):
    """The cache of the second schema."""
    write_old_cache(tmp_path / ".atlas", NATURAL, results, [make_failure(filter=FAILED)], changes=CHANGES)
    return tmp_path / ".atlas"


def masters(cache):
    return sorted((cache / "images").rglob("*.png"))


def holds_everything(cache, results, *, failed=True):
    """Hold an opened cache against what the old one held, and say so; the index forgets failures when it is lost."""
    with open_store(cache, write=False) as store:
        assert store.editions() == (NATURAL,)
        assert {layer: store.changes("natural", layer) for layer in CHANGES} == CHANGES
        found = {}
        for layer in (LAYER, OTHER):
            found.update({(layer, record.filter): record for record in store.layer("natural", layer).filters})
        for result in results:
            record = found.pop((result.layer, result.filter))
            assert {name: getattr(record, name) for name in KEPT} == {name: getattr(result, name) for name in KEPT}
            assert record.settings == result.settings
            assert record.tried == ((Fact.of("said", text=SAID),) if result.tried else ())
            response = store.responses("natural", result.layer)[result.filter]
            assert record.response_version == 0
            assert np.array_equal(response.means, result.cross)
            assert np.array_equal(response.maps, result.maps)
            error = np.abs(store.picture(record).astype(int) - result.image.astype(int))
            assert error.mean() < 4
        errors = {place: record.error for place, record in found.items()}
        told = Fact.of("said", text="the loss became NaN at step 3")
        assert errors == ({(LAYER, FAILED): told} if failed else {})
        assert find_damage(store) == ()
    assert masters(cache) == []
    return True


@pytest.mark.parametrize("write", [True, False])
def test_an_old_cache_is_brought_forward_with_every_number_by_a_writer_or_a_reader(old, results, write):
    told = []
    with open_store(old, write=write, on_event=told.append) as store:
        assert store.recovered == ()
        assert [start.first_losses.tolist() for start in store.starts(WEIGHTS)] == [results[0].cross.tolist()]
    assert [type(event) for event in told] == [Note, Progress]
    assert (told[1].done, told[1].total) == (len(results), len(results))
    assert holds_everything(old, results)
    with open_store(old, write=True, on_event=told.append) as store:
        assert store.recovered == ()
    assert len(told) == 2


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("together", [1, 32])
def test_an_old_cache_whose_index_is_lost_is_brought_forward_from_its_masters(
    cache, results, write, together, monkeypatch
):
    monkeypatch.setattr(legacy, "TOGETHER", together)
    (cache / "index.sqlite3").unlink()
    with open_store(cache, write=write):
        pass
    assert holds_everything(cache, results, failed=False)


def test_an_old_index_that_is_damaged_is_set_aside_and_its_masters_are_brought_forward(cache, results):
    with (cache / "index.sqlite3").open("r+b") as file:
        file.write(b"SQLite formal 3\0")
    with open_store(cache, write=True) as store:
        assert [damage.kind for damage in store.recovered] == ["index"]
    assert holds_everything(cache, results, failed=False)


def test_a_build_after_it_makes_no_picture_and_takes_each_response_again(cache, results):
    wanted = [(FilterId(result.layer, result.filter), result.settings) for result in results]
    with open_store(cache, write=True) as store:
        plan = plan_build(wanted, store.stored("natural"), {"response": 1})
    assert plan.filters == ()
    assert [(planned.id, planned.kinds) for planned in plan.measurements] == [
        (place, ("response",)) for place, _ in wanted
    ]
    assert plan.measurements[0].reason == "response of version 0, now 1"


@pytest.mark.parametrize("newer", [True, False])
def test_of_two_masters_of_one_filter_the_newer_counts(cache, results, make_result, newer):
    other = make_result(filter=0, size_px=16, seed=5, edition=NATURAL)
    data = master(other, NATURAL, CHANGES[LAYER])
    path = picture_path(cache, digest_of(data), ".png")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (1, 1) if not newer else None)
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    assert holds_everything(cache, [other, *results[1:]] if newer else results)
    assert len(list((cache / "images").rglob("*.avif"))) == len(results)


def spoil(path):
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def link(path):
    path.rename(path.parents[3] / "outside.png")
    path.symlink_to(path.parents[3] / "outside.png")


def make_folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "a flipped bit": (spoil, "is not what was written"),
    "a link": (link, "is a symbolic link"),
    "a folder": (make_folder, "is not a plain file"),
    "nothing": (os.unlink, "is missing"),
}


@pytest.mark.parametrize(("do_damage", "reason"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_master_is_named_with_its_filter_and_all_others_are_kept(cache, results, do_damage, reason):
    name = digest_of(master(results[0], NATURAL, CHANGES[LAYER]))
    path = picture_path(cache, name, ".png")
    do_damage(path)
    with open_store(cache, write=True) as store:
        named = path.relative_to(cache).as_posix()
        assert store.recovered == (Damage("picture", named, reason, "natural", FilterId(LAYER, 0)),)
        assert FilterId(LAYER, 0) not in store.stored("natural")
    assert holds_everything(cache, results[1:])
    assert os.path.lexists(cache / "damaged" / path.name) == (do_damage is not os.unlink)


def test_masters_in_a_folder_that_is_a_link_are_left_where_they_are(cache):
    folder = masters(cache)[0].parent
    shutil.move(folder, cache.parent / "outside")
    folder.symlink_to(cache.parent / "outside")
    with open_store(cache, write=True) as store:
        assert {damage.reason for damage in store.recovered} == {"is missing", "is a symbolic link"}
    assert len(list((cache.parent / "outside").iterdir())) == 1


def test_a_master_of_other_weights_and_a_picture_that_is_no_master_are_set_aside(cache, results):
    strange = {
        "belongs to other weights than its edition": master(
            results[0], EditionRecord("natural", "natural", "cd" * 32, "mine"), {}
        ),
        "cannot be taken in: it cannot be read as a picture of the atlas": b"no picture",
    }
    for data in strange.values():
        path = picture_path(cache, digest_of(data), ".png")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    with open_store(cache, write=True) as store:
        assert sorted(damage.reason.partition(" (")[0] for damage in store.recovered) == sorted(strange)
    assert holds_everything(cache, results)


def test_a_disk_that_refuses_midway_loses_nothing(cache, results, monkeypatch):
    monkeypatch.setattr(legacy, "TOGETHER", 1)
    written = []

    def write_file(path, data):
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(path)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(legacy, "write_file", write_file)
        with pytest.raises(WorkFailed, match="No space left"), open_store(cache, write=True):
            pass
    assert len(masters(cache)) == len(results) - 2
    assert inspect_cache(cache).rows == len(results)
    assert holds_everything(cache, results)


def test_an_old_row_of_a_failure_that_is_not_what_was_written_is_forgotten(cache, results):
    with closing(sqlite3.connect(cache / "index.sqlite3", isolation_level=None)) as index:
        index.execute("UPDATE results SET record = replace(record, 'step 3', 'step 4')")
    with open_store(cache, write=True):
        pass
    assert holds_everything(cache, results, failed=False)


def test_an_index_of_a_newer_schema_is_refused_and_its_masters_are_left_alone(cache):
    with closing(sqlite3.connect(cache / "index.sqlite3", isolation_level=None)) as index:
        index.execute("PRAGMA user_version = 99")
    before = masters(cache)
    for write in (True, False):
        with pytest.raises(BadCache, match="has schema 99"), open_store(cache, write=write):
            pass
    assert masters(cache) == before
