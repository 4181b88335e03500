"""The page that answers to a picture of one's own."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from site_checks import axe_violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
CUT_OFF = """() => [...document.querySelectorAll("main *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && !each.closest(".give input") && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((each) => each.outerHTML.slice(0, 100))"""


def png(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def huge() -> bytes:
    """Return the beginning of a PNG file that says it has 100 million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(30_001)))


SCENE = png(np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8))


def give(page: Page, content: bytes, name: str = "scene.png") -> str:
    """Hand a file to the page and return what it says in the end."""
    page.set_input_files("#try-file", {"name": name, "mimeType": "image/png", "buffer": content})
    page.locator("#try-answers[aria-busy=false]").wait_for(state="attached")
    return page.locator("#try-said").inner_text()


@pytest.mark.parametrize("where", ["disk", "server"])
def test_a_picture_is_answered_layer_by_layer(visit: Callable[..., Page], site: Any, where: str) -> None:
    page = visit("try.html", base=site.http if where == "server" else None)
    said = give(page, SCENE)
    assert re.fullmatch(r"Answered in \d+\.\d s\. Everything was computed here; nothing was sent anywhere\.", said)
    counts = [page.locator(f"#try-{layer} li").count() for layer in ("block1_conv1", "block3_conv1", "block5_conv3")]
    assert counts == [10, 10, 10]
    answers = page.locator("#try-block5_conv3 li").evaluate_all("all => all.map((each) => +each.dataset.answer)")
    assert answers == sorted(answers, reverse=True)
    first = page.locator("#try-block5_conv3 li").first
    number = int(str(first.get_attribute("data-filter")))
    assert first.locator("a").get_attribute("href") == f"block5_conv3/{number:03d}.html"
    assert first.locator("img").evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
    assert page.locator("#try-block4_conv2 a").count() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (png(np.zeros((1, 1, 3), np.uint8)), "odd has 1 x 1 pixels, too few to see anything in; 16 x 16 is the least."),
        (
            huge(),
            "odd has 10,000 x 10,000 pixels, more than this page opens, 64 million; atlas probe PHOTO takes larger.",
        ),
        (SCENE[:60], "odd is no picture that this browser can open."),
        (b"What is this?", "odd is no picture that this browser can open."),
        (b"", "odd is no picture that this browser can open."),
    ],
    ids=["one pixel", "100 megapixels", "broken", "text", "empty"],
)
def test_what_cannot_be_looked_at_gets_one_sentence(visit: Callable[..., Page], content: bytes, said: str) -> None:
    page = visit("try.html")
    assert give(page, content, "odd") == said
    assert not page.locator("#try-progress").is_visible()


def test_a_browser_without_simd_is_told_so(visit: Callable[..., Page]) -> None:
    page = visit("try.html")
    page.evaluate("ATLAS_KERNELS.length = 0")
    assert "no WebAssembly SIMD" in give(page, SCENE)


def test_a_browser_that_cannot_unpack_the_weights_is_told_so(visit: Callable[..., Page]) -> None:
    page = visit("try.html")
    page.evaluate("delete window.DecompressionStream")
    assert "no DecompressionStream" in give(page, SCENE)


def test_a_picture_of_the_atlas_is_looked_at_where_a_browser_lets_it(visit: Callable[..., Page], site: Any) -> None:
    page = visit("try.html#block5_conv3/14", base=site.http)
    page.locator("#try-answers[aria-busy=false] #try-block5_conv3 li").first.wait_for()
    assert "Answered in" in page.locator("#try-said").inner_text()


def test_axe_finds_nothing_and_nothing_is_cut_off_with_answers_on_the_page(visit: Callable[..., Page]) -> None:
    page = visit("try.html", viewport={"width": 320, "height": 640}, color_scheme="light")
    give(page, SCENE)
    assert axe_violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe_violations(page) == []
    for size in ("100%", "200%"):
        page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_scripts_the_page_says_what_it_would_do(visit: Callable[..., Page]) -> None:
    page = visit("try.html", java_script_enabled=False)
    assert "atlas probe PHOTO" in page.locator("main").inner_text()
    assert not page.locator("#try-place").is_visible()


def test_this_page_alone_may_run_webassembly(site: Any) -> None:
    allowed = [path.name for path in site.folder.rglob("*.html") if "wasm-unsafe-eval" in path.read_text()]
    assert allowed == ["try.html"]


def test_the_kernel_is_what_its_source_compiles_to(tmp_path: Path) -> None:
    script = tmp_path / "kernel.js"
    subprocess.run([ROOT / ".ci" / "kernel", Path(sys.prefix) / "bin", script], cwd=ROOT, check=True)
    assert script.read_bytes() == (ROOT / "templates" / "assets" / "try-kernel.js").read_bytes()
