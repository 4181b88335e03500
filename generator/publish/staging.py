"""Changes to a site, first laid out beside it and then moved into place together.

Until the list of moves is written nothing of the site has changed, and from then on the moves can only go forward: what
a killed program leaves is finished by the next one that opens the site. Until then every link leads somewhere: what is
new comes first, what is replaced follows, what nobody wants goes last.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from generator.errors import BadSite
from generator.publish.folder import (
    checked_address,
    has_plain_folders,
    is_folder,
    make_folders,
    read_plain,
    remove_empty_folders,
    size_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STAGING: Final = ".atlas-staging"
_MOVES: Final = "moves.json"


@dataclass(slots=True)
class Staging:
    """Files of one change, numbered as they came."""

    root: Path
    addresses: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The folder beside the site's files that holds the change."""
        return self.root / STAGING

    def add(self, address: str, data: bytes) -> None:
        """Lay out one file; it becomes visible with `apply`."""
        if not self.addresses:
            self.folder.mkdir(exist_ok=True)
        (self.folder / str(len(self.addresses))).write_bytes(data)
        self.addresses.append(address)

    def apply(self, removals: Sequence[str]) -> None:
        """Move everything into place and remove what is no longer wanted; among its like the last added comes last."""
        for address in self.addresses:
            make_folders(self.root, address)
        self.folder.mkdir(exist_ok=True)
        draft = self.folder / "draft"
        draft.write_text(json.dumps({"moves": self.addresses, "removals": list(removals)}), encoding="utf-8")
        draft.replace(self.folder / _MOVES)
        self.addresses = []
        finish(self.root)


def finish(root: Path) -> None:
    """Go on with the moves of an interrupted change, or clear away one that had not got that far."""
    folder = root / STAGING
    if folder.is_symlink():
        raise BadSite(f"{folder} is a symbolic link; the atlas keeps unfinished work there. Remove it.")
    if not is_folder(folder):
        return
    moves, removals = _read_moves(folder)
    for number, address in sorted(enumerate(moves), key=lambda move: size_of(root / move[1]) is not None):
        laid_out = folder / str(number)
        if size_of(laid_out) is not None:
            make_folders(root, address)
            laid_out.replace(root / address)
    for address in removals:
        if has_plain_folders(root, address):
            (root / address).unlink(missing_ok=True)
            remove_empty_folders(root, address)
    _clear(folder)


def _read_moves(folder: Path) -> tuple[list[str], list[str]]:
    """Return the addresses to move to, by number, and those to remove; nothing when the list was never finished."""
    written = read_plain(folder / _MOVES)
    if written is None:
        return [], []
    try:
        listed = json.loads(written)
        moves, removals = ([checked_address(str(one)) for one in listed[name]] for name in ("moves", "removals"))
    except (ValueError, KeyError, TypeError, BadSite):
        return [], []
    return moves, removals


def _clear(folder: Path) -> None:
    """Remove the staging folder, when all that it lists is done or when nothing of it is to be."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
