"""Failing calls from within Python: the n-th call that touches the disk fails, or kills this process there.

Works everywhere; `failing_calls.c` reaches further, into SQLite, where a C compiler is at hand.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

CALLS = ("open", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir", "scandir", "lstat", "stat")

# What SQLite says when the system says so: text and code as from SQLite itself.
SQLITE = {
    errno.EIO: ("disk I/O error", sqlite3.SQLITE_IOERR),
    errno.ENOSPC: ("database or disk is full", sqlite3.SQLITE_FULL),
    errno.EACCES: ("attempt to write a readonly database", sqlite3.SQLITE_READONLY),
    errno.EMFILE: ("unable to open database file", sqlite3.SQLITE_CANTOPEN),
}


@dataclass(slots=True)
class Faults:
    """Counts the calls below `folder`; from number `at` on (or only there) they fail with `code`, or kill."""

    folder: str
    at: int
    code: int
    keep: bool
    kill: bool
    seen: int = 0

    def pass_by(self):
        self.seen += 1
        if self.seen == self.at or (self.keep and self.seen > self.at):
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(self.code, os.strerror(self.code))

    def pass_by_sqlite(self):
        try:
            self.pass_by()
        except OSError as failed:
            text, code = SQLITE[failed.errno]
            error = sqlite3.OperationalError(text)
            error.sqlite_errorcode = code
            raise error from None

    def is_concerned(self, path):
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(self.folder)


def arm_python(folder, at, code, *, keep, kill):
    """Replace the calls of this process for good: meant for a child that ends soon."""
    faults = Faults(folder, at, code, keep, kill)
    for name in CALLS:
        setattr(os, name, _failing(getattr(os, name), faults, always=name == "fsync"))
    os.fdopen = _fdopen(os.fdopen, faults)

    class Connection(sqlite3.Connection):
        def execute(self, statement, *values):
            faults.pass_by_sqlite()
            return super().execute(statement, *values)

        def executemany(self, statement, *values):
            faults.pass_by_sqlite()
            return super().executemany(statement, *values)

    connect = sqlite3.connect

    def connecting(*arguments, **named):
        faults.pass_by_sqlite()
        return connect(*arguments, factory=Connection, **named)

    sqlite3.connect = connecting
    return lambda: faults.seen


def arm_native(folder, at, code, *, keep, kill):
    """Arm the preloaded library; see `failing_calls.c`."""
    library = ctypes.CDLL(None)
    library.fault_seen.restype = ctypes.c_long
    library.fault_arm(os.fsencode(folder), ctypes.c_long(at), code, int(keep), int(kill))
    return library.fault_seen


def arm_nothing(*_arguments, **_named):
    return lambda: 0


def _failing(real, faults, *, always):
    def call(*arguments, **named):
        if always or (arguments and faults.is_concerned(arguments[0])):
            faults.pass_by()
        return real(*arguments, **named)

    return call


def _fdopen(real, faults):
    def fdopen(*arguments, **named):
        return _File(real(*arguments, **named), faults)

    return fdopen


class _File:
    """An open file whose writes and flushes count."""

    def __init__(self, file, faults):
        self._file, self._faults = file, faults

    def __enter__(self):
        self._file.__enter__()
        return self

    def __exit__(self, *reason):
        return self._file.__exit__(*reason)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, data):
        self._faults.pass_by()
        return self._file.write(data)

    def flush(self):
        self._faults.pass_by()
        return self._file.flush()


def library_for(folder: Path, compiler: str) -> Path:
    """Compile `failing_calls.c` into `folder` and return the library."""
    source = Path(__file__).with_name("failing_calls.c")
    target = folder / "failing_calls.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", target, source, "-ldl"], check=True)
    return target
