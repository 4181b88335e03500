"""A small cache with every kind of result, and the site made from it."""

from __future__ import annotations

import http.client
import re
import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generator.errors import AtlasError
from generator.measure.kinds import VERSIONS
from generator.publish.ledger import MARKER, SUMS
from generator.publish.site import LOCK
from generator.records import (
    RESPONSE,
    AscentResult,
    EditionRecord,
    FilterFailure,
    Note,
    Response,
    StartRecord,
)
from generator.store import open_store
from generator.workflows import _pages
from generator.workflows.render import render_site
from generator.workflows.serve import LOOPBACK, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from generator.records import FilterRecord
    from generator.store import Store
    from generator.workflows.render import PublishReport

FINGERPRINT = "ab" * 32
PATIENCE_S = 20.0
NATURAL = EditionRecord("natural", "natural", FINGERPRINT, "ImageNet, from the Keras cache")
SIDES_PX = {"block1_conv1": 24, "block2_conv2": 32, "block3_conv1": 112}
FILTERS = (0, 1, 2, 70, 100)
STATUSES = {1: "woken", 2: "dead"}


@dataclass
class World:
    """A cache, its site, and what a test asks and does to them."""

    cache: Path
    site: Path
    make_result: Callable[..., AscentResult]
    fingerprint: str = FINGERPRINT
    natural: EditionRecord = NATURAL
    layers: tuple[str, ...] = tuple(SIDES_PX)

    def render(self, site: Path | None = None) -> PublishReport:
        return render_site(self.cache, site or self.site)

    def change(self, change: Callable[[Store], object]) -> None:
        with open_store(self.cache, write=True) as store:
            change(store)

    def put(self, layer: str, number: int, *, edition: str = "natural", seed: int = 5, **changes: Any) -> None:
        result = self.make_result(layer, number, seed=seed, size_px=SIDES_PX.get(layer, 32), **changes)
        self.change(lambda store: store.put(edition, result))

    def files(self, site: Path | None = None) -> dict[str, bytes]:
        """Every file of the site but its lock, by address."""
        root = site or self.site
        paths = (path for path in sorted(root.rglob("*")) if path.is_file() and path.name != LOCK)
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}

    def pages(self, site: Path | None = None) -> set[str]:
        return {name for name in self.files(site) if name.endswith(".html")}

    def published(self, site: Path | None = None) -> set[str]:
        """Every address of the site, without our own two files of record."""
        return set(self.files(site)) - {SUMS, MARKER}

    def times(self) -> dict[str, int]:
        return {name: (self.site / name).stat().st_mtime_ns for name in self.files()}

    def touched(self, before: dict[str, int]) -> set[str]:
        """Addresses of the files that were written since `before`."""
        return {name for name, time in self.times().items() if time != before.get(name)} - {SUMS, MARKER}

    def broken_references(self, site: Path | None = None) -> list[str]:
        """Every link within the site, picture, script or style of a page that leads to no file, with its page."""
        root, broken = site or self.site, []
        for name in self.pages(root):
            parser = _References()
            parser.feed((root / name).read_text())
            for reference in parser.found:
                address = reference.partition("#")[0].partition("?")[0]
                if address and not reference.startswith("https://") and not ((root / name).parent / address).is_file():
                    broken.append(f"{name}: {reference}")
        return broken


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, make_result: Any, make_failure: Any) -> World:
    """A cache with three layers, one of them in two editions, with woken, dead and failed filters, and its site."""
    root = tmp_path_factory.mktemp("made")
    world = World(root / "cache", root / "site", make_result)
    with open_store(world.cache, write=True) as store:
        store.ensure_edition(NATURAL)
        store.ensure_edition(replace(NATURAL, name="article", recipe="article"))
        for layer, side in SIDES_PX.items():
            for number in FILTERS[:3] if layer == "block1_conv1" else FILTERS:
                result = make_result(layer, number, status=STATUSES.get(number, "active"), size_px=side)
                store.put("natural", result)
        store.put("natural", make_failure("block1_conv1", 3))
        for number in (0, 1):
            store.put("article", make_result("block1_conv1", number, seed=9, size_px=20))
        store.put_starts(FINGERPRINT, [StartRecord("block1_conv1", np.array([1.0, 0.0] * 32, np.float32))])
    world.render()
    return world


