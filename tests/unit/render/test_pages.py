from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from generator.errors import WorkFailed
from generator.recipes import RECIPES
from generator.records import Fact
from generator.render import environment as environments
from generator.render.cross_activation import cross_views
from generator.render.dead_filters import dead_view
from generator.render.environment import templates_folder
from generator.render.families import families_views
from generator.render.filters import filter_views
from generator.render.inputs import Atlas, Frame
from generator.render.method import method_view, not_found_view
from generator.render.network import index_view
from generator.render.pages import (
    cross_page,
    dead_page,
    families_page,
    filter_page,
    index_page,
    layer_page,
    method_page,
    not_found_page,
)
from generator.render.walls import layer_views
from generator.workflows._likeness import likeness_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from generator.records import FilterRecord, LayerRecord
    from generator.render.inputs import Pictures

HOSTILE = "<script>alert('x')</script>&\"quoted\""


class Elements(HTMLParser):
    """Every start tag of a page with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def named(self, name: str) -> Iterator[dict[str, str]]:
        return ({key: value or "" for key, value in attrs} for tag, attrs in self.found if tag == name)


def every_page(atlas: Atlas, pictures: Pictures, frame: Frame) -> dict[str, str]:
    """All pages by their addresses."""
    atlas = replace(atlas, likeness=likeness_of(atlas, "block1_conv1") | likeness_of(atlas, "block3_conv1"))
    made = {
        "index.html": index_page(index_view(atlas, pictures), frame),
        "dead.html": dead_page(dead_view(atlas, pictures), frame),
        "method.html": method_page(method_view(atlas), frame),
        "404.html": not_found_page(not_found_view(), frame),
    }
    for layer in ("block1_conv1", "block3_conv1"):
        made |= {view.head.path: families_page(view, frame) for view in families_views(atlas, layer, pictures)}
        made |= {view.head.path: layer_page(view, frame) for view in layer_views(atlas, layer, pictures)}
        made |= {view.head.path: cross_page(view, frame) for view in cross_views(atlas, layer, pictures)}
        made |= {view.head.path: filter_page(view, frame) for view in filter_views(atlas, layer, pictures)}
    return made


@pytest.fixture
def pages(atlas: Atlas, pictures: Pictures, frame: Frame) -> dict[str, str]:
    return every_page(atlas, pictures, frame)


def test_the_same_records_give_the_same_bytes(
    atlas: Atlas, pictures: Pictures, frame: Frame, pages: dict[str, str]
) -> None:
    assert every_page(atlas, pictures, frame) == pages


def test_every_page_states_its_content_security_policy_before_anything_loads(pages: dict[str, str]) -> None:
    for text in pages.values():
        elements = Elements(text)
        policy = next(each["content"] for each in elements.named("meta") if "http-equiv" in each)
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert text.index("Content-Security-Policy") < text.index("<link")
        assert text.index("Content-Security-Policy") < text.index("<script")


def test_no_page_holds_an_inline_script_or_style(pages: dict[str, str]) -> None:
    for text in pages.values():
        names = {name for _, attrs in Elements(text).found for name, _ in attrs}
        assert "style" not in names
        assert not [name for name in names if name.startswith("on")]
        assert "<style" not in text
        assert re.findall(r"<script[^>]*></script>", text) == re.findall(r"<script.*?</script>", text, re.DOTALL)


def test_nothing_is_loaded_from_anywhere_else(pages: dict[str, str]) -> None:
    loading = (("img", "src"), ("script", "src"), ("link", "href"))
    for text in pages.values():
        elements = Elements(text)
        for tag, attribute in loading:
            for each in elements.named(tag):
                assert not re.match(r"[a-z]+:|/", each[attribute])


def test_every_address_within_the_site_leads_to_a_page_or_a_file_of_it(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        for each in Elements(text).named("a"):
            if each["href"].startswith(("https:", "#")):
                continue
            address = posixpath.normpath(posixpath.join(posixpath.dirname(path), each["href"].split("#")[0]))
            assert not address.startswith("..")
            assert address in pages or address.startswith(("data/", "images/")), (path, address)


def test_every_anchor_exists_on_the_page_that_it_names(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        for each in Elements(text).named("a"):
            target, _, anchor = each["href"].partition("#")
            if anchor:
                address = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
                assert re.search(f'id="?{anchor}[" >]', pages[address])


def test_every_picture_has_its_size_and_a_text_but_where_words_beside_it_name_it(pages: dict[str, str]) -> None:
    """The styles give the pictures of a filter's page their sizes: see the browser's tests."""
    for path, text in pages.items():
        is_sized = re.search(r"/\d{3}\.html$", path) is None
        for each in Elements(text).named("img"):
            if is_sized:
                assert int(each["width"]) > 0
                assert int(each["height"]) > 0
                assert each["alt"]
            else:
                assert each["alt"] or re.search(rf'src="?{each["src"]} alt>(</span>)?<b>[\w ]+</b>', text), path


def test_a_lazy_picture_says_so_before_its_address(pages: dict[str, str]) -> None:
    for text in pages.values():
        for tag, attrs in Elements(text).found:
            names = [name for name, _ in attrs]
            if tag == "img" and "loading" in names:
                assert names.index("loading") < names.index("src")


def test_the_first_pictures_of_a_wall_load_at_once_and_the_rest_when_they_come_near(
    atlas: Atlas,
    frame: Frame,
    pictures: Pictures,
    record_of: Callable[..., FilterRecord],
    layer_of: Callable[[list[FilterRecord]], LayerRecord],
) -> None:
    full = layer_of([record_of(number) for number in range(64)])
    view = layer_views(Atlas(atlas.editions, {("natural", "block1_conv1"): full}, {}), "block1_conv1", pictures)[0]
    lazy = ["loading" in each for each in Elements(layer_page(view, frame)).named("img")]
    assert lazy == [False] * 12 + [True] * 52


class Outline(HTMLParser):
    """What a page is made of: its headings as they read, and the columns of its tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.columns: list[str] = []
        self._into: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        into = self.headings if re.fullmatch("h[1-4]", tag) else self.columns if ("scope", "col") in attrs else None
        if into is not None:
            into.append("")
            self._into = into

    def handle_endtag(self, tag: str) -> None:
        if re.fullmatch("h[1-4]|th", tag):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] = f"{self._into[-1]}{data}".strip("\n")


