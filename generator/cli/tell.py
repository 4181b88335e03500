"""Reports as lines for people, one function for each command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.render.facts import told
from generator.render.wording import figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.workflows._build_report import BuildReport
    from generator.workflows.adopt import AdoptReport
    from generator.workflows.bench import BenchReport, LayerRate
    from generator.workflows.export import ExportReport
    from generator.workflows.photos import PhotosReport
    from generator.workflows.probe import ProbeReport
    from generator.workflows.render import PublishReport
    from generator.workflows.serve import ServeReport
    from generator.workflows.status import EditionStatus, LayerStatus, PhotosStatus, StatusReport
    from generator.workflows.verify import VerifyReport
    from generator.workflows.weights import WeightsReport

_SHOWN_DIGITS: Final = 8
_SHOWN_ANSWERS: Final = 5
_COLUMNS: Final = ("layer", "done", "woken", "dead", "missing", "failed", "stale")
_WIDTHS: Final = (14, 11, 7, 7, 9, 8, 7)


def status_lines(report: StatusReport) -> list[str]:
    """Return a table for every edition, and under it what is changed, out of date or failed."""
    photos = [f"{_said_of(one)}" for one in report.photos]
    if not report.editions:
        return ["Nothing is stored yet; `atlas build` makes the pictures.", *photos]
    return [*[line for edition in report.editions for line in (*_edition(edition), "")][:-1], *photos]


def build_lines(report: BuildReport) -> list[str]:
    """Return what a build did, or would do, and each failed filter with its reason."""
    made = sum(len(group.filters) for group in report.planned if not group.measured)
    measured = sum(len(group.filters) for group in report.planned if group.measured)
    if report.dry_run:
        groups = [f"{one.layer}: {_ranges(one.filters)} ({one.reason})" for one in report.planned]
        also = f", {measured} would be measured" if measured else ""
        return [*groups, f"{report.edition}: {made} pictures would be made{also}, {report.kept} are up to date"]
    became = ", ".join(f"{number} {status}" for status, number in sorted(report.statuses.items()))
    parts = [
        f"{made} pictures made{f' ({became})' if became else ''}",
        *([f"{report.again} climbed again from other filters' pictures"] if report.again else []),
        *([f"{report.measured} measured"] if report.measured else []),
        *([f"{report.adopted} adopted"] if report.adopted else []),
        f"{report.kept} up to date",
    ]
    failures = [f"failed: {one.layer}/{one.filter}: {told(one.error)}" for one in report.failed]
    return [*failures, f"{report.edition}: {', '.join(parts)}", f"open {report.site}/index.html"]


def render_lines(report: PublishReport) -> list[str]:
    """Return what a publication changed."""
    written = _counted(len(report.written), "file")
    changed = f"{written} written, {len(report.removed)} removed, {report.kept} left as they were"
    return [*report.damaged, changed, f"open {report.site}/index.html"]


def adopt_lines(report: AdoptReport) -> list[str]:
    """Return what a cache took from a site, and what was left out."""
    taken = [f"{_counted(count, 'picture')} of edition {name} adopted" for name, count in report.adopted.items()]
    held = [f"{_counted(report.held, 'picture')} held already"] if report.held else []
    photos = [f"the photographs {name} adopted" for name in report.photos]
    return [*report.damaged, *taken, *held, *photos, f"go on with: atlas build --cache {report.cache}"]


def photos_lines(report: PhotosReport) -> list[str]:
    """Return what became of a folder's photographs, those that were left out first."""
    if report.removed:
        return [f"{report.name}: taken away"]
    pace = "" if report.seconds_each is None else f" ({report.seconds_each:.2f} s each)"
    left = [f"{len(report.left_out)} left out"] if report.left_out else []
    parts = [f"{_counted(report.read, 'photograph')} read{pace}", f"{report.held} read before", *left]
    shown = [f"open {report.site}/index.html"] if report.files_written else []
    return [*report.left_out, f"{report.name}: {', '.join(parts)}; {report.photographs} in the set", *shown]


def export_lines(report: ExportReport) -> list[str]:
    """Return where a table was written."""
    return [f"{_counted(report.rows, 'filter')} of {', '.join(report.editions)} written to {report.output}"]


def probe_lines(report: ProbeReport) -> list[str]:
    """Return for each photograph the strongest filters of each layer, and where its page is."""
    lines = list(report.left_out)
    for photograph in report.photographs:
        lines.append(f"{photograph.file}:")
        for layer in photograph.layers:
            shown = "  ".join(f"{one.filter:3d} {figure(one.answer)}" for one in layer.filters[:_SHOWN_ANSWERS])
            lines.append(f"  {layer.layer}  {shown or 'none answers'}")
        if photograph.page:
            lines.append(f"  open {photograph.page}")
    return lines


def serve_lines(report: ServeReport) -> list[str]:
    """Return that a preview has ended."""
    return [f"no longer serving {report.site}"]


def bench_lines(report: BenchReport) -> list[str]:
    """Return what this machine was measured to do."""
    rates = [f"matrix products, {name}: {rate / 1e9:,.0f} GFLOP/s" for name, rate in report.multiply_flops.items()]
    chosen = f"--precision auto takes {report.precision}: bfloat16 is {report.bfloat16_speedup:.1f} times as fast"
    layers = [_rate(rate) for rate in report.layers]
    recipes = [f"all filters, {one.recipe}, {one.precision}: {one.seconds / 60:.0f} min" for one in report.recipes]
    return [*rates, chosen, *layers, *recipes]


def weights_lines(report: WeightsReport) -> list[str]:
    """Return where weights come from and what they are."""
    verdict = (
        "these are VGG16's ImageNet weights: every tensor has the expected digest"
        if report.is_imagenet
        else "these have VGG16's tensors, but are not its ImageNet weights"
    )
    return [
        f"source       {report.described}",
        f"tensors      {report.tensors}, all of them finite float32 of the right shapes",
        f"fingerprint  {report.fingerprint}",
        f"verdict      {verdict}",
    ]


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


def _said_of(photos: PhotosStatus) -> str:
    stale = f", out of date: {photos.stale}" if photos.stale else ""
    weights = photos.weights_fingerprint[:_SHOWN_DIGITS]
    return f"photographs {photos.name}: {photos.count} read with the weights {weights}{stale}"


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
    for unmeasured in layer.unmeasured:
        yield f"  {layer.layer}: {len(unmeasured.filters)} to be measured: {unmeasured.reason}"
    for failed in layer.failed:
        yield f"  {layer.layer}/{failed.filter} failed: {told(failed.error)}"


def _said(value: float | str | None) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as `--filters` takes them: "0-7,12"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _rate(rate: LayerRate) -> str:
    return (
        f"{rate.layer}, 224 px, {rate.precision}: {rate.steps_per_s:.1f} filter-steps a second, {rate.ratio:.1f} times "
        f"the notebook loop's {rate.notebook_steps_per_s:.2f}; {rate.share:.0%} of the matrix products' rate"
    )
