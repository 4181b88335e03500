"""`atlas export`: the numbers of stored filters as one table, or their pictures as PNG files and slides."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, fields, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from generator.catalogue import LAYER_NAMES
from generator.errors import BadInput, MissingExtra, WorkFailed, did_you_mean
from generator.files import write_file
from generator.publish.data import TABLE_COLUMNS, rounded, shortest, table_csv, table_rows
from generator.recipes import OPTIONAL, Settings
from generator.records import MOVES, FilterRecord, unheard
from generator.store import open_store
from generator.workflows._report import Report
from generator.workflows.render import read_atlas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from generator.records import EditionRecord, Event, LayerRecord, Links, PhotoSet

Named = TypeVar("Named", "EditionRecord", "PhotoSet")

FORMATS: Final = ("csv", "json", "parquet", "png")
SETTINGS: Final = tuple(field.name for field in fields(Settings))
LINKS: Final = ("links_bias", "links_positive", "links_negative")
KEPT: Final = (*(f"kept_{move}" for move in MOVES), "peak")
PHOTOS: Final = (
    "photos",
    "fires_on",
    "strongest_photo",
    "beyond",
    "agreement",
    "label",
    "label_score",
    "label_count",
    "words",
)
COLUMNS: Final = ("edition", *(name for name in TABLE_COLUMNS if name != "image"), *LINKS, *KEPT, *PHOTOS, *SETTINGS)
"""Columns of a table; `json` and `parquet` have the lists `losses`, `cross` (ten strongest) and `links` (eight of each
sign) beside them.

Those of `PHOTOS` are what a set of photographs says, by its name: on how many the filter answers, the peak on the
strongest, the picture's own peak over that, agreement, the best label with its score and how many bear it, and the
labels of the strongest nine.
"""

_PHOTO_TYPES: Final = (str, int, float, float, float, str, float, int, str)
_BETWEEN: Final = "; "
"""Between words of one field."""


@dataclass(frozen=True, slots=True)
class ExportReport(Report):
    """What was written: where (a file, or the folder of pictures), in which format, of how many filters."""

    output: str
    format: str
    rows: int
    editions: tuple[str, ...]


def export(
    cache: Path,
    format: str,  # noqa: A002  # the option's name
    output: Path | None = None,
    edition: str | None = None,
    photos: str | None = None,
    layers: Collection[str] = LAYER_NAMES,
    filters: Collection[int] = (),
    on_event: Callable[[Event], None] = unheard,
) -> ExportReport:
    """Write filters to `output`, by default `atlas.<format>` here, or the folder `atlas-png`.

    They are those of every edition or of `edition`, of `layers`, and of these `filters`, or all. What photographs say
    is that of the set called `photos`, by default of the largest set of the edition's weights.

    Raises:
        BadInput: a format, an edition or a set that does not exist, an empty cache, or a place where no file can be.
        MissingExtra: parquet without pyarrow.
        BadCache, WorkFailed: the cache cannot be read, or the disk refused.
        DamagedPicture: a picture is not what was stored.

    """
    if format not in FORMATS:
        valid = ", ".join(FORMATS)
        raise BadInput(f"there is no format {format!r}; the formats are {valid}.{did_you_mean(format, FORMATS)}")
    target = output or Path("atlas-png" if format == "png" else f"atlas.{format}")
    kind, unfit = ("folder", target.is_file()) if format == "png" else ("file", target.is_dir())
    if unfit or not target.parent.is_dir():
        raise BadInput(f"{target} cannot be written; name a {kind} in a folder that exists.")
    held, sets = _held(cache, edition, photos)
    held = [_chosen(layer, filters) for layer in held if layer.layer in layers]
    if format == "png":
        held = [replace(layer, filters=tuple(one for one in layer.filters if one.sha256)) for layer in held]
    told = {layer.edition: None for layer in held if layer.filters}
    if not told:
        raise BadInput("there is nothing to export: none of these filters is stored; `atlas status` tells which are.")
    if format == "png":
        _write_pictures(cache, target, held, on_event)
    else:
        _write(target, _ENCODERS[format]([row for layer in held for row in _rows(layer, sets.get(layer.edition))]))
    return ExportReport(str(target), format, sum(len(layer.filters) for layer in held), tuple(told))


def _chosen(layer: LayerRecord, filters: Collection[int]) -> LayerRecord:
    """Return the layer with none but the chosen filters, or as it is."""
    if not filters:
        return layer
    return replace(layer, filters=tuple(one for one in layer.filters if one.filter in filters))


def _write_pictures(
    cache: Path, folder: Path, layers: Sequence[LayerRecord], on_event: Callable[[Event], None]
) -> None:
    from generator.workflows._slides import write_slides  # noqa: PLC0415  # matplotlib is slow to import

    with open_store(cache, write=False) as store:
        editions = {one.name: one for one in store.editions()}
        records = [(editions[layer.edition], one) for layer in layers for one in layer.filters]
        try:
            write_slides(store, folder, records, on_event)
        except OSError as trouble:
            raise WorkFailed(f"cannot write to {folder}: {trouble.strerror or trouble}.") from trouble


def _held(cache: Path, edition: str | None, photos: str | None) -> tuple[list[LayerRecord], dict[str, PhotoSet | None]]:
    """Return the layers of the wanted editions, and by edition the set of photographs that tells of them."""
    with open_store(cache, write=False) as store:
        editions = store.editions()
        wanted = editions if edition is None else (_named("edition", editions, edition),)
        atlas = read_atlas(store)
    held = atlas.layers
    layers = [held[one.name, name] for one in wanted for name in LAYER_NAMES if (one.name, name) in held]
    if not layers:
        raise BadInput(f"there is nothing to export: the cache {cache} holds no filter; run `atlas build` first.")
    sets = atlas.photos if photos is None else (_named("set of photographs", atlas.photos, photos),)
    telling = {
        one.name: next((each for each in sets if each.weights_fingerprint == one.weights_fingerprint), None)
        for one in wanted
    }
    return layers, telling


def _named(what: str, held: Sequence[Named], name: str) -> Named:
    for one in held:
        if one.name == name:
            return one
    names = [one.name for one in held]
    raise BadInput(f"there is no {what} {name!r}; stored are: {', '.join(names) or 'none'}.{did_you_mean(name, names)}")


def _rows(layer: LayerRecord, photos: PhotoSet | None) -> list[dict[str, Any]]:
    rows = zip(layer.filters, table_rows([layer]), strict=True)
    return [_row(record, row, layer.links.get(record.filter), _said(record, photos)) for record, row in rows]


def _said(record: FilterRecord, photos: PhotoSet | None) -> dict[str, Any]:
    """Return what photographs say of a filter, with the keys of `PHOTOS`."""
    if photos is None:
        return dict.fromkeys(PHOTOS)
    layer, number = photos.layers[record.layer], record.filter
    agreed, beyond = layer.agreement(record), layer.beyond(record)
    best = layer.labels[number][0] if layer.labels[number] else None
    values = (
        photos.name,
        int(layer.fires_on[number]),
        shortest(layer.quantiles[number, -1]),
        None if beyond is None else rounded(beyond),
        None if agreed is None or agreed.overall is None else rounded(agreed.overall),
        *((None, None, None) if best is None else (best.label, rounded(best.score), best.count)),
        _BETWEEN.join(layer.words[number]) or None,
    )
    return dict(zip(PHOTOS, values, strict=True))


def _row(record: FilterRecord, row: dict[str, Any], links: Links | None, said: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the keys of `COLUMNS` and the lists; `said` is what photographs say."""
    parts = (None,) * len(LINKS) if links is None else tuple(map(rounded, (links.bias, links.positive, links.negative)))
    left = (None,) * len(KEPT) if record.kept is None else tuple(map(shortest, astuple(record.kept)))
    measured = dict(zip((*LINKS, *KEPT), (*parts, *left), strict=True))
    values = {"edition": record.edition, **row, **measured, **said, **record.settings.as_dict()}
    shown = () if links is None else zip(links.shown.tolist(), links.amounts[links.shown].tolist(), strict=True)
    lists = {
        "losses": [rounded(loss) for loss in record.losses],
        "cross": [{"filter": other, "mean": rounded(mean)} for other, mean in record.top],
        "links": [{"filter": other, "amount": rounded(amount)} for other, amount in shown],
    }
    return {name: values.get(name) if name in OPTIONAL else values[name] for name in COLUMNS} | lists


