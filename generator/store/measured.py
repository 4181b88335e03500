"""What was measured: arrays of any kind, each taken of one very file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from generator.records import KEPT, KERNEL_LEVELS, LINKS, RESPONSE, Kept, Links, Measurement, Response
from generator.store.files import disk_trouble
from generator.store.index import insert, transaction
from generator.store.rows import damaged_numbers, measurement_of, packed, row_digest
from generator.store.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Measured(Tables):
    """The measurements of an open index."""

    def put_measurements(self, edition: str, measurements: Iterable[Measurement]) -> None:
        """Store measurements, each in place of the earlier one of its filter and kind, in one transaction.

        Raises:
            WorkFailed: the disk refused.

        """
        with disk_trouble(self.cache), transaction(self._connection):
            self._insert_measurements(edition, measurements)

    def responses(self, edition: str, layer: str) -> dict[int, Response]:
        """Return how the layer answers to each of its pictures, as far as it was measured."""
        return {number: response for number, (_, response) in self._versioned_responses(edition, layer).items()}

    def measurements(self, edition: str, layer: str, kind: str, number: int | None = None) -> dict[int, Measurement]:
        """Return the measurements of one kind that were taken of the pictures that stand now, by filter.

        Raises:
            BadCache: one is not what was written.

        """
        query = (
            "SELECT m.digest, m.filter, m.version, m.sha256, m.measured FROM measurements m JOIN pictures p"
            " ON m.edition = p.edition AND m.layer = p.layer AND m.filter = p.filter AND m.sha256 = p.sha256"
            " WHERE m.edition = ? AND m.layer = ? AND m.kind = ? AND (? IS NULL OR m.filter = ?) ORDER BY m.filter"
        )
        found = {}
        for digest, place, *values in self._fetch(query, (edition, layer, kind, number, number)):
            if digest != row_digest(edition, layer, place, kind, *values):
                raise damaged_numbers(edition, layer, place)
            found[place] = measurement_of(layer, place, kind, *values)
        return {place: one for place, one in found.items() if one is not None}

    def links(self, edition: str, layer: str) -> tuple[dict[int, Links], int]:
        """Return what the filters' means are made of, by filter and as published, and the version of that."""
        measured = self.measurements(edition, layer, LINKS)
        found = {number: links for number, one in measured.items() if (links := Links.of(one)) is not None}
        version = max((one.version for one in measured.values()), default=0)
        return {number: _as_published(one) for number, one in found.items()}, version

    def kept(self, edition: str, layer: str, number: int | None = None) -> tuple[dict[int, Kept | None], int]:
        """Return what moves leave of the pictures of a layer, or of one of them, by filter, and the version of that."""
        measured = self.measurements(edition, layer, KEPT, number)
        version = max((one.version for one in measured.values()), default=0)
        return {place: Kept.of(one) for place, one in measured.items()}, version

    def _versioned_responses(
        self, edition: str, layer: str, number: int | None = None
    ) -> dict[int, tuple[int, Response]]:
        """Return the responses of a layer's filters, or of one of them, each with the version of the measurement."""
        found = self.measurements(edition, layer, RESPONSE, number)
        return {
            place: (one.version, response) for place, one in found.items() if (response := Response.of(one)) is not None
        }

    def _insert_measurements(self, edition: str, measurements: Iterable[Measurement]) -> None:
        for one in measurements:
            values = (edition, one.layer, one.filter, one.kind, one.version, one.sha256, packed(one.values))
            insert(self._connection, "measurements", values)


def _as_published(links: Links) -> Links:
    """Return links as a site's data files hold them, so that pages say the same before and after they are adopted."""
    amounts = links.amounts.astype(np.float16).astype(np.float32)
    return replace(links, amounts=amounts, kernels=_in_levels(links.kernels, together=len(amounts) == len("RGB")))


def _in_levels(kernels: NDArray[np.float16], *, together: bool) -> NDArray[np.float16]:
    """Return kernels in whole levels from -9 to 9, 9 being the greatest weight: of each, or of all `together`."""
    sizes = np.abs(kernels.astype(np.float32))
    greatest = sizes.max(axis=None if together else (1, 2), keepdims=True, initial=0)
    scale = np.divide(KERNEL_LEVELS, greatest, where=greatest > 0, out=np.zeros_like(greatest))
    levels: NDArray[np.float16] = np.rint(kernels * scale).astype(np.float16)
    return levels
