"""`atlas verify`: every stored picture and row against its digest, the site against its checksums."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from generator.errors import BadSite
from generator.files import digest_of
from generator.publish.folder import has_plain_folders, read_plain, told_plainly
from generator.publish.ledger import MARKER, SUMS, is_ours, read_sums
from generator.publish.site import LOCK, held_still, open_site
from generator.publish.staging import STAGING
from generator.store import Inspection, find_damage, inspect_cache, open_store, set_aside
from generator.workflows._report import Report

if TYPE_CHECKING:
    from pathlib import Path

    from generator.store import Damage

PUBLICATION_S: Final = 60.0
"""How long a look at a site waits for another program's publication to end."""


@dataclass(frozen=True, slots=True)
class SiteDamage:
    """A file of the site that is not what was published; `path` is relative to the site."""

    path: str
    reason: str

    def __str__(self) -> str:
        """Return a sentence for people."""
        return f"the site's {self.path} {self.reason}."


@dataclass(frozen=True, slots=True)
class VerifyReport(Report):
    """What was checked and what was found.

    rows, pictures, site_files: how many were held against their digests.
    strangers: files in the site that the atlas did not put there; they are named and left alone.
    repaired: whether what was found was set aside, so that the next build, or for the site the next rendering, makes it
        again.
    """

    rows: int
    pictures: int
    site_files: int
    cache_damage: tuple[Damage, ...]
    site_damage: tuple[SiteDamage, ...]
    strangers: tuple[str, ...]
    repaired: bool

    @property
    def is_sound(self) -> bool:
        """Whether nothing damaged was found."""
        return not self.cache_damage and not self.site_damage

    @property
    def exit_code(self) -> int:
        """1 when something damaged was found and is left where it is, else 0."""
        return 0 if self.is_sound or self.repaired else 1


def verify_cache_and_site(cache: Path, site: Path, *, repair: bool = False, wait_s: float = 0.0) -> VerifyReport:
    """Check a cache and a site; a folder that is not there has nothing to check.

    With `repair`, damaged pictures are moved to the cache's folder `damaged`, an index that is damaged or lost is built
    again from the pictures, and damaged files of the site are removed; what is missing is then made again by the next
    build or rendering. Nothing sound is touched.

    Raises:
        BadCache, CacheInUse, BadSite, SiteInUse: a folder cannot be used.
        WorkFailed: the disk refused.

    """
    inspection = _repaired(cache, wait_s) if repair and cache.exists() else inspect_cache(cache)
    site_files, site_damage, strangers = _inspected_site(site, repair=repair, wait_s=max(wait_s, PUBLICATION_S))
    return VerifyReport(
        rows=inspection.rows,
        pictures=inspection.pictures,
        site_files=site_files,
        cache_damage=inspection.damages,
        site_damage=site_damage,
        strangers=strangers,
        repaired=repair,
    )


def _repaired(cache: Path, wait_s: float) -> Inspection:
    with open_store(cache, write=True, wait_s=wait_s) as store:
        rows = store.rows()
        found = find_damage(store)
        set_aside(store, found)
        return Inspection(len(rows), len(rows), (*store.recovered, *found, *store.photos.recovered))


def _inspected_site(site: Path, *, repair: bool, wait_s: float) -> tuple[int, tuple[SiteDamage, ...], tuple[str, ...]]:
    """Hold a site against its checksums while nobody publishes into it; with `repair`, remove what is damaged."""
    if not is_ours(site):
        return _inspect_site(site)
    with open_site(site, wait_s=wait_s) if repair else held_still(site, wait_s=wait_s):
        found = _inspect_site(site)
        if repair:
            for damage in found[1]:
                _remove(site, damage.path)
    return found


def _inspect_site(site: Path) -> tuple[int, tuple[SiteDamage, ...], tuple[str, ...]]:
    if not site.is_symlink() and not site.exists():
        return 0, (), ()
    if site.is_symlink() or not site.is_dir() or not is_ours(site):
        if not site.is_symlink() and site.is_dir() and not any(site.iterdir()):
            return 0, (), ()
        raise BadSite(f"{site} holds no atlas; name the folder of a site with --site.")
    sums = read_sums(site)
    damaged = [SiteDamage(path, reason) for path, digest in sums.items() if (reason := _trouble(site, path, digest))]
    unlisted = _marked(site) - sums.keys()
    text = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums)).encode()
    if unlisted or read_plain(site / SUMS) != text:
        damaged.append(SiteDamage(SUMS, "is not what was written"))
    known = {*sums, *unlisted, SUMS, MARKER, LOCK}
    return len(sums), tuple(damaged), tuple(sorted(_files(site) - known))


def _trouble(site: Path, path: str, digest: str) -> str | None:
    if not os.path.lexists(site / path):
        return "is missing"
    data = read_plain(site / path) if has_plain_folders(site, path) else None
    if data is None:
        return "cannot be read as a plain file"
    return None if digest_of(data) == digest else "is not what was written"


def _remove(site: Path, path: str) -> None:
    """Remove a damaged file, or the link that stands in its place or above it; never what a link leads to."""
    steps = path.split("/")
    ways = (site.joinpath(*steps[: depth + 1]) for depth in range(len(steps)))
    damaged = next((way for way in ways if way.is_symlink()), site / path)
    with told_plainly(damaged):
        if damaged.is_symlink() or damaged.is_file():
            damaged.unlink()


def _marked(site: Path) -> set[str]:
    """Return the addresses that the site's own mark lists; none when the mark is damaged."""
    try:
        return set(json.loads(read_plain(site / MARKER) or b"{}")["files"])
    except (ValueError, KeyError, TypeError):
        return set()


def _files(site: Path) -> set[str]:
    """Return what stands in the site and is no folder, without following links."""
    found: set[str] = set()
    for folder, folders, names in os.walk(site):
        folders[:] = [name for name in folders if name != STAGING]
        links = [name for name in folders if os.path.islink(f"{folder}/{name}")]  # noqa: PTH114 - plain text as os.walk
        found.update(os.path.relpath(f"{folder}/{name}", site).replace(os.sep, "/") for name in [*names, *links])
    return found
