"""WCAG 2.2 AA as far as a program can tell: axe on every page kind, in light and in dark; and valid HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from site_checks import axe_violations, html_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

KINDS = {
    "map": "index.html",
    "wall": "block1_conv1/index.html",
    "wall in the other recipe": "block1_conv1/article/index.html",
    "filter": "block1_conv1/000.html",
    "woken filter": "block1_conv1/005.html",
    "dead filter": "block5_conv3/040.html",
    "failed filter": "block5_conv3/013.html",
    "matrix": "block1_conv1/cross.html",
    "families": "block1_conv1/families.html",
    "words": "find.html",
    "the dead": "dead.html",
    "method": "method.html",
    "own picture": "try.html",
    "not found": "404.html",
}


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(visit: Callable[..., Page], kind: str) -> None:
    page = visit(KINDS[kind], color_scheme="light")
    assert axe_violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe_violations(page) == []


def test_axe_finds_nothing_in_the_list_of_keys_or_on_a_phone(visit: Callable[..., Page]) -> None:
    page = visit("block1_conv1/index.html", viewport={"width": 360, "height": 740}, has_touch=True)
    page.keyboard.press("?")
    assert axe_violations(page) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_target_of_a_finger_is_at_least_24_pixels(visit: Callable[..., Page], kind: str) -> None:
    page = visit(KINDS[kind])
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input, select, summary")].filter((each) => {
            const box = each.getBoundingClientRect();
            const inText = each.matches("p a, dd a, .prose ul:not(.contents) a, .lead a, figcaption a, .foot a");
            const target = each.closest("label")?.getBoundingClientRect() || box;
            return box.width && !inText && !each.closest(".skip") && (target.width < 23.9 || target.height < 23.9);
        }).map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_every_page_kind_is_valid_html(site: Any) -> None:
    assert html_errors(site.folder / address for address in KINDS.values()) == []
