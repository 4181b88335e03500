from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from generator.errors import BadCache, DamagedIndex, DamagedPicture, WorkFailed
from generator.records import EditionRecord, FilterId, StartRecord
from generator.store import damage as damage_module
from generator.store import find_damage, inspect_cache, open_store, recovery
from generator.store.files import picture_path

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
FILTERS = range(4)
CHANGES = {"size_px": 16, "threshold": None}
VICTIM = 2


@pytest.fixture
def cache(tmp_path, make_result):
    with open_store(tmp_path / ".atlas", write=True) as store:
        store.ensure_edition(NATURAL)
        store.set_changes("natural", LAYER, CHANGES)
        for place in FILTERS:
            store.put("natural", make_result(filter=place, size_px=16, carried=CHANGES))
    return tmp_path / ".atlas"


def records(cache):
    with open_store(cache, write=False) as store:
        layer = store.layer("natural", LAYER)
        return {record.filter: record for record in layer.filters} if layer else {}


def contents(cache):
    """Everything that counts: rows, changed settings, and the bytes of the pictures that are shown."""
    with open_store(cache, write=False) as store:
        rows = store.rows()
        pictures = {row.sha256: picture_path(cache, row.sha256).read_bytes() for row in rows}
        return rows, store.editions(), store.changes("natural", LAYER), pictures


def victim(cache):
    return picture_path(cache, records(cache)[VICTIM].sha256)


def flip(path, place=100):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lengthen(path):
    with path.open("ab") as file:
        file.write(b"more")


def swap(path):
    other = next(each for each in path.parent.parent.rglob("*.avif") if each != path)
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(second)
    other.write_bytes(first)


def put_another_in_its_place(path):
    other = next(each for each in path.parent.parent.rglob("*.avif") if each != path)
    path.write_bytes(other.read_bytes())


def link_elsewhere(path):
    outside = next(each for each in path.parents if each.name == ".atlas").parent / "outside.avif"
    path.rename(outside)
    path.symlink_to(outside)


def link_to_nothing(path):
    path.unlink()
    path.symlink_to(path.parent / "nothing")


def make_folder(path):
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("x")


def make_pipe(path):
    path.unlink()
    os.mkfifo(path)


def link_folder(path):
    outside = path.parents[3] / "outside"
    path.parent.rename(outside)
    path.parent.symlink_to(outside)


def file_for_folder(path):
    shutil.rmtree(path.parent)
    path.parent.write_text("x")


def make_huge(path):
    os.truncate(path, 2**34)


DAMAGES = {
    "a flipped bit": (flip, "is not what was written"),
    "emptied": (empty, "is empty"),
    "halved": (halve, "is not what was written"),
    "lengthened": (lengthen, "is not what was written"),
    "another in its place": (put_another_in_its_place, "holds another picture"),
    "a link to the picture elsewhere": (link_elsewhere, "is a symbolic link"),
    "a link to nothing": (link_to_nothing, "is a symbolic link"),
    "a folder in its place": (make_folder, "is not a plain file"),
    "a pipe in its place": (make_pipe, "is not a plain file"),
    "removed": (Path.unlink, "is missing"),
    "its folder a link": (link_folder, "is not in a plain folder"),
    "its folder a file": (file_for_folder, "is not in a plain folder"),
    "huge": (make_huge, "cannot be read: 17179869184 bytes, over the limit"),
}


