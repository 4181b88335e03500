"""The preview: one site, on this machine alone, that shows an edit of a template at once."""

from __future__ import annotations

import re
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from generator.errors import BadInput, BadSite, MissingExtra
from generator.workflows.serve import LOOPBACK, serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.rendering.conftest import Served, World


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


def test_every_kind_of_file_has_its_type(served: Served) -> None:
    types = {
        "index.html": "text/html; charset=utf-8",
        "data/manifest.json": "application/json",
        "data/natural/block1_conv1.js": "text/javascript; charset=utf-8",
        "images/natural/block1_conv1/000.avif": "image/avif",
        "images/natural/block1_conv1/000-maps.webp": "image/webp",
        "images/natural/block1_conv1/losses.svg": "image/svg+xml",
        "data/natural/block1_conv1.cross.npy": "application/octet-stream",
    }
    assert {name: served.get(f"/{name}")[1]["content-type"] for name in types} == types


def test_a_folder_is_its_index_page(world: World, served: Served) -> None:
    assert b"<title>" in served.get("/")[2]
    assert served.get("/block1_conv1/")[2] == served.get("/block1_conv1/index.html")[2]
    status, headers, _ = served.get("/block1_conv1")
    assert (status, headers["location"]) == (307, "/block1_conv1/")
    del world


def test_a_folder_without_an_index_page_is_never_listed(served: Served) -> None:
    for path in ("/data/", "/images/natural/", "/images", "/assets/"):
        status, _, data = served.get(path)
        assert status == 404, path
        assert b"natural" not in data.replace(b"natural</a>", b"") or b".avif" not in data, path


def test_what_does_not_exist_gets_the_page_that_says_so(world: World, served: Served) -> None:
    status, headers, data = served.get("/block9_conv9/000.html")
    title = re.search(rb"<title>.*?</title>", (world.site / "404.html").read_bytes())
    assert title
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert title[0] in data


def test_nothing_outside_the_site_hidden_or_behind_a_link_is_served(world: World, served: Served) -> None:
    (world.site.parent / "secret").write_text("the secret")
    (world.site / "link").symlink_to(world.site.parent / "secret")
    (world.site / "linked").symlink_to(world.site.parent)
    (world.site / "inner.html").symlink_to(world.site / "index.html")
    for path in (
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
    ):
        status, _, data = served.get(path)
        assert status == 404, path
        assert b"the secret" not in data, path
        assert b"root:" not in data, path


def test_it_listens_on_the_loopback_alone(served: Served) -> None:
    others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {LOOPBACK}
    for address in others | {"127.0.0.2"}:
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex((str(address), served.port)) != 0


def test_a_foreign_name_for_this_machine_is_refused(served: Served) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        assert served.get("/index.html", host=host)[0] == 400, host


def test_the_policy_of_the_pages_is_also_a_header(world: World, served: Served) -> None:
    _, headers, data = served.get("/index.html")
    meta = re.search(r'Content-Security-Policy" content="([^"]*)"', (world.site / "index.html").read_text())
    assert meta
    assert set(meta[1].split("; ")) <= set(headers["content-security-policy"].split("; "))
    assert b"<script>" not in data


def test_nothing_can_be_sent_to_it(served: Served) -> None:
    assert [served.get("/index.html", method=method)[0] for method in ("POST", "PUT", "DELETE")] == [405] * 3


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
