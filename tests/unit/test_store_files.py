"""The order of writes that a loss of power needs, and files that are not what they seem."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.files import PART_SUFFIX, read_file, write_file
from generator.records import EditionRecord
from generator.store import open_store
from generator.store.starts import starts_path

WEIGHTS = "ab" * 32


@pytest.fixture
def events(monkeypatch):
    """What reaches the disk, in its order: files flushed and renamed, folders flushed, statements of the index."""
    heard = []
    flush, rename = os.fsync, os.replace

    def fsync(handle):
        heard.append(("flush", Path(f"/proc/self/fd/{handle}").readlink().name))
        flush(handle)

    def replace(source, target):
        heard.append(("rename", Path(source).name, Path(target).name))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return heard


def test_a_picture_is_flushed_renamed_and_its_folder_flushed_before_its_row_is_committed(tmp_path, make_result, events):
    with open_store(tmp_path / "cache", write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights"))
        store.connection.set_trace_callback(lambda statement: events.append(("index", statement)))
        events.clear()
        digest = store.put("natural", make_result(size_px=8)).sha256
    name = f"{digest}.avif"
    written = [event for event in events if event[1:] == ("COMMIT",) or event[0] != "index"]
    assert written == [
        ("flush", f"{name}{PART_SUFFIX}"),
        ("rename", f"{name}{PART_SUFFIX}", name),
        ("flush", digest[:2]),
        ("index", "COMMIT"),
    ]


def test_the_index_flushes_each_commit_and_the_folder_of_its_journal(tmp_path):
    with open_store(tmp_path / "cache", write=True) as store:
        assert store.connection.execute("PRAGMA synchronous").fetchone() == (3,)
        assert store.connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_reader_of_the_index_cannot_change_it(tmp_path):
    with open_store(tmp_path / "cache", write=True):
        pass
    with open_store(tmp_path / "cache", write=False) as store:
        assert store.connection.execute("PRAGMA query_only").fetchone() == (1,)


def test_what_is_no_plain_file_is_not_read_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "folder", "zero"):
        path = tmp_path / name if name != "zero" else Path("/dev/zero")
        if name == "folder":
            path.mkdir()
        with pytest.raises(OSError, match=r"not a plain file|Is a directory"):
            read_file(path, 100)


@pytest.mark.usefixtures("events")
def test_a_link_put_in_place_of_an_unfinished_file_is_not_followed(tmp_path, monkeypatch):
    precious = tmp_path / "precious"
    precious.write_bytes(b"years of work")
    part = tmp_path / f"picture.avif{PART_SUFFIX}"
    part.symlink_to(precious)
    write_file(tmp_path / "picture.avif", b"one")
    part.symlink_to(precious)
    monkeypatch.setattr(Path, "unlink", lambda *_: None)  # as if it came just after what stood there was removed
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "picture.avif", b"two")
    assert precious.read_bytes() == b"years of work"
    assert (tmp_path / "picture.avif").read_bytes() == b"one"


def test_no_fingerprint_leads_to_starts_outside_the_cache(tmp_path):
    with pytest.raises(ValueError, match="not a SHA-256"):
        starts_path(tmp_path, "../outside")
