"""Styles and scripts under names that carry their digest, so that a browser can keep them for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from generator.files import digest_of

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Asset:
    """One style or script: its plain `name`, its `address` in the site, its bytes."""

    name: str
    address: str
    data: bytes


def fingerprinted(folder: Path) -> tuple[Asset, ...]:
    """Return every file of the assets' folder, sorted by name: `wall.js` becomes `assets/wall.<8 hex>.js`."""
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return tuple(_asset(path) for path in found)


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    return Asset(path.name, f"assets/{path.stem}.{digest_of(data)[:_DIGITS]}{path.suffix}", data)
