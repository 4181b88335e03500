"""The numbers beside the pages: deterministic bytes from records, for people who compute on.

JSON has no infinity and no NaN: a number that does not exist (a failed filter's) is null. Numbers carry seven
significant digits, which is what float32 holds.
"""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from generator.catalogue import layer_named
from generator.publish.addresses import cross_data, edition_table, full_picture, layer_data
from generator.recipes import ALGORITHM, RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generator.recipes import Settings
    from generator.records import EditionRecord, FilterRecord, LayerRecord

FORMAT: Final = 1
"""Version of the data files; it is raised when a key changes its meaning."""

STATUSES: Final = ("active", "woken", "dead", "failed")
TABLE_COLUMNS: Final = (
    "layer",
    "filter",
    "status",
    "dead_at_start",
    "first_loss",
    "final_loss",
    "image_mean",
    "displayed_mean",
    "rank",
    "selectivity",
    "steps_run",
    "stop_reason",
    "image",
    "sha256",
)


def layer_json(layer: LayerRecord) -> bytes:
    """Return `data/<edition>/<layer>.json`.

    `settings` are those of most filters of the layer; a filter made with others carries its own.
    """
    common = common_settings(layer.filters)
    content = {
        "layer": layer.layer,
        "edition": layer.edition,
        "settings": common.as_dict(),
        "filters": [_filter_data(record, common) for record in layer.filters],
    }
    return _json(content, lines_deep=2)


def cross_npy(layer: LayerRecord) -> bytes:
    """Return the cross-activation matrix as a NumPy file: float32, row = picture as in the layer, column = filter."""
    out = BytesIO()
    np.save(out, np.ascontiguousarray(layer.cross, "<f4"), allow_pickle=False)
    return out.getvalue()


def table_rows(layers: Iterable[LayerRecord]) -> list[dict[str, Any]]:
    """Return a row a filter, in the order of the layers given; the keys are `TABLE_COLUMNS`."""
    return [_table_row(record) for layer in layers for record in layer.filters]


def table_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str] = TABLE_COLUMNS) -> bytes:
    """Return rows as CSV with a head line; what does not exist is an empty field, a truth value `true` or `false`."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return out.getvalue().encode()


def manifest_json(version: str, editions: Sequence[EditionRecord], layers: Iterable[LayerRecord]) -> bytes:
    """Return `data/manifest.json`: what was built, with which weights, recipes and settings, and where it is."""
    by_edition: dict[str, list[LayerRecord]] = {edition.name: [] for edition in editions}
    for layer in layers:
        by_edition[layer.edition].append(layer)
    content = {
        "format": FORMAT,
        "versions": {"atlas": version, "algorithm": ALGORITHM},
        "recipes": {name: recipe.summary for name, recipe in RECIPES.items()},
        "editions": [_edition_data(edition, by_edition[edition.name]) for edition in editions],
    }
    return _json(content, lines_deep=4)


def common_settings(records: Sequence[FilterRecord]) -> Settings:
    """Return the settings that most of `records` were made with; of equally many, those of the first filter."""
    return Counter(record.settings for record in records).most_common(1)[0][0]


def rounded(value: float) -> float | None:
    """Return `value` with seven significant digits; None when it is not finite."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _filter_data(record: FilterRecord, common: Settings) -> dict[str, Any]:
    row = _table_row(record)
    del row["layer"], row["selectivity"]
    image, sha256 = row.pop("image"), row.pop("sha256")
    row["losses"] = [rounded(loss) for loss in record.losses]
    row["cross"] = [[other, rounded(mean)] for other, mean in record.top]
    row |= {"image": image, "sha256": sha256}
    if record.error is not None:
        row["error"] = record.error
    if record.settings != common:
        row["settings"] = record.settings.as_dict()
    return row


def _table_row(record: FilterRecord) -> dict[str, Any]:
    made = record.sha256 is not None
    return {
        "layer": record.layer,
        "filter": record.filter,
        "status": record.status,
        "dead_at_start": record.dead_at_start,
        "first_loss": rounded(record.first_loss) if made else None,
        "final_loss": rounded(record.final_loss) if made else None,
        "image_mean": rounded(record.image_mean) if made else None,
        "displayed_mean": rounded(record.displayed_mean) if made else None,
        "rank": record.rank if made else None,
        "selectivity": rounded(record.selectivity) if made else None,
        "steps_run": record.steps_run,
        "stop_reason": record.stop_reason,
        "image": full_picture(record.edition, record.layer, record.filter) if made else None,
        "sha256": record.sha256,
    }


def _edition_data(edition: EditionRecord, layers: Sequence[LayerRecord]) -> dict[str, Any]:
    return {
        "name": edition.name,
        "recipe": edition.recipe,
        "weights": edition.weights,
        "weights_fingerprint": edition.weights_fingerprint,
        "counts": _counts([record for layer in layers for record in layer.filters]),
        "table": edition_table(edition.name),
        "layers": [_layer_data(layer) for layer in layers],
    }


def _layer_data(layer: LayerRecord) -> dict[str, Any]:
    return {
        "layer": layer.layer,
        "filters_of_layer": layer_named(layer.layer).filters,
        "counts": _counts(layer.filters),
        "settings": common_settings(layer.filters).as_dict(),
        "data": layer_data(layer.edition, layer.layer),
        "cross": cross_data(layer.edition, layer.layer),
    }


def _counts(records: Sequence[FilterRecord]) -> dict[str, int]:
    found = Counter(record.status for record in records)
    at_start = sum(record.dead_at_start for record in records)
    return {"filters": len(records)} | {name: found[name] for name in STATUSES} | {"dead_at_start": at_start}


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def _json(content: dict[str, Any], lines_deep: int) -> bytes:
    """Return JSON with a line for each entry down to `lines_deep`, so that a plain diff compares two editions."""
    return (_lines(content, lines_deep) + "\n").encode()


def _lines(value: Any, deep: int) -> str:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if deep and any(isinstance(part, dict | list) for part in parts):
        if isinstance(value, list):
            return "[\n" + ",\n".join(_lines(part, deep - 1) for part in value) + "\n]"
        return "{\n" + ",\n".join(f"{json.dumps(key)}:{_lines(part, deep - 1)}" for key, part in value.items()) + "\n}"
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