@pytest.fixture
def unpublished(made: World, tmp_path: Path) -> World:
    """A copy of that cache for one test; no site yet."""
    shutil.copytree(made.cache, tmp_path / "cache")
    return replace(made, cache=tmp_path / "cache", site=tmp_path / "site")


@pytest.fixture
def world(made: World, unpublished: World) -> World:
    """A copy of that cache and its site for one test."""
    shutil.copytree(made.site, unpublished.site)
    return unpublished


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of the pages rendered from now on, in order."""
    seen: list[str] = []
    for name in [name for name in dir(_pages.pages) if name.endswith("_page") and name[0] != "_"]:
        real = getattr(_pages.pages, name)

        def watched(view: Any, frame: Any, real: Callable[..., str] = real) -> str:
            seen.append(view.head.path)
            return real(view, frame)

        monkeypatch.setattr(_pages.pages, name, watched)
    return seen


@pytest.fixture
def templates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, world: World) -> Path:
    """A copy of the templates that a test may edit; the site was made from it."""
    copy, real = tmp_path / "templates", _pages.templates_folder()
    for path in (path for path in real.rglob("*") if path.is_file()):
        target = copy / path.relative_to(real)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    for module in ("render.environment", "workflows._pages", "workflows.serve"):
        monkeypatch.setattr(f"generator.{module}.templates_folder", lambda: copy)
    assert world.render().written == ()
    return copy


@pytest.fixture
def computed_again() -> Callable[[Store, FilterRecord], AscentResult | FilterFailure]:
    """Return the function that turns what is stored of a filter into the result that it came from."""

    def again(store: Store, record: FilterRecord) -> AscentResult | FilterFailure:
        if record.sha256 is None:
            assert record.error
            return FilterFailure(record.layer, record.filter, record.settings, record.error)
        places = (record.edition, record.layer)
        measured = [store.measurements(*places, kind)[record.filter] for kind in VERSIONS]
        response = Response.of(next(one for one in measured if one.kind == RESPONSE))
        assert response
        made = record.made
        own = {"image": store.picture(record), "file": store.file(record)}
        return AscentResult(**made, **own, response=response, measurements=tuple(measured))

    return again


class Served:
    """A running preview and what a browser sees of it."""

    def __init__(self, port: int, notes: list[str]) -> None:
        self.port = port
        self.notes = notes

    def get(self, path: str, method: str = "GET", host: str | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, headers={"Host": host} if host else {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def version(self) -> str:
        (version,) = re.findall(rb"since=(\d+)", self.get("/_atlas/reload.js")[2])
        return str(version.decode())

    def wait(self, version: str) -> bytes:
        """Return the script that the waiting page gets."""
        return self.get(f"/_atlas/wait.js?since={version}")[2]

    def answers(self) -> bool:
        try:
            return self.get("/_atlas/reload.js")[0] == 200
        except OSError:
            return False

    @staticmethod
    def until(true: Callable[[], bool]) -> bool:
        """Wait for something to become true."""
        end = time.monotonic() + PATIENCE_S
        while not true() and time.monotonic() < end:
            time.sleep(0.02)
        return true()


@contextmanager
def _serving(world: World) -> Iterator[Served]:
    notes: list[str] = []
    ready: list[tuple[int, Callable[[], None]]] = []
    failed: list[AtlasError] = []

    def told(event: Any) -> None:
        if isinstance(event, Note):
            notes.append(event.text)

    def run() -> None:
        try:
            serve(world.site, world.cache, 0, told, lambda port, end: ready.append((port, end)))
        except AtlasError as trouble:
            failed.append(trouble)

    thread = threading.Thread(target=run)
    thread.start()
    assert Served.until(lambda: bool(ready or failed))
    assert not failed
    port, end = ready[0]
    served = Served(port, notes)
    assert served.answers()
    try:
        yield served
    finally:
        end()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


@pytest.fixture
def serving() -> Callable[[World], AbstractContextManager[Served]]:
    """Return the context manager that serves the site of a world on a free port."""
    return _serving


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    """The site, being served."""
    with _serving(world) as running:
        yield running


@pytest.fixture
def look_at() -> type[Served]:
    """Return what looks at a preview that a test has started by itself, given its port."""
    return Served
