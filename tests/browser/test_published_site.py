"""The atlas that is committed in site/: whole, sound, and as a newcomer opens it, from the disk."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from site_checks import axe_violations, check_links, html_errors, read_pages

from generator.catalogue import LAYERS
from generator.workflows.verify import verify_cache_and_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.audit]

SITE = Path(__file__).parents[2] / "site"
LARGEST_BYTES = 200_000_000
ARTICLE_FILTERS = 64
KINDS = (
    "index.html",
    "block1_conv1/index.html",
    "block5_conv3/index.html",
    "block5_conv3/article/index.html",
    "block5_conv3/001.html",
    "block4_conv2/441.html",
    "block3_conv1/cross.html",
    "dead.html",
    "method.html",
    "404.html",
    # An atlas of version 0.1 has none of these.
    *(
        path.relative_to(SITE).as_posix()
        for pattern in ("block4_conv3/families.html", "find.html", "try.html", "photos/*/*.html")
        for path in sorted(SITE.glob(pattern))[:1]
    ),
)


@pytest.fixture
def site() -> Any:
    """Return what `visit` opens pages of."""
    return SimpleNamespace(file=lambda address: (SITE / address).as_uri())


def filters_of(edition: str, layer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SITE / f"data/{edition}/{layer}.json").read_text())["filters"]
    return found


def test_natural_shows_all_4224_filters_and_none_failed() -> None:
    shown = 0
    for layer in LAYERS:
        filters = filters_of("natural", layer.name)
        assert [one["filter"] for one in filters] == list(range(layer.filters))
        for one in filters:
            assert one["status"] in ("active", "woken", "dead"), (layer.name, one["filter"])
            assert (SITE / f"images/natural/{layer.name}/{one['filter']:03d}.avif").is_file()
            assert one["displayed_mean"] >= 0.97 * one["image_mean"], (layer.name, one["filter"])
        shown += len(filters)
    assert shown == 4224


@pytest.mark.parametrize("layer", [layer.name for layer in LAYERS])
def test_the_article_stands_beside_it_for_the_first_64_filters_of(layer: str) -> None:
    filters = filters_of("article", layer)
    assert [one["filter"] for one in filters] == list(range(ARTICLE_FILTERS))
    assert {one["status"] for one in filters} <= {"active", "dead"}


def test_every_file_is_the_one_its_checksum_names_and_the_site_fits(tmp_path: Path) -> None:
    report = verify_cache_and_site(tmp_path / "none", SITE)
    assert (report.site_damage, report.strangers) == ((), ())
    assert report.site_files > 16_000
    assert sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) < LARGEST_BYTES


def test_every_link_and_picture_resolves() -> None:
    read = read_pages(SITE)
    assert len(read) > 4224
    assert check_links(SITE, read) > 100_000


def test_its_html_is_valid() -> None:
    assert html_errors(SITE / address for address in KINDS) == []


@pytest.mark.parametrize("address", KINDS)
def test_axe_finds_nothing_and_the_console_is_silent(visit: Callable[..., Page], address: str) -> None:
    for scheme in ("light", "dark"):
        page = visit(address, color_scheme=scheme)
        assert axe_violations(page) == []
        assert page.evaluate("[...document.images].filter((each) => each.complete && !each.naturalWidth).length") == 0