def _as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    return table_csv(rows, COLUMNS)


def _as_json(rows: Sequence[dict[str, Any]]) -> bytes:
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    return f"[\n{lines}\n]\n".encode()


def _as_parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as missing:
        raise MissingExtra("parquet needs pyarrow; install it with: pip install 'vgg-atlas[parquet]'.") from missing
    out = BytesIO()
    parquet.write_table(pa.Table.from_pylist(list(rows), schema=_schema(pa)), out, compression="zstd")
    return out.getvalue()


def _schema(pa: Any) -> Any:
    """Return the type of every column, so that a column of nothing but nulls keeps its own."""
    kinds = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
    cross, links = (
        pa.list_(pa.struct([("filter", pa.int64()), (value, pa.float64())])) for value in ("mean", "amount")
    )
    lists = [("losses", pa.list_(pa.float64())), ("cross", cross), ("links", links)]
    return pa.schema([(name, kinds[kind]) for name, kind in column_types().items()] + lists)


def column_types() -> dict[str, type]:
    """Return the type of the values of every column of `COLUMNS`, in their order; any may be missing in a row."""
    hints = (
        {"edition": str}
        | dict.fromkeys((*LINKS, *KEPT), float)
        | dict(zip(PHOTOS, _PHOTO_TYPES, strict=True))
        | get_type_hints(FilterRecord)
        | get_type_hints(Settings)
    )
    return {name: _plain_type(hints[name]) for name in COLUMNS}


def _plain_type(hint: Any) -> type:
    """Return `float` for `float | None`, `str` for a literal of texts, any other type as it is."""
    parts = [part for part in get_args(hint) if part is not type(None)]
    plain: type = type(parts[0]) if get_origin(hint) is Literal else parts[0] if parts else hint
    return plain


_ENCODERS: Final = {"csv": _as_csv, "json": _as_json, "parquet": _as_parquet}


def _write(target: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    try:
        write_file(target, data)
    except OSError as trouble:
        raise WorkFailed(f"cannot write {target}: {trouble.strerror or trouble}.") from trouble
