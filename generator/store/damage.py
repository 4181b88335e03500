"""Finding damage: each stored picture and each row against its digest."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from generator.errors import DamagedPicture
from generator.files import PART_SUFFIX, digest_of, read_file
from generator.records import FilterId
from generator.store.files import (
    IMAGES_NAME,
    INDEX_NAME,
    PICTURE_ENDING,
    STARTS_NAME,
    disk_trouble,
    picture_name,
    picture_path,
)
from generator.store.pictures import MAXIMUM_BYTES, Facts, decode_facts, decode_image
from generator.store.starts import read_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from generator.store.rows import Row

T = TypeVar("T")

_OURS: Final = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN}
"""Errors that say nothing about the file: this process or machine has run short of something."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing found damaged in a cache.

    kind: `index` (the file as a whole), `row` (one of the index that is of no filter), `numbers` (one row of a filter),
        `picture` (one that a row shows), `stray` (something among the pictures or starts that is not one of the atlas),
        `photos` (the file of photographs, or one of its rows).
    path: of the file concerned, relative to the cache. reason: what is wrong with it, as "is empty".
    """

    kind: Literal["index", "row", "numbers", "picture", "stray", "photos"]
    path: str
    reason: str
    edition: str | None = None
    filter: FilterId | None = None

    def __str__(self) -> str:
        """Return a sentence for people."""
        if self.kind in {"index", "row"}:
            return f"the index {self.path} {self.reason}."
        if self.kind == "photos":
            return f"what is stored of photographs ({self.path}) {self.reason}."
        if self.kind == "stray":
            return f"{self.path} {self.reason}."
        what = "picture" if self.kind == "picture" else "row of numbers"
        return f"the {what} of {self.filter} in edition {self.edition} ({self.path}) {self.reason}."


def look_at(cache: Path, rows: Sequence[Row]) -> list[tuple[Row, Damage | None]]:
    """Return each row with what is wrong with it or its picture; every picture is read.

    Raises:
        WorkFailed: this process has run short of something, which says nothing about the pictures.

    """
    shown = {row.sha256 for row in rows}
    with disk_trouble(cache):
        return [(row, _row_damage(cache, row, shown)) for row in rows]


def _row_damage(cache: Path, row: Row, shown: Collection[str]) -> Damage | None:
    where = FilterId(row.layer, row.filter)
    if not row.is_sound:
        return Damage("numbers", INDEX_NAME, "is not what was written", row.edition, where)
    reason = _picture_trouble(f"{cache}/{picture_name(row.sha256)}", row.sha256, shown)
    return Damage("picture", picture_name(row.sha256), reason, row.edition, where) if reason else None


def _picture_trouble(path: str, sha256: str, shown: Collection[str]) -> str | None:
    try:
        reason = _twice(lambda: _place_trouble(path))
        if reason:
            return reason
        digest = digest_of(_twice(lambda: read_file(path, MAXIMUM_BYTES)))
    except OSError as error:
        return _said(error)
    if digest == sha256:
        return None
    return "holds another picture" if digest in shown else "is not what was written"


def _place_trouble(path: str) -> str | None:
    if not stat.S_ISDIR(os.lstat(os.path.dirname(path)).st_mode):  # noqa: PTH120 - thousands of times at every start
        return "is not in a plain folder"
    return _kind_trouble(os.lstat(path))


def _twice(read: Callable[[], T]) -> T:
    """Return what `read` gives, at its second attempt if need be: a disk may hiccup, and pictures are dear."""
    try:
        return read()
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise
        return read()


def _said(error: OSError) -> str:
    """Return what is wrong with the file that gave `error`; raise it again when it says nothing about the file."""
    if error.errno in _OURS:
        raise error
    return "is missing" if error.errno == errno.ENOENT else f"cannot be read: {error.strerror}"


def orphans(cache: Path, shown: Collection[str]) -> tuple[Path, ...]:
    """Return what stands among the pictures and is shown by no row, in the order of time; no unfinished files."""
    found = []
    for name in entries(cache):
        if not name.endswith(PART_SUFFIX) and not (_stem(name) in shown and name == picture_name(_stem(name))):
            with suppress(FileNotFoundError):  # a writer removes what it replaces, while others only look
                found.append(((cache / name).lstat().st_mtime_ns, cache / name))
    return tuple(path for _, path in sorted(found))


def unfinished(cache: Path) -> tuple[Path, ...]:
    """Return the files that a killed writer left unfinished."""
    pictures = (cache / name for name in entries(cache) if name.endswith(PART_SUFFIX))
    return (*pictures, *(cache / STARTS_NAME).glob(f"*{PART_SUFFIX}"))


def read_orphan(cache: Path, path: Path) -> Facts | Damage:
    """Return what a picture that no row shows says of itself, or what is wrong with it; raises as `read_stray` does."""
    data = read_stray(cache, path)
    if isinstance(data, Damage):
        return data
    try:
        decode_image(data)
        return decode_facts(data)
    except DamagedPicture as error:
        return stray(cache, path, f"cannot be taken in: {error}")


def read_stray(cache: Path, path: Path, ending: str = PICTURE_ENDING) -> bytes | Damage:
    """Return the bytes of a picture that no row shows, or what is wrong with it as a file.

    Raises:
        OSError: this process has run short of something, which says nothing about the picture.

    """
    try:
        reason = _kind_trouble(_twice(path.lstat))
        if reason is None and path != picture_path(cache, path.stem, ending):
            reason = "is not a picture of the atlas"
        if reason is not None:
            return stray(cache, path, reason)
        data = _twice(lambda: read_file(path, MAXIMUM_BYTES))
    except OSError as error:
        return stray(cache, path, _said(error))
    return data if digest_of(data) == path.stem else stray(cache, path, "is not what was written")


def stray(cache: Path, path: Path, reason: str) -> Damage:
    """Return the damage of a file that no row shows."""
    return Damage("stray", path.relative_to(cache).as_posix(), reason)


def starts_damage(cache: Path) -> tuple[Damage, ...]:
    """Return what is wrong among the starts beside the pictures."""
    found = []
    for path in sorted((cache / STARTS_NAME).glob("*")):
        try:
            reason = _kind_trouble(path.lstat())
            if reason is None and not path.name.endswith(PART_SUFFIX):
                _twice(partial(read_starts, path))
        except OSError as error:
            reason = _said(error)
        except DamagedPicture as error:
            reason = str(error)
        if reason is not None and os.path.lexists(path):
            found.append(stray(cache, path, reason))
    return tuple(found)


def strays(cache: Path, shown: Collection[str]) -> tuple[Damage, ...]:
    """Return what is wrong among the pictures that no row shows; sound ones are no damage."""
    found = ((path, read_orphan(cache, path)) for path in orphans(cache, shown))
    return tuple(each for path, each in found if isinstance(each, Damage) and os.path.lexists(path))


def entries(cache: Path) -> Iterator[str]:
    """Yield what stands two levels down, and what stands on the first without being a plain folder; from `cache` on.

    Plain text, since every start of a build goes through thousands of them.
    """
    try:
        prefixes = list(os.scandir(cache / IMAGES_NAME))
    except FileNotFoundError:
        return
    for prefix in prefixes:
        name = f"{IMAGES_NAME}/{prefix.name}"
        if prefix.is_dir(follow_symlinks=False):
            yield from (f"{name}/{inner.name}" for inner in os.scandir(prefix))
        else:
            yield name


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(PICTURE_ENDING)


def _kind_trouble(found: os.stat_result) -> str | None:
    if stat.S_ISLNK(found.st_mode):
        return "is a symbolic link"
    if not stat.S_ISREG(found.st_mode):
        return "is not a plain file"
    return "is empty" if found.st_size == 0 else None