@pytest.mark.parametrize(("do_damage", "reason"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_picture_is_named_set_aside_and_only_it_is_computed_again(cache, make_result, do_damage, reason):
    before, path = contents(cache), victim(cache)
    alike = {r.filter for r in records(cache).values() if picture_path(cache, r.sha256).parent == path.parent}
    assert alike == {VICTIM}, "the test wants the picture alone in its folder"
    do_damage(path)
    with open_store(cache, write=True) as store:
        assert [(each.kind, each.filter) for each in store.recovered] == [("picture", FilterId(LAYER, VICTIM))]
        assert reason in str(store.recovered[0])
        assert str(store.recovered[0]).startswith(f"the picture of block1_conv1/{VICTIM} in edition natural (images/")
        assert {each.filter for each in store.stored("natural")} == set(FILTERS) - {VICTIM}
        assert find_damage(store) == ()
        store.put("natural", make_result(filter=VICTIM, size_px=16, carried=CHANGES))
    assert contents(cache) == before
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    if do_damage is not Path.unlink:
        assert len(list((cache / "damaged").iterdir())) == 1


def test_to_a_reader_a_damaged_picture_counts_as_not_stored_and_nothing_is_moved(cache):
    halve(victim(cache))
    with open_store(cache, write=False) as store:
        assert [damage.filter for damage in store.recovered] == [FilterId(LAYER, VICTIM)]
        assert {each.filter for each in store.stored("natural")} == set(FILTERS) - {VICTIM}
    assert not (cache / "damaged").exists()
    assert victim(cache).exists()


def test_two_pictures_swapped_are_both_set_aside(cache, make_result):
    before = contents(cache)
    swap(victim(cache))
    with open_store(cache, write=True) as store:
        assert [damage.reason for damage in store.recovered] == ["holds another picture"] * 2
        for damage in store.recovered:
            store.put("natural", make_result(filter=damage.filter.filter, size_px=16, carried=CHANGES))
    assert contents(cache) == before


def test_what_links_lead_to_is_never_touched(cache):
    path = victim(cache)
    data = path.read_bytes()
    link_elsewhere(path)
    with open_store(cache, write=True):
        pass
    assert (cache.parent / "outside.avif").read_bytes() == data


def test_a_picture_that_was_altered_since_the_cache_was_opened_is_not_given_out(cache):
    with open_store(cache, write=False) as store:
        record = store.layer("natural", LAYER).filters[VICTIM]
        flip(victim(cache))
        with pytest.raises(DamagedPicture, match=f"block1_conv1/{VICTIM} in edition natural is not what was written"):
            store.picture(record)


def test_a_picture_that_links_elsewhere_is_not_read(cache):
    link_elsewhere(victim(cache))
    with open_store(cache, write=False) as store, pytest.raises(DamagedPicture, match="cannot be read"):
        store.picture(store.layer("natural", LAYER).filters[VICTIM])


def test_a_picture_that_a_build_replaces_while_one_looks_is_no_damage(cache, make_result, monkeypatch):
    flip(victim(cache))

    def look_at(*arguments, **named):
        found = look_at_it(*arguments, **named)
        monkeypatch.setattr(recovery, "look_at", look_at_it)
        with open_store(cache, write=True) as writer:
            writer.put("natural", make_result(filter=VICTIM, size_px=16, seed=1))
        return found

    look_at_it = recovery.look_at
    with open_store(cache, write=False) as store:
        monkeypatch.setattr(recovery, "look_at", look_at)
        assert find_damage(store) == ()


def test_a_disk_that_fails_once_and_then_reads_costs_no_picture(cache, monkeypatch):
    real, failed = damage_module.read_file, []

    def read_file(wanted, limit):
        if not failed:
            failed.append(wanted)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(wanted, limit)

    monkeypatch.setattr(damage_module, "read_file", read_file)
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    assert len(failed) == 1


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.EPERM])
def test_a_picture_that_cannot_be_read_is_set_aside(cache, monkeypatch, code):
    refuse(monkeypatch, victim(cache), code)
    with open_store(cache, write=True) as store:
        assert store.recovered[0].reason == f"cannot be read: {os.strerror(code)}"
        assert {each.filter for each in store.stored("natural")} == set(FILTERS) - {VICTIM}


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_process_that_has_run_short_of_something_takes_no_picture_for_damaged(cache, monkeypatch, code):
    before = contents(cache)
    with monkeypatch.context() as patch:
        refuse(patch, victim(cache), code)
        with pytest.raises(WorkFailed, match=os.strerror(code)), open_store(cache, write=True):
            pass
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    assert contents(cache) == before


def refuse(monkeypatch, path, code):
    real = damage_module.read_file

    def read_file(wanted, limit):
        if str(wanted) == str(path):
            raise OSError(code, os.strerror(code))
        return real(wanted, limit)

    monkeypatch.setattr(damage_module, "read_file", read_file)