OUTLINES = {
    "index.html": (
        "What does each filter of VGG16 look for? | How to read it | What was built",
        "recipe | filters | weights | fingerprint",
    ),
    "block1_conv1/index.html": ("block1_conv1 | Take it with you | Made with", ""),
    "block1_conv1/article/index.html": ("block1_conv1 | Take it with you | Made with", ""),
    "block1_conv1/cross.html": (
        "block1_conv1: who answers to what | Take it with you | The same as a table",
        "picture of | own mean | rank | strongest other | its mean | times own | excited most by | mean there",
    ),
    "block1_conv1/001.html": (
        (
            "block1_conv1, filter 1"
            " | Who else answers | Filters that answer to this picture | Pictures of others that excite filter 1"
            " | Maps of the picture"
            " | Filters that answer to this picture | Pictures of others that excite filter 1"
            " | Maps of the picture"
            " | The climb"
            " | Take it with you | Make it again | To keep and to cite | Make it again | To keep and to cite"
        ),
        "",
    ),
    "block1_conv1/003.html": (
        (
            "block1_conv1, filter 3"
            " | Who else answers | Filters that answer to this picture | Pictures of others that excite filter 3"
            " | Maps of the picture"
            " | The climb"
            " | Take it with you | Make it again | To keep and to cite | Make it again | To keep and to cite"
        ),
        "",
    ),
    "dead.html": (
        "Dead filters | block1_conv1 | Still without an answer, and why",
        "",
    ),
    "404.html": ("There is no such page", ""),
}


@pytest.mark.parametrize("address", OUTLINES)
def test_a_page_of_each_kind_has_its_headings_and_its_tables(pages: dict[str, str], address: str) -> None:
    outline = Outline(pages[address])
    assert (" | ".join(outline.headings), " | ".join(outline.columns)) == OUTLINES[address]


