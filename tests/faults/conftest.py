"""Fixtures of the fault harness: a place on a fast disk, and processes in which things go wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from fault_calls import library_for
from soaking import SOAK

HERE = Path(__file__).parent


class Server:
    """A process that runs disturbed builds; `levels` are the kinds of failing calls that it can make."""

    def __init__(self, process, levels):
        self._process, self.levels = process, levels

    def ask(self, **request):
        self._process.stdin.write(json.dumps(request, default=str) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


TALLY: Counter[str] = Counter()


@pytest.fixture(scope="session")
def tally():
    """Counts what was done to builds; the end of the test run tells it."""
    return TALLY


def pytest_terminal_summary(terminalreporter):
    if TALLY:
        told = ", ".join(f"{count} {what}" for what, count in sorted(TALLY.items()))
        terminalreporter.write_line(f"builds disturbed and mended: {told}")


@pytest.fixture(scope="session")
def soak():
    """Whether every combination is wanted, as `make soak` sets it, rather than each point with some."""
    return SOAK


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    compiler = shutil.which("cc") if sys.platform == "linux" else None
    shared = (HERE, HERE.with_name("workers"), HERE.parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(path) for path in shared)}
    levels = ["python"]
    if compiler:
        environment["LD_PRELOAD"] = str(library_for(tmp_path_factory.mktemp("library"), compiler))
        levels.append("native")
    command = [sys.executable, str(HERE / "fault_server.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        yield Server(process, levels)
        process.stdin.close()


@pytest.fixture
def place(tmp_path):
    """A folder for many small builds: in memory where there is such a disk, else anywhere."""
    shared = Path("/dev/shm")  # noqa: S108 - only to be fast
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=shared)))
        folder.chmod(0o755)
        yield folder
