from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

import pytest

from generator.errors import BadCache, CacheInUse
from generator.records import EditionRecord
from generator.store import index as index_module
from generator.store import open_store
from generator.store.schema import COLUMNS, MIGRATIONS, SCHEMA

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
HOLD = (
    "import sys, time; from pathlib import Path; from generator.store import open_store\n"
    "with open_store(Path(sys.argv[1]), write=True):\n"
    "    print('held', flush=True); time.sleep(60)"
)


@contextmanager
def another_process_holding(cache):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(cache)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_writer_is_told_who_holds_the_cache_and_since_when(tmp_path):
    with another_process_holding(tmp_path) as process:
        told = rf"in use by another build \(process {process.pid}, started {time.strftime('%Y-%m-')}"
        with pytest.raises(CacheInUse, match=told), open_store(tmp_path, write=True):
            pass


def test_a_reader_needs_no_lock(tmp_path):
    with another_process_holding(tmp_path), open_store(tmp_path, write=False) as store:
        assert store.editions() == ()


def test_a_killed_holder_leaves_no_lock_behind(tmp_path):
    with another_process_holding(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open_store(tmp_path, write=True) as store:
            store.ensure_edition(NATURAL)
            assert store.editions() == (NATURAL,)


def test_a_writer_that_may_wait_says_so_and_goes_on_when_the_cache_is_free(tmp_path):
    told = []
    with another_process_holding(tmp_path) as process:
        threading.Timer(0.5, process.kill).start()
        with open_store(tmp_path, write=True, wait_s=30, on_event=told.append) as store:
            store.ensure_edition(NATURAL)
    assert len(told) == 1
    assert f"process {process.pid}" in told[0].text
    assert "waiting up to 30 s" in told[0].text


def test_a_writer_that_waited_in_vain_leaves(tmp_path):
    with another_process_holding(tmp_path), pytest.raises(CacheInUse), open_store(tmp_path, write=True, wait_s=0.3):
        pass


def test_two_writers_in_one_process_exclude_each_other_too(tmp_path):
    with open_store(tmp_path, write=True), pytest.raises(CacheInUse), open_store(tmp_path, write=True):
        pass


def test_a_note_of_the_holder_that_cannot_be_read_is_done_without(tmp_path):
    with open_store(tmp_path, write=True):
        (tmp_path / "holder.json").write_text("{")
        with pytest.raises(CacheInUse, match="in use by another build;"), open_store(tmp_path, write=True):
            pass


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(
    "name", ["", "images", "damaged", "starts", "index.sqlite3", "index.sqlite3-journal", "lock", "holder.json"]
)
def test_a_cache_reached_through_a_symbolic_link_is_refused(tmp_path, name, write):
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    (elsewhere if name in {"", "images", "damaged", "starts"} else cache).mkdir()
    cache.mkdir(exist_ok=True) if name else None
    (cache / name if name else cache).symlink_to(elsewhere)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadCache, match="is a symbolic link"), open_store(cache, write=write):
        pass
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["", "images", "index.sqlite3", "lock"])
def test_a_cache_with_a_thing_of_the_wrong_kind_is_refused(tmp_path, name):
    cache = tmp_path / "cache"
    if name in {"", "images"}:
        cache.mkdir() if name else None
        (cache / name if name else cache).write_text("x")
    else:
        (cache / name).mkdir(parents=True)
    with pytest.raises(BadCache, match="is not a plain"), open_store(cache, write=True):
        pass


@pytest.mark.parametrize("write", [True, False])
def test_an_index_of_a_newer_schema_is_refused_politely_and_left_alone(tmp_path, write):
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(NATURAL)
        store.connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = (tmp_path / "index.sqlite3").read_bytes()
    told = f"has schema {SCHEMA + 1}, made by a newer version .* up to {SCHEMA}:"
    with pytest.raises(BadCache, match=told), open_store(tmp_path, write=write):
        pass
    assert (tmp_path / "index.sqlite3").read_bytes() == before


def test_every_schema_leads_to_the_present_one():
    for schema in range(SCHEMA):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.create_function("row_digest", -1, lambda *_values: "")
            for statement in "".join(MIGRATIONS[:schema]).split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {schema}")
            index_module.migrate(connection)
            for table, columns in COLUMNS.items():
                found = connection.execute(f"SELECT {', '.join(columns)}, digest FROM {table}")  # noqa: S608
                assert [each[0] for each in found.description] == [*columns, "digest"]
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            assert {name for (name,) in tables} == set(COLUMNS)
