"""Whenever a build or a rendering is killed: the site can be looked at, and the next run ends as an undisturbed one."""

from __future__ import annotations

import shutil
import time

import fault_atlas
import numpy as np
import pytest
from fault_atlas import BATCH, FILTERS, SHOWN
from site_checks import Addresses
from soaking import TIMEOUT_S

from generator.publish.ledger import MARKER
from generator.publish.site import LOCK, open_site
from generator.store import open_store
from generator.workflows.verify import verify_cache_and_site

KILLS, KILLS_SOAKING = 16, 1000

pytestmark = pytest.mark.timeout(TIMEOUT_S)


class Atlas:
    """A folder with cache and site, and the processes that work on it."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.cache, self.site = folder / "cache", folder / "site"
        if not folder.exists():
            fault_atlas.prepare(folder)

    def run(self, work, **request):
        reply = self.server.ask(work=work, folder=self.folder, **request)
        assert reply["end"] in ("killed", "finished"), (request, reply["said"])
        return reply

    def build(self, **request):
        return self.run("build an atlas", **request)

    def render(self, **request):
        return self.run("render an atlas", below=str(self.site), **request)

    def finished(self):
        """Return what is done with: a picture that comes back by its file, its row lost, is still to be measured."""
        with open_store(self.cache, write=False) as store:
            return {(found.layer, found.filter) for found, one in store.stored("draft").items() if one.measured}

    def has_dead_links(self):
        """Tell whether a reader who begins at the index can come to a file that is not there."""
        reached, waiting = set(), [self.site / "index.html"] if (self.site / "index.html").exists() else []
        while waiting:
            path = waiting.pop()
            if not path.is_file():
                return True
            if path not in reached:
                reached.add(path)
                waiting += Addresses(path).files() if path.suffix == ".html" else []
        return False

    def opened(self):
        """Return what the site shows once the next program has opened it."""
        with open_site(self.site):
            pass
        return shown(self.site)

    def everything(self):
        """Return all that stands at the end but the index, whose rows are held against the pictures here."""
        report = verify_cache_and_site(self.cache, self.site)
        assert report.is_sound, report
        assert report.strangers == ()
        assert report.rows == report.pictures == len(self.finished())
        return contents(self.site), contents(self.cache / "images")


def contents(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def shown(site):
    return {address: data for address, data in contents(site).items() if address != MARKER}


@pytest.fixture(autouse=True)
def _disguised(monkeypatch):
    """Build here as the server does, and leave the true work to the tests that follow."""
    fault_atlas.disguise(monkeypatch.setattr)


@pytest.fixture
def stages(server, place):
    """The site as it is before a build, after its first layer and after its last; and a whole undisturbed atlas."""
    first, whole = Atlas(server, place / "first"), Atlas(server, place / "whole")
    fault_atlas.build(first.folder, layers=SHOWN[:1])
    whole.build()
    return [{}, shown(first.site), shown(whole.site)], whole


def test_a_build_may_be_killed_at_any_moment(server, place, stages, soak, tally):
    states, whole = stages
    began = time.monotonic()
    Atlas(server, place / "timed").build()
    takes_s = time.monotonic() - began
    moments, kills, builds = np.random.default_rng(0), 0, 0
    while kills < (KILLS_SOAKING if soak else KILLS):
        atlas, builds = Atlas(server, place / f"build {builds}"), builds + 1
        ended, within_s = False, takes_s
        while not ended:
            before = atlas.finished()
            reply = atlas.build(kill_after_s=float(moments.uniform(0, within_s)))
            after, ended = atlas.finished(), reply["end"] == "finished"
            begun = {tuple(place) for line in reply["lines"] for place in line.get("began", ())}
            assert before <= after
            assert len(after - before) >= sum("stored" in line for line in reply["lines"])
            assert not begun & before, "a finished filter was computed again"
            assert len(begun - after) <= BATCH, "more than one batch is to be computed again"
            assert not atlas.has_dead_links()
            assert atlas.opened() in states
            kills += not ended
            within_s *= 1.1  # on a machine that has become slower too, the end is reached
        assert len(atlas.finished()) == len(SHOWN) * FILTERS
        assert atlas.everything() == whole.everything()
        shutil.rmtree(atlas.folder)
    tally["kills of a whole build at random"] += kills


@pytest.mark.parametrize("layers", [0, 1], ids=["the first publication", "a change"])
def test_a_rendering_may_be_killed_at_any_call_that_touches_the_site(server, place, stages, layers, soak, tally):
    states, whole = stages
    start = Atlas(server, place / "start")
    if layers:
        fault_atlas.build(start.folder, layers=SHOWN[:layers])
    shutil.rmtree(start.cache)
    shutil.copytree(whole.cache, start.cache)
    left, at, strides = [], 1, np.random.default_rng(0)
    while True:
        shutil.rmtree(place / "atlas", ignore_errors=True)
        atlas = Atlas(server, shutil.copytree(start.folder, place / "atlas"))
        if atlas.render(level=server.levels[-1], at=at, kill=True)["end"] == "finished":
            break
        assert not atlas.has_dead_links(), f"after a kill at call {at}"
        left.append(atlas.opened())
        assert left[-1] in (states[layers], states[-1]), f"after a kill at call {at}"
        # What shows what it showed at the start is rendered as at the start.
        if soak or left[-1] != states[layers] or len(left) == 1:
            atlas.render()
            assert atlas.everything() == whole.everything(), f"after a kill at call {at}"
        # Without `make soak` by irregular steps: regular ones would always meet the same call of every file.
        at += 1 if soak else int(strides.integers(1, 13))
    assert states[-1] in left
    assert at > 50
    tally["kills of a rendering at a call"] += len(left)
