"""Runs disturbed work in real processes: one JSON request a line in, one JSON reply a line out.

A program of its own, so that its children are forked from a process without threads and with the library preloaded.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from itertools import islice
from pathlib import Path

import fault_atlas
import fault_work
from fault_calls import arm_native, arm_nothing, arm_python

from generator.errors import AtlasError

WORK = {
    **{name: work.run for name, work in fault_work.WORKS.items()},
    "build an atlas": fault_atlas.build,
    "render an atlas": fault_atlas.render,
}
ARM = {"python": arm_python, "native": arm_native, "none": arm_nothing}
NOBODY = 65534
write_line = os.write  # as it is before calls are made to fail


def main() -> None:
    fault_atlas.disguise(setattr)
    with tempfile.TemporaryDirectory() as folder:
        fault_atlas.warm_up(Path(folder))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def answer(request):
    """Run disturbed work in a child and tell how it ended and what it had said by then."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        run(request, writing)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        told = list(islice(file, request.get("kill_after_lines", 0)))
        if request.get("kill_after_s") is not None:
            time.sleep(request["kill_after_s"])
            os.kill(child, signal.SIGKILL)
        lines = [json.loads(line) for line in (*told, *file) if line.endswith("\n")]
    _, status = os.waitpid(child, 0)
    reply = {"end": "killed", "said": "", "seen": -1}
    for line in lines:
        reply.update(line.get("last", {}))
    if reply["end"] == "killed" and not os.WIFSIGNALED(status):
        reply = {"end": "crashed", "said": f"exit status {status}", "seen": -1}
    return {**reply, "lines": [line for line in lines if "last" not in line]}


def run(request, writing):
    def say(value):
        write_line(writing, json.dumps(value).encode() + b"\n")

    folder = Path(request["folder"])
    seen = limited(request, folder)
    last = {"end": "finished", "said": ""}
    try:
        WORK[request["work"]](folder, say)
    except AtlasError as error:
        last = {"end": "refused", "said": f"{type(error).__name__}: {error}"}
    except BaseException:  # noqa: BLE001 - whatever it is, the test must hear of it
        last = {"end": "crashed", "said": traceback.format_exc()}
    say({"last": {**last, "seen": seen()}})


def limited(request, folder):
    """Set the limits and faults that the request asks for; return what counts the calls."""
    if request.get("file_size") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_size"],) * 2)
    if request.get("free_files") is not None:
        in_use = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + request["free_files"],) * 2)
    if request.get("as_reader"):
        only_to_be_read(folder)
    keep, kill = (bool(request.get(name)) for name in ("keep", "kill"))
    arm = ARM[request.get("level", "none")]
    return arm(request.get("below", str(folder)), request.get("at", 0), request.get("code", 0), keep=keep, kill=kill)


def only_to_be_read(folder):
    """Take from everyone the right to write to the folder, and from this process that of the superuser to do so."""
    for path in (folder, *folder.rglob("*")):
        if os.geteuid() == 0:
            shutil.chown(path, NOBODY)
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


if __name__ == "__main__":
    main()
