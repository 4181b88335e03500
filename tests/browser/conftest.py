"""A real site in a real Chromium: results through the real store, pages through the real publisher."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import photo_cases
import pytest
from matplotlib import get_data_path
from playwright.sync_api import sync_playwright

from generator.catalogue import layer_named
from generator.files import digest_of
from generator.measure.kinds import VERSIONS
from generator.publish.pictures import encode_photograph
from generator.recipes import RECIPES
from generator.records import RESPONSE, EditionRecord, StartRecord
from generator.store import open_store
from generator.store.networks import put_network
from generator.store.pictures import encode_picture
from generator.vgg.quantised import quantised
from generator.vgg.tensors import TENSOR_SHAPES
from generator.workflows._photo_maps import map_places
from generator.workflows._photo_sets import photo_set
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, BrowserContext, Page

    from generator.records import AscentResult, FilterFailure, MapPlace
    from generator.store import Store

FINGERPRINT = "a7" * 32
WALL = "block5_conv3"
FAILED, DEAD, WOKEN = 13, 40, 41
ARTICLE_FILTERS = 8
WALL_SIZE_PX = 100
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only folders with random names are made in it
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@dataclass(frozen=True)
class Published:
    """A site on the disk and the same one in a sub-folder of a web server."""

    folder: Path
    http: str

    def file(self, address: str) -> str:
        """Return the `file://` address of a page, with its fragment."""
        path, mark, fragment = address.partition("#")
        return (self.folder / path).as_uri() + mark + fragment


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory, make_result: Any, make_failure: Callable[..., FilterFailure]
) -> Iterator[Published]:
    """Publish three layers: small canvases in two recipes, a part of a layer, and a wall of 512 with every status."""
    root = tmp_path_factory.mktemp("served")
    folder = root / "some" / "where"
    folder.parent.mkdir()
    with _fast_folder(tmp_path_factory) as cache, open_store(cache, write=True) as store:
        _fill(store, make_result, make_failure)
        put_network(cache, FINGERPRINT, quantised(_weights()))
        publish_site(store, folder)
    with _served(root) as address:
        yield Published(folder, f"{address}/some/where/")


@contextmanager
def _fast_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where the system has one: the store waits for the disk at every picture."""
    if not SHARED_MEMORY.is_dir():
        yield tmp_path_factory.mktemp("cache")
        return
    with TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        yield Path(folder)


def _fill(store: Store, make_result: Any, make_failure: Callable[..., FilterFailure]) -> None:
    for name in ("natural", "article"):
        store.ensure_edition(EditionRecord(name, name, FINGERPRINT, "ImageNet weights from the Keras cache"))
    store.put_starts(FINGERPRINT, [_start("block1_conv1", {5}), _start(WALL, {DEAD, WOKEN})])
    taken = [replace(one, show=place % 2 == 0) for place, one in enumerate(photo_cases.photographs(30))]
    photo_cases.put(store.photos, "some", taken, FINGERPRINT)
    thumbnail = encode_photograph(np.full((224, 224, 3), 90, np.uint8))
    store.photos.put_thumbnails("some", {one.sha256: thumbnail for one in taken})
    places = map_places(photo_set(store, "some", {}))
    store.photos.put_maps("some", {sha256: _maps(own) for sha256, own in places.items()})
    for number in range(64):
        status = "woken" if number == 5 else "active"
        store.put("natural", make_result("block1_conv1", number, status=status))
    settings = replace(RECIPES["article"].settings_for("block1_conv1"), size_px=112)
    for number in range(ARTICLE_FILTERS):
        status = "dead" if number == 5 else "active"
        store.put("article", make_result("block1_conv1", number, status=status, settings=settings))
    for number in range(3):
        store.put("natural", make_result("block3_conv1", number))
    for result in _wall(make_result, make_failure):
        store.put("natural", result)


def _maps(places: Iterable[MapPlace]) -> dict[MapPlace, NDArray[np.uint8]]:
    """Return maps that are zero everywhere but at their peaks."""
    found = {}
    for place in places:
        row, column, side = place.tile
        found[place] = np.zeros((side, side), np.uint8)
        found[place][place.row - row, place.column - column] = 255
    return found


