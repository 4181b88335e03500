"""Narrow screens, large text, dark, and paper."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from generator.catalogue import layer_named
from generator.records import MapPlace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.browser

EVERY_KIND = (
    "index.html",
    "block1_conv1/index.html",
    "block1_conv1/000.html",
    "block5_conv3/040.html",
    "block5_conv3/013.html",
    "block3_conv1/cross.html",
    "block3_conv1/families.html",
    "find.html",
    "dead.html",
    "method.html",
    "try.html",
    "404.html",
)
FACES = ("DejaVu Serif", "STIXGeneral")
EDGE_PX = 2
NARROW = {"width": 320, "height": 640}

# What lies beyond the box of a crop is clipped.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const box = each.getBoundingClientRect();
    if (!box.width || each.closest(".unseen, .skip, thead, mrow, .crop *")) return false;
    return box.right > innerWidth + 0.5 || box.left < -0.5;
}).map((each) => each.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("address", EVERY_KIND)
def test_at_320_pixels_nothing_is_cut_off_or_scrolls_sideways(
    visit: Callable[..., Page], address: str, face: str
) -> None:
    page = visit(address, viewport=NARROW, face=face)
    page.eval_on_selector_all("details", "all => all.forEach((each) => { each.open = true; })")
    for text in ("100%", "200%"):
        # Setting a property through the object model is not an inline style, so the policy allows it.
        page.evaluate(f"document.documentElement.style.fontSize = '{text}'")
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_faces_of_these_tests_are_a_wide_and_a_narrow_one(visit: Callable[..., Page]) -> None:
    length = (
        "(each) => { each.style.whiteSpace = 'nowrap'; each.style.width = 'max-content'; return each.offsetWidth; }"
    )
    wide, narrow = (visit("404.html", face=face).locator("h1").evaluate(length) for face in FACES)
    assert wide > 1.15 * narrow


@pytest.mark.parametrize("address", EVERY_KIND)
def test_with_text_at_200_percent_a_desktop_shows_everything(visit: Callable[..., Page], address: str) -> None:
    page = visit(address)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_text_grows_with_the_readers_setting(visit: Callable[..., Page]) -> None:
    page = visit("block1_conv1/index.html")
    height = "document.querySelector('#wall b').getBoundingClientRect().height"
    before = page.evaluate(height)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(height) > 1.8 * before


def luminance(colour: str) -> float:
    red, green, blue = (int(part) / 255 for part in colour[4:-1].split(","))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_ground_follows_the_readers_scheme(visit: Callable[..., Page]) -> None:
    ground, ink = (f"getComputedStyle(document.body).{name}" for name in ("backgroundColor", "color"))
    light, dark = (visit("index.html", color_scheme=scheme) for scheme in ("light", "dark"))
    assert luminance(light.evaluate(ground)) - luminance(light.evaluate(ink)) > 0.7
    assert luminance(dark.evaluate(ink)) - luminance(dark.evaluate(ground)) > 0.7


def test_small_canvases_are_shown_pixel_by_pixel_and_large_ones_smoothly(visit: Callable[..., Page]) -> None:
    rendering = "each => getComputedStyle(each).imageRendering"
    small, large = visit("block1_conv1/000.html"), visit("block5_conv3/000.html")
    assert small.locator(".core img").first.evaluate(rendering) == "pixelated"
    assert large.locator(".core img").first.evaluate(rendering) == "auto"
    wall = visit("block1_conv1/index.html")
    assert wall.locator("#wall img").first.evaluate(rendering) == "pixelated"


def test_a_small_canvas_is_enlarged_by_a_whole_number(visit: Callable[..., Page]) -> None:
    enlarged = "(each) => each.decode().then(() => each.getBoundingClientRect().width / each.naturalWidth)"
    for address, picture in (("block1_conv1/000.html", ".core img"), ("block1_conv1/index.html", "#wall img")):
        ratio = visit(address).locator(picture).first.evaluate(enlarged)
        assert ratio == round(ratio)
        assert ratio > 1


def test_a_wall_on_paper_is_the_figure_alone_in_eight_columns(visit: Callable[..., Page]) -> None:
    page = visit("block1_conv1/index.html")
    page.emulate_media(media="print")
    for hidden in (".top", ".where", ".control", ".foot", ".files"):
        assert not page.locator(hidden).first.is_visible()
    tops = page.eval_on_selector_all("#wall > li", "all => all.map((each) => each.offsetTop)")
    assert [tops.count(top) for top in sorted(set(tops))] == [8] * 8
    assert page.locator("#wall > li").first.inner_text().split()[0] == "0"
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) == pytest.approx(1)


def test_paper_is_white_for_a_reader_in_the_dark_too(visit: Callable[..., Page]) -> None:
    page = visit("block1_conv1/000.html", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) == pytest.approx(1)
    assert luminance(page.evaluate("getComputedStyle(document.querySelector('h1')).color")) < 0.1


@pytest.mark.parametrize("address", ["index.html", "block5_conv3/index.html", "block1_conv1/000.html"])
def test_nothing_moves_while_a_page_loads(visit: Callable[..., Page], site: Any, address: str) -> None:
    page = visit("404.html")
    page.add_init_script(
        """window.shift = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(site.file(address))
    page.wait_for_timeout(200)
    assert page.evaluate("window.shift") <= 0.02


