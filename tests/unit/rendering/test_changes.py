"""One cause of a change each, and exactly which files it writes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generator.catalogue import layer_named
from generator.files import digest_of
from generator.publish.ledger import MARKER, SUMS
from generator.records import StartRecord
from generator.store import open_store
from generator.store.pictures import encode_picture
from generator.workflows import _pages
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.rendering.conftest import World


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nothing_changed_writes_and_renders_nothing(world: World, rendered: list[str]) -> None:
    before = world.times()
    report = world.render()
    assert (report.written, report.removed, report.exit_code) == ((), (), 0)
    assert report.kept == len(world.published())
    assert world.times() == before
    assert rendered == []


def test_a_changed_layer_writes_only_what_shows_it(world: World, rendered: list[str]) -> None:
    before = world.times()
    world.put("block2_conv2", 70)
    report = world.render()
    written = world.touched(before)
    assert written == set(report.written)
    own = {name for name in written if "block2_conv2" in name}
    assert {"data/natural.csv"} <= written - own <= {"data/natural.csv", "data/manifest.json", "index.html"}
    assert {
        "block2_conv2/070.html",
        "block2_conv2/index.html",
        "block2_conv2/cross.html",
        "data/natural/block2_conv2.json",
        "data/natural/block2_conv2.cross.npy",
        "data/natural/block2_conv2.js",
        "data/natural/block2_conv2.cross.js",
        "images/natural/block2_conv2/070.avif",
        "images/natural/block2_conv2/070-maps.webp",
        "images/natural/block2_conv2/sheet-2.avif",
        "images/natural/block2_conv2/cross.avif",
    } <= own
    assert not own & {"images/natural/block2_conv2/sheet-1.avif", "images/natural/block2_conv2/000.avif"}
    assert {path for path in rendered if "/" in path} == {name for name in own if name.endswith(".html")}


def test_a_filters_page_is_rendered_again_only_if_it_shows_what_changed(
    world: World, rendered: list[str], computed_again: Any
) -> None:
    with open_store(world.cache, write=False) as store:
        layer = store.layer("natural", "block2_conv2")
        assert layer is not None
        result = computed_again(store, layer.filters[0])
    changed = replace(result, steps_run=result.steps_run - 1)
    world.change(lambda store: store.put("natural", changed))
    report = world.render()
    pages = re.compile(r"block2_conv2/\d+\.html")
    assert list(filter(pages.fullmatch, report.written)) == ["block2_conv2/000.html"]
    assert list(filter(pages.fullmatch, rendered)) == ["block2_conv2/000.html"]


def test_another_picture_with_the_same_numbers_is_shown_everywhere(world: World, computed_again: Any) -> None:
    with open_store(world.cache, write=False) as store:
        layer = store.layer("natural", "block3_conv1")
        assert layer is not None
        result = computed_again(store, layer.filters[0])
    file = encode_picture(result.image[::-1], None)
    measured = tuple(replace(one, sha256=digest_of(file)) for one in result.measurements)
    flipped = replace(result, file=file, measurements=measured)
    world.change(lambda store: store.put("natural", flipped))
    folder = "images/natural/block3_conv1"
    made = {f"{folder}/000.avif", "block3_conv1/natural/000.avif", f"{folder}/sheet-1.avif"}
    assert made <= set(world.render().written)


def test_a_new_filter_appears_on_the_pages_of_its_neighbours(world: World) -> None:
    world.put("block2_conv2", 71)
    written = set(world.render().written)
    assert {"block2_conv2/070.html", "block2_conv2/071.html", "block2_conv2/100.html"} <= written
    assert not [name for name in written if "block1_conv1" in name or "block3_conv1" in name]


def test_a_new_picture_appears_where_it_is_an_input_or_on_the_path_and_nowhere_else(world: World) -> None:
    def added(layer: str, number: int) -> set[str]:
        world.put(layer, number)
        written = {name for name in world.render().written if re.fullmatch(r"block3_conv1/\d+\.html", name)}
        files = world.files()
        linked, step = f"../{layer}/{number:03d}.html".encode(), f" {layer_named(layer).short} {number} (".encode()
        pages = {name for name in files if re.fullmatch(r"block3_conv1/\d+\.html", name)}
        assert written == {name for name in pages if linked in files[name] or step in files[name]}
        return written

    number = strongest_input(world, "block3_conv1", 0)
    assert "block3_conv1/000.html" in added("block2_conv2", number)
    deeper = strongest_input(world, "block2_conv2", number)
    world.put("block2_conv1", (deeper + 1) % 128)  # a layer that is new stands in the header of every page
    world.render()
    assert "block3_conv1/000.html" in added("block2_conv1", deeper)


def test_other_links_are_told_on_the_pages_of_the_layer_before_that_they_lead_from(world: World) -> None:
    def fed() -> set[str]:
        files = world.files()
        pages = {name for name in files if re.fullmatch(r"block2_conv2/\d+\.html", name)}
        return {name for name in pages if b"../block3_conv1/070.html" in files[name]}

    before = fed()
    world.put("block3_conv1", 70)
    written = set(world.render().written)
    assert {name for name in written if re.fullmatch(r"block[12]_conv./\d+\.html", name)} == before | fed()
    assert before | fed()


def strongest_input(world: World, layer: str, number: int) -> int:
    with open_store(world.cache, write=False) as store:
        found, _ = store.links("natural", layer)
    return int(found[number].shown[0])


def test_a_new_layer_appears_on_every_page_that_lists_the_layers(world: World) -> None:
    world.put("block5_conv3", 441)
    written = set(world.render().written)
    assert {"index.html", "block5_conv3/441.html", "block5_conv3/index.html", "block1_conv1/index.html"} <= written
    assert not [name for name in written if name.startswith("images/") and "block5_conv3" not in name]


def test_a_change_in_one_edition_leaves_the_others_pictures_and_data_alone(world: World) -> None:
    world.put("block1_conv1", 0, edition="article")
    written = world.render().written
    assert {"block1_conv1/000.html", "images/article/block1_conv1/000.avif", "data/article.csv"} <= set(written)
    assert not [name for name in written if re.match(r"(images|data)/natural", name)]


def test_another_description_of_the_weights_writes_only_the_pages_that_tell_it(world: World) -> None:
    described = replace(world.natural, weights="ImageNet, downloaded by Keras")
    world.change(lambda store: store.ensure_edition(described))
    written = world.render().written
    assert {"index.html", "data/manifest.json"} <= set(written)
    assert all(b"downloaded by Keras" in world.files()[name] for name in written)


def test_other_starts_change_the_page_of_the_dead(world: World) -> None:
    starts = [StartRecord("block1_conv1", np.array([0.0, 1.0] * 32, np.float32))]
    world.change(lambda store: store.put_starts(world.fingerprint, starts))
    written = world.render().written
    assert "dead.html" in written
    assert not [name for name in written if name.startswith("images/")]


def test_a_changed_template_writes_the_pages_that_look_different(world: World, templates: Path) -> None:
    edit(templates / "pages" / "404.html", "{% block main %}", "{% block main %}<p>Nothing here.</p>")
    assert world.render().written == ("404.html",)


def test_a_changed_base_template_writes_every_page_and_nothing_else(world: World, templates: Path) -> None:
    edit(templates / "base.html", "</main>", "</main><!-- new -->")
    assert set(world.render().written) == world.pages()


def test_a_changed_style_gets_a_new_name_and_the_old_one_goes(world: World, templates: Path) -> None:
    def style() -> str:
        (name,) = (name for name in world.files() if re.fullmatch(r"assets/atlas\.[0-9a-f]{8}\.css", name))
        return name

    old = style()
    with (templates / "assets" / "atlas.css").open("a") as file:
        file.write("body { color: red }\n")
    report = world.render()
    assert report.removed == (old,)
    assert set(report.written) == world.pages() | {style()}


def test_a_remark_in_a_template_renders_every_page_and_writes_none(
    world: World, templates: Path, rendered: list[str]
) -> None:
    edit(templates / "base.html", "{% block main %}", "{# a remark #}{% block main %}")
    assert world.render().written == ()
    assert set(rendered) == world.pages()


def test_other_code_renders_every_page_again(
    world: World, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pages, "code_digest", lambda _: "other code")
    assert world.render().written == ()
    assert set(rendered) == world.pages()


def test_another_version_of_the_program_is_told_on_every_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pages, "__version__", "99.0")
    assert set(world.render().written) == world.pages() | {"data/manifest.json"}


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("generator.workflows._encoding.code_digest", r"\w+/\w+/\w+/\d+(-maps)?\.(avif|webp)|block\w+/\w+/\d+\.avif"),
        ("generator.workflows._figures.code_digest", r"\w+/\w+/\w+/(sheet-\d+\.avif|cross\.avif|losses\.svg)"),
    ],
)
def test_another_encoder_makes_its_pictures_again_and_nothing_else(
    code: str, pattern: str, world: World, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: set[str] = set()

    def watched(path: Path) -> bytes:
        compared.add(path.relative_to(world.site).as_posix())
        return path.read_bytes()

    monkeypatch.setattr(code, lambda _: "other code")
    monkeypatch.setattr("generator.publish.site.read_plain", watched)
    assert world.render().written == ()
    made = {name for name in compared if name.endswith((".avif", ".webp", "losses.svg"))}
    assert made == {name for name in world.files() if re.fullmatch(pattern, name)}
    assert rendered == []


@pytest.mark.parametrize("side", [64, 128])
def test_another_size_of_thumbnails_leaves_no_page_and_no_picture_behind(
    side: int, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("publish.pictures", "workflows._encoding"):
        monkeypatch.setattr(f"generator.{module}.THUMBNAIL_PX", side)
    # The size stands in the encoder's source, which is thereby another; that of the pages is the same.
    monkeypatch.setattr("generator.workflows._encoding.code_digest", lambda _: "other code")
    world.render()
    assert world.broken_references() == []
    world.render(tmp_path / "anew")
    assert world.files(tmp_path / "anew") == world.files()


def test_another_size_of_maps_is_said_on_the_pages_that_show_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.workflows._encoding.TILE_SIDE", 16)
    assert {"block1_conv1/000.html"} <= set(world.render().written)


@pytest.mark.parametrize("damage", ["missing", "emptied", "shortened", "link"])
def test_damaged_files_are_made_again_and_no_others(damage: str, world: World) -> None:
    damaged = {
        "index.html",
        "block1_conv1/000.html",
        "block1_conv1/article/index.html",
        "data/natural/block1_conv1.json",
        "data/natural.csv",
        "images/natural/block1_conv1/000.avif",
        "images/natural/block1_conv1/sheet-1.avif",
    }
    before, whole = world.times(), world.files()
    for path in (world.site / name for name in damaged):
        data = path.read_bytes()
        path.unlink()
        if damage == "emptied":
            path.write_bytes(b"")
        elif damage == "shortened":
            path.write_bytes(data[:-1])
        elif damage == "link":
            path.symlink_to("/dev/null")
    assert set(world.render().written) == damaged
    assert world.files() == whole
    assert world.touched(before) == damaged


def test_a_lost_ledger_makes_everything_again_and_writes_nothing_else(world: World) -> None:
    before = world.times()
    (world.site / MARKER).write_text("{}")
    (world.site / SUMS).unlink()
    assert world.render().written == ()
    assert world.touched(before) == set()


def test_what_the_store_no_longer_holds_is_removed(world: World, tmp_path: Path, computed_again: Any) -> None:
    (world.site / "CNAME").write_text("atlas.example")
    with open_store(world.cache, write=False) as old, open_store(tmp_path / "other", write=True) as store:
        store.ensure_edition(world.natural)
        layer = old.layer("natural", "block1_conv1")
        assert layer is not None
        for record in layer.filters:
            store.put("natural", computed_again(old, record))
        report = publish_site(store, world.site)
    assert {"block3_conv1/070.html", "block1_conv1/article/index.html"} <= set(report.removed)
    assert not (world.site / "block3_conv1").exists()
    assert not (world.site / "images" / "article").exists()
    assert (world.site / "CNAME").read_text() == "atlas.example"
    assert world.broken_references() == []
