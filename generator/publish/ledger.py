"""What we made in a site folder: `SHA256SUMS` for everyone, and beside it the inputs that each file was made from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from generator.errors import BadSite
from generator.publish.folder import checked_address, read_plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARKER: Final = ".atlas-site.json"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that we made: its SHA-256, its size in bytes, and the digests of what it was made from.

    `inputs` covers this file, `group` all files that were made with it; both are empty where nobody asks.
    """

    sha256: str
    size: int
    inputs: str = ""
    group: str = ""


def is_ours(root: Path) -> bool:
    """Tell whether the folder carries the mark of a site of ours."""
    return read_plain(root / MARKER) is not None


def read_ledger(root: Path) -> dict[str, Entry]:
    """Return what we made in `root`, by address. A damaged ledger reads as empty: everything is then made again.

    Raises:
        BadSite: the site was made by a newer program.

    """
    marked = _read_marker(root)
    if marked.get("format", FORMAT) != FORMAT:
        raise BadSite(f"{root} was published in format {marked['format']!r}, not {FORMAT}; use a newer program.")
    files = marked.get("files")
    sums = read_sums(root)
    if not isinstance(files, dict):
        return {}
    return {
        address: Entry(sums[address], *kept) for address, kept in files.items() if address in sums and _is_kept(kept)
    }


def read_sums(root: Path) -> dict[str, str]:
    """Return the digests of `SHA256SUMS` by address, leaving out lines that are not ours."""
    text = (read_plain(root / SUMS) or b"").decode("utf-8", "replace")
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {match[2]: match[1] for match in found if match and _is_address(match[2])}


def sums_text(entries: Mapping[str, Entry]) -> bytes:
    """Return `SHA256SUMS` as `sha256sum -c` reads it, sorted by address."""
    return "".join(f"{entries[address].sha256}  {address}\n" for address in sorted(entries)).encode()


def marker_text(entries: Mapping[str, Entry]) -> bytes:
    """Return the marker: one line a file, so that a difference can be read."""
    files = {address: [entry.size, entry.inputs, entry.group] for address, entry in sorted(entries.items())}
    head = {"made_by": "vgg-atlas", "format": FORMAT}
    lines = ",\n".join(f"{json.dumps(address)}:{json.dumps(kept)}" for address, kept in files.items())
    return f'{json.dumps(head)[:-1]}, "files": {{\n{lines}\n}}}}\n'.encode()


def _read_marker(root: Path) -> dict[str, Any]:
    try:
        marked = json.loads(read_plain(root / MARKER) or b"{}")
    except ValueError:
        return {}
    return marked if isinstance(marked, dict) else {}


def _is_kept(kept: object) -> bool:
    return isinstance(kept, list) and list(map(type, kept)) == [int, str, str]


def _is_address(address: str) -> bool:
    try:
        return checked_address(address) == address
    except BadSite:
        return False
