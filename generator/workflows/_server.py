"""The preview's web application: the files of one site, on this machine alone, with a page that reloads itself.

The published pages hold nothing of this: the server adds one external script to each page as it passes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from generator.errors import BadSite
from generator.publish.folder import checked_address, has_plain_folders, read_plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

    from generator.workflows._preview import Preview

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "svg": "image/svg+xml",
    "avif": "image/avif",
    "webp": "image/webp",
    "png": "image/png",
}
RELOAD: Final = "_atlas/reload.js"
WAIT: Final = "_atlas/wait.js"

# A script, since the pages' policy allows scripts of their own origin and no other connection. It asks for the next
# script and is answered when something has changed, or after a while with the same question.
_SCRIPT: Final = """"use strict";
(function () {{
  function ask() {{
    var question = document.createElement("script");
    question.src = "/{wait}?since={version}&at=" + Date.now();
    question.onerror = function () {{ setTimeout(ask, 1000); }};
    document.head.append(question);
  }}
  if (document.readyState === "complete") ask();
  else addEventListener("load", ask);
}})();
"""
_RELOAD_NOW: Final = "location.reload();\n"
_ASK_EVERY_S: Final = 20.0
_LOOK_EVERY_S: Final = 0.05


def make_app(site: Path, preview: Preview, is_ending: Callable[[], bool]) -> Starlette:
    """Return the application that serves `site`, and what `preview` has in its place, to this machine's browsers."""

    async def wait(request: Request) -> Response:
        since = request.query_params.get("since", "")
        for _ in range(round(_ASK_EVERY_S / _LOOK_EVERY_S)):
            if str(preview.version) != since:
                return _response(_RELOAD_NOW.encode(), "js")
            if is_ending():
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        return _response(_question(preview), "js")

    async def reload(_: Request) -> Response:
        return _response(_question(preview), "js")

    async def file(request: Request) -> Response:
        return await run_in_threadpool(_answer, site, preview, request.path_params["address"])

    routes = [Route(f"/{WAIT}", wait), Route(f"/{RELOAD}", reload), Route("/{address:path}", file)]
    # A page elsewhere can point a name of its own at 127.0.0.1; the name then gives it away.
    known = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
    return Starlette(routes=routes, middleware=[known])


def _answer(site: Path, preview: Preview, address: str) -> Response:
    """Return the file at `address`, the index of a folder, or the page for what does not exist."""
    if address and not address.endswith("/") and _found(site, preview, f"{address}/index.html"):
        return RedirectResponse(f"/{address}/", headers=HEADERS)
    wanted = f"{address}index.html" if not address or address.endswith("/") else address
    data = _found(site, preview, wanted)
    if data is None:
        return _response(_found(site, preview, "404.html") or b"not found\n", "html", 404)
    return _response(data, wanted.rpartition(".")[2])


def _found(site: Path, preview: Preview, address: str) -> bytes | None:
    """Return what stands at an address of the site: a plain file, reached through plain folders, not hidden."""
    try:
        checked_address(address)
    except BadSite:
        return None
    if any(part.startswith(".") for part in address.split("/")):
        return None
    live = preview.file(address)
    if live is not None:
        return live
    return read_plain(site / address) if has_plain_folders(site, address) else None


def _response(data: bytes, kind: str, status: int = 200) -> Response:
    if kind == "html":
        data = data.replace(b"</head>", f'<script defer src="/{RELOAD}"></script></head>'.encode(), 1)
    return Response(data, status, HEADERS, TYPES.get(kind, "application/octet-stream"))


def _question(preview: Preview) -> bytes:
    return _SCRIPT.format(wait=WAIT, version=preview.version).encode()
