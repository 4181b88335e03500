"""The data files beside the pages are a format, kept to the byte: other people's programs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from generator.publish import data
from generator.publish.data import (
    cross_npy,
    layer_json,
    manifest_json,
    rounded,
    starts_json,
    table_csv,
    table_rows,
)
from generator.recipes import Recipe, Settings
from generator.records import EditionRecord, Fact, FilterRecord, Kept, LayerRecord, Links, StartRecord

GOLDEN = Path(__file__).parent / "data_files"
EDITION = EditionRecord("natural", "natural", "0f" * 32, "ImageNet, from the Keras cache")
SETTINGS = Settings.from_dict(
    {
        "size_px": 64,
        "steps": 32,
        "learning_rate": 0.15,
        "threshold": None,
        "canvas": "fourier",
        "preprocessing": "imagenet",
        "schedule": "constant",
        "jitter_px": 3,
        "warm_start": True,
        "leak": 0.0,
        "sharing": 0.0,
        "precision": "float32",
        "seed": 42,
    }
)

ACTIVE = FilterRecord(
    edition="natural",
    layer="block1_conv1",
    filter=0,
    key="a1" * 32,
    status="active",
    dead_at_start=False,
    settings=SETTINGS,
    first_loss=1.23456789,
    final_loss=105.31471252441406,
    image_mean=107.0,
    steps_run=3,
    stop_reason="steps",
    losses=(1.23456789, 50.0, 105.31471252441406),
    sha256="b2" * 32,
    response_version=3,
    displayed_mean=1e-7,
    rank=1,
    selectivity=0.75,
    top=((0, 107.0), (63, 12.3456789)),
    map_filters=(0, 63),
    map_peak=400.0,
    kept=Kept(*np.array([0.96, 0.95, 1.01, 0.4375, 654.321], np.float32).tolist()),
)
WOKEN = replace(
    ACTIVE,
    filter=7,
    status="woken",
    dead_at_start=True,
    first_loss=0.0,
    losses=(0.0, 1.0, 3.0),
    sha256="c3" * 32,
    kept=None,
    woke_at=1,
    tried=(Fact.of("climbed", steps=32, seed=42), Fact.of("woke_from_noise", seed=43, step=1)),
)
OTHERWISE = replace(
    ACTIVE, filter=12, settings=replace(SETTINGS, steps=64, threshold=9.5), sha256="d4" * 32, response_version=2
)
UNMEASURED = FilterRecord(
    edition="natural",
    layer="block1_conv1",
    filter=20,
    key="d5" * 32,
    status="active",
    settings=SETTINGS,
    first_loss=1.0,
    final_loss=2.0,
    image_mean=3.0,
    steps_run=1,
    stop_reason="steps",
    losses=(1.0,),
    sha256="d6" * 32,
)
FAILED = FilterRecord(
    edition="natural",
    layer="block1_conv1",
    filter=42,
    key="e5" * 32,
    status="failed",
    dead_at_start=False,
    settings=SETTINGS,
    error=Fact.of("raised", error='the loss became NaN at step 3, said <b>"NumPy"</b>'),
)
LINKS = Links(
    np.array([75.5, -4.25, 36.0], np.float32),
    -0.25,
    107.0,
    np.array([range(9), range(-9, 9, 2), [0] * 9], np.float16).reshape(3, 3, 3),
)
LAYER = LayerRecord(
    "natural",
    "block1_conv1",
    (ACTIVE, WOKEN, OTHERWISE, UNMEASURED, FAILED),
    np.arange(5 * 64, dtype=np.float32).reshape(5, 64),
    {0: LINKS},
    1,
    2,
)
CHANGES = {"steps": 64, "threshold": None}
EMPTY = EditionRecord("draft", "draft", "0f" * 32, "ImageNet, from the Keras cache")


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of a small atlas; the recipes may be tuned without touching them."""
    monkeypatch.setattr(data, "RECIPES", {"natural": Recipe("natural", "readable pictures", {})})
    monkeypatch.setattr(data, "ALGORITHM", 7)
    return {
        "layer.json": layer_json(LAYER),
        "edition.csv": table_csv(table_rows([LAYER])),
        "manifest.json": manifest_json(
            "1.2.3", [EDITION, EMPTY], [LAYER], {("natural", "block1_conv1"): CHANGES}, [EDITION.weights_fingerprint]
        ),
    }


@pytest.mark.parametrize("name", ["layer.json", "edition.csv", "manifest.json"])
def test_the_file_is_the_golden_one_to_the_byte(name: str, files: dict[str, bytes]) -> None:
    assert files[name].decode() == (GOLDEN / name).read_text()


def test_a_layer_of_which_nothing_is_measured_names_no_version() -> None:
    unmeasured = replace(LAYER, filters=(UNMEASURED,), links={}, kept_version=0)
    assert json.loads(layer_json(unmeasured))["measured"] == {}


def test_the_matrix_is_plain_float32_that_numpy_reads_without_pickle() -> None:
    written = cross_npy(LAYER)
    loaded = np.load(BytesIO(written), allow_pickle=False)
    assert loaded.dtype == np.dtype("<f4")
    assert np.array_equal(loaded, LAYER.cross)
    fortran = LayerRecord("natural", "block1_conv1", LAYER.filters, np.asfortranarray(LAYER.cross))
    assert cross_npy(fortran) == written


def test_the_starts_are_json_that_gives_the_same_float32_again() -> None:
    losses = np.random.default_rng(0).gamma(1, 1, 64).astype(np.float32)
    content = json.loads(starts_json([StartRecord("block1_conv1", losses)]))
    assert list(content) == ["block1_conv1"]
    assert np.array_equal(np.array(content["block1_conv1"], np.float32), losses)


@pytest.mark.parametrize(
    ("value", "written"), [(0.1, 0.1), (1 / 3, 0.3333333), (123456789.0, 123456800.0), (0.0, 0.0), (1e-30, 1e-30)]
)
def test_numbers_carry_seven_digits(value: float, written: float) -> None:
    assert rounded(value) == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_not_is_null(value: float) -> None:
    assert rounded(value) is None
