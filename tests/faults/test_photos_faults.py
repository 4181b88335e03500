"""Reading photographs is killed again and again: nothing stored is lost or read twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import photo_cases as cases
import pytest
from soaking import TIMEOUT_S

from generator.catalogue import LAYERS
from generator.store import open_store

KILLS, KILLS_SOAKING = 2, 100
PHOTOGRAPHS = 12
HERE = Path(__file__).parent
SHARED = (HERE, HERE.with_name("workers"), HERE.parents[1])

pytestmark = pytest.mark.timeout(TIMEOUT_S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("taken") / "photos"
    for number in range(1, PHOTOGRAPHS + 1):
        cases.save(folder / f"{number}.png", number)
    return folder


def reading(folder, cache):
    command = [sys.executable, str(HERE / "fault_photos.py"), str(folder), str(cache)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, SHARED))}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def stored(cache):
    """Return the digests of what is stored; all of it sound, and the sums over just these photographs."""
    if not cache.exists():
        return frozenset()
    with open_store(cache, write=True) as store:
        assert store.photos.recovered == ()
        found = frozenset(one.sha256 for one in store.photos.photographs("photos"))
        assert store.photos.counted("photos") == found
        for layer in LAYERS if found else ():
            assert store.photos.sums("photos", layer.name).places == 16 * len(found)
        return found


def everything(cache):
    with open_store(cache, write=False) as store:
        return [
            [getattr(store.photos, name)("photos", layer.name) for name in ("peaks", "places", "ranks")]
            + [store.photos.sums("photos", layer.name).products.round(3)]
            for layer in LAYERS
        ]


def test_reading_may_be_killed_at_any_moment(folder, tmp_path, soak, tally):
    began = time.monotonic()
    process = reading(folder, tmp_path / "whole")
    assert process.communicate()[0] == f"{PHOTOGRAPHS}\n"
    takes_s, whole = time.monotonic() - began, everything(tmp_path / "whole")
    moments, kills, run = np.random.default_rng(0), 0, 0
    while kills < (KILLS_SOAKING if soak else KILLS):
        cache, run, before, ended = tmp_path / f"cache {run}", run + 1, frozenset(), False
        while not ended:
            process = reading(folder, cache)
            try:
                said, _ = process.communicate(timeout=float(moments.uniform(0.3, 1.1) * takes_s))
                assert said == f"{PHOTOGRAPHS - len(before)}\n", "what was stored was read again"
                ended = True
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills += 1
            after = stored(cache)
            assert before <= after
            before = after
        assert len(before) == PHOTOGRAPHS
        for found, expected in zip(everything(cache), whole, strict=True):
            for one, other in zip(found, expected, strict=True):
                assert np.allclose(one, other)
    tally["kills of the reading of photographs"] += kills
