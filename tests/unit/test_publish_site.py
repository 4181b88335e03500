"""The site folder: what is written, what is removed, what is refused."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from site_cases import is_whole, published, visible

from generator.errors import BadSite, SiteInUse, WorkFailed
from generator.publish.ledger import MARKER, SUMS
from generator.publish.site import LOCK, SiteChanges, open_site
from generator.publish.staging import STAGING

if TYPE_CHECKING:
    from pathlib import Path


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and path.name != LOCK}


def test_a_new_folder_is_made_and_holds_what_was_written(tmp_path: Path) -> None:
    changes = published(tmp_path / "a" / "site", {"index.html": b"one", "data/x.json": b"{}"})
    assert visible(tmp_path / "a" / "site") == {"index.html": b"one", "data/x.json": b"{}"}
    assert changes == SiteChanges(("data/x.json", "index.html"), (), 0)


def test_the_same_files_again_touch_nothing(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one", "a/b.html": b"two"})
    before = times(tmp_path)
    assert published(tmp_path, {"index.html": b"one", "a/b.html": b"two"}) == SiteChanges((), (), 2)
    assert times(tmp_path) == before


def test_only_the_file_whose_bytes_changed_is_written(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one", "a/b.html": b"two"})
    before = times(tmp_path)
    assert published(tmp_path, {"index.html": b"one", "a/b.html": b"2"}).written == ("a/b.html",)
    assert times(tmp_path)[tmp_path / "index.html"] == before[tmp_path / "index.html"]


def test_what_we_made_and_nobody_wants_is_removed_with_its_empty_folder(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one", "a/b/c.html": b"two", "a/d.html": b"three"})
    assert published(tmp_path, {"index.html": b"one", "a/d.html": b"three"}).removed == ("a/b/c.html",)
    assert visible(tmp_path) == {"index.html": b"one", "a/d.html": b"three"}
    assert not (tmp_path / "a" / "b").exists()


def test_a_file_that_somebody_added_is_never_removed(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one"})
    (tmp_path / "CNAME").write_text("atlas.example")
    assert published(tmp_path, {"other.html": b"one"}).removed == ("index.html",)
    assert (tmp_path / "CNAME").read_text() == "atlas.example"


def test_an_orphan_that_somebody_changed_is_left_to_its_new_owner(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one", "old.html": b"two"})
    (tmp_path / "old.html").write_bytes(b"mine now")
    assert published(tmp_path, {"index.html": b"one"}).removed == ()
    assert published(tmp_path, {"index.html": b"one"}).removed == ()
    assert (tmp_path / "old.html").read_bytes() == b"mine now"


def test_a_damaged_file_is_written_again(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one"})
    (tmp_path / "index.html").write_bytes(b"two")
    assert published(tmp_path, {"index.html": b"one"}).written == ("index.html",)
    assert visible(tmp_path) == {"index.html": b"one"}


def test_a_file_made_from_the_same_inputs_is_fresh(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one"})
    with open_site(tmp_path) as site:
        assert site.fresh("index.html", "inputs of index.html")
        assert site.commit() == SiteChanges((), (), 1)
    assert visible(tmp_path) == {"index.html": b"one"}


def test_a_file_of_which_nobody_told_the_inputs_is_never_fresh(tmp_path: Path) -> None:
    with open_site(tmp_path) as site:
        site.write("index.html", b"one")
        site.commit()
    with open_site(tmp_path) as site:
        assert not site.fresh("index.html", "")


@pytest.mark.parametrize("change", ["other inputs", "no inputs", "missing", "other size", "link", "never made"])
def test_a_file_is_not_fresh_after(change: str, tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one"})
    page, address, inputs = tmp_path / "index.html", "index.html", "inputs of index.html"
    if change == "other inputs":
        inputs = "others"
    elif change == "no inputs":
        inputs = ""
    elif change == "missing":
        page.unlink()
    elif change == "other size":
        page.write_bytes(b"half")
    elif change == "link":
        page.rename(tmp_path / "elsewhere")
        page.symlink_to(tmp_path / "elsewhere")
    else:
        address = "new.html"
    with open_site(tmp_path) as site:
        assert not site.fresh(address, inputs)


def test_the_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one", "a/b.html": b"two", "a/c.avif": b"\x00\xff"})
    assert is_whole(tmp_path)
    assert [line[66:] for line in (tmp_path / SUMS).read_text().splitlines()] == ["a/b.html", "a/c.avif", "index.html"]
    (tmp_path / "a" / "b.html").write_bytes(b"2")
    assert not is_whole(tmp_path)


def test_two_folders_with_the_same_files_are_the_same_to_the_byte(tmp_path: Path) -> None:
    files = {"index.html": b"one", "a/b.html": b"two"}
    published(tmp_path / "one", files)
    published(tmp_path / "two", dict(reversed(files.items())))
    for name in (MARKER, SUMS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    "mark",
    [b"", b"{", b"[]", b'{"files": 3}', b'{"files": {"index.html": 3}}', b'{"files": {"index.html": [1]}}', b"\xff"],
)
def test_a_damaged_mark_reads_as_empty_and_is_mended(mark: bytes, tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one"})
    whole = (tmp_path / MARKER).read_bytes()
    (tmp_path / MARKER).write_bytes(mark)
    assert published(tmp_path, {"index.html": b"one"}).written == ()
    assert (tmp_path / MARKER).read_bytes() == whole


def test_a_site_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text(json.dumps({"format": 2, "files": {}}))
    with pytest.raises(BadSite, match="published in format 2, not 1"):
        published(tmp_path, {"index.html": b"one"})


def test_a_second_publication_into_the_same_folder_is_refused(tmp_path: Path) -> None:
    with open_site(tmp_path), pytest.raises(SiteInUse, match="another program is publishing"), open_site(tmp_path):
        pass
    published(tmp_path, {"index.html": b"one"})


def test_nothing_changes_before_the_commit(tmp_path: Path) -> None:
    published(tmp_path, {"index.html": b"one"})
    with open_site(tmp_path) as site:
        site.write("index.html", b"two")
        assert (tmp_path / "index.html").read_bytes() == b"one"
    assert visible(tmp_path) == {"index.html": b"one"}
    assert not (tmp_path / STAGING).exists()


def test_a_disk_that_fails_leaves_the_old_site_and_says_so_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path, {"index.html": b"one"})

    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(WorkFailed, match="No space left on device"):
        published(tmp_path, {"index.html": b"two", "b.html": b"3"})
    monkeypatch.undo()
    assert visible(tmp_path) == {"index.html": b"one"}


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(type(tmp_path), "mkdir", forbidden)
    with pytest.raises(WorkFailed, match=r"cannot write the site at .*site: Permission denied\."):
        published(tmp_path / "site", {})


def test_a_file_above_the_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkFailed, match="Not a directory"):
        published(tmp_path / "file" / "site", {})
