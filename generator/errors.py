"""Errors that a user may meet: one sentence that names what was wrong, the value, and what would be right."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class AtlasError(Exception):
    """Anything the atlas tells a user about. Its text is one plain sentence; `exit_code` is the program's."""

    exit_code = 2


class BadInput(AtlasError):
    """A value on the command line, in a call, or in a file given by the user cannot be used."""


class BadWeights(BadInput):
    """A weights file is not VGG16's, is damaged, or is refused as unsafe."""


class BadSite(BadInput):
    """A site folder cannot be written: it belongs to somebody else, or holds what we did not put there."""


class CacheInUse(AtlasError):
    """Another build holds the cache."""


class BadCache(AtlasError):
    """A cache cannot be opened: its schema is newer than this program, or its place is unsafe."""


class SiteInUse(AtlasError):
    """Another program is publishing into the same site folder."""


class DamagedIndex(BadCache):
    """The index of a cache is damaged or lost; it can be rebuilt from the pictures. `reason` is as "is missing"."""

    def __init__(self, cache: Path, reason: str) -> None:
        super().__init__(
            f"the index of the cache {cache} {reason}; run `atlas verify --repair` to rebuild it from the pictures."
        )
        self.reason = reason


class DamagedPicture(AtlasError):
    """A stored picture does not match its digest, or cannot be read."""

    exit_code = 1


class DamagedFile(AtlasError):
    """A file of a published site cannot be used; the text goes on from its address, as in "is missing"."""

    exit_code = 1


class WorkFailed(AtlasError):
    """The work itself failed (a full disk, a read-only folder, a lost worker); what was finished is kept."""

    exit_code = 1


class MissingExtra(AtlasError):
    """An optional dependency is not installed."""


def did_you_mean(value: str, valid: Sequence[str]) -> str:
    """Return " Did you mean 'x'?" for the closest of `valid`, or an empty string when nothing is close."""
    close = difflib.get_close_matches(value, valid, n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""
