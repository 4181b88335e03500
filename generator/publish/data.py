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

from generator.addresses import (
    PHOTO_ARRAYS,
    cross_data,
    edition_table,
    full_picture,
    layer_data,
    links_data,
    photo_array,
    photo_layer_data,
    photos_data,
    starts_data,
)
from generator.catalogue import layer_named
from generator.recipes import ALGORITHM, RECIPES
from generator.records import KEPT, LINKS, MOVES, RESPONSE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import Changes, EditionRecord, FilterRecord, LayerRecord, Links, PhotoSet, StartRecord

FORMAT: Final = 2
"""Version of the data files; it is raised when a key changes its meaning. From 2 on a cache can be made from them."""

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
    versions = Counter(record.response_version for record in layer.filters if record.is_measured).most_common(1)
    version = versions[0][0] if versions else None
    content = {
        "layer": layer.layer,
        "edition": layer.edition,
        "settings": common.as_dict(),
        "measured": ({} if version is None else {RESPONSE: version})
        | ({LINKS: layer.links_version} if layer.links else {})
        | ({KEPT: layer.kept_version} if layer.kept_version else {}),
        "filters": [_filter_data(record, layer.links.get(record.filter), common, version) for record in layer.filters],
    }
    return json_bytes(content, lines_deep=2)


def cross_npy(layer: LayerRecord) -> bytes:
    """Return the cross-activation matrix as a NumPy file: float32, row = picture as in the layer, column = filter."""
    return npy_bytes(np.ascontiguousarray(layer.cross, "<f4"))


def links_npy(layer: LayerRecord) -> bytes:
    """Return the amounts of the links as a NumPy file: float16, row = picture as in the layer, column = input filter.

    Rows of filters that have none are zero.
    """
    rows = np.zeros((len(layer.filters), layer_named(layer.layer).in_channels), "<f2")
    for row, record in enumerate(layer.filters):
        if record.filter in layer.links:
            rows[row] = layer.links[record.filter].amounts
    return npy_bytes(rows)


def starts_json(starts: Iterable[StartRecord]) -> bytes:
    """Return `data/starts-<weights>.json`: by layer the mean of each filter on the article's start.

    The numbers are the shortest that give the same float32 again.
    """
    return json_bytes({one.layer: [shortest(mean) for mean in one.first_losses] for one in starts}, lines_deep=1)


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


def manifest_json(
    version: str,
    editions: Sequence[EditionRecord],
    layers: Iterable[LayerRecord],
    changes: Mapping[tuple[str, str], Changes],
    started: Collection[str] = (),
    photos: Iterable[PhotoSet] = (),
) -> bytes:
    """Return `data/manifest.json`: what was built, with which weights, recipes and settings, and where it is.

    `changes` are the user's own settings by (edition, layer); `started` the fingerprints of the weights whose starts
    are published; `photos` the sets of photographs.
    """
    by_edition: dict[str, list[LayerRecord]] = {edition.name: [] for edition in editions}
    for layer in layers:
        by_edition[layer.edition].append(layer)
    content = {
        "format": FORMAT,
        "versions": {"atlas": version, "algorithm": ALGORITHM},
        "recipes": {name: recipe.summary for name, recipe in RECIPES.items()},
        "editions": [_edition_data(edition, by_edition[edition.name], changes, started) for edition in editions],
    }
    sets = [_photo_set_data(one) for one in photos]
    content |= {"photos": sets} if sets else {}
    return json_bytes(content, lines_deep=4)


def common_settings(records: Sequence[FilterRecord]) -> Settings:
    """Return the settings that most of `records` were made with; of equally many, those of the first filter."""
    return Counter(record.settings for record in records).most_common(1)[0][0]


