"""The table of all filters: one row each, the same numbers in every format."""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import photo_cases as cases
import pytest
from PIL import Image
from pyarrow import parquet

from generator.cli.tell import export_lines
from generator.errors import BadInput, MissingExtra, WorkFailed
from generator.recipes import RECIPES
from generator.records import EditionRecord
from generator.store import open_store
from generator.workflows.export import COLUMNS, KEPT, export
from generator.workflows.render import read_atlas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FINGERPRINT = "cd" * 32


@pytest.fixture
def cache(tmp_path: Path, make_result: Any, make_failure: Any) -> Path:
    """Two editions, two layers, one failed filter."""
    folder = tmp_path / "cache"
    with open_store(folder, write=True) as store:
        for name in ("natural", "article"):
            store.ensure_edition(EditionRecord(name, name, FINGERPRINT, "ImageNet"))
        for layer, number in (("block2_conv1", 7), ("block1_conv1", 3), ("block1_conv1", 1)):
            store.put("natural", make_result(layer, number, size_px=16))
        store.put("natural", make_failure("block1_conv1", 2))
        settings = RECIPES["article"].settings_for("block2_conv1")
        store.put("article", make_result("block2_conv1", 0, settings=settings, size_px=16, status="dead"))
    return folder


ORDER = [
    ("natural", "block1_conv1", 1),
    ("natural", "block1_conv1", 2),
    ("natural", "block1_conv1", 3),
    ("natural", "block2_conv1", 7),
    ("article", "block2_conv1", 0),
]


def read_csv(path: Path) -> list[dict[str, Any]]:
    def value(text: str) -> Any:
        if text in ("", "true", "false"):
            return {"": None, "true": True, "false": False}[text]
        try:
            return float(text)
        except ValueError:
            return text

    with path.open(newline="") as file:
        return [{name: value(text) for name, text in row.items()} for row in csv.DictReader(file)]


def read_json(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text()))


def read_parquet(path: Path) -> list[dict[str, Any]]:
    return list(parquet.read_table(path).to_pylist())


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": read_csv,
    "json": read_json,
    "parquet": read_parquet,
}


@pytest.mark.parametrize("kind", READERS)
def test_the_table_has_one_row_a_filter_in_the_order_of_editions_layers_and_filters(
    kind: str, cache: Path, tmp_path: Path
) -> None:
    report = export(cache, kind, tmp_path / "table")
    rows = READERS[kind](tmp_path / "table")
    assert [(row["edition"], row["layer"], row["filter"]) for row in rows] == ORDER
    assert (report.rows, report.editions, report.exit_code) == (5, ("natural", "article"), 0)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_format_holds_the_same_values(kind: str, cache: Path, tmp_path: Path) -> None:
    export(cache, "json", tmp_path / "a")
    export(cache, kind, tmp_path / "b")
    ours = [{name: row[name] for name in COLUMNS} for row in READERS[kind](tmp_path / "b")]
    assert ours == [{name: row[name] for name in COLUMNS} for row in read_json(tmp_path / "a")]


def test_json_and_parquet_hold_the_curve_and_the_strongest_responders(cache: Path, tmp_path: Path) -> None:
    export(cache, "json", tmp_path / "a")
    export(cache, "parquet", tmp_path / "b")
    for ours, theirs in zip(read_json(tmp_path / "a"), read_parquet(tmp_path / "b"), strict=True):
        assert (ours["losses"], ours["cross"]) == (theirs["losses"], theirs["cross"])
    row = read_json(tmp_path / "a")[0]
    assert len(row["losses"]) == row["steps_run"]
    assert len(row["cross"]) == 10
    assert row["cross"][0].keys() == {"filter", "mean"}


def test_links_are_exported_as_the_store_holds_them(cache: Path, tmp_path: Path) -> None:
    with open_store(cache, write=False) as store:
        links = store.links("natural", "block2_conv1")[0][7]
    for kind, read in (("json", read_json), ("parquet", read_parquet)):
        export(cache, kind, tmp_path / kind)
        rows = read(tmp_path / kind)
        row = rows[ORDER.index(("natural", "block2_conv1", 7))]
        assert row["links_positive"] == pytest.approx(links.positive, rel=1e-6)
        assert row["links_negative"] == pytest.approx(links.negative, rel=1e-6)
        assert row["links_bias"] == pytest.approx(links.bias, rel=1e-6)
        assert [one["filter"] for one in row["links"]] == links.shown.tolist()
        assert [one["amount"] for one in row["links"]] == pytest.approx(links.amounts[links.shown].tolist(), rel=1e-6)
        failed = rows[ORDER.index(("natural", "block1_conv1", 2))]
        assert (failed["links_bias"], failed["links"]) == (None, [])


def test_what_moved_pictures_keep_is_exported(cache: Path, tmp_path: Path) -> None:
    with open_store(cache, write=False) as store:
        kept = next(one.kept for one in store.layer("natural", "block2_conv1").filters)
    export(cache, "json", tmp_path / "table")
    rows = read_json(tmp_path / "table")
    found = [rows[ORDER.index(("natural", "block2_conv1", 7))][name] for name in KEPT]
    assert found == pytest.approx(astuple(kept), rel=1e-6)
    dead = rows[ORDER.index(("article", "block2_conv1", 0))]
    assert [dead[name] for name in KEPT] == [None] * len(KEPT)


