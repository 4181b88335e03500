"""How fast a built site is in Chromium with a slow network and a slow processor, beside the budgets.

Run `python tests/bench/bench_site.py SITE` on a site that holds a layer of 512 filters. Nothing is asserted: timings
belong to the machine. The network is Lighthouse's slow 4G (1.6 Mbit/s, 150 ms), the processor four times slower.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import sys
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
SCREENS = {"phone": (360, 740, 2), "desktop": (1280, 900, 1)}
FIRST_SCREEN_BYTES = {"phone": 350_000, "desktop": 950_000}
REPEATS = 5
PATIENCE_MS = 300_000

WATCH = """
window.seen = { paint: 0, shift: 0 };
new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.paint = each.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.shift += each.value; })
    .observe({ type: "layout-shift", buffered: true });
"""

# From the reader's input to the paint that shows it: a message sent in a frame's callback arrives after that frame.
ACT = """([selector, value]) => new Promise((done) => {
    const control = document.querySelector(selector);
    if (control.type === "radio") control.checked = true; else control.value = value;
    const began = performance.now();
    control.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => done(performance.now() - began);
        channel.port2.postMessage(0);
    });
})"""

ACTIONS = {
    "sort by strength": ("[name=sort][value=strength]", ""),
    "sort by likeness": ("[name=sort][value=likeness]", ""),
    "sort by number": ("[name=sort][value=number]", ""),
    "threshold": ("[name=least]", "300"),
    "no threshold": ("[name=least]", "0"),
    "one status": ("[name=status]", "active"),
    "every status": ("[name=status]", "all"),
    "large cards": ("[name=size]", "l"),
    "medium cards": ("[name=size]", "m"),
}
FIND = {"find a word": ("#word", "dog"), "find another": ("#word", "church")}


class _Packing(SimpleHTTPRequestHandler):
    """A plain web server that packs texts, as every host of static sites does."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in {".html", ".css", ".js", ".svg"} or not path.is_file():
            super().do_GET()
            return
        packed = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)


def main() -> None:
    """Measure the site named on the command line and print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("site", type=Path, help="folder of a built site")
    site = asked.parse_args().site
    wall = _fullest_wall(site)
    pages = ("index.html", wall, wall.replace("index.html", "000.html"), wall.replace("index.html", "cross.html"))
    with _served(site) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for screen in SCREENS:
            for address in pages:
                _say(f"{screen} {address}", **_load(browser, base + address, screen))
        acted = {wall: ACTIONS, **({"find.html": FIND} if (site / "find.html").exists() else {})}
        for address, actions in acted.items():
            for name, times in _act(browser, base + address, actions).items():
                _say(f"desktop {address}, {name}", best_ms=min(times), median_ms=median(times), slowest_ms=max(times))
        browser.close()
    _say("on the disk", megabytes=sum(each.stat().st_size for each in site.rglob("*") if each.is_file()) / 1e6)


def _fullest_wall(site: Path) -> str:
    walls = [path for path in site.glob("block*/index.html") if (path.parent / "000.html").exists()]
    if not walls:
        sys.exit(f"{site} holds no layer.")
    fullest = max(walls, key=lambda path: len(list(path.parent.glob("[0-9]*.html"))))
    return fullest.relative_to(site).as_posix()


def _load(browser: Browser, address: str, screen: str) -> dict[str, float]:
    """Load a page cold and return its paint, its shift and what it moved over the network."""
    page, received = _slow_page(browser, screen)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    seen = page.evaluate("seen")
    page.context.close()
    measured = {"largest_paint_ms": seen["paint"], "shift": seen["shift"], "kilobytes": sum(received) / 1000}
    return measured | {"of": FIRST_SCREEN_BYTES[screen] / 1000}


def _act(browser: Browser, address: str, actions: dict[str, tuple[str, str]]) -> dict[str, list[float]]:
    page, _ = _slow_page(browser, "desktop")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(REPEATS):
        for name, action in actions.items():
            times[name].append(page.evaluate(ACT, list(action)))
            page.wait_for_timeout(300)
    page.context.close()
    return times


def _slow_page(browser: Browser, screen: str) -> tuple[Page, list[int]]:
    width, height, density = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=density)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    received: list[int] = []
    session: Any = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, received


def _say(what: str, **figures: float) -> None:
    told = ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in figures.items())
    sys.stdout.write(f"{what}: {told}\n")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Packing, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
