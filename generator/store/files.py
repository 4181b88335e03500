"""The places of a cache, and what is done when the disk under it refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager
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
NETWORKS_NAME: Final = "networks"
PHOTOS_NAME: Final = "photos.sqlite3"
LOCK_NAME: Final = "lock"
HOLDER_NAME: Final = "holder.json"
PICTURE_ENDING: Final = ".avif"
MASTER_ENDING: Final = ".png"
"""Ending of the lossless pictures of version 0.1."""
_FOLDERS = (IMAGES_NAME, DAMAGED_NAME, STARTS_NAME, NETWORKS_NAME)
_FILES = (
    *(f"{name}{ending}" for name in (INDEX_NAME, PHOTOS_NAME) for ending in ("", "-journal", "-wal", "-shm")),
    LOCK_NAME,
    HOLDER_NAME,
)


def picture_name(sha256: str, ending: str = PICTURE_ENDING) -> str:
    """Return the place of the picture with this digest, relative to the cache."""
    return f"{IMAGES_NAME}/{sha256[:2]}/{sha256}{ending}"


def picture_path(cache: Path, sha256: str, ending: str = PICTURE_ENDING) -> Path:
    """Return the place of the picture with this digest."""
    return cache / picture_name(sha256, ending)


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