def test_a_crop_shows_nothing_of_its_photograph_beyond_the_box(visit: Callable[..., Page]) -> None:
    crop = visit("block5_conv3/040.html").locator(".crop").first
    crop.scroll_into_view_if_needed()
    inside = """(crop, [x, y]) => {
        const box = crop.getBoundingClientRect();
        return crop.contains(document.elementFromPoint(box.left + x * box.width, box.top + y * box.height));
    }"""
    assert crop.evaluate(inside, [0.5, 0.5])
    assert not any(crop.evaluate(inside, at) for at in ([1.1, 0.5], [0.5, 1.1], [-0.1, 0.5], [0.5, -0.1]))


@pytest.mark.parametrize("address", ["block1_conv1/000.html", "block3_conv1/001.html", "block5_conv3/040.html"])
def test_the_map_over_a_crop_is_clear_just_where_the_peak_is(
    visit: Callable[..., Page], site: Any, address: str
) -> None:
    """The photographs are of one grey, and the maps zero but at their peaks."""
    page = visit(address)
    layer = layer_named(address.partition("/")[0])
    said = json.loads((site.folder / f"data/photos/some/{layer.name}.json").read_text())
    strongest = said["filters"][int(address[-8:-5])]["strongest"]
    items = page.locator(".nine li")
    assert items.count() == len(strongest) == 9
    crops = [
        (items.nth(number).locator(".crop"), place)
        for number, (_, _, *place) in enumerate(strongest)
        if items.nth(number).locator(".crop").count()
    ]
    assert len(crops) > 2
    for crop, (row, column) in crops:
        top, left, side = MapPlace(layer.name, 0, row, column).crop
        crop.evaluate("crop => crop.querySelector('rect')?.remove()")
        light = seen(crop)
        expected = [((at + 0.5) * layer.stride - first) / side for at, first in ((row, top), (column, left))]
        clear = (np.argwhere(light > light.max() - 8).mean(axis=0) + EDGE_PX + 0.5) / (len(light) + 2 * EDGE_PX)
        assert np.abs(clear - expected).max() <= 1.5 / len(light) + 0.1 * layer.stride / side
        assert np.median(light) < 40
    first = crops[0][0]
    first.hover()
    assert seen(first).min() > 80
    page.mouse.move(0, 0)
    page.get_by_label("Dark where the filter is silent").uncheck()
    assert seen(crops[1][0]).min() > 80


def seen(crop: Locator) -> NDArray[np.float32]:
    """Return how light a crop is on the screen, pixel by pixel, without its edges."""
    with Image.open(BytesIO(crop.screenshot())) as picture:
        return np.asarray(picture.convert("L"), np.float32)[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]


@pytest.mark.parametrize("address", ["block1_conv1/000.html", "block5_conv3/040.html", "a photograph"])
def test_a_picture_without_a_size_has_its_room_before_it_comes(
    context: Callable[..., BrowserContext], site: Any, address: str
) -> None:
    if address == "a photograph":
        address = next((site.folder / "photos/some").glob("*.html")).relative_to(site.folder).as_posix()
    page = context().new_page()
    page.route("**/*.avif", lambda _: None)
    page.goto(site.http + address, wait_until="domcontentloaded")
    boxes = page.eval_on_selector_all(
        "main img:not([width])",
        """all => all.map((each) => each.getBoundingClientRect()).filter((box) => box.width)
            .map((box) => [box.width, box.height])""",
    )
    assert len(boxes) > 2
    assert min(width for width, _ in boxes) >= 24
    assert all(width == pytest.approx(height) for width, height in boxes)
