"""The wall of a layer: what a visitor sorts, filters, measures, shares and takes home."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
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
    """Return the filters shown, in their order on the page."""
    return page.eval_on_selector_all(f"{SHOWN} b", "all => all.map((each) => Number(each.textContent))")


def column(page: Page, name: str) -> list[float]:
    """Return one number of each filter shown, in their order on the page."""
    return page.evaluate(
        f"""() => [...document.querySelectorAll("{SHOWN} b")].map(
            (each) => ATLAS_WALL.columns.{name}[Number(each.textContent)])"""
    )


def test_a_wall_begins_in_the_order_of_the_numbers_with_every_filter_shown(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    assert numbers(page) == list(range(512))
    assert page.locator("#shown").inner_text() == "512 of 512 shown"


@pytest.mark.parametrize(
    ("choice", "name", "descending"),
    [
        ("loss", "final_loss", True),
        ("displayed", "displayed_mean", True),
        ("rank", "rank", False),
        ("selectivity", "selectivity", True),
    ],
)
def test_a_wall_sorts_with_the_most_telling_first_and_failed_filters_last(
    visit: Callable[..., Page], choice: str, name: str, *, descending: bool
) -> None:
    page = visit(WALL)
    page.select_option("#sort", choice)
    values = column(page, name)
    assert values[:-1] == sorted(values[:-1], reverse=descending)
    assert values[-1] is None or choice == "selectivity"
    page.check("[name=reverse]")
    turned = column(page, name)
    assert turned[:-1] == sorted(turned[:-1], reverse=not descending)
    assert len(turned) == 512


def test_a_wall_shows_only_the_filters_of_one_status(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    for status, expected in (("dead", [40]), ("woken", [41]), ("failed", [13])):
        page.check(f"[name=status][value={status}]")
        assert numbers(page) == expected
        assert page.locator("#shown").inner_text() == "1 of 512 shown"
    page.check("[name=status][value=all]")
    assert len(numbers(page)) == 512


def test_the_threshold_keeps_filters_whose_loss_reaches_it(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.locator("#least").fill("200")
    losses = column(page, "final_loss")
    assert losses
    assert min(losses) >= 200
    assert len(losses) == page.evaluate("ATLAS_WALL.columns.final_loss.filter((loss) => loss >= 200).length")
    assert page.locator("#least-said").inner_text() == "200"
    starts = page.eval_on_selector_all(
        ".bars path", "all => all.map((each) => parseInt(each.getAttribute('d').slice(1)))"
    )
    share = 200 / float(page.get_attribute("#least", "max") or 0)
    assert page.locator(".bars .under").count() == sum(start + 1 <= share * 48 for start in starts)


def test_the_threshold_moves_with_the_arrow_keys(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.focus("#least")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert 0 < float(page.input_value("#least")) < 20
    assert page.evaluate("document.activeElement.id") == "least"


def test_a_view_stands_in_the_address_and_can_be_shared(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.select_option("#sort", "displayed")
    page.check("[name=reverse]")
    page.check("[name=size][value=l]")
    page.locator("#least").fill("300")
    page.wait_for_url(re.compile("least"))
    shared = page.url.split("/")[-1]
    assert shared == "index.html#sort=displayed&reverse=yes&least=300&size=l"
    other = visit(f"block5_conv3/{shared}")
    assert numbers(other) == numbers(page)
    assert other.input_value("#sort") == "displayed"
    assert other.is_checked("[name=size][value=l]")


def test_going_back_to_the_plain_view_cleans_the_address(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#status=dead")
    assert numbers(page) == [40]
    page.check("[name=status][value=all]")
    page.wait_for_url(re.compile(r"block5_conv3/index\.html$"))


def test_the_wall_follows_an_address_that_is_changed_by_hand(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.evaluate("location.hash = 'status=woken&sort=loss'")
    expect(page.locator(SHOWN)).to_have_count(1)
    assert page.input_value("#sort") == "loss"


@pytest.mark.parametrize(
    "nonsense", ["sort=<b>&least=x&size=xxl&status=alive", "least=-5", "least=1e999", "&&&=", "%E0%A4"]
)
def test_nonsense_in_the_address_is_ignored(visit: Callable[..., Page], nonsense: str) -> None:
    page = visit(f"{WALL}#{nonsense}")
    assert len(numbers(page)) in (0, 512)
    assert page.input_value("#sort") == "number"


def test_a_view_survives_a_visit_to_a_filter(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#sort=loss")
    before = numbers(page)
    page.locator(f"{SHOWN} a").first.click()
    page.wait_for_url("**/block5_conv3/*.html")
    page.go_back()
    expect(page.locator("#sort")).to_have_value("loss")
    assert numbers(page) == before


def test_cards_come_in_three_sizes_and_large_ones_show_the_full_picture(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    picture = page.locator("#wall img").first
    sides = {}
    for size in ("s", "m", "l"):
        page.check(f"[name=size][value={size}]")
        sides[size] = picture.evaluate("each => each.getBoundingClientRect().width")
    assert sides == {"s": 64, "m": 96, "l": 192}
    assert picture.get_attribute("src") == "../images/natural/block5_conv3/000.avif"
    picture.evaluate("each => each.decode()")
    assert picture.evaluate("each => each.naturalWidth") == 100


def test_what_is_shown_can_be_saved_as_csv(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#status=woken")
    with page.expect_download() as download:
        page.get_by_text("Save as CSV").click()
    assert download.value.suggested_filename == "block5_conv3-natural.csv"
    rows = list(csv.DictReader(StringIO(download.value.path().read_text())))
    assert [(row["filter"], row["status"], row["dead_at_start"]) for row in rows] == [("41", "woken", "true")]


def test_what_is_shown_can_be_saved_as_json_in_the_order_of_the_page(visit: Callable[..., Page]) -> None:
    page = visit(f"{WALL}#sort=loss&least=390")
    with page.expect_download() as download:
        page.get_by_text("Save as JSON").click()
    saved = json.loads(download.value.path().read_text())
    assert (saved["layer"], saved["edition"]) == ("block5_conv3", "natural")
    assert [row["filter"] for row in saved["filters"]] == numbers(page)
    assert all(row["final_loss"] >= 390 for row in saved["filters"])


def test_sorting_keeps_the_focus_on_the_card_that_had_it(visit: Callable[..., Page]) -> None:
    page = visit(WALL)
    page.focus("#wall a >> nth=3")
    page.evaluate(
        "() => { const sort = document.querySelector('#sort'); sort.value = 'loss';"
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
