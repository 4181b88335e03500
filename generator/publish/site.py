"""The site folder: files are written only when their bytes change, and only files that we made are ever removed."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from generator.errors import BadSite, SiteInUse
from generator.files import digest_of
from generator.publish.folder import (
    checked_address,
    has_plain_folders,
    is_folder,
    read_plain,
    size_of,
    told_plainly,
)
from generator.publish.ledger import MARKER, SUMS, Entry, is_ours, marker_text, read_ledger, sums_text
from generator.publish.staging import STAGING, Staging, finish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK: Final = ".atlas-site.lock"
"""Stays in the folder when it is free: removing a lock file opens a gap in which two programs can both hold it."""


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """What one publication changed: sorted addresses, and how many files were left alone."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int


@dataclass(slots=True)
class Site:
    """A site folder that is open for one publication; see `open_site`."""

    root: Path
    before: dict[str, Entry]
    now: dict[str, Entry] = field(default_factory=dict)
    _staging: Staging = field(init=False)

    def __post_init__(self) -> None:
        self._staging = Staging(self.root)

    def fresh(self, address: str, inputs: str, group: str = "") -> bool:
        """Tell whether the file at `address` was made from the same `inputs` (a digest); if so it stays as it is."""
        entry = self.before.get(address)
        if entry is None or not inputs or entry.inputs != inputs or size_of(self.root / address) != entry.size:
            return False
        self.now[address] = replace(entry, group=group)
        return True

    def fresh_group(self, group: str) -> bool:
        """Tell whether a whole `group` of files (a digest of all their inputs) still stands; if so all of it stays."""
        found = {address: entry for address, entry in self.before.items() if group and entry.group == group}
        if not found or any(size_of(self.root / address) != entry.size for address, entry in found.items()):
            return False
        self.now |= found
        return True

    def write(self, address: str, data: bytes, inputs: str = "", group: str = "") -> bool:
        """Make `data` the content of `address`; return False when it was so already. It is visible after `commit`."""
        path = self.root / checked_address(address)
        self.now[address] = Entry(digest_of(data), len(data), inputs, group)
        if size_of(path) == len(data) and has_plain_folders(self.root, address) and read_plain(path) == data:
            return False
        with told_plainly(path):
            self._staging.add(address, data)
        return True

    def commit(self, *, only_add: bool = False) -> SiteChanges:
        """Put everything written into place and remove what we made earlier and nobody wants any more.

        A file of ours that somebody has changed since and that is no longer wanted is left to its new owner. With
        `only_add` nothing is removed: what was there and was not written stays as it is.
        """
        if only_add:
            self.now = self.before | self.now
        written = tuple(sorted(self._staging.addresses))
        unwanted = sorted(self.before.keys() - self.now.keys())
        removed = tuple(address for address in unwanted if self._is_untouched(address))
        for address, data in ((SUMS, sums_text(self.now)), (MARKER, marker_text(self.now))):
            if read_plain(self.root / address) != data:
                with told_plainly(self.root / address):
                    self._staging.add(address, data)
        if self._staging.addresses or removed:
            with told_plainly(self.root):
                self._staging.apply(removed)
        return SiteChanges(written, removed, len(self.now) - len(written))

    def _is_untouched(self, address: str) -> bool:
        data = read_plain(self.root / address) if has_plain_folders(self.root, address) else None
        return data is not None and digest_of(data) == self.before[address].sha256


@contextmanager
def open_site(folder: Path, *, wait_s: float = 0.0) -> Iterator[Site]:
    """Open a site folder for one publication, making it if need be; nothing of it changes before `Site.commit`.

    Raises:
        BadSite: the folder is not ours and not empty, is a file or a link, or was made by a newer program.
        SiteInUse: another program is publishing into it, still after `wait_s` seconds.
        WorkFailed: the disk does not let us.

    """
    with told_plainly(folder):
        _claim(folder)
        lock = _locked(folder, wait_s)
    try:
        with told_plainly(folder):
            finish(folder)
        yield Site(folder, read_ledger(folder))
    finally:
        # What this cannot clear away after a failure, the next opening does.
        with suppress(OSError):
            finish(folder)
        lock.release()


def read_site(folder: Path) -> dict[str, Entry]:
    """Return what we made in a site folder, by address, and change nothing; an absent folder is empty.

    Raises:
        BadSite: as `open_site`.
        WorkFailed: the disk does not let us.

    """
    with told_plainly(folder):
        _check(folder)
    return read_ledger(folder)


@contextmanager
def held_still(folder: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Keep other programs from publishing into a site while the body looks at it; where we may not write, just look.

    Raises:
        SiteInUse: another program is publishing into it, still after `wait_s` seconds.

    """
    try:
        lock = _locked(folder, wait_s)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _locked(folder: Path, wait_s: float) -> FileLock:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise SiteInUse(f"another program is publishing into {folder}; wait for it, or name another folder.") from None
    return lock


def _claim(folder: Path) -> None:
    """Mark a new or empty folder as ours; raise `BadSite` for any other that does not bear the mark."""
    _check(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not is_ours(folder):
        (folder / MARKER).write_bytes(marker_text({}))


def _check(folder: Path) -> None:
    """Raise `BadSite` for what is neither ours nor an empty or absent folder."""
    if folder.is_symlink():
        raise BadSite(f"the site folder {folder} is a symbolic link; name the folder itself.")
    if folder.exists() and not is_folder(folder):
        raise BadSite(f"the site folder {folder} is a file; name a folder.")
    if not folder.exists() or is_ours(folder):
        return
    strangers = sorted(entry.name for entry in folder.iterdir() if entry.name not in (LOCK, STAGING))
    if strangers:
        raise BadSite(
            f"{folder} is not empty and holds no atlas (it has {strangers[0]!r}); name a new or an empty folder."
        )
