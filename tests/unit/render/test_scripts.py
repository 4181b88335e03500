from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generator.render.cross_activation import cross_views
from generator.render.inputs import Atlas
from generator.render.scripts import DECADES, DIGITS, LEVELS, atlas_script, matrix_script, wall_script
from generator.render.walls import layer_views

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from generator.records import FilterRecord, LayerRecord
    from generator.render.inputs import Pictures


def assigned(script: str, name: str) -> Any:
    start = f"var {name}="
    assert script.startswith(start)
    assert script.endswith(";\n")
    return json.loads(script[len(start) : -2])


def decoded(value: dict[str, Any]) -> NDArray[np.float64]:
    codes = np.array([DIGITS.index(digit) for digit in value["cells"]]).reshape(-1, 2) @ [64, 1]
    means = value["top"] * 10.0 ** (-DECADES * (LEVELS - codes) / (LEVELS - 1))
    return np.where(codes > 0, means, 0.0).reshape(len(value["pictures"]), value["filters"])


def test_the_atlas_script_tells_which_filters_have_a_page(atlas: Atlas) -> None:
    layers = assigned(atlas_script(atlas), "ATLAS")["layers"]
    assert len(layers) == 13
    assert layers[0] == ["block1_conv1", "b1c1", 64, [[0, 5]]]
    assert layers[1] == ["block1_conv2", "b1c2", 64, []]
    assert layers[4] == ["block3_conv1", "b3c1", 256, [[0, 2]]]


def test_the_atlas_script_names_filters_with_gaps_by_stretches(
    atlas: Atlas,
    record_of: Callable[..., FilterRecord],
    layer_of: Callable[[list[FilterRecord]], LayerRecord],
) -> None:
    held = layer_of([record_of(number) for number in (3, 4, 9, 11, 12)])
    layers = assigned(atlas_script(Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {})), "ATLAS")["layers"]
    assert layers[0][3] == [[3, 4], [9, 9], [11, 12]]


def test_the_wall_script_holds_the_numbers_of_each_filter_and_none_of_a_failed_one(
    atlas: Atlas, pictures: Pictures
) -> None:
    wall = assigned(wall_script(layer_views(atlas, "block1_conv1", pictures)[0]), "ATLAS_WALL")
    columns = wall["columns"]
    assert (wall["layer"], wall["edition"]) == ("block1_conv1", "natural")
    assert {name: wall["orders"][name] for name in ("number", "strength")} == {
        "number": "filter",
        "strength": "displayed_mean",
    }
    assert columns["filter"] == [0, 1, 2, 3, 4, 5]
    assert columns["status"] == ["active", "woken", "dead", "failed", "active", "active"]
    assert columns["final_loss"] == [100.0, 101.0, 0.0, None, 104.0, 105.0]
    assert columns["dead_at_start"] == [False, True, True, False, False, False]


def test_a_status_that_all_filters_share_is_said_once(atlas: Atlas, pictures: Pictures) -> None:
    wall = assigned(wall_script(layer_views(atlas, "block3_conv1", pictures)[0]), "ATLAS_WALL")
    assert wall["columns"]["status"] == ["active"]


def test_a_cell_of_the_matrix_is_told_to_a_third_of_a_percent(
    atlas: Atlas, layer_of: Callable[..., LayerRecord], record_of: Callable[..., FilterRecord], pictures: Pictures
) -> None:
    held = layer_of([record_of(number) for number in range(6)])
    held.cross[:] = 10.0 ** np.random.default_rng(3).uniform(-2, 4, held.cross.shape)
    held.cross[2, 5] = 0.0
    view = cross_views(Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {}), "block1_conv1", pictures)[0]
    value = assigned(matrix_script(view), "ATLAS_MATRIX")
    means = decoded(value)
    assert means.shape == (6, 64)
    assert means[2, 5] == 0.0
    strong = held.cross > held.cross.max() * 10.0**-DECADES
    assert means[strong] == pytest.approx(held.cross[strong], rel=0.002)


def test_a_matrix_of_zeros_is_told_as_zeros(
    atlas: Atlas, layer_of: Callable[..., LayerRecord], record_of: Callable[..., FilterRecord], pictures: Pictures
) -> None:
    held = layer_of([record_of(0)])
    held.cross[:] = 0.0
    view = cross_views(Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {}), "block1_conv1", pictures)[0]
    assert set(assigned(matrix_script(view), "ATLAS_MATRIX")["cells"]) == {"A"}


def test_the_matrix_script_tells_where_the_thumbnails_are_and_which_are_missing(
    atlas: Atlas, pictures: Pictures
) -> None:
    first, second = (
        assigned(matrix_script(view), "ATLAS_MATRIX") for view in cross_views(atlas, "block1_conv1", pictures)
    )
    assert first["thumbs"] == "block1_conv1/natural/{}.avif"
    assert first["missing"] == [3]
    assert (first["folder"], second["folder"]) == ("", "../")
    assert second["missing"] == []
