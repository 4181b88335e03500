"""What the tests of the publisher share: files put into a site, and what a reader of it sees."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

from generator.publish.ledger import MARKER, SUMS
from generator.publish.site import LOCK, SiteChanges, open_site
from generator.publish.staging import STAGING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OURS = {MARKER, SUMS, LOCK}


def published(folder: Path, files: Mapping[str, bytes]) -> SiteChanges:
    """Publish `files`, by address, and nothing else."""
    with open_site(folder) as site:
        for address, data in files.items():
            site.write(address, data, f"inputs of {address}")
        return site.commit()


def visible(folder: Path) -> dict[str, bytes]:
    """Return the files of a site but the publisher's own, by address."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in OURS)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if STAGING not in path.parts}


def is_whole(folder: Path) -> bool:
    """Tell whether `sha256sum` finds every file as the site's list of checksums has it."""
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


def resum(site: Path, address: str, data: bytes) -> None:
    """Put `data` into a site as if it had been published so."""
    lines = (site / SUMS).read_text().splitlines()
    kept = [line for line in lines if not line.endswith(f"  {address}")]
    (site / address).write_bytes(data)
    (site / SUMS).write_text("\n".join([*kept, f"{hashlib.sha256(data).hexdigest()}  {address}", ""]))


def publish_as_format_1(site: Path) -> None:
    """Make a site one whose data are of version 0.1, and hold too little to go on from."""
    manifest, sums = site / "data" / "manifest.json", site / SUMS
    before = manifest.read_bytes()
    manifest.write_bytes(before.replace(b'"format":2', b'"format":1'))
    old, new = (hashlib.sha256(data).hexdigest() for data in (before, manifest.read_bytes()))
    sums.write_text(sums.read_text().replace(old, new))