def test_what_the_largest_or_a_chosen_set_of_photographs_says_is_exported(cache: Path, tmp_path: Path) -> None:
    with open_store(cache, write=True) as store:
        cases.put(store.photos, "many", cases.photographs(24), weights=FINGERPRINT)
        cases.put(store.photos, "few", cases.photographs(5), weights=FINGERPRINT)
        atlas = read_atlas(store)
    for chosen, said in zip((None, "few"), atlas.photos, strict=True):
        export(cache, "json", tmp_path / "table", photos=chosen)
        row = read_json(tmp_path / "table")[0]
        layer, record = said.layers[row["layer"]], atlas.layers["natural", row["layer"]].filters[0]
        top = float(layer.quantiles[1, -1])
        assert (row["photos"], row["fires_on"], row["strongest_photo"]) == (said.name, layer.fires_on[1], top)
        assert record.kept is not None
        assert row["beyond"] == pytest.approx(record.kept.peak / top)
        assert row["words"] == "; ".join(layer.words[1])
        assert (row["label"], row["label_score"]) == next(((s.label, s.score) for s in layer.labels[1]), (None, None))
    with pytest.raises(BadInput, match=r"there is no set of photographs 'man'; stored are: many, few\. Did you mean"):
        export(cache, "csv", tmp_path / "table", photos="man")


def test_parquet_has_types_that_do_not_depend_on_what_is_missing(cache: Path, tmp_path: Path) -> None:
    export(cache, "parquet", tmp_path / "all")
    export(cache, "parquet", tmp_path / "one", edition="article")
    whole, part = (parquet.read_schema(tmp_path / name) for name in ("all", "one"))
    assert whole == part
    assert str(whole.field("threshold").type) == "double"
    assert str(whole.field("rank").type) == "int64"
    assert str(whole.field("dead_at_start").type) == "bool"
    assert str(whole.field("canvas").type) == "string"


def test_a_failed_filter_has_a_row_without_numbers(cache: Path, tmp_path: Path) -> None:
    export(cache, "json", tmp_path / "a")
    failed = read_json(tmp_path / "a")[1]
    assert (failed["status"], failed["rank"], failed["image_mean"], failed["losses"]) == ("failed", None, None, [])


def test_a_filter_that_was_not_measured_has_no_rank(cache: Path, tmp_path: Path, make_result: Any) -> None:
    with open_store(cache, write=True) as store:
        store.put("natural", replace(make_result("block1_conv1", 1, seed=3, size_px=16), measurements=()))
    export(cache, "json", tmp_path / "a")
    row = read_json(tmp_path / "a")[0]
    assert (row["filter"], row["rank"], row["displayed_mean"], row["cross"]) == (1, None, None, [])
    assert row["image_mean"] > 0


def test_one_edition_can_be_asked_for(cache: Path, tmp_path: Path) -> None:
    report = export(cache, "csv", tmp_path / "a", edition="article")
    assert (report.rows, report.editions) == (1, ("article",))


def test_the_same_cache_gives_the_same_bytes(cache: Path, tmp_path: Path) -> None:
    for kind in READERS:
        export(cache, kind, tmp_path / "one")
        export(cache, kind, tmp_path / "two")
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_pictures_are_exported_as_they_are_and_as_slides_of_a_screen(cache: Path, tmp_path: Path) -> None:
    report = export(cache, "png", tmp_path / "slides", layers=("block1_conv1",), filters=(1, 2))
    names = ["natural-block1_conv1-001-slide.png", "natural-block1_conv1-001.png"]
    assert sorted(path.name for path in (tmp_path / "slides").iterdir()) == names
    assert (report.rows, report.editions) == (1, ("natural",))
    with open_store(cache, write=False) as store:
        picture = store.picture(store.layer("natural", "block1_conv1").filters[0])
    slide, alone = (np.asarray(Image.open(tmp_path / "slides" / name)) for name in names)
    assert np.array_equal(alone, picture)
    assert slide.shape == (1080, 1920, 3)
    assert np.array_equal(slide[108:972:54, 108:972:54], picture)
    assert (slide[:, 1000:] < 128).any()


def test_what_is_not_stored_is_not_exported(cache: Path, tmp_path: Path) -> None:
    for kind, filters in (("csv", (9,)), ("png", (2,))):
        with pytest.raises(BadInput, match="none of these filters is stored"):
            export(cache, kind, tmp_path / "none", layers=("block1_conv1",), filters=filters)
    assert not (tmp_path / "none").exists()


def test_without_an_output_the_table_lies_in_the_current_folder(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = export(cache, "csv")
    assert (tmp_path / "atlas.csv").is_file()
    assert export_lines(report) == ["5 filters of natural, article written to atlas.csv"]
    assert json.loads(json.dumps(report.as_dict())) == {
        "output": "atlas.csv",
        "format": "csv",
        "rows": 5,
        "editions": ["natural", "article"],
    }


def test_an_unknown_format_is_told_with_the_valid_ones(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"no format 'jsn'; the formats are csv, json, parquet, png\. Did you mean 'json'\?"
    ):
        export(cache, "jsn", tmp_path / "a")


def test_an_unknown_edition_is_told_with_the_stored_ones(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"no edition 'articel'; stored are: natural, article\. Did you mean 'article'\?"
    ):
        export(cache, "csv", tmp_path / "a", edition="articel")


def test_an_empty_cache_is_told_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is nothing to export"):
        export(tmp_path / "none", "csv", tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("output", [".", "missing/table.csv"])
def test_a_place_where_no_file_can_be_is_told(output: str, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name a file in a folder that exists"):
        export(cache, "csv", tmp_path / output)


def test_parquet_without_its_extra_says_how_to_install_it(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'vgg-atlas\[parquet\]'"):
        export(cache, "parquet", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_full_disk_leaves_the_old_table_whole(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("old")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkFailed, match=r"cannot write .*a\.csv: No space left on device\."):
        export(cache, "csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "cache"]
