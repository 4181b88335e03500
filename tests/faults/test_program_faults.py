"""The program itself, with the real weights, is killed again and again until its atlas is there."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from soaking import TIMEOUT_S

from generator.publish.site import LOCK
from generator.store import open_store
from generator.workflows.verify import verify_cache_and_site

KILLS, KILLS_SOAKING = 1, 200
FILTERS = 12
WORDS = [
    *("build", "--recipe", "draft", "--layer", "block1_conv2", "--filters", f"0-{FILTERS - 1}"),
    *("--size", "32", "--steps", "40", "--batch-size", "4", "--precision", "float32"),
]

pytestmark = [pytest.mark.real, pytest.mark.timeout(TIMEOUT_S)]


def begun(folder):
    """Start a build and return its process, and what it said first: what it computes, or that all is done."""
    command = [sys.executable, "-m", "generator", *WORDS]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return process, process.stderr.readline()


def ended_within(process, first, seconds):
    """Tell whether the process ended by itself; kill it when the time is up."""
    try:
        assert (first + process.communicate(timeout=seconds)[1]).endswith("pages: 1 of 1\n")
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    assert process.returncode == 0
    return True


def rows(folder):
    if not (folder / ".atlas").exists():
        return {}
    with open_store(folder / ".atlas", write=False) as store:
        return {row.filter: row for row in store.rows()}


def contents(folder):
    """Return the pictures by address, decoded, and the addresses of all else that a build leaves."""
    kept = [*folder.glob("site/**/*"), *folder.glob(".atlas/starts/*")]
    files = {path.relative_to(folder).as_posix(): path for path in kept if path.is_file() and path.name != LOCK}
    with open_store(folder / ".atlas", write=False) as store:
        pictures = {one.filter: store.picture(one) for one in store.layer("draft", "block1_conv2").filters}
    return sorted(files), pictures


def are_alike(pictures, others):
    """Tell whether these are the same pictures but for rounding: sums depend on how many are left for a batch."""
    return pictures.keys() == others.keys() and all(
        np.abs(pictures[place].astype(int) - others[place]).mean() < 1 for place in pictures
    )


def test_a_build_that_is_killed_until_it_is_done_gives_the_atlas_of_an_undisturbed_one(tmp_path, soak, tally):
    whole = tmp_path / "whole"
    whole.mkdir()
    build, began = begun(whole), time.monotonic()
    assert ended_within(*build, 300)
    takes_s = time.monotonic() - began
    moments, kills = np.random.default_rng(0), 0
    while kills < (KILLS_SOAKING if soak else KILLS):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        done, within_s = False, takes_s
        while not done:
            before = rows(folder)
            done = ended_within(*begun(folder), float(moments.uniform(0.4, 0.9) * within_s))
            after = rows(folder)
            assert {place: after.get(place) for place in before} == before
            kills += not done
            within_s *= 1.05  # on a machine that has become slower too, the end is reached
        assert len(after) == FILTERS
        report = verify_cache_and_site(folder / ".atlas", folder / "site")
        assert report.is_sound
        assert report.strangers == ()
        (files, pictures), (expected, others) = contents(folder), contents(whole)
        assert files == expected
        assert are_alike(pictures, others)
    tally["kills of the program"] += kills
