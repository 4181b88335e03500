"""The photographs of a set in the store, and of those that may be shown their thumbnails and the maps over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.store.photo_file import damaged_photos
from generator.store.photo_rows import maps_bytes, maps_of, photograph_of
from generator.store.photo_tables import PhotoTables
from generator.store.rows import row_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from generator.records import MapPlace, Photograph

FORGET: Final = tuple(f"DELETE FROM {table} WHERE name = ? AND sha256 = ?" for table in ("thumbnails", "maps"))  # noqa: S608
"""What forgets all that may be shown of a photograph."""


class ShownPhotos(PhotoTables):
    """The open file of photographs, as far as it says what they are and holds what pages show of them."""

    def photographs(self, name: str) -> tuple[Photograph, ...]:
        """Return the photographs of a set that are read, in the order of their digests, each without its slug."""
        query = (
            "SELECT p.sha256, p.facts FROM photographs p JOIN readings r ON r.name = p.name AND r.sha256 = p.sha256"
            " WHERE p.name = ? ORDER BY p.sha256"
        )
        return tuple(photograph_of(*row) for row in self._fetch(query, (name,)))

    def thumbnails(self, name: str) -> dict[str, str]:
        """Return which photographs of a set have a thumbnail: its digest by the photograph's."""
        return dict(self._fetch("SELECT sha256, digest FROM thumbnails WHERE name = ? ORDER BY sha256", (name,)))

    def thumbnail(self, name: str, sha256: str) -> bytes:
        """Return the thumbnail of a photograph; raise `BadCache` where there is none, or it is not what was written."""
        query = "SELECT digest, thumbnail FROM thumbnails WHERE name = ? AND sha256 = ?"
        for digest, thumbnail in self._fetch(query, (name, sha256)):
            if digest == row_digest(name, sha256, thumbnail):
                return bytes(thumbnail)
        raise damaged_photos(self.cache, "lacks a thumbnail, or it is damaged")

    def put_thumbnails(self, name: str, thumbnails: Mapping[str, bytes]) -> None:
        """Store thumbnails by their photographs' digests, of those that may be shown; raise `WorkFailed` as `put`."""
        shown = {photograph.sha256 for photograph in self.photographs(name) if photograph.show}
        with self._writing():
            for sha256 in sorted(thumbnails.keys() & shown):
                self._insert("thumbnails", (name, sha256, thumbnails[sha256]))

    def maps(self, name: str) -> dict[str, str]:
        """Return of which photographs of a set maps are kept: the digest of these by the photograph's."""
        return dict(self._fetch("SELECT sha256, digest FROM maps WHERE name = ? ORDER BY sha256", (name,)))

    def tiles(self, name: str) -> dict[str, dict[MapPlace, NDArray[np.uint8]]]:
        """Return the maps that are kept of photographs by their digests: at most nine small tiles for each filter.

        Raises:
            BadCache: some are not what was written.

        """
        found = {}
        for sha256, digest, maps in self._fetch("SELECT sha256, digest, maps FROM maps WHERE name = ?", (name,)):
            if digest != row_digest(name, sha256, maps):
                raise damaged_photos(self.cache, "has damaged maps")
            found[sha256] = maps_of(maps)
        return found

    def put_maps(self, name: str, maps: Mapping[str, Mapping[MapPlace, NDArray[np.uint8]]]) -> None:
        """Store tiles of maps by their photographs' digests, of those that have a thumbnail; raise as `put` does."""
        shown = self.thumbnails(name)
        with self._writing():
            for sha256 in sorted(maps.keys() & shown.keys()):
                self._insert("maps", (name, sha256, maps_bytes(maps[sha256])))

    def forget_shown(self, name: str, photographs: Iterable[str]) -> None:
        """Forget thumbnails and maps of photographs, by their digests; raise `WorkFailed` when the disk refuses."""
        known = [(name, sha256) for sha256 in photographs]
        with self._writing():
            for statement in FORGET:
                self._connection.executemany(statement, known)
