"""Careful file operations inside one folder: no symbolic link is followed, no half-written file is left behind."""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generator.errors import BadSite, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PART = re.compile(r"[A-Za-z0-9_.-]+")


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn trouble with the disk at `path` into a `WorkFailed` sentence."""
    try:
        yield
    except OSError as trouble:
        raise WorkFailed(f"cannot write the site at {path}: {trouble.strerror or trouble}.") from trouble


def checked_address(address: str) -> str:
    """Return an address relative to the site folder if it stays inside; raise `BadSite` otherwise."""
    parts = address.split("/")
    if not all(_PART.fullmatch(part) and part not in (".", "..") for part in parts):
        raise BadSite(f"{address!r} is no address within a site; it must be plain names joined by '/'.")
    return address


def is_folder(path: Path) -> bool:
    """Tell whether `path` is a folder itself, not a link to one."""
    return _kind(path) == stat.S_IFDIR


def size_of(path: Path) -> int | None:
    """Return the size in bytes of the plain file at `path`; None when there is none (a link is not one)."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def read_plain(path: Path) -> bytes | None:
    """Return the bytes of the plain file at `path`; None when there is none, it is a link, or it cannot be read."""
    if size_of(path) is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        try:
            return file.read()
        except OSError:
            return None


def make_folders(root: Path, address: str) -> None:
    """Make the folders above `address` in `root`; raise `BadSite` where a link or a file stands in the way."""
    here = root
    for name in address.split("/")[:-1]:
        here /= name
        kind = _kind(here)
        if kind is None:
            here.mkdir()
        elif kind != stat.S_IFDIR:
            what = "a symbolic link" if kind == stat.S_IFLNK else "a file"
            raise BadSite(f"{here} is {what}; the atlas needs a folder there and writes nowhere else. Move it away.")


def has_plain_folders(root: Path, address: str) -> bool:
    """Tell whether every folder above `address` in `root` is there and is no link."""
    names = address.split("/")[:-1]
    return all(is_folder(root.joinpath(*names[: depth + 1])) for depth in range(len(names)))


def remove_empty_folders(root: Path, address: str) -> None:
    """Remove the folders above `address` in `root` that have become empty, the deepest first."""
    here = (root / address).parent
    while here != root:
        try:
            here.rmdir()
        except OSError:
            return
        here = here.parent


def _kind(path: Path) -> int | None:
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except FileNotFoundError:
        return None
