"""Everything that a mouse can do, keys can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.querySelector('b, strong')?.textContent || document.activeElement.id")
    )


@pytest.mark.parametrize(
    "said",
    [
        "block5_conv3/441",
        "b5c3 441",
        "5.3 441",
        "B5C3/441",
        "b5 c3 filter 441",
        "  b5c3  441 ",
        "conv5_3 441",
        "b5c3f441",
        "features.28 441",
    ],
)
def test_a_slash_and_a_name_lead_to_a_filter_from_the_index(visit: Callable[..., Page], said: str) -> None:
    page = visit("index.html")
    page.keyboard.press("/")
    page.keyboard.type(said)
    page.keyboard.press("Enter")
    page.wait_for_url("**/block5_conv3/441.html")
    assert page.locator("h1").inner_text().endswith("441")


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("b3c1", "block3_conv1/index.html"),
        ("block1_conv1", "block1_conv1/index.html"),
        ("features.10", "block3_conv1/index.html"),
    ],
)
def test_the_jump_box_leads_to_a_layer(visit: Callable[..., Page], said: str, address: str) -> None:
    page = visit("method.html")
    page.fill("#jump", said)
    page.get_by_role("button", name="Find").click()
    page.wait_for_url(f"**/{address}")
    assert page.locator("h1").inner_text() == address.partition("/")[0]


def test_the_find_box_leads_to_pages_by_name(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    assert page.get_by_role("search").count() == 1
    page.fill("#jump", "dead")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dead.html")
    page.fill("#jump", "families")
    page.keyboard.press("Enter")
    page.wait_for_url("**/block5_conv3/families.html")
    assert page.locator("h1").inner_text() == "Families of block5_conv3"


def test_a_bare_number_means_a_filter_of_this_layer(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/000.html")
    page.fill("#jump", "7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/block5_conv3/007.html")
    assert page.locator("h1").inner_text().endswith("7")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("7", "Say which layer: b3c1 42."),
        ("features.27 1", "features.27 is no convolution of VGG16."),
        ("", "Type a layer and a filter, such as b3c1 42."),
        ("b1c3", "VGG16 has no layer block1_conv3."),
        ("b4c1 3", "block4_conv1 is not built yet."),
        ("b5c3 512", "block5_conv3 has filters 0 to 511."),
        ("b3c1 200", "block3_conv1 filter 200 is not built yet."),
    ],
)
def test_the_jump_box_says_what_is_wrong(visit: Callable[..., Page], said: str, answer: str) -> None:
    page = visit("index.html")
    page.fill("#jump", said)
    page.keyboard.press("Enter")
    assert page.locator("#jump-said").inner_text() == answer
    assert page.url.endswith("/index.html")


def test_escape_leaves_the_jump_box(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.keyboard.press("/")
    page.keyboard.type("b3")
    page.keyboard.press("Escape")
    assert page.input_value("#jump") == ""
    assert page.evaluate("document.activeElement.id") != "jump"


@pytest.mark.parametrize(("forth", "back"), [("ArrowRight", "ArrowLeft"), ("j", "k")])
def test_keys_lead_to_the_next_and_the_previous_filter(visit: Callable[..., Page], forth: str, back: str) -> None:
    page = visit("block5_conv3/440.html")
    page.keyboard.press(forth)
    page.wait_for_url("**/block5_conv3/441.html")
    page.keyboard.press(back)
    page.wait_for_url("**/block5_conv3/440.html")
    page.keyboard.press("u")
    page.wait_for_url("**/block5_conv3/index.html")
    assert page.locator("h1").inner_text() == "block5_conv3"


def test_arrows_move_over_the_wall_by_cards_and_by_rows(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/index.html")
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("ArrowRight")
    assert int(focused(page)) == int(first) + 1
    columns = page.evaluate(
        """() => { const tops = [...document.querySelectorAll("#wall > li")].map((each) => each.offsetTop);
            return tops.findIndex((top) => top > tops[0]); }"""
    )
    page.keyboard.press("ArrowDown")
    assert int(focused(page)) == int(first) + 1 + columns
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/block5_conv3/000.html")


def test_arrows_move_over_sorted_and_filtered_cards_as_they_are_shown(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/index.html#sort=strength&least=380")
    order = page.eval_on_selector_all("#wall > li:not([hidden]) b", "all => all.map((each) => each.textContent)")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == order[1]


def test_the_arrow_down_scrolls_where_no_card_has_the_focus(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/index.html")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > 0


def test_arrows_move_over_the_network_map(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.keyboard.press("j")
    assert focused(page) == "b1c1"
    page.keyboard.press("j")
    assert focused(page) == "b3c1"
    page.keyboard.press("Enter")
    page.wait_for_url("**/block3_conv1/index.html")


@pytest.mark.parametrize("start", ["block3_conv1/index.html", "block3_conv1/001.html"])
def test_brackets_lead_to_the_neighbouring_layers_that_are_built(visit: Callable[..., Page], start: str) -> None:
    page = visit(start)
    page.keyboard.press("]")
    page.wait_for_url("**/block5_conv3/index.html")
    page.keyboard.press("[")
    page.wait_for_url("**/block3_conv1/index.html")
    assert page.locator("h1").inner_text() == "block3_conv1"


def test_brackets_stay_among_the_maps(visit: Callable[..., Page]) -> None:
    page = visit("block3_conv1/families.html")
    page.keyboard.press("]")
    page.wait_for_url("**/block5_conv3/families.html")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"block5_conv3/\d+\.html$"))
    assert page.title().startswith("block5_conv3, filter ")


def test_brackets_stay_among_the_matrices(visit: Callable[..., Page]) -> None:
    page = visit("block3_conv1/cross.html")
    page.keyboard.press("[")
    page.wait_for_url("**/block1_conv1/cross.html")
    assert "block1_conv1" in page.locator("main").inner_text()


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    assert dialog.is_visible()
    page.keyboard.press("j")
    assert focused(page) != "b1c1"
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_the_keys_can_be_switched_off_for_good(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_label("keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "jump"
    page.reload()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "jump"


def test_keys_with_control_are_left_to_the_browser(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/440.html")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Alt+j")
    assert page.url.endswith("440.html")


def test_the_first_tab_leads_past_the_header(visit: Callable[..., Page]) -> None:
    page = visit("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_focus_is_always_visible(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/index.html")
    for _ in range(30):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => (({ outlineStyle, outlineWidth }) => [outlineStyle, outlineWidth])"
            "(getComputedStyle(document.activeElement))"
        )
        assert style[0] != "none"
        assert float(style[1].removesuffix("px")) >= 2