def rounded(value: float) -> float | None:
    """Return `value` with seven significant digits; None when it is not finite."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def shortest(value: float | np.float32) -> float:
    """Return the shortest number that gives the same float32 again."""
    return float(str(np.float32(value)))


def _filter_data(
    record: FilterRecord, links: Links | None, common: Settings, common_version: int | None
) -> dict[str, Any]:
    row = _table_row(record)
    del row["layer"]
    image, sha256 = row.pop("image"), row.pop("sha256")
    row["losses"] = [rounded(loss) for loss in record.losses]
    row["cross"] = [[other, rounded(mean)] for other, mean in record.top]
    if record.is_measured:
        row["maps"] = {"filters": list(record.map_filters), "peak": record.map_peak}
    if links is not None:
        row["links"] = _links_data(links)
    if record.kept is not None:
        row["kept"] = {move: shortest(getattr(record.kept, move)) for move in MOVES}
        row["peak"] = shortest(record.kept.peak)
    row |= {"image": image, "sha256": sha256}
    if record.tried:
        row |= {"woke_at": record.woke_at, "tried": [fact.as_dict() for fact in record.tried]}
    if record.error is not None:
        row["error"] = record.error.as_dict()
    if record.response_version not in (None, common_version):
        row["response_version"] = record.response_version
    if record.settings != common:
        row["settings"] = record.settings.as_dict()
    return row


def _links_data(links: Links) -> dict[str, Any]:
    """Return what a filter's mean is made of: the strongest inputs of each sign, with the kernels row by row."""
    return {
        "bias": rounded(links.bias),
        "positive": rounded(links.positive),
        "negative": rounded(links.negative),
        "from": [[int(number), rounded(float(links.amounts[number]))] for number in links.shown],
        "kernels": links.kernels.reshape(-1, 9).astype(int).tolist(),
    }


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
        "displayed_mean": rounded(record.displayed_mean) if record.is_measured else None,
        "rank": record.rank if record.is_measured else None,
        "selectivity": rounded(record.selectivity) if record.is_measured else None,
        "steps_run": record.steps_run,
        "stop_reason": record.stop_reason,
        "image": full_picture(record.edition, record.layer, record.filter) if made else None,
        "sha256": record.sha256,
    }


def _edition_data(
    edition: EditionRecord,
    layers: Sequence[LayerRecord],
    changes: Mapping[tuple[str, str], Changes],
    started: Collection[str],
) -> dict[str, Any]:
    return {
        "name": edition.name,
        "recipe": edition.recipe,
        "weights": edition.weights,
        "weights_fingerprint": edition.weights_fingerprint,
        "counts": _counts([record for layer in layers for record in layer.filters]),
        **({"starts": starts_data(fingerprint)} if (fingerprint := edition.weights_fingerprint) in started else {}),
        "table": edition_table(edition.name),
        "layers": [_layer_data(layer, changes.get((layer.edition, layer.layer), {})) for layer in layers],
    }


def _photo_set_data(one: PhotoSet) -> dict[str, Any]:
    kinds = () if one.is_large else PHOTO_ARRAYS
    return {
        "name": one.name,
        "weights_fingerprint": one.weights_fingerprint,
        "photographs": len(one.photographs),
        "data": photos_data(one.name),
        "layers": [
            {"layer": layer, "data": photo_layer_data(one.name, layer)}
            | {kind: photo_array(one.name, layer, kind) for kind in kinds}
            for layer in one.layers
        ],
    }


def _layer_data(layer: LayerRecord, changes: Changes) -> dict[str, Any]:
    own = {"changes": dict(sorted(changes.items()))} if changes else {}
    return own | {
        "layer": layer.layer,
        "filters_of_layer": layer_named(layer.layer).filters,
        "counts": _counts(layer.filters),
        "settings": common_settings(layer.filters).as_dict(),
        "data": layer_data(layer.edition, layer.layer),
        "cross": cross_data(layer.edition, layer.layer),
        **({"links": links_data(layer.edition, layer.layer)} if layer.links else {}),
    }


def _counts(records: Sequence[FilterRecord]) -> dict[str, int]:
    found = Counter(record.status for record in records)
    at_start = sum(record.dead_at_start for record in records)
    return {"filters": len(records)} | {name: found[name] for name in STATUSES} | {"dead_at_start": at_start}


def npy_bytes(array: NDArray[Any]) -> bytes:
    """Return an array as a NumPy file."""
    out = BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def json_bytes(content: dict[str, Any], lines_deep: int) -> bytes:
    """Return JSON with a line for each entry down to `lines_deep`, so that a plain diff compares two editions."""
    return (_lines(content, lines_deep) + "\n").encode()


def _lines(value: Any, deep: int) -> str:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if deep and any(isinstance(part, dict | list) for part in parts):
        if isinstance(value, list):
            return "[\n" + ",\n".join(_lines(part, deep - 1) for part in value) + "\n]"
        return "{\n" + ",\n".join(f"{json.dumps(key)}:{_lines(part, deep - 1)}" for key, part in value.items()) + "\n}"
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