def spoil_header(index):
    with index.open("r+b") as file:
        file.write(b"SQLite formal 3\0")


def cut_index(index):
    os.truncate(index, index.stat().st_size // 2)


def cut_index_to_a_page(index):
    os.truncate(index, 4096)


def cut_index_within_a_page(index):
    os.truncate(index, index.stat().st_size - 100)


def overwrite_second_page(index):
    with index.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))


def garble_schema(index):
    data = bytearray(index.read_bytes())
    for place in range(2000, 4096):
        data[place] ^= 0x80
    index.write_bytes(data)


def text_for_index(index):
    index.write_text("This is not a database.")


def lose_a_table(index):
    with sqlite3.connect(index) as connection:
        connection.execute("DROP TABLE pictures")
    connection.close()


def claim_schema_below_zero(index):
    with sqlite3.connect(index) as connection:
        connection.execute("PRAGMA user_version = -7")
    connection.close()


def claim_schema_zero(index):
    with sqlite3.connect(index) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()


def change_settings_by_hand(index):
    with sqlite3.connect(index) as connection:
        connection.execute("UPDATE changes SET changes = '{\"steps\": 1}'")
    connection.close()


INDEX_DAMAGES = {
    "its header spoilt": spoil_header,
    "cut in half": cut_index,
    "cut to its first page": cut_index_to_a_page,
    "cut within a page": cut_index_within_a_page,
    "a page overwritten": overwrite_second_page,
    "its table of contents garbled": garble_schema,
    "text in its place": text_for_index,
    "a table lost": lose_a_table,
    "a schema below zero": claim_schema_below_zero,
    "a schema of zero with tables": claim_schema_zero,
    "settings changed by hand": change_settings_by_hand,
    "emptied": empty,
    "deleted": Path.unlink,
}


@pytest.mark.parametrize("do_damage", INDEX_DAMAGES.values(), ids=INDEX_DAMAGES.keys())
def test_a_damaged_index_is_named_set_aside_and_rebuilt_from_the_pictures(cache, do_damage):
    before = contents(cache)
    do_damage(cache / "index.sqlite3")
    with pytest.raises(DamagedIndex, match="run `atlas verify --repair`"):
        contents(cache)
    assert [damage.kind for damage in inspect_cache(cache).damages] == ["index"]
    with open_store(cache, write=True) as store:
        assert [damage.kind for damage in store.recovered] == ["index"]
        assert str(store.recovered[0]).startswith("the index index.sqlite3 is ")
    assert (cache / "damaged" / "index.sqlite3").exists() == (do_damage not in {empty, Path.unlink})
    assert contents(cache) == before
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
        assert {place.filter: found.measured for place, found in store.stored("natural").items()} == {
            place: {} for place in FILTERS
        }


def test_an_index_that_was_never_begun_is_empty_to_a_reader(tmp_path):
    (tmp_path / "index.sqlite3").touch()
    with open_store(tmp_path, write=False) as store:
        assert store.editions() == ()


def test_every_byte_of_a_row_is_covered_by_its_digest_and_comes_back_from_the_picture(cache):
    before = contents(cache)
    for column, value in (
        ("record", "record || ' '"),
        ("algorithm", "algorithm + 1"),
        ("filter", "63"),
    ):
        connection = sqlite3.connect(cache / "index.sqlite3", isolation_level=None)
        connection.execute(f"UPDATE pictures SET {column} = {value} WHERE filter = {VICTIM}")  # noqa: S608
        connection.close()
        with open_store(cache, write=False) as store, pytest.raises(BadCache, match="are damaged"):
            store.layer("natural", LAYER)
        with open_store(cache, write=True) as store:
            assert [damage.kind for damage in store.recovered] == ["numbers"]
        assert contents(cache) == before


@pytest.fixture
def starts(cache):
    """The starts of the cache's weights, stored."""
    with open_store(cache, write=True) as store:
        found = (StartRecord(LAYER, store.layer("natural", LAYER).cross[0]),)
        store.put_starts(WEIGHTS, found)
    return found


