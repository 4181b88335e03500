"""One writer a cache: a kernel file lock, which dies with its holder, and a note of who that is."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from generator.errors import BadCache, CacheInUse
from generator.files import read_file
from generator.records import Note, unheard
from generator.store.files import HOLDER_NAME, LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from generator.records import Event

_NOTE_LIMIT = 4096


@contextmanager
def hold(cache: Path, wait_s: float, on_event: Callable[[Event], None] = unheard) -> Iterator[None]:
    """Hold the cache for writing while the body runs.

    A note tells once who holds it, before `wait_s` seconds of waiting begin.

    Raises:
        CacheInUse: another process holds it still after `wait_s` seconds.
        BadCache: the lock cannot be taken because the cache cannot be written.

    """
    lock = FileLock(cache / LOCK_NAME)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if wait_s <= 0:
                raise
            on_event(Note(f"the cache {cache} is in use by {_holder(cache)}; waiting up to {wait_s:g} s for it."))
            lock.acquire(timeout=wait_s)
    except Timeout:
        raise CacheInUse(
            f"the cache {cache} is in use by {_holder(cache)}; let it finish, stop it, or choose another --cache."
        ) from None
    except OSError as error:
        raise BadCache(
            f"the cache {cache} cannot be written: {error.strerror or error}; choose another place with --cache."
        ) from error
    try:
        with suppress(OSError):
            _write_note(cache)
        yield
    finally:
        with suppress(OSError):
            (cache / HOLDER_NAME).unlink(missing_ok=True)
        lock.release()


def _write_note(cache: Path) -> None:
    note = {"pid": os.getpid(), "started": time.strftime("%Y-%m-%d %H:%M:%S")}
    part = cache / f"{HOLDER_NAME}.part"
    part.unlink(missing_ok=True)
    part.write_text(json.dumps(note), "utf-8")
    part.replace(cache / HOLDER_NAME)


def _holder(cache: Path) -> str:
    try:
        note = json.loads(read_file(cache / HOLDER_NAME, _NOTE_LIMIT))
        return f"another build (process {int(note['pid'])}, started {note['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another build"
