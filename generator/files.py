"""Files that survive a crash: digests, and writing and reading that follow no symbolic link."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PART_SUFFIX: Final = ".part"
"""Ending of a file that is still being written; the next writer removes what a killed one left."""

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of `data` as hex digits."""
    return hashlib.sha256(data).hexdigest()


def read_file(path: Path | str, limit: int) -> bytes:
    """Return the bytes of the plain file at `path`.

    Raises:
        OSError: it is missing, unreadable, a symbolic link, not a plain file, or longer than `limit` bytes.

    """
    handle = os.open(path, os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "not a plain file")
        if found.st_size > limit:
            raise OSError(0, f"{found.st_size} bytes, over the limit of {limit}")
        return file.read()


def write_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that a crash leaves the old file or the new one: temporary file, flush, rename.

    Raises:
        OSError: the disk refused; nothing is left behind.

    """
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(path.name + PART_SUFFIX)
    try:
        with suppress(FileNotFoundError):
            part.unlink()
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        part.replace(path)
        flush_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def flush_folder(folder: Path) -> None:
    """Make renames in `folder` durable, where the system can flush a folder."""
    if not _DIRECTORY:
        return
    handle = os.open(folder, os.O_RDONLY | _DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
