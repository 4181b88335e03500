"""The data files beside the pages are a format: other people's programs read them."""

from __future__ import annotations

import csv
import json
from dataclasses import fields, replace
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest

from generator.publish import data
from generator.publish.data import (
    TABLE_COLUMNS,
    cross_npy,
    layer_json,
    manifest_json,
    rounded,
    starts_json,
    table_csv,
    table_rows,
)
from generator.recipes import OPTIONAL, Recipe, Settings
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


def test_a_layer_file_has_the_keys_of_the_design_in_their_order(files: dict[str, bytes]) -> None:
    content = json.loads(files["layer.json"])
    assert list(content) == ["layer", "edition", "settings", "measured", "filters"]
    assert list(content["settings"]) == [field.name for field in fields(SETTINGS) if field.name not in OPTIONAL]
    assert list(content["filters"][0]) == [
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
        "losses",
        "cross",
        "maps",
        "links",
        "kept",
        "peak",
        "image",
        "sha256",
    ]


def test_links_name_the_strongest_inputs_of_either_sign_with_a_kernel_each(files: dict[str, bytes]) -> None:
    first, second, *_ = json.loads(files["layer.json"])["filters"]
    assert first["links"] == {
        "bias": -0.25,
        "positive": 111.5,
        "negative": -4.25,
        "from": [[0, 75.5], [2, 36.0], [1, -4.25]],
        "kernels": [list(range(9)), list(range(-9, 9, 2)), [0] * 9],
    }
    assert "links" not in second


def test_what_a_moved_picture_keeps_stands_beside_its_peak_and_a_filter_at_zero_has_neither(
    files: dict[str, bytes],
) -> None:
    first, second, *_ = json.loads(files["layer.json"])["filters"]
    assert first["kept"] == {"turned": 0.96, "smaller": 0.95, "larger": 1.01, "mirrored": 0.4375}
    assert first["peak"] == 654.321
    assert not {"kept", "peak"} & second.keys()


def test_a_filter_made_with_other_settings_than_most_says_so(files: dict[str, bytes]) -> None:
    otherwise = json.loads(files["layer.json"])["filters"][2]
    assert otherwise["settings"] == OTHERWISE.settings.as_dict()
    assert [entry["filter"] for entry in json.loads(files["layer.json"])["filters"] if "settings" in entry] == [12]


def test_a_layer_says_which_version_of_a_measurement_most_filters_have_and_a_filter_says_its_own(
    files: dict[str, bytes],
) -> None:
    content = json.loads(files["layer.json"])
    assert content["measured"] == {"response": 3, "links": 1, "kept": 2}
    assert [(one["filter"], one["response_version"]) for one in content["filters"] if "response_version" in one] == [
        (12, 2)
    ]
    assert json.loads(layer_json(replace(LAYER, filters=(UNMEASURED,), links={}, kept_version=0)))["measured"] == {}


def test_what_was_tried_on_a_sleeping_filter_is_told_by_codes_with_values(files: dict[str, bytes]) -> None:
    woken = json.loads(files["layer.json"])["filters"][1]
    assert woken["woke_at"] == 1
    assert woken["tried"][1] == {"code": "woke_from_noise", "seed": 43, "step": 1}


def test_a_picture_that_is_not_measured_has_what_is_known_of_its_making_alone(files: dict[str, bytes]) -> None:
    entry = json.loads(files["layer.json"])["filters"][3]
    assert (entry["image_mean"], entry["sha256"]) == (3.0, UNMEASURED.sha256)
    assert [entry[name] for name in ("displayed_mean", "rank", "selectivity")] == [None] * 3
    assert entry["cross"] == []
    assert "maps" not in entry


def test_a_failed_filter_has_no_numbers_and_its_reason(files: dict[str, bytes]) -> None:
    failed = json.loads(files["layer.json"])["filters"][4]
    assert failed["error"] == {"code": "raised", "error": 'the loss became NaN at step 3, said <b>"NumPy"</b>'}
    missing = ("first_loss", "final_loss", "image_mean", "displayed_mean", "rank", "image", "sha256")
    assert [failed[name] for name in missing] == [None] * 7
    assert failed["losses"] == failed["cross"] == []


def test_the_table_has_a_row_for_each_filter_and_an_empty_field_for_what_does_not_exist(
    files: dict[str, bytes],
) -> None:
    rows = list(csv.DictReader(StringIO(files["edition.csv"].decode())))
    assert [row["filter"] for row in rows] == ["0", "7", "12", "20", "42"]
    assert rows[1]["dead_at_start"] == "true"
    assert (rows[3]["first_loss"], rows[3]["rank"], rows[3]["displayed_mean"]) == ("1.0", "", "")
    assert (rows[4]["first_loss"], rows[4]["image"]) == ("", "")
    assert tuple(rows[0]) == TABLE_COLUMNS


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


def test_the_manifest_counts_what_is_there(files: dict[str, bytes]) -> None:
    natural, draft = json.loads(files["manifest.json"])["editions"]
    assert natural["counts"] == {
        "filters": 5,
        "active": 3,
        "woken": 1,
        "dead": 0,
        "failed": 1,
        "dead_at_start": 1,
    }
    assert natural["layers"][0]["data"] == "data/natural/block1_conv1.json"
    assert draft["layers"] == []


def test_the_manifest_holds_the_users_own_settings_and_where_the_starts_are(files: dict[str, bytes]) -> None:
    content = json.loads(files["manifest.json"])
    assert content["format"] == 2
    assert content["editions"][0]["layers"][0]["changes"] == CHANGES
    assert [edition["starts"] for edition in content["editions"]] == ["data/starts-0f0f0f0f.json"] * 2


@pytest.mark.parametrize(
    ("value", "written"), [(0.1, 0.1), (1 / 3, 0.3333333), (123456789.0, 123456800.0), (0.0, 0.0), (1e-30, 1e-30)]
)
def test_numbers_carry_seven_digits(value: float, written: float) -> None:
    assert rounded(value) == written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_not_is_null(value: float) -> None:
    assert rounded(value) is None
