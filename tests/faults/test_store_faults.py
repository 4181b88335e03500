"""Whatever fails and whenever: no finished filter is lost, and the next build ends as an undisturbed one does."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections import Counter
from itertools import cycle, product

import fault_work
import numpy as np
import pytest
from fault_work import WORKS
from soaking import TIMEOUT_S

CODES = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE)
*_, OLD_CACHE = WORKS
TROUBLES = ("once", "keep", "kill")
"""The call fails, or it and all that follow, or the process ends there."""
PAGE = 4096
LARGEST = 30 * PAGE
"""More than any file of the cache."""

pytestmark = pytest.mark.timeout(TIMEOUT_S)


class Trial:
    """One cache in which builds are disturbed, again and again from the same start."""

    def __init__(self, server, name, folder):
        self.server, self.name, self.work = server, name, WORKS[name]
        self.start, self.cache = folder / "start", folder / "cache"
        fault_work.prepare(self.work, self.start)
        self.reset()
        built = fault_work.build(self.work, self.cache)
        self.before, self.wanted = built.found, built.computed
        self.right = fault_work.snapshot(self.cache)
        again = fault_work.build(self.work, self.cache)
        assert again.computed == 0
        self.kept = dict(built.found.items() & again.found.items())
        assert fault_work.snapshot(self.cache) == self.right
        self.disturbed = 0

    def reset(self):
        shutil.rmtree(self.cache, ignore_errors=True)
        if self.start.exists():
            shutil.copytree(self.start, self.cache)

    def disturb(self, **request):
        """Run one disturbed build from the start; hold the cache, and what was said, against the promises."""
        self.reset()
        reply = self.run(**request)
        self.check(reply, request)
        return reply

    def run(self, **request):
        reply = self.server.ask(folder=self.cache, work=self.name, **request)
        self.disturbed += 1
        if reply["end"] == "crashed":
            pytest.fail(f"{request}\n{reply['said']}")
        if reply["end"] == "refused":
            assert is_one_sentence(reply["said"]), (request, reply["said"])
        return reply

    def check(self, reply, request):
        acknowledged = dict(line["done"] for line in reply["lines"])
        built = fault_work.build(self.work, self.cache)
        for place, told in acknowledged.items():
            assert built.found.get(place) == told, (request, f"filter {place} was finished and is lost")
        assert self.before.keys() <= built.found.keys(), (request, "what stood there before is lost")
        assert self.kept.items() <= built.found.items(), (request, "what was measured before is lost")
        assert built.computed <= self.wanted - len(acknowledged), request
        assert fault_work.snapshot(self.cache) == self.right, request


def is_one_sentence(said):
    kind, _, text = said.partition(": ")
    return kind in {"WorkFailed", "BadCache"} and text.endswith(".") and "\n" not in text and ". " not in text


def disturbances(trial, level, soak):
    """Each call of an undisturbed build with each trouble; without `make soak` every fourth call or so with one.

    The steps are irregular: regular ones would always meet the same call of every file.
    """
    trial.reset()
    calls = trial.run(level=level)["seen"]
    assert calls > 50
    if soak:
        return product(range(1, calls + 1), TROUBLES)
    steps = np.random.default_rng(0).integers(1, 8, calls).cumsum()
    return zip(steps[steps <= calls].tolist(), cycle(TROUBLES), strict=False)


@pytest.mark.parametrize("name", WORKS)
def test_every_call_that_touches_the_disk_may_fail_or_be_the_last(server, place, name, soak, tally):
    trial, done = Trial(server, name, place), Counter()
    for level in server.levels if soak else server.levels[-1:]:
        for at, trouble in disturbances(trial, level, soak):
            code = CODES[at // len(TROUBLES) % len(CODES)]
            reply = trial.disturb(level=level, at=at, code=code, **{trouble: True})
            if trouble == "kill":
                assert reply["end"] == "killed"
            else:
                assert reply["seen"] >= at, (reply, "the fault was never reached")
            done[trouble] += 1
    tally["kills at a call"] += done["kill"]
    tally["calls failed"] += done.total() - done["kill"]


def test_every_file_may_reach_a_limit_of_its_size(server, place, soak, tally):
    trial = Trial(server, OLD_CACHE, place)
    ends = [trial.disturb(file_size=size)["end"] for size in range(0, LARGEST, 512 if soak else 4 * PAGE)]
    assert ends[0] == "refused"
    assert ends[-1] == "finished"
    tally["limits reached"] += ends.count("refused")


def test_a_process_may_run_out_of_open_files(server, place, tally):
    trial = Trial(server, OLD_CACHE, place)
    ends = [trial.disturb(free_files=number)["end"] for number in range(12)]
    assert ends[0] == "refused"
    assert ends[-1] == "finished"
    tally["limits reached"] += ends.count("refused")


@pytest.fixture
def small_disk(place):
    """A real disk of a few kilobytes, and how to give it another size; None where this process may mount none."""
    folder = place / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    allowed = os.geteuid() == 0 and mount and not _run(mount, "-t", "tmpfs", "-o", "size=16m", "atlas-test", folder)
    if not allowed:
        yield None
        return
    try:
        yield folder, lambda size: _run(mount, "-o", f"remount,size={size}", folder)
    finally:
        _run(shutil.which("umount"), folder)


def _run(*command):
    return subprocess.run(command, check=False, capture_output=True).returncode


def test_a_disk_may_fill_up(server, place, small_disk, soak, tally):
    trial = Trial(server, OLD_CACHE, place)
    if small_disk is None:
        return_to_limits(trial)
        return
    folder, resize = small_disk
    trial.cache = folder / "cache"
    ends = []
    for pages in range(2, 2 * LARGEST // PAGE, 1 if soak else 8):
        trial.reset()
        if resize(pages * PAGE) != 0:
            continue  # what stands there at the start is larger
        reply = trial.run()
        resize("16m")
        trial.check(reply, {"pages": pages})
        ends.append(reply["end"])
    assert "refused" in ends
    assert ends[-1] == "finished"
    tally["full disks"] += ends.count("refused")


def return_to_limits(trial):
    """Where no disk can be mounted, a limit on the size of files is what fills up."""
    ends = {trial.disturb(file_size=size)["end"] for size in range(0, LARGEST, 4 * PAGE)}
    assert ends == {"refused", "finished"}


@pytest.mark.parametrize("name", WORKS)
def test_a_cache_that_may_only_be_read_is_refused_in_words(server, place, name):
    trial = Trial(server, name, place)
    trial.cache.mkdir(exist_ok=True)
    reply = trial.run(as_reader=True)
    assert reply["end"] == "refused"
    assert reply["said"].startswith(f"BadCache: the cache {trial.cache} cannot be written: Permission denied")