def _wall(make_result: Any, make_failure: Callable[..., FilterFailure]) -> Iterator[AscentResult | FilterFailure]:
    """Yield 512 results that share one picture, shifted, and one shape of curve: making 512 would take a minute."""
    statuses = {DEAD: "dead", WOKEN: "woken"}
    base = {status: make_result(WALL, 0, status=status, size_px=WALL_SIZE_PX) for status in ("active", "dead", "woken")}
    for number in range(layer_named(WALL).filters):
        if number == FAILED:
            yield make_failure(WALL, number)
            continue
        like = base[statuses.get(number, "active")]
        rng = np.random.default_rng(number)
        cross = rng.gamma(1.2, 20.0, 512).astype(np.float32)
        cross[number] = 0.0 if number == DEAD else rng.uniform(40.0, 400.0)
        mean = float(cross[number])
        others = tuple(int(place) for place in np.argsort(-cross, kind="stable") if place != number)
        file = encode_picture(np.roll(like.image, (number * 7, number * 3), axis=(0, 1)), None)
        response = replace(like.response, filter=number, means=cross, map_filters=(number, *others[:7]))
        yield replace(
            like,
            filter=number,
            file=file,
            losses=tuple(mean * loss / max(like.final_loss, 1.0) for loss in like.losses),
            final_loss=mean * 0.97,
            image_mean=mean / 0.98,
            response=response,
            measurements=(response.measurement(WALL, VERSIONS[RESPONSE], digest_of(file)),),
        )


def _weights() -> dict[str, NDArray[np.float32]]:
    """Return weights that keep answers within bounds from layer to layer (He et al. 2015)."""
    rng = np.random.default_rng(0)
    return {
        name: rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[:-1])))
        if len(shape) > 1
        else np.zeros(shape, np.float32)
        for name, shape in TENSOR_SHAPES.items()
    }


def _start(layer: str, dead: set[int]) -> StartRecord:
    losses = np.ones(layer_named(layer).filters, np.float32)
    losses[sorted(dead)] = 0.0
    return StartRecord(layer, losses)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(root: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve folders until the test ends; give the address of each."""
    with ExitStack() as stack:
        yield lambda folder: f"{stack.enter_context(_served(folder))}/"


@pytest.fixture(scope="session")
def browser_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str | None], Browser]]:
    """Open the system's Chromium, or Playwright's own where there is none: with the machine's fonts, or one alone."""
    with sync_playwright() as playwright:
        opened: dict[str | None, Browser] = {}

        def browser(face: str | None) -> Browser:
            if face not in opened:
                fonts = {"FONTCONFIG_FILE": _only_face(face, tmp_path_factory.mktemp("fonts"))} if face else {}
                opened[face] = playwright.chromium.launch(
                    executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
                    args=list(CHROMIUM_OPTIONS),
                    env={**os.environ, **fonts},
                )
            return opened[face]

        yield browser
        for each in opened.values():
            each.close()


def _only_face(face: str, folder: Path) -> str:
    """Write a fontconfig file that answers every question with one of the faces that matplotlib brings along."""
    (folder / "fonts.conf").write_text(
        f"""<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
        <dir>{Path(get_data_path()) / "fonts" / "ttf"}</dir><cachedir>{folder / "cache"}</cachedir>
        <match target="pattern">
        <edit name="family" mode="assign" binding="strong"><string>{face}</string></edit></match>
        </fontconfig>"""
    )
    return str(folder / "fonts.conf")


@pytest.fixture
def context(browser_in: Callable[[str | None], Browser]) -> Iterator[Callable[..., BrowserContext]]:
    """Make contexts that are closed when the test ends."""
    opened: list[BrowserContext] = []

    def make(face: str | None = None, **options: Any) -> BrowserContext:
        opened.append(browser_in(face).new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def visit(site: Published, context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Open an address of the site from the disk, in a `face` alone if asked to.

    A message on the console or an error of a script fails the test.
    """
    heard: list[str] = []

    def open_page(address: str, *, base: str | None = None, **options: Any) -> Page:
        page = context(**options).new_page()
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(base + address if base else site.file(address))
        return page

    yield open_page
    assert heard == []
