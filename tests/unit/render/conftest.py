"""A small atlas of hand-made records: two recipes, three layers, every status."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generator.catalogue import LAYERS, layer_named
from generator.recipes import RECIPES
from generator.records import EditionRecord, Fact, FilterRecord, LayerRecord, StartRecord
from generator.render.inputs import Atlas, Figures, Frame, Picture, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.render.inputs import PictureKind

FINGERPRINT = "f1" * 32


@dataclass(frozen=True)
class SomePictures:
    """Pictures as the site lays them out; `side` is that of every canvas."""

    side: int = 64

    def picture(self, edition: str, layer: str, filter_number: int, kind: PictureKind) -> Picture | None:
        name = f"images/{edition}/{layer}/{filter_number:03d}"
        if kind == "maps":
            return Picture(f"{name}-maps.webp", 8 * 32, 32)
        if kind == "thumb" and self.side >= 64:
            return Picture(f"{layer}/{edition}/{filter_number:03d}.avif", min(self.side, 96), min(self.side, 96))
        return Picture(f"{name}.avif", self.side, self.side)

    def figures(self, edition: str, layer: str) -> Figures:
        folder = f"images/{edition}/{layer}"
        sheets = (Sheet(Picture(f"{folder}/sheet-1.avif", 900, 1000), 0, 63),)
        return Figures(sheets, Picture(f"{folder}/losses.svg", 600, 300), Picture(f"{folder}/cross.avif", 500, 500))


def make_record(number: int, *, edition: str = "natural", layer: str = "block1_conv1", **changes: Any) -> FilterRecord:
    loss = 100.0 + number
    settings = replace(RECIPES[edition].settings_for(layer), precision="float32")
    record = FilterRecord(
        edition=edition,
        layer=layer,
        filter=number,
        key="k",
        status="active",
        dead_at_start=False,
        settings=settings,
        first_loss=loss / 4,
        final_loss=loss,
        image_mean=loss + 8,
        steps_run=3,
        stop_reason="steps",
        losses=(loss / 4, loss / 2, loss),
        sha256="ab" * 32,
        response_version=1,
        displayed_mean=loss,
        rank=1,
        selectivity=0.5,
        top=((number, loss + 8), ((number + 1) % 64, 50.0)),
        map_filters=(number, (number + 1) % 64),
        map_peak=321.0,
    )
    if "image_mean" in changes:
        changes = {"displayed_mean": changes["image_mean"], **changes}
    return replace(record, **changes)


def make_layer(records: list[FilterRecord]) -> LayerRecord:
    filters = layer_named(records[0].layer).filters
    cross = np.full((len(records), filters), 5.0, np.float32)
    for row, record in enumerate(records):
        cross[row, record.filter] = record.displayed_mean
    return LayerRecord(records[0].edition, records[0].layer, tuple(records), cross)


@pytest.fixture
def record_of() -> Callable[..., FilterRecord]:
    return make_record


@pytest.fixture
def layer_of() -> Callable[[list[FilterRecord]], LayerRecord]:
    return make_layer


@pytest.fixture
def pictures() -> SomePictures:
    return SomePictures()


@pytest.fixture
def large_pictures() -> SomePictures:
    return SomePictures(side=160)


@pytest.fixture
def frame() -> Frame:
    names = ("atlas.css", "pages.css", "filter.css", "atlas.js", "wall.js", "find.js", "matrix.js", "icon.svg")
    return Frame("1.2.3", {name: f"assets/{name.replace('.', '.0a1b2c3d.')}" for name in names})


@pytest.fixture
def atlas() -> Atlas:
    """Filters 0 to 5 of block1_conv1 in two recipes, 0 to 2 of block3_conv1 and all statuses among them."""
    woken = {"status": "woken", "dead_at_start": True, "woke_at": 3, "tried": (Fact.of("woke", step=3),)}
    nothing = {"first_loss": 0.0, "final_loss": 0.0, "image_mean": 0.0, "displayed_mean": 0.0, "losses": (0.0,)}
    dead = {"status": "dead", "dead_at_start": True, "stop_reason": "zero", "selectivity": 0.0, **nothing}
    error = Fact.of("loss_not_finite", step=3, loss="nan")
    failed = {"status": "failed", "sha256": None, "stop_reason": "error", "error": error, "response_version": None}
    natural = [
        make_record(0),
        make_record(1, **woken),
        make_record(2, **dead, tried=(Fact.of("climbed", steps=32, seed=42), Fact.of("bound_proves", bound=-8.681))),
        make_record(3, **failed, **nothing | {"losses": ()}),
        make_record(4, slope=0.2),
        make_record(5, rank=7, image_mean=2.0),
    ]
    article = [make_record(number, edition="article") for number in range(6)]
    article[1] = make_record(1, edition="article", **dead)
    article[2] = make_record(2, edition="article", **dead)
    third = [make_record(number, layer="block3_conv1") for number in range(3)]
    editions = tuple(
        EditionRecord(name, name, FINGERPRINT, "ImageNet weights from the Keras cache")
        for name in ("natural", "article")
    )
    layers = {(records[0].edition, records[0].layer): make_layer(records) for records in (natural, article, third)}
    starts = tuple(StartRecord(layer.name, _first_losses(layer.name, layer.filters)) for layer in LAYERS)
    return Atlas(editions, layers, {FINGERPRINT: starts})


def _first_losses(layer: str, filters: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    losses = np.ones(filters, np.float32)
    if layer == "block1_conv1":
        losses[[1, 2, 60]] = 0.0
    return losses
