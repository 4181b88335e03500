"""Pages straight from the store, for a template that has just been edited: nothing is written, one page is rendered."""

from __future__ import annotations

from contextlib import suppress
from html import escape
from threading import Lock
from typing import TYPE_CHECKING

from generator.errors import AtlasError
from generator.store import open_store
from generator.workflows._pages import Surroundings, page_text, surroundings
from generator.workflows.render import pictures_of, read_atlas

if TYPE_CHECKING:
    from pathlib import Path

    from generator.render.inputs import Atlas


class Preview:
    """What the site would hold if it were published now. Any thread may ask it.

    It answers only between an edit of the templates and the end of the publication that follows; `version` grows with
    every change that a browser should show.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._lock = Lock()
        self._atlas: Atlas | None = None
        self._around: Surroundings | None = None
        self._is_behind = False
        self.version = 0

    def read(self) -> None:
        """Read the store ahead of the first edit, so that it is answered at once."""
        with self._lock, suppress(AtlasError):
            self._stored()

    def edited(self) -> None:
        """Take the templates as they are now and answer from the store, until `published`."""
        with self._lock:
            self._around = None
            self.version += 1
            self._is_behind = True

    def published(self, version: int) -> None:
        """Leave the answers to the site again, if nothing was edited after `version` was published."""
        with self._lock:
            if self.version == version:
                self._is_behind = False

    def changed(self) -> None:
        """Forget what was read from the store: the site has changed."""
        with self._lock:
            self._atlas = None
            self.version += 1

    def file(self, address: str) -> bytes | None:
        """Return a page or an asset as it would be published; None when the site's own file will do."""
        with self._lock:
            if not self._is_behind:
                return None
            try:
                return self._made(address)
            except Exception as trouble:  # noqa: BLE001  # whoever made a mistake in a template is looking
                return _mistake(trouble) if address.endswith(".html") else None

    def _made(self, address: str) -> bytes | None:
        around = self._around = self._around or surroundings()
        for asset in around.assets:
            if asset.address == address:
                return asset.data
        if not address.endswith(".html"):
            return None
        atlas = self._stored()
        page = page_text(atlas, pictures_of(atlas), around, address)
        return None if page is None else page.encode()

    def _stored(self) -> Atlas:
        if self._atlas is None:
            with open_store(self._cache, write=False) as store:
                self._atlas = read_atlas(store)
        return self._atlas


def _mistake(trouble: Exception) -> bytes:
    """Return a page that tells what is wrong with a template."""
    where = getattr(trouble, "filename", None) or getattr(trouble, "name", None) or "a template"
    line = getattr(trouble, "lineno", None)
    place = f"{where}, line {line}" if line else str(where)
    said = escape(f"{place}: {type(trouble).__name__}: {trouble}")
    head = '<html lang="en"><head><title>Mistake in a template</title></head>'
    return f"<!doctype html>{head}<body><pre>{said}</pre></body></html>".encode()
