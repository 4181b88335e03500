"""The preview while people work: an edit is on screen at once, a mistake is shown, an interrupt ends it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from generator.publish.site import open_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.unit.rendering.conftest import Served, World

    Serving = Callable[[World], AbstractContextManager[Served]]


def test_an_edit_of_a_template_is_on_screen_at_once_and_on_disk_soon_after(
    world: World, templates: Path, serving: Serving
) -> None:
    with serving(world) as served:
        before, started = served.version(), time.monotonic()
        page = templates / "pages" / "404.html"
        page.write_text(page.read_text().replace("{% block main %}", "{% block main %}<p>fresh words</p>"))
        assert served.wait(before) == b"location.reload();\n"
        assert b"fresh words" in served.get("/block1_conv1/nothing.html")[2]
        # Measured at 0.2 s; the rest is for a machine that has other things to do.
        assert time.monotonic() - started < 3.0
        assert served.until(lambda: b"fresh words" in (world.site / "404.html").read_bytes())
        assert served.until(lambda: any("of the site written" in note for note in served.notes))


def test_an_edit_of_a_style_is_served_under_its_new_name_at_once(
    world: World, templates: Path, serving: Serving
) -> None:
    with serving(world) as served:
        before = served.version()
        with (templates / "assets" / "atlas.css").open("a") as style:
            style.write("/* fresh style */\n")
        assert served.wait(before) == b"location.reload();\n"
        for path in ("/index.html", "/block3_conv1/070.html"):
            (name,) = re.findall(rb'href="?[./]*(assets/atlas\.[0-9a-f]{8}\.css)[">]', served.get(path)[2])
            assert b"fresh style" in served.get(f"/{name.decode()}")[2]


def test_a_mistake_in_a_template_is_shown_and_mended_without_a_new_start(
    world: World, templates: Path, serving: Serving
) -> None:
    page = templates / "pages" / "method.html"
    right = page.read_text()
    before_files = world.files()
    with serving(world) as served:
        version = served.version()
        page.write_text(right + "{% if %}")
        assert served.wait(version) == b"location.reload();\n"
        assert b"TemplateSyntaxError" in served.get("/method.html")[2]
        assert b"_atlas/reload.js" in served.get("/method.html")[2]
        assert served.until(lambda: any("the site was left as it is" in note for note in served.notes))
        assert world.files() == before_files
        version = served.version()
        page.write_text(right)
        assert served.wait(version) == b"location.reload();\n"
        assert b"TemplateSyntaxError" not in served.get("/method.html")[2]


def test_a_publication_by_somebody_else_reloads_the_page_once(world: World, serving: Serving) -> None:
    with serving(world) as served:
        before = served.version()
        world.put("block3_conv1", 0)
        world.render()
        assert served.wait(before) == b"location.reload();\n"
        time.sleep(0.3)
        assert served.version() == str(int(before) + 1)


def test_the_site_is_brought_up_to_date_at_the_start(unpublished: World, serving: Serving) -> None:
    with serving(unpublished) as served:
        assert served.get("/block3_conv1/070.html")[0] == 200


def test_a_site_without_its_cache_is_served_as_it_is(world: World, tmp_path: Path, serving: Serving) -> None:
    world.cache = tmp_path / "gone"
    before = world.times()
    with serving(world) as served:
        assert served.get("/index.html")[0] == 200
    assert world.times() == before


def test_a_site_that_is_being_published_is_served_meanwhile(world: World, serving: Serving) -> None:
    with open_site(world.site), serving(world) as served:
        assert served.get("/index.html")[0] == 200
        assert any("another program is publishing" in note for note in served.notes)


def test_an_interrupt_ends_it_quietly_and_tensorflow_was_never_imported(world: World, look_at: type[Served]) -> None:
    code = (
        "import sys; from pathlib import Path; from generator.workflows.serve import serve;"
        "print(serve(Path(sys.argv[1]), Path(sys.argv[2]), 0, lambda _: None, lambda port, _: print(port, flush=True))"
        ".site);"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(world.site), str(world.cache)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        served = look_at(int(process.stdout.readline()), [])
        assert served.answers()
        waiting = threading.Thread(target=served.wait, args=(served.version(),))
        waiting.start()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        waiting.join(20)
    assert (process.returncode, out, err) == (0, f"{world.site}\n", "")
