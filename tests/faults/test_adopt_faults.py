"""Adopting a site is killed again and again: what was taken stays sound, and the next run ends as if undisturbed."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from soaking import TIMEOUT_S

from generator.records import EditionRecord
from generator.store import find_damage, open_store
from generator.workflows.render import publish_site

KILLS, KILLS_SOAKING = 3, 200
LAYERS = ("block1_conv1", "block1_conv2", "block2_conv1")
FILTERS = 12
NATURAL = EditionRecord("natural", "natural", "ab" * 32, "ImageNet weights")

pytestmark = pytest.mark.timeout(TIMEOUT_S)


@pytest.fixture(scope="module")
def site(tmp_path_factory, make_result):
    folder = tmp_path_factory.mktemp("published")
    with open_store(folder / "cache", write=True) as store:
        store.ensure_edition(NATURAL)
        for layer in LAYERS:
            for number in range(FILTERS):
                store.put("natural", make_result(layer, number, size_px=16))
        publish_site(store, folder / "site")
    return folder / "site"


def adopting(site, cache):
    command = [sys.executable, "-m", "generator", "adopt", str(site), "--cache", str(cache), "--json"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def held(cache):
    """Return the digest of every picture that stands, by filter; all of them sound."""
    if not cache.exists():
        return {}
    with open_store(cache, write=True) as store:
        assert store.recovered == ()
        assert find_damage(store) == ()
        return {id_: one.sha256 for id_, one in store.stored("natural").items() if one.measured}


def test_adopting_may_be_killed_at_any_moment(site, tmp_path, soak, tally):
    began = time.monotonic()
    assert adopting(site, tmp_path / "whole").wait() == 0
    takes_s, whole = time.monotonic() - began, held(tmp_path / "whole")
    assert len(whole) == len(LAYERS) * FILTERS
    moments, kills, run = np.random.default_rng(0), 0, 0
    while kills < (KILLS_SOAKING if soak else KILLS):
        cache, run, before = tmp_path / f"cache {run}", run + 1, {}
        within_s = takes_s
        while len(before) < len(whole):
            process, started = adopting(site, cache), time.monotonic()
            try:
                assert process.wait(float(moments.uniform(0.5, 1.1) * within_s)) == 0
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
            else:  # on a machine that has become quicker the next one is killed in time
                takes_s = min(takes_s, time.monotonic() - started)
            after = held(cache)
            assert before.items() <= after.items()
            before = after
            within_s *= 1.1  # on a machine that has become slower too, the end is reached
        assert before == whole
    tally["kills of an adoption"] += kills
