"""`atlas serve`: the site on this machine alone, published again when a template changes, reloaded when it changes."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Final

from generator.errors import AtlasError, BadInput, BadSite, MissingExtra, SiteInUse
from generator.publish.ledger import SUMS, is_ours
from generator.records import Note
from generator.render.environment import templates_folder
from generator.workflows._preview import Preview
from generator.workflows._report import Report
from generator.workflows.render import render_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generator.records import Event

LOOPBACK: Final = "127.0.0.1"
_STEP_MS: Final = 50
_SETTLED_MS: Final = 500


@dataclass(frozen=True, slots=True)
class _State:
    """The templates' files and the site's checksums, as far as a look at the folders tells."""

    templates: tuple[tuple[str, tuple[int, int, int] | None], ...]
    sums: tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class ServeReport(Report):
    """A preview that has ended."""

    site: str


def serve(
    site: Path,
    cache: Path,
    port: int,
    on_event: Callable[[Event], None],
    on_ready: Callable[[int, Callable[[], None]], None] | None = None,
) -> ServeReport:
    """Serve `site` on 127.0.0.1 until it is interrupted; the site is brought up to date with `cache` first.

    `on_ready` is told the port and a function that ends the preview.

    Raises:
        MissingExtra: starlette, uvicorn or watchfiles is missing.
        BadInput: the port is taken; or there is neither a site nor anything to make one from.
        BadSite, BadCache, WorkFailed: a folder cannot be used.

    """
    try:
        import uvicorn  # noqa: PLC0415  # an extra
        import watchfiles  # noqa: F401, PLC0415

        from generator.workflows._server import make_app  # noqa: PLC0415
    except ImportError as missing:
        needed = "starlette, uvicorn and watchfiles"
        raise MissingExtra(f"serve needs {needed}; install them with: pip install 'vgg-atlas[serve]'.") from missing
    before = _state(site)
    _made_ready(cache, site, on_event)
    shown = replace(before, sums=_state(site).sums)
    preview, ended = Preview(cache), Flag()
    with _bound(port) as listening:
        number = listening.getsockname()[1]
        app = make_app(site, preview, lambda: server.should_exit)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False)
        server = uvicorn.Server(config)

        def end() -> None:
            server.should_exit = True

        watcher = Thread(target=_watch, args=(site, cache, preview, shown, ended, on_event), daemon=True)
        watcher.start()
        on_event(Note(f"serving {site} at http://{LOOPBACK}:{number}/ ; Ctrl-C ends it"))
        if on_ready:
            on_ready(number, end)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
        ended.set()
        watcher.join()
    return ServeReport(str(site))


def _made_ready(cache: Path, site: Path, on_event: Callable[[Event], None]) -> None:
    """Bring the site up to date; a site whose cache is not here is served as it is."""
    try:
        render_site(cache, site, on_event)
    except SiteInUse as trouble:
        on_event(Note(f"{trouble} Until then the site is shown as it is."))
    except BadSite:
        raise
    except BadInput:
        if not is_ours(site):
            raise BadSite(
                f"there is no atlas in {site}, and nothing in {cache} to make one from; build first."
            ) from None


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        # A browser that comes before the server is ready waits, where it would otherwise be turned away.
        listening.listen()
    except OSError as taken:
        listening.close()
        said = f"port {port} cannot be used: {taken.strerror}; name another with --port, or 0 for a free one."
        raise BadInput(said) from taken
    return listening


def _watch(
    site: Path, cache: Path, preview: Preview, shown: _State, ended: Flag, on_event: Callable[[Event], None]
) -> None:
    """Follow the templates and the site's checksums: an edit shows at once, and the whole site follows it.

    The file system's events only wake this up; what has changed is told by comparing with what is `shown`.
    """
    from watchfiles import watch  # noqa: PLC0415  # an extra

    preview.read()
    is_behind = False
    for changes in watch(
        *_folders(templates_folder()),
        site,
        recursive=False,
        step=_STEP_MS,
        rust_timeout=_SETTLED_MS,
        yield_on_timeout=True,
        stop_event=ended,
        raise_interrupt=False,
    ):
        now = _state(site)
        if now.templates != shown.templates:
            preview.edited()
            is_behind, shown = True, now
        elif is_behind and not changes:
            _publish(site, cache, preview, on_event)
            is_behind, shown = False, replace(shown, sums=_state(site).sums)
        elif now.sums != shown.sums and not is_behind:
            preview.changed()
            preview.read()
            shown = now


def _state(site: Path) -> _State:
    folders = _folders(templates_folder())
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    return _State(tuple((str(path), _stamp(path)) for path in files), _stamp(site / SUMS))


def _folders(templates: Path) -> list[Path]:
    return [templates, *(path for path in templates.rglob("*") if path.is_dir())]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written or replaced; None when it is not there."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _publish(site: Path, cache: Path, preview: Preview, on_event: Callable[[Event], None]) -> None:
    """Publish the whole site with the templates as they are; a mistake in one is told and leaves the old site."""
    version = preview.version
    try:
        report = render_site(cache, site)
    except AtlasError as trouble:
        on_event(Note(str(trouble)))
    except Exception as trouble:  # noqa: BLE001  # a template may hold any mistake
        on_event(Note(f"the site was left as it is: {type(trouble).__name__}: {trouble}"))
    else:
        preview.published(version)
        on_event(Note(f"{len(report.written)} files of the site written"))
