"""Pages to the byte: a change of a template or of a word is seen, and wanted, here.

`ATLAS_WRITE_GOLDEN=1` writes what the pages are now.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from generator.catalogue import LAYERS
from generator.recipes import RECIPES
from generator.records import EditionRecord, FilterRecord, LayerRecord, StartRecord
from generator.render import (
    Atlas,
    Figures,
    Frame,
    Picture,
    PictureKind,
    atlas_script,
    cross_page,
    cross_views,
    dead_page,
    dead_view,
    filter_page,
    filter_views,
    index_page,
    index_view,
    layer_page,
    layer_views,
    not_found_page,
    not_found_view,
    wall_script,
)

GOLDEN = Path(__file__).parent / "pages"
LAYER = "block1_conv1"
FINGERPRINT = "0f" * 32
EDITIONS = (
    EditionRecord("natural", "natural", FINGERPRINT, "ImageNet, from the Keras cache"),
    EditionRecord("article", "article", FINGERPRINT, "ImageNet, from the Keras cache"),
)
SETTINGS = replace(
    RECIPES["natural"].settings_for(LAYER), size_px=64, steps=32, learning_rate=0.15, precision="float32"
)
ARTICLE = RECIPES["article"].settings_for(LAYER)

ACTIVE = FilterRecord(
    edition="natural",
    layer=LAYER,
    filter=0,
    key="a1" * 32,
    status="active",
    dead_at_start=False,
    settings=SETTINGS,
    first_loss=1.23456789,
    final_loss=1105.31471252441406,
    image_mean=1107.0,
    displayed_mean=1090.0,
    rank=1,
    steps_run=32,
    stop_reason="steps",
    losses=(1.23456789, 550.0, 900.0, 1105.31471252441406),
    top=((0, 1107.0), (7, 612.25), (63, 12.3456789)),
    map_filters=(0, 7, 63),
    map_peak=4000.0,
    selectivity=0.75,
    slope=0.02,
    sha256="b2" * 32,
)
WOKEN = replace(
    ACTIVE,
    filter=7,
    status="woken",
    dead_at_start=True,
    first_loss=0.0,
    losses=(0.0, 0.0, 3.0, 90.5),
    final_loss=90.5,
    image_mean=96.0,
    displayed_mean=95.0,
    rank=3,
    top=((0, 140.0), (63, 99.0), (7, 96.0)),
    woke_at=2,
    slope=0.001,
    tried=("climbed the mean before the ReLU",),
)
FAILED = FilterRecord(
    edition="natural",
    layer=LAYER,
    filter=9,
    key="e5" * 32,
    status="failed",
    dead_at_start=False,
    settings=SETTINGS,
    error="the loss became NaN at step 3",
)
DEAD = replace(
    WOKEN,
    edition="article",
    status="dead",
    settings=ARTICLE,
    losses=(0.0,),
    final_loss=0.0,
    image_mean=0.0,
    displayed_mean=0.0,
    rank=64,
    steps_run=1,
    stop_reason="zero",
    selectivity=0.0,
    top=((0, 8.0),),
    woke_at=None,
    tried=(),
)


def _layer(*records: FilterRecord) -> LayerRecord:
    cross = np.arange(len(records) * 64, dtype=np.float32).reshape(len(records), 64) % 37
    for row, record in enumerate(records):
        cross[row, record.filter] = record.image_mean
    return LayerRecord(records[0].edition, LAYER, records, cross)


@dataclass(frozen=True)
class SomePictures:
    def picture(self, edition: str, layer: str, filter_number: int, kind: PictureKind) -> Picture:
        side = 64 if edition == "natural" else 224
        name = f"images/{edition}/{layer}/{filter_number:03d}"
        if kind == "maps":
            return Picture(f"{name}-maps.webp", 96, 32)
        return (
            Picture(f"{name}-thumb.avif", 96, 96)
            if kind == "thumb" and side > 96
            else Picture(f"{name}.avif", side, side)
        )

    def figures(self, edition: str, layer: str) -> Figures:
        folder = f"images/{edition}/{layer}"
        sheet = Picture(f"{folder}/sheet-1.avif", 900, 1000)
        return Figures((sheet,), Picture(f"{folder}/losses.svg", 600, 300), Picture(f"{folder}/cross.avif", 500, 500))


STARTS = tuple(
    StartRecord(
        layer.name, np.array([float(number != 7 or layer.name != LAYER) for number in range(layer.filters)], "f4")
    )
    for layer in LAYERS
)
ATLAS = Atlas(
    EDITIONS,
    {("natural", LAYER): _layer(ACTIVE, WOKEN, FAILED), ("article", LAYER): _layer(DEAD)},
    {FINGERPRINT: STARTS},
)
PICTURES = SomePictures()
FRAME = Frame(
    "1.2.3", {name: f"assets/{name}" for name in ("atlas.css", "atlas.js", "wall.js", "matrix.js", "icon.svg")}
)


def _files() -> dict[str, str]:
    walls, crosses = layer_views(ATLAS, LAYER, PICTURES), cross_views(ATLAS, LAYER, PICTURES)
    active, woken, failed = filter_views(ATLAS, LAYER, PICTURES)
    return {
        "index.html": index_page(index_view(ATLAS, PICTURES), FRAME),
        "wall.html": layer_page(walls[0], FRAME),
        "wall-article.html": layer_page(walls[1], FRAME),
        "filter-active.html": filter_page(active, FRAME),
        "filter-woken.html": filter_page(woken, FRAME),
        "filter-failed.html": filter_page(failed, FRAME),
        "cross.html": cross_page(crosses[0], FRAME),
        "dead.html": dead_page(dead_view(ATLAS, PICTURES), FRAME),
        "404.html": not_found_page(not_found_view(), FRAME),
        "atlas.js": atlas_script(ATLAS),
        "wall.js": wall_script(walls[0]),
    }


FILES = _files()


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_page_is_the_golden_one_to_the_byte(name: str) -> None:
    if os.environ.get("ATLAS_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_bytes(FILES[name].encode())
    assert FILES[name].encode() == (GOLDEN / name).read_bytes()


def test_there_is_no_golden_page_that_nobody_makes() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(FILES)