def starts_in(cache):
    with open_store(cache, write=False) as store:
        return [(start.layer, start.first_losses.tolist()) for start in store.starts(WEIGHTS)]


def alter_starts(index):
    connection = sqlite3.connect(index, isolation_level=None)
    connection.execute("UPDATE starts SET first_losses = zeroblob(256)")
    connection.close()


def forget_starts(index):
    connection = sqlite3.connect(index, isolation_level=None)
    connection.execute("DELETE FROM starts")
    connection.close()


@pytest.mark.usefixtures("starts")
@pytest.mark.parametrize(
    "statement", ["UPDATE starts SET digest = 'x'", "UPDATE measurements SET version = 9 WHERE rowid = 1"]
)
def test_a_row_that_is_of_no_filter_is_named_as_damage_and_forgotten(cache, statement):
    with open_store(cache, write=True) as store:
        store.connection.execute(statement)
    table = statement.split()[1]
    told = [f"the index index.sqlite3 has a damaged row in its table {table} (number 1)."]
    assert [str(each) for each in inspect_cache(cache).damages] == told
    with open_store(cache, write=True) as store:
        assert [str(each) for each in store.recovered] == told
        assert find_damage(store) == ()


def test_the_starts_of_a_single_layer_come_back_from_beside_the_pictures(cache, starts):
    other = StartRecord("block1_conv2", starts[0].first_losses)
    with open_store(cache, write=True) as store:
        store.put_starts(WEIGHTS, [other])
        store.connection.execute("UPDATE starts SET digest = 'x' WHERE layer = 'block1_conv2'")
    with open_store(cache, write=True):
        pass
    assert [layer for layer, _ in starts_in(cache)] == [LAYER, "block1_conv2"]


def test_a_row_whose_text_cannot_be_read_is_forgotten(cache):
    connection = sqlite3.connect(cache / "index.sqlite3", isolation_level=None)
    connection.execute("UPDATE pictures SET layer = CAST(x'ff' AS TEXT) WHERE filter = 0")
    connection.close()
    with open_store(cache, write=True) as store:
        assert [each.kind for each in store.recovered] == ["numbers"]
        assert find_damage(store) == ()
        assert len(store.rows()) == len(FILTERS)


@pytest.mark.parametrize("do_damage", [alter_starts, forget_starts, Path.unlink, cut_index])
def test_starts_come_back_from_beside_the_pictures(cache, starts, do_damage):
    do_damage(cache / "index.sqlite3")
    with open_store(cache, write=True):
        pass
    assert starts_in(cache) == [(start.layer, start.first_losses.tolist()) for start in starts]


@pytest.mark.parametrize("do_damage", [flip, empty, halve, link_elsewhere, make_folder, Path.unlink, make_huge])
def test_a_damaged_file_of_starts_is_named_set_aside_and_written_again(cache, starts, do_damage):
    path = cache / "starts" / f"{WEIGHTS}.json"
    data = path.read_bytes()
    do_damage(path)
    expected = [] if do_damage is Path.unlink else [f"starts/{WEIGHTS}.json"]
    assert [damage.path for damage in inspect_cache(cache).damages] == expected
    with open_store(cache, write=True) as store:
        assert [damage.path for damage in store.recovered] == expected
    assert path.read_bytes() == data
    assert starts_in(cache) == [(start.layer, start.first_losses.tolist()) for start in starts]


def test_a_finished_picture_whose_row_was_never_committed_is_taken_in(cache):
    before = contents(cache)
    with open_store(cache, write=True) as store:
        store.connection.execute(f"DELETE FROM pictures WHERE filter = {VICTIM}")  # noqa: S608
    assert set(records(cache)) == set(FILTERS) - {VICTIM}
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    assert contents(cache) == before


