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
from generator.records import FilterId
from generator.store.files import (
    IMAGES_NAME,
    INDEX_NAME,
    PART_SUFFIX,
    STARTS_NAME,
    disk_trouble,
    master_name,
    master_path,
    read_file,
    stamp_of,
)
from generator.store.masters import MAXIMUM_BYTES, Facts, decode_facts, decode_image, digest_of
from generator.store.possible import is_place
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
        `picture` (one that a row shows), `stray` (something among the pictures or starts that is not one of the atlas).
    path: of the file concerned, relative to the cache. reason: what is wrong with it, as "is empty".
    """

    kind: Literal["index", "row", "numbers", "picture", "stray"]
    path: str
    reason: str
    edition: str | None = None
    filter: FilterId | None = None

    def __str__(self) -> str:
        """Return a sentence for people."""
        if self.kind in {"index", "row"}:
            return f"the index {self.path} {self.reason}."
        if self.kind == "stray":
            return f"{self.path} {self.reason}."
        what = "picture" if self.kind == "picture" else "row of numbers"
        return f"the {what} of {self.filter} in edition {self.edition} ({self.path}) {self.reason}."


def row_damage(cache: Path, row: Row, shown: Collection[str], *, deep: bool) -> tuple[Damage | None, str]:
    """Return what is wrong with a row or its picture, and the picture's present stamp (empty when there is none).

    `shown` are the digests of all pictures that rows show. Unless `deep`, a picture that kept its stamp is not read.

    Raises:
        OSError: this process has run short of something, which says nothing about the picture.

    """
    where = FilterId(row.layer, row.filter)
    if not is_place(row.edition, row.layer, row.filter):
        return Damage("row", INDEX_NAME, "has a damaged row in its table results"), ""
    if not row.is_sound:
        return Damage("numbers", INDEX_NAME, "is not what was written", row.edition, where), ""
    if row.sha256 is None:
        return None, ""
    reason, stamp = _picture_trouble(cache, row.sha256, "" if deep else row.stamp, shown)
    damage = Damage("picture", master_name(row.sha256), reason, row.edition, where) if reason else None
    return damage, stamp


def look_at(cache: Path, rows: Sequence[Row], *, deep: bool) -> list[tuple[Row, Damage | None, str]]:
    """Return each row with what `row_damage` says of it; raise `WorkFailed` when this process has run short."""
    shown = {row.sha256 for row in rows if row.sha256}
    with disk_trouble(cache):
        return [(row, *row_damage(cache, row, shown, deep=deep)) for row in rows]


def at_a_glance(cache: Path, rows: Sequence[Row]) -> tuple[Damage, ...]:
    """Return what is damaged among `rows`, as far as it can be seen without reading pictures that kept their stamp."""
    return tuple(damage for _, damage, _ in look_at(cache, rows, deep=False) if damage)


def _picture_trouble(cache: Path, sha256: str, stamp: str, shown: Collection[str]) -> tuple[str | None, str]:
    path = f"{cache}/{master_name(sha256)}"
    try:
        present = _twice(lambda: _stamp_or_trouble(path))
        if present[0] or stamp == present[1]:
            return present
        digest = digest_of(_twice(lambda: read_file(path, MAXIMUM_BYTES)))
    except OSError as error:
        return _said(error), ""
    if digest == sha256:
        return present
    return ("holds another picture" if digest in shown else "is not what was written"), ""


def _stamp_or_trouble(path: str) -> tuple[str | None, str]:
    if not stat.S_ISDIR(os.lstat(os.path.dirname(path)).st_mode):  # noqa: PTH120 - thousands of times at every start
        return "is not in a plain folder", ""
    found = os.lstat(path)
    return _kind_trouble(found), stamp_of(found)


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
    for name in _entries(cache):
        if not name.endswith(PART_SUFFIX) and not (_stem(name) in shown and name == master_name(_stem(name))):
            with suppress(FileNotFoundError):  # a writer removes what it replaces, while others only look
                found.append(((cache / name).lstat().st_mtime_ns, cache / name))
    return tuple(path for _, path in sorted(found))


def unfinished(cache: Path) -> tuple[Path, ...]:
    """Return the files that a killed writer left unfinished."""
    pictures = (cache / name for name in _entries(cache) if name.endswith(PART_SUFFIX))
    return (*pictures, *(cache / STARTS_NAME).glob(f"*{PART_SUFFIX}"))


def read_orphan(cache: Path, path: Path) -> Facts | Damage:
    """Return what a picture that no row shows says of itself, or what is wrong with it.

    Raises:
        OSError: this process has run short of something, which says nothing about the picture.

    """
    name = path.relative_to(cache).as_posix()
    try:
        reason = _kind_trouble(_twice(path.lstat))
        if reason is None and path != master_path(cache, path.stem):
            reason = "is not a picture of the atlas"
        if reason is None:
            data = _twice(lambda: read_file(path, MAXIMUM_BYTES))
            reason = None if digest_of(data) == path.stem else "is not what was written"
        if reason is not None:
            return Damage("stray", name, reason)
        decode_image(data)
        return decode_facts(data)
    except OSError as error:
        return Damage("stray", name, _said(error))
    except DamagedPicture as error:
        return Damage("stray", name, f"cannot be taken in: {error}")


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
            found.append(Damage("stray", path.relative_to(cache).as_posix(), reason))
    return tuple(found)


def strays(cache: Path, shown: Collection[str]) -> tuple[Damage, ...]:
    """Return what is wrong among the pictures that no row shows; sound ones are no damage."""
    found = ((path, read_orphan(cache, path)) for path in orphans(cache, shown))
    return tuple(each for path, each in found if isinstance(each, Damage) and os.path.lexists(path))


def _entries(cache: Path) -> Iterator[str]:
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
    return name.rpartition("/")[2].removesuffix(".png")


def _kind_trouble(found: os.stat_result) -> str | None:
    if stat.S_ISLNK(found.st_mode):
        return "is a symbolic link"
    if not stat.S_ISREG(found.st_mode):
        return "is not a plain file"
    return "is empty" if found.st_size == 0 else None
