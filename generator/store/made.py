"""What was made: the pictures of an open index, and what failed beside them, as records."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from generator.catalogue import layer_named
from generator.errors import DamagedPicture
from generator.files import digest_of, read_file
from generator.records import FilterRecord, LayerRecord
from generator.store.files import picture_path
from generator.store.measured import Measured
from generator.store.pictures import MAXIMUM_BYTES, decode_image
from generator.store.rows import Row, failure_of, record_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.records import FilterFailure, Kept, PictureRecord, Response

ROW_COLUMNS: Final = ", ".join(field.name for field in fields(Row))


class Made(Measured):
    """The pictures of an open index, with what was measured of each."""

    def layer(self, edition: str, layer: str) -> LayerRecord | None:
        """Return what is stored of one layer of an edition; None when there is nothing."""
        measured, (kept, kept_version) = self._versioned_responses(edition, layer), self.kept(edition, layer)
        records = self._filter_records(edition, layer, measured, kept)
        if not records:
            return None
        cross = np.zeros((len(records), layer_named(layer).filters), np.float32)
        for place, record in enumerate(records):
            if record.is_measured:
                cross[place] = measured[record.filter][1].means
        return LayerRecord(edition, layer, records, cross, *self.links(edition, layer), kept_version)

    def file(self, record: PictureRecord) -> bytes:
        """Return the published file of `record`.

        Raises:
            DamagedPicture: there is no picture, it cannot be read, or it does not match its digest.

        """
        named = f"{record.layer}/{record.filter} in edition {record.edition}"
        if record.sha256 is None:
            raise DamagedPicture(f"there is no picture of {named}: it failed.")
        try:
            data = read_file(picture_path(self.cache, record.sha256), MAXIMUM_BYTES)
        except OSError as error:
            raise DamagedPicture(
                f"the picture of {named} cannot be read ({error.strerror}); `atlas build` makes it again."
            ) from error
        if digest_of(data) != record.sha256:
            raise DamagedPicture(f"the picture of {named} is not what was written; `atlas build` makes it again.")
        return data

    def picture(self, record: PictureRecord) -> NDArray[np.uint8]:
        """Return the picture of `record`: uint8 RGB, shape (height, width, 3), 0-255; raises as `file` does."""
        return decode_image(self.file(record))

    def rows(self) -> list[Row]:
        """Return every row of pictures, of every edition, as the index holds them."""
        return self._rows("1", ())

    def _filter_records(
        self,
        edition: str,
        layer: str,
        measured: Mapping[int, tuple[int, Response]],
        kept: Mapping[int, Kept | None],
        number: int | None = None,
    ) -> tuple[FilterRecord, ...]:
        """Return what is stored of the filters of a layer, or of one of them, in ascending order."""
        where, values = "edition = ? AND layer = ? AND (? IS NULL OR filter = ?)", (edition, layer, number, number)
        errors = {failure.filter: failure for _, failure in self._failures(where, values)}
        found = {
            record.filter: replace(
                _flat(record, measured.get(record.filter), errors.get(record.filter)), kept=kept.get(record.filter)
            )
            for _, record in self._records(where, values)
        }
        for place, failure in errors.items():
            if place not in found:
                found[place] = FilterRecord(edition, layer, place, failure.settings, error=failure.error)
        return tuple(found[place] for place in sorted(found))

    def _failures(self, where: str, values: tuple[Any, ...]) -> list[tuple[int, FilterFailure]]:
        rows = self._fetch(f"SELECT algorithm, failure FROM failures WHERE {where}", values)  # noqa: S608
        found = ((algorithm, failure_of(text)) for algorithm, text in rows)
        return [(algorithm, failure) for algorithm, failure in found if failure is not None]

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Row]:
        query = f"SELECT {ROW_COLUMNS} FROM pictures WHERE {where} ORDER BY edition, layer, filter"  # noqa: S608
        return [Row(*row) for row in self._fetch(query, values)]

    def _records(self, where: str, values: tuple[Any, ...]) -> list[tuple[Row, PictureRecord]]:
        found = ((row, record_of(row)) for row in self._rows(where, values))
        return [(row, record) for row, record in found if record is not None]


def _flat(record: PictureRecord, measured: tuple[int, Response] | None, failure: FilterFailure | None) -> FilterRecord:
    values: dict[str, Any] = {} if failure is None else {"error": failure.error}
    if measured is not None:
        values["response_version"], response = measured
        for name in ("displayed_mean", "rank", "selectivity", "top", "map_filters", "map_peak"):
            values[name] = getattr(response, name)
    return FilterRecord(**record.made, **values)
