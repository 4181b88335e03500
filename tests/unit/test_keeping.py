from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from generator.errors import BadSite
from generator.records import EditionRecord
from generator.store import open_store
from generator.workflows._keeping import check_kept
from generator.workflows.render import publish_site, render_site

if TYPE_CHECKING:
    from pathlib import Path

EDITION = EditionRecord("natural", "natural", "f" * 64, "ImageNet")


def filled(cache: Path, make_result: Any, filters: range) -> None:
    with open_store(cache, write=True) as store:
        store.ensure_edition(EDITION)
        for number in filters:
            store.put(EDITION.name, EDITION.weights_fingerprint, make_result("block1_conv1", number))


@pytest.fixture
def published(tmp_path: Path, make_result: Any) -> Path:
    filled(tmp_path / "cache", make_result, range(6))
    with open_store(tmp_path / "cache", write=False) as store:
        publish_site(store, tmp_path / "site")
    return tmp_path / "site"


def test_another_cache_does_not_empty_a_site(published: Path, tmp_path: Path, make_result: Any) -> None:
    filled(tmp_path / "other", make_result, range(2))
    before = sorted(path.name for path in published.rglob("*.avif"))
    with pytest.raises(BadSite, match=r"shows block1_conv1 of edition natural, which this cache does not hold"):
        render_site(tmp_path / "other", published)
    assert sorted(path.name for path in published.rglob("*.avif")) == before


def test_a_cache_that_lost_single_pictures_still_publishes(published: Path, tmp_path: Path, make_result: Any) -> None:
    filled(tmp_path / "other", make_result, range(4))
    assert render_site(tmp_path / "other", published).exit_code == 0


def test_what_is_about_to_be_computed_counts_as_kept(published: Path, tmp_path: Path, make_result: Any) -> None:
    filled(tmp_path / "other", make_result, range(1))
    wanted = [("natural", "block1_conv1", number) for number in range(6)]
    with open_store(tmp_path / "other", write=False) as store:
        check_kept(store, published, wanted)
        with pytest.raises(BadSite):
            check_kept(store, published, wanted[:2])


def test_a_dry_run_refuses_what_the_build_would_refuse_and_changes_nothing(published: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.docx").write_bytes(b"years of work")
    before = sorted(tmp_path.rglob("*"))
    told = []
    for dry_run in (True, False):
        for site in (published, tmp_path / "theirs"):
            with open_store(tmp_path / "other", write=False) as store, pytest.raises(BadSite) as caught:
                check_kept(store, site, dry_run=dry_run)
            told.append(str(caught.value))
        assert sorted(tmp_path.rglob("*")) == before
    assert told[:2] == told[2:]


def test_a_dry_run_makes_no_site(tmp_path: Path) -> None:
    with open_store(tmp_path / "cache", write=False) as store:
        check_kept(store, tmp_path / "site", dry_run=True)
    assert list(tmp_path.iterdir()) == []