@pytest.mark.parametrize("newer", [True, False])
def test_of_two_pictures_of_one_filter_the_newer_counts_and_the_other_is_removed(cache, make_result, newer):
    old = victim(cache)
    kept = old.parents[3] / "kept"
    shutil.copy(old, kept)
    with open_store(cache, write=True) as store:
        shown = store.put("natural", make_result(filter=VICTIM, size_px=16, seed=5))
        old.parent.mkdir(exist_ok=True)
        kept.rename(old)
    seconds = picture_path(cache, shown.sha256).stat().st_mtime + (10 if newer else -10)
    os.utime(old, (seconds, seconds))
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    found = records(cache)[VICTIM].sha256
    assert (found == old.stem) is newer
    assert sorted(path.stem for path in (cache / "images").rglob("*.avif")) == sorted(
        record.sha256 for record in records(cache).values()
    )


def test_an_index_lost_twice_over_takes_the_newest_picture_and_its_settings(cache, make_result):
    old = victim(cache)
    shutil.copy(old, (old.parents[3] / "kept"))
    with open_store(cache, write=True) as store:
        store.set_changes("natural", LAYER, {"size_px": 32})
        record = store.put("natural", make_result(filter=VICTIM, size_px=32, carried={"size_px": 32}))
    old.parent.mkdir(exist_ok=True)
    (old.parents[3] / "kept").rename(old)
    os.utime(old, (1, 1))
    (cache / "index.sqlite3").unlink()
    with open_store(cache, write=True) as store:
        assert store.changes("natural", LAYER) == {"size_px": 32}
    assert records(cache)[VICTIM].sha256 == record.sha256


def test_what_is_no_picture_of_the_atlas_is_set_aside_and_named(cache, make_result, tmp_path):
    with open_store(tmp_path / "other", write=True) as store:
        other = replace(NATURAL, weights_fingerprint="cd" * 32)
        store.ensure_edition(other)
        foreign = picture_path(store.cache, store.put("natural", make_result(size_px=16, edition=other)).sha256)
    images = cache / "images"
    (images / "notes.txt").write_text("x")
    (images / "zz").mkdir()
    (images / "zz" / f"{'0' * 64}.avif").write_text("x")
    (images / "link").symlink_to(tmp_path)
    (images / foreign.parent.name).mkdir(exist_ok=True)
    shutil.copy(foreign, images / foreign.parent.name / foreign.name)
    before = contents(cache)
    with open_store(cache, write=True) as store:
        found = {damage.path.rpartition("/")[2]: damage.reason for damage in store.recovered}
    assert found == {
        "notes.txt": "is not a picture of the atlas",
        f"{'0' * 64}.avif": "is not a picture of the atlas",
        "link": "is a symbolic link",
        foreign.name: "belongs to other weights than its edition",
    }
    assert {path.name for path in (cache / "damaged").iterdir()} == set(found)
    assert contents(cache) == before


def lengthened(data):
    return data + b"more"


def shortened(data):
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("spoil", "own_name", "reason"),
    [(lengthened, False, "is not what was written"), (shortened, True, "cannot be taken in")],
)
def test_a_spoilt_picture_that_no_row_shows_is_not_taken_in(cache, spoil, own_name, reason):
    path = victim(cache)
    data = spoil(path.read_bytes())
    path.unlink()
    if own_name:
        path = picture_path(cache, damage_module.digest_of(data))
        path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    (cache / "index.sqlite3").unlink()
    with open_store(cache, write=True) as store:
        assert [damage.kind for damage in store.recovered] == ["index", "stray"]
        assert reason in store.recovered[1].reason
    assert set(records(cache)) == set(FILTERS) - {VICTIM}


def test_what_a_killed_writer_left_unfinished_is_removed(cache):
    part = victim(cache).with_name("0" * 64 + ".avif.part")
    part.write_bytes(b"half")
    assert inspect_cache(cache).damages == ()
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
    assert not part.exists()


def test_things_of_one_name_set_aside_do_not_replace_each_other(cache, make_result):
    for _ in range(3):
        flip(victim(cache))
        with open_store(cache, write=True) as store:
            store.put("natural", make_result(filter=VICTIM, size_px=16, carried=CHANGES))
    name = victim(cache).stem
    assert sorted(path.name for path in (cache / "damaged").iterdir()) == [f"{name}{n}.avif" for n in ("-2", "-3", "")]
