"""Reports as lines for people: the table of `atlas status`, the findings of `atlas verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.workflows.status import EditionStatus, LayerStatus, StatusReport
    from generator.workflows.verify import VerifyReport

_SHOWN_DIGITS: Final = 8
_COLUMNS: Final = ("layer", "done", "woken", "dead", "missing", "failed", "stale")
_WIDTHS: Final = (14, 11, 7, 7, 9, 8, 7)


def status_lines(report: StatusReport) -> list[str]:
    """Return a table for every edition, and under it what is changed, out of date or failed."""
    if not report.editions:
        return ["Nothing is stored yet; `atlas build` makes the pictures."]
    return [line for edition in report.editions for line in (*_edition(edition), "")][:-1]


def verify_lines(report: VerifyReport) -> list[str]:
    """Return what was checked, every damage found in a sentence of its own, and what to do about it."""
    checked = f"Checked {report.rows} rows, {report.pictures} pictures and {report.site_files} files of the site"
    damages = [str(damage) for damage in (*report.cache_damage, *report.site_damage)]
    strangers = [f"{path} in the site is not the atlas's; it is left alone." for path in report.strangers]
    if not damages:
        return [f"{checked}: all as they were written.", *strangers]
    advice = (
        "The damaged ones are set aside; `atlas build` makes them again."
        if report.repaired
        else "`atlas verify --repair` sets the damaged ones aside, and the next `atlas build` makes them again."
    )
    return [f"{checked}: {len(damages)} damaged.", *damages, *strangers, advice]


def _edition(edition: EditionStatus) -> Iterator[str]:
    weights = f"{edition.weights}, fingerprint {edition.weights_fingerprint[:_SHOWN_DIGITS]}"
    yield f"{edition.edition}: recipe {edition.recipe}, weights from {weights}"
    yield _row(_COLUMNS)
    for layer in edition.layers:
        yield _row(_cells(layer))
    yield _row(_total(edition.layers))
    for layer in edition.layers:
        yield from _remarks(layer)


def _cells(layer: LayerStatus) -> tuple[str, ...]:
    done = f"{layer.done} of {layer.wanted}"
    counts = (layer.woken, layer.dead, layer.missing, len(layer.failed), _stale(layer))
    return (layer.layer, done, *map(str, counts))


def _total(layers: tuple[LayerStatus, ...]) -> tuple[str, ...]:
    done = f"{sum(layer.done for layer in layers)} of {sum(layer.wanted for layer in layers)}"
    columns = zip(
        *((layer.woken, layer.dead, layer.missing, len(layer.failed), _stale(layer)) for layer in layers), strict=True
    )
    return ("all", done, *(str(sum(column)) for column in columns))


def _stale(layer: LayerStatus) -> int:
    return sum(len(stale.filters) for stale in layer.stale)


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = zip(cells, _WIDTHS, strict=True)
    return "  " + first[0].ljust(first[1]) + "".join(cell.rjust(width) for cell, width in rest)


def _remarks(layer: LayerStatus) -> Iterator[str]:
    for change in layer.changes:
        name = change.name.removesuffix("_px").replace("_", " ")
        yield f"  {layer.layer}: {name} {_said(change.value)}, the recipe's is {_said(change.recipe_value)}"
    for stale in layer.stale:
        yield f"  {layer.layer}: {len(stale.filters)} out of date: {stale.reason}"
    for failed in layer.failed:
        yield f"  {layer.layer}/{failed.filter} failed: {failed.error}"


def _said(value: float | str | None) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