def test_the_method_tells_the_procedure_the_numbers_and_every_recipe(pages: dict[str, str]) -> None:
    headings = Outline(pages["method.html"]).headings
    assert headings[:2] == ["Method", "What is climbed"]
    place = headings.index("The recipes")
    assert headings[place:] == ["The recipes", *RECIPES, "Licence and source of the weights"]


def test_ids_are_unique_on_each_page(pages: dict[str, str]) -> None:
    for text in pages.values():
        found = Counter(value for _, attrs in Elements(text).found for name, value in attrs if name == "id")
        assert not [value for value, number in found.items() if number > 1]


def test_every_page_has_one_heading_of_the_first_order(pages: dict[str, str]) -> None:
    assert {text.count("<h1") for text in pages.values()} == {1}


def test_hostile_text_in_any_record_is_escaped(
    atlas: Atlas, pictures: Pictures, frame: Frame, layer_of: Callable[[list[FilterRecord]], LayerRecord]
) -> None:
    record = atlas.layers["natural", "block1_conv1"].filters[0]
    error = Fact.of("raised", error=HOSTILE)
    failed = replace(record, status="failed", sha256=None, error=error, response_version=None)
    dead = replace(record, filter=1, status="dead", dead_at_start=True, tried=(Fact.of(HOSTILE),))
    edition = replace(atlas.editions[0], weights=HOSTILE, recipe=HOSTILE, weights_fingerprint=HOSTILE)
    hostile = Atlas((edition,), {("natural", "block1_conv1"): layer_of([failed, dead])}, {})
    made = [
        index_page(index_view(hostile, pictures), frame),
        dead_page(dead_view(hostile, pictures), frame),
        method_page(method_view(hostile), frame),
        *(layer_page(view, frame) for view in layer_views(hostile, "block1_conv1", pictures)),
        *(cross_page(view, frame) for view in cross_views(hostile, "block1_conv1", pictures)),
        *(filter_page(view, frame) for view in filter_views(hostile, "block1_conv1", pictures)),
    ]
    assert sum("&lt;script&gt;alert" in text for text in made) >= 4
    for text in made:
        assert "<script>" not in text
        assert 'quoted"' not in text


def test_a_name_that_a_template_does_not_get_is_an_error(atlas: Atlas, pictures: Pictures) -> None:
    with pytest.raises(UndefinedError, match=r"atlas\.css|icon\.svg"):
        index_page(index_view(atlas, pictures), Frame("1.2.3", {}))


def test_templates_are_compiled_once(atlas: Atlas, pictures: Pictures, frame: Frame) -> None:
    index_page(index_view(atlas, pictures), frame)
    environment = environments.environment(templates_folder())
    assert environment.get_template("pages/index.html") is environment.get_template("pages/index.html")


def test_an_installation_without_templates_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "PACKAGE", tmp_path / "generator")
    with pytest.raises(WorkFailed, match="install vgg-atlas again"):
        templates_folder()


def test_the_templates_of_an_installed_package_come_before_a_folder_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "PACKAGE", tmp_path / "generator")
    for folder in ("generator/_templates", "templates"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "base.html").touch()
    assert templates_folder() == tmp_path / "generator" / "_templates"


def test_a_filter_page_says_which_picture_belongs_to_which_recipe(pages: dict[str, str]) -> None:
    alts = [each["alt"] for each in Elements(pages["block1_conv1/000.html"]).named("img")]
    assert alts[0] == "block1_conv1, filter 0: active, mean 100, recipe natural"
    assert "block1_conv1, filter 0: active, mean 100, recipe article" in alts


def test_a_filter_page_leads_back_on_and_up(pages: dict[str, str]) -> None:
    links = {
        each.get("rel"): each["href"] for each in Elements(pages["block1_conv1/002.html"]).named("a") if "rel" in each
    }
    assert links == {"prev": "001.html", "up": "index.html", "next": "003.html"}


def test_a_failed_filter_says_that_it_has_no_picture(pages: dict[str, str]) -> None:
    assert 'aria-label="block1_conv1, filter 3: failed, recipe natural, no picture"' in pages["block1_conv1/003.html"]
    assert "the loss is not a finite number at step 3" in pages["block1_conv1/003.html"]
