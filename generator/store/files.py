"""File operations that survive a crash and follow no symbolic links."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Final

from generator.errors import BadCache, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX_NAME: Final = "index.sqlite3"
IMAGES_NAME: Final = "images"
DAMAGED_NAME: Final = "damaged"
STARTS_NAME: Final = "starts"
LOCK_NAME: Final = "lock"
HOLDER_NAME: Final = "holder.json"
PART_SUFFIX: Final = ".part"
"""Ending of a file that is still being written; the next writer removes what a killed one left."""

_FOLDERS = (IMAGES_NAME, DAMAGED_NAME, STARTS_NAME)
_FILES = (*(f"{INDEX_NAME}{ending}" for ending in ("", "-journal", "-wal", "-shm")), LOCK_NAME, HOLDER_NAME)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)


def master_name(sha256: str) -> str:
    """Return the place of the master with this digest, relative to the cache."""
    return f"{IMAGES_NAME}/{sha256[:2]}/{sha256}.png"


def master_path(cache: Path, sha256: str) -> Path:
    """Return the place of the master with this digest."""
    return cache / master_name(sha256)


def check_place(cache: Path) -> None:
    """Refuse a cache that is, or holds in one of its fixed places, a symbolic link or a thing of the wrong kind.

    Raises:
        BadCache: naming the place.

    """
    for path, is_right, right in (
        (cache, stat.S_ISDIR, "folder"),
        *((cache / name, stat.S_ISDIR, "folder") for name in _FOLDERS),
        *((cache / name, stat.S_ISREG, "file") for name in _FILES),
    ):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        except OSError as error:
            raise BadCache(f"the cache {cache} cannot be read: {path}: {error.strerror}.") from error
        if stat.S_ISLNK(mode):
            raise BadCache(f"{path} is a symbolic link; a cache is a plain folder, so name the folder it leads to.")
        if not is_right(mode):
            raise BadCache(f"{path} is not a plain {right}; choose another --cache.")


def make_folders(cache: Path) -> None:
    """Create the cache's folders where they are missing; raise `BadCache` where that is not allowed."""
    try:
        (cache / IMAGES_NAME).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadCache(
            f"the cache {cache} cannot be written: {error.strerror}; choose another place with --cache."
        ) from error


def read_file(path: Path | str, limit: int) -> bytes:
    """Return the bytes of the plain file at `path`.

    Raises:
        OSError: it is missing, unreadable, a symbolic link, not a plain file, or longer than `limit` bytes.

    """
    handle = os.open(path, os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0))
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


def stamp_of(found: os.stat_result) -> str:
    """Return size and time of a file as text; as long as they stay, the file is taken for what was written."""
    return f"{found.st_size}:{found.st_mtime_ns}"


def move_aside(cache: Path, path: Path) -> None:
    """Move what stands at `path`, a link itself and not what it leads to, into the folder `damaged` of the cache."""
    if not os.path.lexists(path):
        return
    folder = cache / DAMAGED_NAME
    folder.mkdir(exist_ok=True)
    names = (path.name if number == 1 else f"{path.stem}-{number}{path.suffix}" for number in count(1))
    path.rename(next(folder / name for name in names if not os.path.lexists(folder / name)))


@contextmanager
def disk_trouble(cache: Path) -> Iterator[None]:
    """Turn what the disk refuses into one sentence, as `WorkFailed`."""
    try:
        yield
    except (OSError, sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise WorkFailed(f"the disk under the cache {cache} refused: {said}; what was finished is kept.") from error
