"""The site as a whole: what it holds, that it is the same every time, and what a build shows of it while it goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from generator.addresses import full_picture
from generator.cli.tell import render_lines
from generator.errors import BadInput, BadSite
from generator.publish.ledger import SUMS
from generator.records import Progress
from generator.store import open_store
from generator.store.files import picture_path
from generator.workflows import render
from generator.workflows.render import publish_site, render_site

if TYPE_CHECKING:
    from pathlib import Path

    from generator.records import Event
    from tests.unit.rendering.conftest import World


def test_a_site_has_every_kind_of_file_at_its_permanent_address(world: World) -> None:
    assert {
        "index.html",
        "dead.html",
        "method.html",
        "404.html",
        "block1_conv1/index.html",
        "block1_conv1/cross.html",
        "block1_conv1/article/index.html",
        "block1_conv1/article/cross.html",
        "block3_conv1/070.html",
        "data/manifest.json",
        "data/natural.csv",
        "data/article.csv",
        "data/natural/block3_conv1.json",
        "data/natural/block3_conv1.cross.npy",
        "data/natural/block3_conv1.js",
        "data/natural/block3_conv1.cross.js",
        "images/natural/block3_conv1/070.avif",
        "block3_conv1/natural/070.avif",
        "images/natural/block3_conv1/070-maps.webp",
        "images/natural/block3_conv1/sheet-1.avif",
        "images/natural/block3_conv1/sheet-2.avif",
        "images/natural/block3_conv1/losses.svg",
        "images/natural/block3_conv1/cross.avif",
    } <= world.published()


def test_every_link_and_picture_of_every_page_leads_to_a_file(world: World) -> None:
    assert len(world.pages()) > 20
    assert world.broken_references() == []


def test_a_link_that_leads_nowhere_would_be_found(world: World) -> None:
    (world.site / "block3_conv1" / "070.html").unlink()
    assert [one for one in world.broken_references() if one == "block3_conv1/index.html: 070.html"]


def test_only_a_canvas_that_is_not_small_has_a_thumbnail_file(world: World) -> None:
    thumbs = {name for name in world.published() if name.startswith("block") and name.endswith(".avif")}
    assert {name.split("/")[0] for name in thumbs} == {"block3_conv1"}


def test_pictures_and_figures_have_the_size_that_the_pages_say(world: World) -> None:
    with open_store(world.cache, write=False) as store:
        pictures = render.pictures_of(render.read_atlas(store))
    said = [picture for (*_, kind), picture in pictures.files.items() if kind != "maps"]
    for figures in pictures.figures_of.values():
        said += [*(sheet.picture for sheet in figures.sheets), figures.cross]
    for one in said:
        with Image.open(world.site / one.src) as picture:
            assert picture.size == (one.width, one.height), one.src


def test_a_sprite_has_the_proportions_that_the_pages_say(world: World) -> None:
    with open_store(world.cache, write=False) as store:
        pictures = render.pictures_of(render.read_atlas(store))
    said = pictures.picture("natural", "block3_conv1", 70, "maps")
    assert said is not None
    with Image.open(world.site / said.src) as sprite:
        assert sprite.width / sprite.height == said.width / said.height == 8


def test_the_site_shows_the_very_files_that_the_cache_holds(world: World) -> None:
    with open_store(world.cache, write=False) as store:
        for layer in render.read_atlas(store).layers.values():
            for record in layer.filters:
                if record.sha256:
                    address = full_picture(record.edition, record.layer, record.filter)
                    assert (world.site / address).read_bytes() == store.file(record)


def test_a_picture_that_is_not_measured_has_its_page_without_maps_and_without_rank(unpublished: World) -> None:
    world = unpublished
    result = replace(world.make_result("block3_conv1", 5, size_px=112), measurements=())
    world.change(lambda store: store.put("natural", result))
    world.render()
    page = (world.site / "block3_conv1" / "005.html").read_text()
    assert "0 of 256" not in page
    assert "005-maps.webp" not in page
    assert "images/natural/block3_conv1/005.avif" in world.published()
    assert "images/natural/block3_conv1/005-maps.webp" not in world.published()
    assert world.broken_references() == []


def test_a_failed_filter_has_a_page_and_no_pictures(world: World) -> None:
    assert "the loss became NaN at step 3" in (world.site / "block1_conv1" / "003.html").read_text()
    assert not [name for name in world.published() if name.startswith("images/natural/block1_conv1/003")]


def test_a_failed_filter_counts_as_dead_at_the_start_where_it_is(world: World) -> None:
    assert "dead at the start" in (world.site / "block1_conv1" / "003.html").read_text()
    layer = json.loads((world.site / "data/natural/block1_conv1.json").read_text())
    assert [one["dead_at_start"] for one in layer["filters"] if one["filter"] == 3] == [True]


def test_the_checksums_cover_every_file_of_the_site(world: World) -> None:
    assert {line[66:] for line in (world.site / SUMS).read_text().splitlines()} == world.published()
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=world.site, check=True)


def test_the_same_store_gives_the_same_bytes(world: World, tmp_path: Path) -> None:
    world.render(tmp_path / "other")
    assert world.files(tmp_path / "other") == world.files()


def test_the_order_in_which_results_came_does_not_matter(world: World, tmp_path: Path, computed_again: Any) -> None:
    with open_store(world.cache, write=False) as old, open_store(tmp_path / "cache2", write=True) as store:
        for edition in reversed(old.editions()):
            store.ensure_edition(edition)
            store.put_starts(world.fingerprint, old.starts(world.fingerprint))
            for name in reversed(world.layers):
                layer = old.layer(edition.name, name)
                for record in reversed(layer.filters if layer else ()):
                    store.put(edition.name, computed_again(old, record))
    render_site(tmp_path / "cache2", tmp_path / "site2")
    assert world.files(tmp_path / "site2") == world.files()


def test_a_layer_that_is_not_complete_waits_until_the_build_names_it(unpublished: World) -> None:
    world = unpublished
    with open_store(world.cache, write=False) as store:
        publish_site(store, world.site, layers={"block1_conv1"})
        assert not [name for name in world.files() if "block3_conv1" in name]
        assert world.broken_references() == []
        publish_site(store, world.site, layers={"block3_conv1"})
    assert {"block3_conv1/070.html", "block1_conv1/000.html"} <= world.pages()
    assert not [name for name in world.files() if "block2_conv2" in name]
    assert world.broken_references() == []


def test_a_site_that_grew_layer_by_layer_equals_one_made_at_once(world: World, tmp_path: Path) -> None:
    with open_store(world.cache, write=False) as store:
        for layer in world.layers:
            publish_site(store, tmp_path / "growing", layers={layer})
    assert world.files(tmp_path / "growing") == world.files()


def test_a_layer_that_is_shown_already_is_brought_up_to_date_with_the_others(world: World) -> None:
    world.put("block3_conv1", 0)
    with open_store(world.cache, write=False) as store:
        report = publish_site(store, world.site, layers={"block1_conv1"})
    assert "block3_conv1/000.html" in report.written


def test_a_damaged_picture_is_shown_as_failed_with_its_reason_and_the_rest_goes_on(unpublished: World) -> None:
    world = unpublished
    with open_store(world.cache, write=False) as store:
        layer = store.layer("natural", "block3_conv1")
    assert layer is not None
    picture = picture_path(world.cache, layer.filters[3].sha256)
    picture.write_bytes(picture.read_bytes()[:100])
    report = world.render()
    (sentence,) = report.damaged
    assert "block3_conv1/70" in sentence
    assert report.exit_code == 1
    assert render_lines(report)[0] == sentence
    assert "images/natural/block3_conv1/070.avif" not in world.published()
    assert sentence.split(";", maxsplit=1)[0] in (world.site / "block3_conv1" / "070.html").read_text()
    assert world.broken_references() == []


def test_damaged_pictures_do_no_harm_to_a_site_that_shows_them_already(world: World) -> None:
    with open_store(world.cache, write=False) as store:
        layers = [layer for name in world.layers if (layer := store.layer("natural", name))]
    for layer in layers:
        picture_path(world.cache, layer.filters[0].sha256).write_bytes(b"")
    before = world.times()
    assert world.render().exit_code == 0
    assert world.times() == before


def test_an_empty_cache_leaves_the_site_as_it_is(world: World, tmp_path: Path) -> None:
    before = world.times()
    with pytest.raises(BadInput, match=r"there is nothing to show yet: .* run `atlas build` first"):
        render_site(tmp_path / "mistyped", world.site)
    assert world.times() == before


def test_a_folder_of_somebody_else_is_refused(unpublished: World) -> None:
    unpublished.site.mkdir()
    (unpublished.site / "letter.txt").write_text("dear")
    with pytest.raises(BadSite, match=r"holds no atlas"):
        unpublished.render()
    assert unpublished.files() == {"letter.txt": b"dear"}


def test_html_in_a_stored_text_is_escaped_on_every_page(unpublished: World, make_failure: Any) -> None:
    harm = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    world = unpublished
    world.change(lambda store: store.ensure_edition(replace(world.natural, weights=harm)))
    world.change(lambda store: store.put("natural", make_failure("block1_conv1", 9, error=harm)))
    world.render()
    found = {name for name, data in world.files().items() if b"alert(1)" in data}
    assert {"index.html", "block1_conv1/009.html", "data/natural/block1_conv1.json"} <= found
    assert not [name for name in world.pages() if b"<script>alert" in world.files()[name]]
    assert not [name for name in world.pages() if b"<img src=x" in world.files()[name]]


def test_the_report_tells_people_and_programs_what_changed(unpublished: World) -> None:
    report = unpublished.render()
    told = f"{len(report.written)} files written, 0 removed, 0 left as they were"
    assert render_lines(report) == [told, f"open {unpublished.site}/index.html"]
    said = json.loads(json.dumps(report.as_dict()))
    assert said["written"] == sorted(unpublished.published())
    assert (said["removed"], said["kept"], said["damaged"]) == ([], 0, [])


def test_progress_is_told_for_pictures_figures_and_pages(unpublished: World) -> None:
    events: list[Event] = []
    render_site(unpublished.cache, unpublished.site, events.append)
    for label in ("pictures", "figures", "pages"):
        told = [event for event in events if isinstance(event, Progress) and event.label == label]
        assert [event.done for event in told] == list(range(1, told[-1].total + 1))


def test_rendering_imports_no_tensorflow_and_for_an_unchanged_site_no_matplotlib(world: World) -> None:
    code = (
        "import sys; from pathlib import Path; from generator.workflows.render import render_site;"
        "render_site(Path(sys.argv[1]), Path(sys.argv[2]));"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(world.cache), str(world.site)]
    done = subprocess.run(command, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
