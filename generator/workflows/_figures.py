"""The figures of a layer: drawn again only when a number or a picture that they show has changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from generator.addresses import contact_sheet, cross_picture, loss_histogram
from generator.errors import DamagedPicture
from generator.figures.sizes import HISTOGRAM_PX, SHEET_FILTERS, TILE_PX, heat_map_size, sheet_size
from generator.publish.pictures import encode_figure
from generator.records import Progress
from generator.render.inputs import Figures, Picture, Sheet
from generator.workflows._digests import code_digest, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

    import numpy as np
    from numpy.typing import NDArray

    from generator.figures.sizes import SheetSize
    from generator.publish.site import Site
    from generator.records import Event, FilterRecord, LayerRecord
    from generator.store import Store

_WAITING: Final = 4
"""Figures drawn ahead of the encoders: each is a few megabytes of pixels."""


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure that may have to be drawn: where it goes, the digest of what it shows, and how it is drawn."""

    address: str
    inputs: str
    draw: Callable[[], NDArray[np.uint8] | bytes]


def figures_of(layer: LayerRecord) -> Figures:
    """Return where the figures of a layer are and how large, whether they are drawn yet or not."""
    names = layer.edition, layer.layer
    sheets = tuple(_sheet(contact_sheet(*names, number), records) for number, records in _sheets(layer).items())
    losses = Picture(loss_histogram(*names), *HISTOGRAM_PX) if _losses(layer) else None
    heat = heat_map_size(*layer.cross.shape)
    return Figures(sheets, losses, Picture(cross_picture(*names), heat.width, heat.height))


def _sheet(address: str, records: Sequence[FilterRecord]) -> Sheet:
    size = _sheet_size(records)
    return Sheet(Picture(address, size.width, size.height), records[0].filter, records[-1].filter)


def draw_figures(
    store: Store, site: Site, layers: Sequence[LayerRecord], pool: Executor, on_event: Callable[[Event], None]
) -> None:
    """Bring the figures of `layers` up to date in the site; the pool decodes and encodes, one thread draws."""
    stale = [
        figure
        for layer in layers
        for figure in _figures(store, pool, layer)
        if not site.fresh(figure.address, figure.inputs)
    ]
    pending: deque[tuple[_Figure, Future[bytes]]] = deque()
    for done, figure in enumerate(stale, start=1):
        pending.append((figure, pool.submit(_as_bytes, figure.draw())))
        while len(pending) > _WAITING or (pending and done == len(stale)):
            drawn, encoded = pending.popleft()
            site.write(drawn.address, encoded.result(), drawn.inputs)
        on_event(Progress("figures", done, len(stale)))


def _figures(store: Store, pool: Executor, layer: LayerRecord) -> Iterator[_Figure]:
    figures, code = figures_of(layer), code_digest(__name__)
    for sheet, records in zip(figures.sheets, _sheets(layer).values(), strict=True):
        said = [(record.sha256, _title(record)) for record in records]
        inputs = digest(layer.edition, layer.layer, _sheet_size(records), said, code)
        yield _Figure(sheet.picture.src, inputs, partial(_draw_sheet, store, pool, layer, records))
    if figures.losses:
        losses = _losses(layer)
        yield _Figure(
            figures.losses.src, digest(layer.edition, layer.layer, losses, code), partial(_draw_losses, layer, losses)
        )
    if figures.cross:
        numbers = [record.filter for record in layer.filters]
        yield _Figure(figures.cross.src, digest(numbers, layer.cross, code), partial(_draw_cross, layer, numbers))


def _draw_sheet(store: Store, pool: Executor, layer: LayerRecord, records: Sequence[FilterRecord]) -> NDArray[np.uint8]:
    from generator.figures.sheets import contact_sheet as draw  # noqa: PLC0415  # matplotlib is slow to import

    heading = f"{layer.layer}, filters {records[0].filter} to {records[-1].filter}, {layer.edition}"
    images = list(pool.map(partial(_image, store), records))
    return draw(images, [_title(record) for record in records], heading, _sheet_size(records))


def _draw_losses(layer: LayerRecord, losses: Sequence[float]) -> bytes:
    from generator.figures.charts import loss_histogram as draw  # noqa: PLC0415  # matplotlib is slow to import

    return draw(losses, f"loss of {layer.layer}, {layer.edition}")


def _draw_cross(layer: LayerRecord, numbers: Sequence[int]) -> NDArray[np.uint8]:
    from generator.figures.charts import cross_heat_map as draw  # noqa: PLC0415  # matplotlib is slow to import

    return draw(layer.cross, numbers)


def _as_bytes(drawn: NDArray[np.uint8] | bytes) -> bytes:
    return drawn if isinstance(drawn, bytes) else encode_figure(drawn)


def _image(store: Store, record: FilterRecord) -> NDArray[np.uint8] | None:
    try:
        return store.picture(record) if record.sha256 else None
    except DamagedPicture:
        return None


def _title(record: FilterRecord) -> str:
    """Return the article's title of a tile, with the filter's number."""
    return f"{record.filter}: Loss={record.final_loss:.2f}" if record.sha256 else f"{record.filter}: failed"


def _sheets(layer: LayerRecord) -> dict[int, tuple[FilterRecord, ...]]:
    """Return the records by sheet, numbered from 1: filters 0 to 63 on the first, whatever of them is there."""
    sheets: dict[int, list[FilterRecord]] = {}
    for record in layer.filters:
        sheets.setdefault(1 + record.filter // SHEET_FILTERS, []).append(record)
    return {number: tuple(records) for number, records in sheets.items()}


def _sheet_size(records: Sequence[FilterRecord]) -> SheetSize:
    sides = (record.settings.size_px for record in records if record.sha256)
    return sheet_size(len(records), max(sides, default=TILE_PX))


def _losses(layer: LayerRecord) -> list[float]:
    return [record.final_loss for record in layer.filters if record.sha256]
