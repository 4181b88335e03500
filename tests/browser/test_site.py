"""The site as a whole: every link and picture, from a disk and from a web server, with and without scripts."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from site_checks import Addresses, check_links, read_pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WALL = "block5_conv3/index.html"
PAGES = ("index.html", WALL, "block1_conv1/article/index.html", "block1_conv1/005.html", "block5_conv3/cross.html")


@pytest.fixture(scope="module")
def read(site: Any) -> dict[Path, Addresses]:
    return read_pages(site.folder)


def test_every_link_and_picture_of_every_page_resolves(site: Any, read: dict[Path, Addresses]) -> None:
    checked = check_links(site.folder, read)
    assert len(read) == 64 + 3 + 512 + 2 * 4 + 3 + 6 + 30
    assert checked > 10_000


def test_every_page_can_be_reached_from_the_index(site: Any, read: dict[Path, Addresses]) -> None:
    reached, waiting = set(), [site.folder / "index.html"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in read:
            continue
        reached.add(path)
        waiting.extend(read[path].files())
    assert set(read) - reached == {site.folder / "404.html"}


def test_every_picture_keeps_its_shape_and_says_what_it_is(read: dict[Path, Addresses]) -> None:
    """Where neither stands with a picture, the styles give it its room, and words beside it say what it is."""
    sizes: dict[Path, tuple[int, int]] = {}
    for path, page in read.items():
        for address, element in page.links:
            if element["tag"] != "img":
                continue
            target = (path.parent / address).resolve()
            if target not in sizes:
                with Image.open(target) as picture:
                    sizes[target] = picture.size
            width, height = sizes[target]
            if element["alt"]:
                assert re.fullmatch(r"\d{3}", path.stem) or "width" in element
            else:
                assert "width" not in element, (path, address)
                assert width == height, (path, address)
            if "width" in element:
                assert int(element["width"]) * height == int(element["height"]) * width, (path, address)
    assert len(sizes) > 1000


@pytest.mark.parametrize("address", PAGES)
def test_a_page_works_from_a_sub_folder_of_a_web_server(visit: Callable[..., Page], site: Any, address: str) -> None:
    page = visit(address, base=site.http)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.images].filter((each) => each.complete && !each.naturalWidth).length") == 0
    assert page.evaluate("typeof ATLAS") == "object"
    assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none"


def test_the_way_from_the_index_to_a_filter_works_from_a_web_server(visit: Callable[..., Page], site: Any) -> None:
    page = visit("index.html", base=site.http)
    page.get_by_role("link", name="block5_conv3").first.click()
    page.locator("#wall a", has_text="441").first.click()
    page.wait_for_url("**/some/where/block5_conv3/441.html")
    page.locator(".thumbs a").first.click()
    page.get_by_role("link", name="all of block5_conv3").click()
    page.wait_for_url(f"**/some/where/{WALL}")
    assert page.locator("h1").inner_text() == "block5_conv3"


def test_the_policy_of_a_page_stops_scripts_and_styles_that_are_not_the_sites(
    context: Callable[..., Any], site: Any
) -> None:
    for address in (site.file("index.html"), f"{site.http}index.html"):
        page = context().new_page()
        heard: list[str] = []
        page.on("console", lambda message, heard=heard: heard.append(message.text))
        page.goto(address)
        page.evaluate(
            """() => { const script = document.createElement("script"); script.textContent = "window.broken = true";
                const style = document.createElement("style"); style.textContent = "body { display: none }";
                const image = document.createElement("img"); image.src = "https://example.com/x.png";
                document.body.append(script, style, image); }"""
        )
        page.wait_for_timeout(200)
        assert page.evaluate("window.broken") is None
        assert page.evaluate("getComputedStyle(document.body).display") == "block"
        assert len([text for text in heard if "Content Security Policy" in text]) == 3


@pytest.mark.parametrize("address", PAGES)
def test_without_scripts_every_number_and_picture_is_there_and_nothing_useless(
    visit: Callable[..., Page], address: str
) -> None:
    page = visit(address, java_script_enabled=False)
    assert page.locator(".script:visible").count() == 0
    assert page.locator("h1").is_visible()
    assert page.locator("main img").count() > 0


def test_without_scripts_the_wall_shows_its_histogram_and_all_its_cards(visit: Callable[..., Page]) -> None:
    page = visit(WALL, java_script_enabled=False)
    assert page.locator("#wall > li").count() == 512
    assert page.get_by_role("img", name="Histogram of the means").is_visible()
    assert page.locator("#wall > li").nth(40).inner_text().split() == ["40", "0", "dead"]
    assert page.get_by_text("Contact sheet, filters 64 to 127").is_visible()


def test_without_scripts_the_matrix_is_a_picture_and_a_table(visit: Callable[..., Page]) -> None:
    page = visit("block5_conv3/cross.html", java_script_enabled=False)
    assert page.locator("#matrix img").is_visible()
    assert page.locator(".sorted tbody tr").count() == 511
    times = page.locator(".sorted tbody td:nth-child(6)").all_inner_texts()
    ratios = [float(text.rstrip("\N{MULTIPLICATION SIGN}").replace(",", "")) for text in times[1:]]
    assert ratios == sorted(ratios, reverse=True)


def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_a_wall_of_512_filters_keeps_its_budget(site: Any) -> None:
    assert gzipped(site.folder / WALL) <= 20_000
    assert gzipped(site.folder / "data/natural/block5_conv3.js") <= 30_000
    assert (site.folder / "data/natural/block5_conv3.js").stat().st_size <= 40_000


def test_styles_and_scripts_of_a_wall_keep_their_budget_even_unpacked(site: Any) -> None:
    text = (site.folder / WALL).read_text()
    addresses = re.findall(r'(?:href|src)="\.\./((?:assets|data)/[a-z./0-9]+\.(?:css|js))"', text)
    assert len(addresses) == 4
    assert sum((site.folder / address).stat().st_size for address in addresses) <= 40_000


def test_the_page_of_a_filter_stays_small(site: Any) -> None:
    sizes = [len(gzip.compress(path.read_bytes())) for path in site.folder.glob("block*/[0-9]*.html")]
    assert max(sizes) <= 8_000


@pytest.mark.parametrize(("width", "height", "most"), [(360, 740, 90), (1280, 900, 220)])
def test_the_first_screen_of_a_wall_asks_for_no_more_pictures_than_its_budget_holds(
    visit: Callable[..., Page], site: Any, width: int, height: int, most: int
) -> None:
    page = visit("404.html", base=site.http, viewport={"width": width, "height": height})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.http + WALL)
    page.wait_for_load_state("networkidle")
    pictures = [url for url in asked if re.search(r"/natural/\d+\.avif$", url)]
    assert 12 <= len(pictures) <= most


@pytest.mark.parametrize("scripted", [True, False])
def test_a_switch_without_scripts_shows_one_edition_at_a_time(visit: Callable[..., Page], *, scripted: bool) -> None:
    page = visit("block1_conv1/000.html", java_script_enabled=scripted)
    pictures = page.locator(".core img")
    assert [pictures.nth(place).is_visible() for place in range(2)] == [True, False]
    page.get_by_role("radio", name="article").check()
    assert [pictures.nth(place).is_visible() for place in range(2)] == [False, True]
    assert "--recipe article" in page.locator(".take:visible pre").inner_text()


def test_the_index_of_words_answers_with_the_word_itself_first(visit: Callable[..., Page]) -> None:
    page = visit("find.html")
    words = page.eval_on_selector_all("#words h2", "all => all.map((each) => each.firstChild.data.trim())")
    asked = words[-1]
    page.fill("#word", asked)
    answers = page.locator(".words:visible > li h2")
    expect(answers.first).to_have_text(re.compile(f"^\\s*{re.escape(asked)}"))
    held = sum(asked.lower() in word.lower() for word in words)
    expect(page.locator("#hits")).to_have_text(f"{held} of {len(words)}")
    expect(answers).to_have_count(held)
    page.wait_for_url(re.compile("#q="))
    page.reload()
    expect(answers.first).to_have_text(re.compile(f"^\\s*{re.escape(asked)}"))
    page.fill("#word", "")
    expect(answers).to_have_count(len(words))
    page.fill("#word", "qqqq")
    page.get_by_role("button", name="Show all words").click()
    expect(answers).to_have_count(len(words))
