from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from generator.errors import BadSite, CacheInUse, SiteInUse
from generator.publish.site import open_site
from generator.records import EditionRecord, FilterId
from generator.store import open_store
from generator.store.files import picture_path
from generator.workflows.verify import SiteDamage, verify_cache_and_site

WEIGHTS = "ab" * 32
LAYER = "block1_conv1"
PAGES = {"index.html": b"<p>hello", "data/manifest.json": b"{}", "images/natural/block1_conv1/000.avif": b"picture"}


@pytest.fixture
def cache(tmp_path, make_result, make_failure):
    with open_store(tmp_path / ".atlas", write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights"))
        for place in range(3):
            store.put("natural", make_result(filter=place, size_px=16))
        store.put("natural", make_failure(filter=3))
    return tmp_path / ".atlas"


@pytest.fixture
def site(tmp_path):
    publish(tmp_path / "site")
    return tmp_path / "site"


def publish(folder):
    with open_site(folder) as site:
        for path, data in PAGES.items():
            if not site.fresh(path, "inputs"):
                site.write(path, data, "inputs")
        site.commit()


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def picture_of(cache, place):
    with open_store(cache, write=False) as store:
        return picture_path(cache, store.layer("natural", LAYER).filters[place].sha256)


def flip(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    times = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_sound_cache_and_site_are_counted_and_left_as_they_are(cache, site, tmp_path):
    before = tree(tmp_path)
    report = verify_cache_and_site(cache, site)
    assert report.is_sound
    assert (report.rows, report.pictures, report.site_files) == (3, 3, 3)
    assert report.strangers == ()
    assert tree(tmp_path) == before
    assert verify_cache_and_site(cache, site, repair=True).is_sound


def test_what_is_not_there_has_nothing_to_check_and_is_not_created(tmp_path):
    for repair in (False, True):
        report = verify_cache_and_site(tmp_path / ".atlas", tmp_path / "site", repair=repair)
        assert report.is_sound
        assert (report.rows, report.pictures, report.site_files) == (0, 0, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_flipped_bit_in_a_picture_is_named_and_left_until_it_is_repaired(cache, site, tmp_path):
    flip(picture_of(cache, 1))
    before = tree(tmp_path)
    report = verify_cache_and_site(cache, site)
    assert [(damage.kind, damage.filter) for damage in report.cache_damage] == [("picture", FilterId(LAYER, 1))]
    assert not report.is_sound
    assert not report.repaired
    assert tree(tmp_path) == before


def test_repair_sets_a_damaged_picture_aside_so_that_only_it_is_computed_again(cache, site):
    path = picture_of(cache, 1)
    flip(path)
    report = verify_cache_and_site(cache, site, repair=True)
    assert report.repaired
    assert [damage.filter for damage in report.cache_damage] == [FilterId(LAYER, 1)]
    assert (cache / "damaged" / path.name).exists()
    with open_store(cache, write=False) as store:
        assert [each.filter for each in store.stored("natural")] == [0, 2, 3]
    assert verify_cache_and_site(cache, site).is_sound


def test_repair_rebuilds_a_lost_index_from_the_pictures(cache, site):
    (cache / "index.sqlite3").unlink()
    report = verify_cache_and_site(cache, site)
    assert [str(damage) for damage in report.cache_damage] == ["the index index.sqlite3 is missing."]
    assert report.pictures == 3
    assert verify_cache_and_site(cache, site, repair=True).rows == 3
    report = verify_cache_and_site(cache, site)
    assert report.is_sound
    assert report.rows == 3


def test_without_an_index_every_picture_is_still_checked(cache, site):
    path = picture_of(cache, 1)
    flip(path)
    (cache / "index.sqlite3").write_bytes(b"nothing that SQLite knows")
    found = verify_cache_and_site(cache, site).cache_damage
    assert [damage.kind for damage in found] == ["index", "stray"]
    assert found[1].path == path.relative_to(cache).as_posix()


def test_repair_waits_for_no_build_unless_told_to(cache, site):
    with open_store(cache, write=True):
        assert verify_cache_and_site(cache, site).is_sound
        with pytest.raises(CacheInUse):
            verify_cache_and_site(cache, site, repair=True)


def edit(path):
    path.write_bytes(b"x" * path.stat().st_size)


def link(path):
    outside = path.parents[4] / "outside"
    path.rename(outside)
    path.symlink_to(outside)


SITE_DAMAGES = {
    "edited": (edit, "is not what was written"),
    "emptied": (lambda path: path.write_bytes(b""), "is not what was written"),
    "removed": (Path.unlink, "is missing"),
    "a link": (link, "cannot be read as a plain file"),
}


@pytest.mark.parametrize(("do_damage", "reason"), SITE_DAMAGES.values(), ids=SITE_DAMAGES.keys())
def test_a_damaged_file_of_the_site_is_named_and_repaired_by_publishing_again(cache, site, do_damage, reason):
    before = tree(site)
    address = "images/natural/block1_conv1/000.avif"
    do_damage(site / address)
    assert verify_cache_and_site(cache, site).site_damage == (SiteDamage(address, reason),)
    verify_cache_and_site(cache, site, repair=True)
    assert not os.path.lexists(site / address)
    publish(site)
    assert tree(site) == before
    assert verify_cache_and_site(cache, site).is_sound


def test_repair_removes_a_link_above_a_file_and_nothing_that_it_leads_to(cache, site, tmp_path):
    (site / "data").rename(tmp_path / "outside")
    (site / "data").symlink_to(tmp_path / "outside")
    verify_cache_and_site(cache, site, repair=True)
    assert not os.path.lexists(site / "data")
    assert tree(tmp_path / "outside") == {"manifest.json": b"{}"}


def test_checksums_that_were_altered_are_named_and_repaired_by_publishing_again(cache, site):
    sums = site / "SHA256SUMS"
    before = sums.read_text()
    for spoilt in ("", before.splitlines(keepends=True)[0], before.replace("  ", " "), before + "junk\n", before[1:]):
        sums.write_text(spoilt)
        assert SiteDamage("SHA256SUMS", "is not what was written") in verify_cache_and_site(cache, site).site_damage
        verify_cache_and_site(cache, site, repair=True)
        publish(site)
        assert sums.read_text() == before
        assert verify_cache_and_site(cache, site).is_sound


def test_a_digest_altered_in_the_checksums_condemns_its_file_alone(cache, site):
    sums = site / "SHA256SUMS"
    text = sums.read_text()
    sums.write_text(("0" if text[0] != "0" else "1") + text[1:])
    assert [damage.path for damage in verify_cache_and_site(cache, site).site_damage] == ["data/manifest.json"]


def test_files_of_others_in_the_site_are_named_and_left_alone(cache, site):
    (site / "CNAME").write_text("atlas.example")
    (site / "mine").mkdir()
    (site / "mine" / "notes.txt").write_text("x")
    (site / "elsewhere").symlink_to(cache)
    report = verify_cache_and_site(cache, site, repair=True)
    assert report.strangers == ("CNAME", "elsewhere", "mine/notes.txt")
    assert report.is_sound
    assert (site / "CNAME").exists()
    assert (site / "elsewhere").is_symlink()


def test_a_folder_that_is_no_site_is_refused(cache, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    assert verify_cache_and_site(cache, folder).site_files == 0
    (folder / "thesis.doc").write_text("x")
    for path in (folder, folder / "thesis.doc"):
        with pytest.raises(BadSite, match="holds no atlas"):
            verify_cache_and_site(cache, path)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(BadSite):
        verify_cache_and_site(cache, tmp_path / "link")


@pytest.mark.parametrize("repair", [False, True])
def test_a_site_is_not_looked_at_while_it_is_being_published(cache, site, repair, monkeypatch):
    monkeypatch.setattr("generator.workflows.verify.PUBLICATION_S", 0.2)
    (site / "index.html").unlink()
    with open_site(site), pytest.raises(SiteInUse):
        verify_cache_and_site(cache, site, repair=repair)


def test_the_report_is_json(cache, site):
    flip(picture_of(cache, 1))
    (site / "index.html").unlink()
    report = json.loads(json.dumps(asdict(verify_cache_and_site(cache, site))))
    assert report["cache_damage"][0]["filter"] == {"layer": LAYER, "filter": 1}
    assert report["site_damage"] == [{"path": "index.html", "reason": "is missing"}]
