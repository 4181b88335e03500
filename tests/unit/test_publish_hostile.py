"""Folders of other people, links and forged files: nothing outside a site of ours is ever touched."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from site_cases import published, visible

from generator.errors import BadSite
from generator.publish.ledger import MARKER, SUMS
from generator.publish.site import open_site
from generator.publish.staging import STAGING

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_with_someone_elses_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_bytes(b"years of work")
    (tmp_path / SUMS).write_text(f"{'0' * 64}  thesis.docx\n")
    with pytest.raises(BadSite, match=re.escape("is not empty and holds no atlas (it has 'SHA256SUMS')")):
        published(tmp_path, {"index.html": b"one"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [SUMS, "thesis.docx"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    with pytest.raises(BadSite, match="is a file; name a folder"):
        published(tmp_path / "site", {})


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "real")
    with pytest.raises(BadSite, match="is a symbolic link"):
        published(tmp_path / "site", {"index.html": b"one"})
    assert list((tmp_path / "real").iterdir()) == []


def test_a_link_in_place_of_the_mark_does_not_make_a_folder_ours(tmp_path: Path) -> None:
    published(tmp_path / "ours", {})
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / MARKER).symlink_to(tmp_path / "ours" / MARKER)
    with pytest.raises(BadSite, match="holds no atlas"):
        published(tmp_path / "theirs", {})


def test_a_link_inside_the_site_is_never_followed_when_writing(tmp_path: Path) -> None:
    published(tmp_path / "site", {"index.html": b"one"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "site" / "data").symlink_to(tmp_path / "outside")
    with pytest.raises(BadSite, match="data is a symbolic link"):
        published(tmp_path / "site", {"data/x.json": b"{}"})
    assert list((tmp_path / "outside").iterdir()) == []
    assert visible(tmp_path / "site")["index.html"] == b"one"


def test_a_link_in_place_of_unfinished_work_is_refused(tmp_path: Path) -> None:
    published(tmp_path / "site", {"index.html": b"one"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "0").write_bytes(b"years of work")
    (tmp_path / "site" / STAGING).symlink_to(tmp_path / "outside")
    with pytest.raises(BadSite, match="is a symbolic link; the atlas keeps unfinished work there"):
        published(tmp_path / "site", {"index.html": b"two"})
    assert (tmp_path / "outside" / "0").read_bytes() == b"years of work"


def unfinished(folder: Path, moves: bytes) -> None:
    """Lay out a change as another program may have: its first file, and the list of what is to be done."""
    (folder / STAGING).mkdir()
    (folder / STAGING / "0").write_bytes(b"harm")
    (folder / STAGING / "moves.json").write_bytes(moves)


@pytest.mark.parametrize(
    "moves",
    [b'{"moves": ["../precious"], "removals": []}', b'{"moves": [], "removals": ["data/precious"]}', b"{"],
)
def test_forged_unfinished_work_never_leads_out_of_the_site(moves: bytes, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    for precious in (tmp_path / "precious", tmp_path / "outside" / "precious"):
        precious.write_bytes(b"years of work")
    published(tmp_path / "site", {"index.html": b"one"})
    (tmp_path / "site" / "data").symlink_to(tmp_path / "outside")
    unfinished(tmp_path / "site", moves)
    published(tmp_path / "site", {"index.html": b"two"})
    assert (tmp_path / "site" / "index.html").read_bytes() == b"two"
    assert not (tmp_path / "site" / STAGING).exists()
    for precious in (tmp_path / "precious", tmp_path / "outside" / "precious"):
        assert precious.read_bytes() == b"years of work"


def test_a_link_inside_the_site_is_never_followed_when_removing(tmp_path: Path) -> None:
    published(tmp_path / "site", {"data/x.json": b"{}"})
    (tmp_path / "site" / "data").rename(tmp_path / "outside")
    (tmp_path / "site" / "data").symlink_to(tmp_path / "outside")
    assert published(tmp_path / "site", {"index.html": b"one"}).removed == ()
    assert (tmp_path / "outside" / "x.json").read_bytes() == b"{}"


def test_a_link_in_place_of_a_page_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    published(tmp_path / "site", {"index.html": b"one"})
    (tmp_path / "precious").write_bytes(b"one")
    (tmp_path / "site" / "index.html").unlink()
    (tmp_path / "site" / "index.html").symlink_to(tmp_path / "precious")
    published(tmp_path / "site", {"index.html": b"two"})
    assert (tmp_path / "precious").read_bytes() == b"one"
    assert not (tmp_path / "site" / "index.html").is_symlink()
    assert visible(tmp_path / "site") == {"index.html": b"two"}


@pytest.mark.parametrize("address", ["../x", "/etc/x", "a/../../x", "a\\b"])
def test_an_address_that_leaves_the_site_is_refused(address: str, tmp_path: Path) -> None:
    with open_site(tmp_path / "site") as site, pytest.raises(BadSite, match="no address within a site"):
        site.write(address, b"harm")


def test_addresses_in_a_forged_ledger_never_lead_out_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"")
    published(tmp_path / "site", {"index.html": b"one"})
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (tmp_path / "site" / SUMS).write_text(f"{empty}  ../precious\n")
    (tmp_path / "site" / MARKER).write_text(json.dumps({"format": 1, "files": {"../precious": [0, "", ""]}}))
    assert published(tmp_path / "site", {"index.html": b"one"}).removed == ()
    assert (tmp_path / "precious").exists()
