"""The preview: one site, on this machine alone, that shows an edit of a template at once."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from generator.errors import AtlasError, BadInput, BadSite, MissingExtra
from generator.publish.site import open_site
from generator.records import Note
from generator.workflows.serve import LOOPBACK, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.rendering.conftest import World

PATIENCE_S = 20.0


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


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@contextmanager
def serving(world: World) -> Iterator[Served]:
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
    assert until(lambda: bool(ready or failed))
    assert not failed
    port, end = ready[0]
    served = Served(port, notes)
    assert until(lambda: _answers(served))
    try:
        yield served
    finally:
        end()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def _answers(served: Served) -> bool:
    try:
        return served.get("/_atlas/reload.js")[0] == 200
    except OSError:
        return False


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world) as running:
        yield running


def test_every_file_of_the_site_is_served_as_it_is_but_for_the_pages_script(world: World, served: Served) -> None:
    script = b'<script defer src="/_atlas/reload.js"></script>'
    for name in sorted(world.published()):
        status, headers, data = served.get(f"/{name}")
        assert status == 200
        assert data.replace(script, b"") == (world.site / name).read_bytes(), name
        assert (script in data) == name.endswith(".html")
        assert headers["x-content-type-options"] == "nosniff"


def test_the_published_pages_hold_nothing_of_the_preview(world: World, served: Served) -> None:
    served.get("/index.html")
    assert not [name for name, data in world.files().items() if b"_atlas/" in data]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("data/manifest.json", "application/json"),
        ("data/natural/block1_conv1.js", "text/javascript; charset=utf-8"),
        ("images/natural/block1_conv1/000.avif", "image/avif"),
        ("images/natural/block1_conv1/000-maps.webp", "image/webp"),
        ("images/natural/block1_conv1/losses.svg", "image/svg+xml"),
        ("data/natural/block1_conv1.cross.npy", "application/octet-stream"),
    ],
)
def test_every_kind_of_file_has_its_type(name: str, kind: str, served: Served) -> None:
    assert served.get(f"/{name}")[1]["content-type"] == kind


def test_a_folder_is_its_index_page(world: World, served: Served) -> None:
    assert b"<title>" in served.get("/")[2]
    assert served.get("/block1_conv1/")[2] == served.get("/block1_conv1/index.html")[2]
    status, headers, _ = served.get("/block1_conv1")
    assert (status, headers["location"]) == (307, "/block1_conv1/")
    del world


@pytest.mark.parametrize("path", ["/data/", "/images/natural/", "/images", "/assets/"])
def test_a_folder_without_an_index_page_is_never_listed(path: str, served: Served) -> None:
    status, _, data = served.get(path)
    assert status == 404
    assert b"natural" not in data.replace(b"natural</a>", b"") or b".avif" not in data


def test_what_does_not_exist_gets_the_page_that_says_so(world: World, served: Served) -> None:
    status, headers, data = served.get("/block9_conv9/000.html")
    title = re.search(rb"<title>.*?</title>", (world.site / "404.html").read_bytes())
    assert title
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert title[0] in data


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/block1_conv1/../../secret",
        "/..%2fsecret",
        "/%2fetc%2fpasswd",
        "//etc/passwd",
        "/block1_conv1/..%5c..%5csecret",
        "/index.html%00",
        "/.atlas-site.json",
        "/.atlas-site.lock",
        "/link",
        "/linked/secret",
        "/inner.html",
    ],
)
def test_nothing_outside_the_site_hidden_or_behind_a_link_is_served(path: str, world: World, served: Served) -> None:
    (world.site.parent / "secret").write_text("the secret")
    (world.site / "link").symlink_to(world.site.parent / "secret")
    (world.site / "linked").symlink_to(world.site.parent)
    (world.site / "inner.html").symlink_to(world.site / "index.html")
    status, _, data = served.get(path)
    assert status == 404
    assert b"the secret" not in data
    assert b"root:" not in data


def test_it_listens_on_the_loopback_alone(served: Served) -> None:
    others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {LOOPBACK}
    for address in others | {"127.0.0.2"}:
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex((str(address), served.port)) != 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_foreign_name_for_this_machine_is_refused(host: str, served: Served) -> None:
    assert served.get("/index.html", host=host)[0] == 400


def test_the_policy_of_the_pages_is_also_a_header(world: World, served: Served) -> None:
    _, headers, data = served.get("/index.html")
    meta = re.search(r'Content-Security-Policy" content="([^"]*)"', (world.site / "index.html").read_text())
    assert meta
    assert set(meta[1].split("; ")) <= set(headers["content-security-policy"].split("; "))
    assert b"<script>" not in data


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent_to_it(method: str, served: Served) -> None:
    assert served.get("/index.html", method=method)[0] == 405


def test_an_edit_of_a_template_is_on_screen_at_once_and_on_disk_soon_after(world: World, templates: Path) -> None:
    with serving(world) as served:
        before, started = served.version(), time.monotonic()
        page = templates / "pages" / "404.html"
        page.write_text(page.read_text().replace("{% block main %}", "{% block main %}<p>fresh words</p>"))
        assert served.wait(before) == b"location.reload();\n"
        assert b"fresh words" in served.get("/block1_conv1/nothing.html")[2]
        # Measured at 0.2 s; the rest is for a machine that has other things to do.
        assert time.monotonic() - started < 3.0
        assert until(lambda: b"fresh words" in (world.site / "404.html").read_bytes())
        assert until(lambda: any("of the site written" in note for note in served.notes))


def test_an_edit_of_a_style_is_served_under_its_new_name_at_once(world: World, templates: Path) -> None:
    with serving(world) as served:
        before = served.version()
        with (templates / "assets" / "atlas.css").open("a") as style:
            style.write("/* fresh style */\n")
        assert served.wait(before) == b"location.reload();\n"
        for path in ("/index.html", "/block3_conv1/070.html"):
            (name,) = re.findall(rb'href="[./]*(assets/atlas\.[0-9a-f]{8}\.css)"', served.get(path)[2])
            assert b"fresh style" in served.get(f"/{name.decode()}")[2]


def test_a_mistake_in_a_template_is_shown_and_mended_without_a_new_start(world: World, templates: Path) -> None:
    page = templates / "pages" / "method.html"
    right = page.read_text()
    before_files = world.files()
    with serving(world) as served:
        version = served.version()
        page.write_text(right + "{% if %}")
        assert served.wait(version) == b"location.reload();\n"
        assert b"TemplateSyntaxError" in served.get("/method.html")[2]
        assert b"_atlas/reload.js" in served.get("/method.html")[2]
        assert until(lambda: any("the site was left as it is" in note for note in served.notes))
        assert world.files() == before_files
        version = served.version()
        page.write_text(right)
        assert served.wait(version) == b"location.reload();\n"
        assert b"TemplateSyntaxError" not in served.get("/method.html")[2]


def test_a_publication_by_somebody_else_reloads_the_page_once(world: World) -> None:
    with serving(world) as served:
        before = served.version()
        world.put("block3_conv1", 0)
        world.render()
        assert served.wait(before) == b"location.reload();\n"
        time.sleep(0.3)
        assert served.version() == str(int(before) + 1)


def test_the_site_is_brought_up_to_date_at_the_start(unpublished: World) -> None:
    with serving(unpublished) as served:
        assert served.get("/block3_conv1/070.html")[0] == 200


def test_a_site_without_its_cache_is_served_as_it_is(world: World, tmp_path: Path) -> None:
    world.cache = tmp_path / "gone"
    before = world.times()
    with serving(world) as served:
        assert served.get("/index.html")[0] == 200
    assert world.times() == before


def test_a_site_that_is_being_published_is_served_meanwhile(world: World) -> None:
    with open_site(world.site), serving(world) as served:
        assert served.get("/index.html")[0] == 200
        assert any("another program is publishing" in note for note in served.notes)


def test_neither_a_site_nor_a_cache_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSite, match="there is no atlas in"):
        serve(tmp_path / "site", tmp_path / "cache", 0, lambda _: None)


def test_a_folder_of_somebody_else_is_not_served(world: World, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    with pytest.raises(BadSite, match="holds no atlas"):
        serve(tmp_path / "home", world.cache, 0, lambda _: None)


def test_a_port_that_is_taken_is_told(world: World) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=rf"port {port} cannot be used: Address already in use"):
            serve(world.site, world.cache, port, lambda _: None)


def test_without_its_extra_it_says_how_to_install_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtra, match=r"pip install 'vgg-atlas\[serve\]'"):
        serve(world.site, world.cache, 0, lambda _: None)


def test_an_interrupt_ends_it_quietly_and_tensorflow_was_never_imported(world: World) -> None:
    code = (
        "import sys; from pathlib import Path; from generator.workflows.serve import serve;"
        "print(serve(Path(sys.argv[1]), Path(sys.argv[2]), 0, lambda _: None, lambda port, _: print(port, flush=True))"
        ".lines()[0]);"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(world.site), str(world.cache)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        served = Served(int(process.stdout.readline()), [])
        assert until(lambda: _answers(served))
        waiting = threading.Thread(target=served.wait, args=(served.version(),))
        waiting.start()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
        waiting.join(PATIENCE_S)
    assert (process.returncode, out, err) == (0, f"no longer serving {world.site}\n", "")
