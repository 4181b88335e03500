"""The wall of a layer: what a visitor sorts, filters, measures, shares and takes home."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WALL = "block5_conv3/index.html"
SHOWN = "#wall > li:not([hidden])"


def numbers(page: Page) -> list[int]:
    """Return the filters shown, in their order on the page, once that is settled."""
    expect(page.locator("#wall > [style*=order]")).to_have_count(0)
    return page.eval_on_selector_all(f"{SHOWN} b", "all => all.map((each) => Number(each.textContent))")


def column(page: Page, name: str) -> list[float]:
    """Return one number of each filter shown, in their order on the page."""
    values: list[float] = page.evaluate(f"ATLAS_WALL.columns.{name}")
    return [values[number] for number in numbers(page)]


def test_a_wall_begins_in_the_order_of_the_numbers_with_every_filter_shown(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    assert numbers(page) == list(range(512))
    assert page.locator("#shown").inner_text() == "512 of 512"


@pytest.mark.parametrize(
    ("choice", "name", "descending"),
    [
        ("strength", "displayed_mean", True),
        ("selectivity", "selectivity", True),
        ("likeness", "place", False),
    ],
)
def test_a_wall_sorts_with_the_most_telling_first_and_failed_filters_last(
    visit: Callable[..., Page], choice: str, name: str, *, descending: bool
) -> None:
    page = visit(WALL)
    page.check(f"[name=sort][value={choice}]")
    values = column(page, name)
    assert values[:-1] == sorted(values[:-1], reverse=descending)
    assert values[-1] is None or choice == "likeness"
    page.check("[name=reverse]")
    turned = column(page, name)
    assert turned[:-1] == sorted(turned[:-1], reverse=not descending)
    assert len(turned) == 512


def test_a_wall_shows_only_the_filters_of_one_status(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    for status, expected in (("dead", [40]), ("woken", [41]), ("failed", [13])):
        page.select_option("[name=status]", status)
        assert numbers(page) == expected
        assert page.locator("#shown").inner_text() == "1 of 512"
    page.select_option("[name=status]", "all")
    assert len(numbers(page)) == 512


def test_the_threshold_keeps_filters_whose_mean_reaches_it(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.fill("[name=least]", "200")
    means = column(page, "displayed_mean")
    assert means
    assert min(means) >= 200
    assert len(means) == page.evaluate("ATLAS_WALL.columns.displayed_mean.filter((mean) => mean >= 200).length")
    under = page.locator(".bars .under").count()
    assert 0 < under < page.locator(".bars path").count()


def test_an_empty_wall_says_so_and_leads_back(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#least=1000000&sort=strength")
    assert numbers(page) == []
    assert page.get_by_text("No filter of block5_conv3 is like that.").is_visible()
    page.get_by_role("button", name="Show all of them again").click()
    assert numbers(page) == list(range(512))
    assert page.url.endswith("index.html")


def test_a_card_shows_what_the_wall_is_sorted_by(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    value = page.locator("#wall span").first
    assert value.inner_text() == page.locator("#wall a").first.get_by_role("img").get_attribute("alt").split()[-1]
    page.check("[name=sort][value=selectivity]")
    selectivities = column(page, "selectivity")[:3]
    shown = page.eval_on_selector_all("#wall span", "all => all.slice(0, 3).map((each) => each.textContent)")
    assert shown == [f"{one:.2f}" for one in selectivities]


def test_families_are_parted_by_a_line_in_the_order_of_likeness(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#sort=likeness")
    families = column(page, "family")
    starts = sum(one != other for one, other in pairwise(families))
    assert page.locator("#wall li.new").count() == starts
    page.check("[name=sort][value=number]")
    assert page.locator("#wall li.new").count() == 0


@pytest.mark.parametrize("down", [0, 1500])
def test_a_wall_is_seen_in_its_new_order_at_once(visit: Callable[..., Page], down: int) -> None:
    page = visit(WALL)
    page.evaluate(f"scrollTo(0, {down})")
    seen = page.evaluate(
        """() => {
            document.querySelector("[name=sort][value=strength]").click();
            const place = (item) => [item.getBoundingClientRect().top, item.getBoundingClientRect().left];
            const cards = [...document.querySelectorAll("#wall > li")].map((item) => [...place(item), item]);
            cards.sort(([top, left], [otherTop, otherLeft]) => top - otherTop || left - otherLeft);
            const seen = cards.filter(([top]) => top < innerHeight);
            return seen.map(([, , item]) => Number(item.querySelector("b").textContent));
        }"""
    )
    assert seen == numbers(page)[: len(seen)] != list(range(len(seen)))
    assert len(seen) > 50 + down / 20


def test_an_enlarged_card_lies_over_the_bar_and_inside_the_window(visit: Callable[..., Page]) -> None:
    page = visit(WALL, viewport={"width": 1000, "height": 900})
    cards = page.locator("#wall > li")
    tops = cards.evaluate_all("all => all.map((each) => each.getBoundingClientRect().top)")
    bar = page.locator("#tools").bounding_box()
    assert bar is not None
    for number in (0, tops.count(tops[0]) - 1):
        picture = cards.nth(number).locator("img")
        small = picture.bounding_box()
        picture.hover()
        large = picture.bounding_box()
        assert small is not None
        assert large is not None
        assert large["width"] > 1.5 * small["width"]
        assert 0 <= large["x"] <= large["x"] + large["width"] <= 1000
        assert large["y"] < bar["y"] + bar["height"]
        at = (large["x"] + 9, large["y"] + 2)
        assert picture.evaluate("(each, at) => document.elementFromPoint(...at) === each", at)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_the_order_of_a_wall_goes_along_into_its_filters(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#sort=strength&least=100")
    order = numbers(page)
    page.locator("#wall a").nth(1).click()
    page.wait_for_url(f"**/block5_conv3/{order[1]:03d}.html#*")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/block5_conv3/{order[2]:03d}.html#*")
    for number in (order[1], order[0]):
        expect(page.locator("a[rel=prev]")).to_have_attribute("href", re.compile(f"^{number:03d}"))
        page.keyboard.press("ArrowLeft")
        page.wait_for_url(f"**/block5_conv3/{number:03d}.html#*")
    expect(page.locator("a[rel=prev]")).to_have_count(0)
    page.keyboard.press("u")
    page.wait_for_url("**/block5_conv3/index.html#*")
    assert numbers(page) == order


def test_a_view_stands_in_the_address_and_can_be_shared(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.check("[name=sort][value=strength]")
    page.check("[name=reverse]")
    page.select_option("[name=size]", "l")
    page.fill("[name=least]", "300")
    page.wait_for_url(re.compile("least"))
    shared = page.url.split("/")[-1]
    assert shared == "index.html#sort=strength&reverse=yes&least=300&size=l"
    other = visit(f"block5_conv3/{shared}")
    assert numbers(other) == numbers(page)
    assert other.is_checked("[name=sort][value=strength]")
    assert other.input_value("[name=size]") == "l"


def test_going_back_to_the_plain_view_cleans_the_address(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#status=dead")
    assert numbers(page) == [40]
    page.select_option("[name=status]", "all")
    page.wait_for_url(re.compile(r"block5_conv3/index\.html$"))


def test_the_wall_follows_an_address_that_is_changed_by_hand(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.evaluate("location.hash = 'status=woken&sort=strength'")
    expect(page.locator(SHOWN)).to_have_count(1)
    assert page.is_checked("[name=sort][value=strength]")


@pytest.mark.parametrize(
    "nonsense", ["sort=<b>&least=x&size=xxl&status=alive", "least=-5", "least=1e999", "&&&=", "%E0%A4"]
)
def test_nonsense_in_the_address_is_ignored(visit: Callable[..., Page], nonsense: str) -> None:
    page = visit(f"{WALL}#{nonsense}")
    assert len(numbers(page)) in (0, 512)
    assert page.is_checked("[name=sort][value=number]")


def test_a_view_survives_a_visit_to_a_filter(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#sort=strength")
    before = numbers(page)
    page.locator(f"{SHOWN} a").first.click()
    page.wait_for_url(re.compile(r"block5_conv3/\d+\.html#"))
    page.go_back()
    expect(page.locator("[name=sort][value=strength]")).to_be_checked()
    assert numbers(page) == before


def test_cards_come_in_three_sizes_and_large_ones_show_the_full_picture(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    picture = page.locator("#wall img").first
    sides = {}
    for size in ("s", "m", "l"):
        page.select_option("[name=size]", size)
        sides[size] = picture.evaluate("each => each.getBoundingClientRect().width")
    assert 64 <= sides["s"] < 80 < sides["m"] < 110
    assert sides["l"] >= 192
    assert picture.get_attribute("src") == "../images/natural/block5_conv3/000.avif"
    picture.evaluate("each => each.decode()")
    assert picture.evaluate("each => each.naturalWidth") == 100


def test_what_is_shown_can_be_saved_as_csv(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#status=woken")
    with page.expect_download() as download:
        page.get_by_text("as CSV").click()
    assert download.value.suggested_filename == "block5_conv3-natural.csv"
    rows = list(csv.DictReader(StringIO(download.value.path().read_text())))
    assert [(row["filter"], row["status"], row["dead_at_start"]) for row in rows] == [("41", "woken", "true")]


def test_what_is_shown_can_be_saved_as_json_in_the_order_of_the_page(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#sort=strength&least=390")
    with page.expect_download() as download:
        page.get_by_text("shown, as JSON").click()
    saved = json.loads(download.value.path().read_text())
    assert (saved["layer"], saved["edition"]) == ("block5_conv3", "natural")
    assert [row["filter"] for row in saved["filters"]] == numbers(page)
    assert all(row["displayed_mean"] >= 390 for row in saved["filters"])


def test_sorting_keeps_the_focus_on_the_card_that_had_it(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.focus("#wall a >> nth=3")
    page.evaluate(
        "() => { const sort = document.querySelector('[name=sort][value=strength]'); sort.checked = true;"
        " sort.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    assert page.evaluate("document.activeElement.querySelector('b').textContent") == "3"


def test_the_other_recipe_of_a_layer_has_a_wall_of_its_own(visit: Callable[..., Page]) -> None:
    page = visit("block1_conv1/index.html")
    page.get_by_role("navigation", name="Recipe").get_by_role("link", name="article").click()
    page.wait_for_url("**/block1_conv1/article/index.html")
    assert numbers(page) == list(range(8))
    page.locator("#wall a").first.click()
    page.wait_for_url("**/block1_conv1/000.html")
