"""What a site shows is kept: pictures that a cache lacks come from the site, or the work is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from site_cases import publish_as_format_1

from generator.errors import BadSite
from generator.measure.kinds import VERSIONS
from generator.records import EditionRecord, Note, unheard
from generator.store import open_store
from generator.workflows._adoption import keep_shown, shown_filters
from generator.workflows.adopt import adopt
from generator.workflows.render import publish_site, render_site

if TYPE_CHECKING:
    from pathlib import Path

    from generator.records import Event

LAYER = "block1_conv1"
NATURAL = EditionRecord("natural", "natural", "ab" * 32, "ImageNet weights")
SHOWN = [("natural", LAYER, number) for number in range(6)]


def filled(cache: Path, make_result: Any, filters: range) -> None:
    with open_store(cache, write=True) as store:
        store.ensure_edition(NATURAL)
        for number in filters:
            store.put("natural", make_result(LAYER, number, size_px=16))


def kept(cache: Path, site: Path, wanted: Any, *, dry_run: bool = False, tell: Any = unheard) -> Any:
    with open_store(cache, write=not dry_run) as store:
        return keep_shown(store, site, wanted, dry_run=dry_run, on_event=tell)


def stored(cache: Path) -> set[int]:
    with open_store(cache, write=False) as store:
        return {one.filter for one in store.stored("natural")}


@pytest.fixture
def published(tmp_path: Path, make_result: Any) -> Path:
    filled(tmp_path / "cache", make_result, range(6))
    with open_store(tmp_path / "cache", write=False) as store:
        publish_site(store, tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def earlier(published: Path) -> Path:
    """A site whose data are of version 0.1, and hold too little to go on from."""
    publish_as_format_1(published)
    return published


def test_a_rendering_of_another_cache_does_not_empty_a_site(published: Path, tmp_path: Path, make_result: Any) -> None:
    filled(tmp_path / "other", make_result, range(2))
    before = sorted(path.name for path in published.rglob("*.avif"))
    with pytest.raises(
        BadSite, match=r"shows block1_conv1 of edition natural, which this cache does not hold; .*adopt"
    ):
        render_site(tmp_path / "other", published)
    assert sorted(path.name for path in published.rglob("*.avif")) == before


def test_a_cache_that_lost_single_pictures_still_publishes(published: Path, tmp_path: Path, make_result: Any) -> None:
    filled(tmp_path / "other", make_result, range(4))
    assert render_site(tmp_path / "other", published).exit_code == 0


def test_a_build_adopts_what_its_cache_lacks_and_says_so(published: Path, tmp_path: Path, make_result: Any) -> None:
    filled(tmp_path / "other", make_result, range(2))
    told: list[Event] = []
    adopted = kept(tmp_path / "other", published, [], tell=told.append)
    assert {one.filter for one in adopted["natural"]} == stored(tmp_path / "other") - {0, 1} == {2, 3, 4, 5}
    assert Note(f"adopted 4 pictures of {published} that the cache lacked") in told


def test_a_dry_run_only_looks_at_what_would_be_adopted(published: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    adopted = kept(tmp_path / "other", published, [], dry_run=True)
    assert sorted(one.filter for one in adopted["natural"]) == list(range(6))
    assert all(one.measured == VERSIONS for one in adopted["natural"].values())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_counts_a_filter_that_only_failed_as_one_to_be_adopted(
    published: Path, tmp_path: Path, make_failure: Any
) -> None:
    with open_store(tmp_path / "other", write=True) as store:
        store.ensure_edition(NATURAL)
        store.put("natural", make_failure(LAYER, 4))
    adopted = kept(tmp_path / "other", published, [], dry_run=True)
    assert sorted(one.filter for one in adopted["natural"]) == list(range(6))


def test_a_site_of_an_earlier_version_is_kept_or_made_again_whole(earlier: Path, tmp_path: Path) -> None:
    assert kept(tmp_path / "other", earlier, SHOWN) == {}
    for dry_run in (True, False):
        with pytest.raises(BadSite, match="which this cache does not hold"):
            kept(tmp_path / "other", earlier, SHOWN[:2], dry_run=dry_run)
    with pytest.raises(BadSite, match=r"published by version 0\.1, whose data hold too little"):
        adopt(earlier, tmp_path / "other")


def test_a_folder_of_somebody_else_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.docx").write_bytes(b"years of work")
    for dry_run in (True, False):
        with pytest.raises(BadSite, match=r"has 'thesis\.docx'"):
            kept(tmp_path / "cache", tmp_path / "theirs", [], dry_run=dry_run)


def test_a_dry_run_makes_no_site(tmp_path: Path) -> None:
    assert shown_filters(tmp_path / "site") == frozenset()
    assert list(tmp_path.iterdir()) == []
