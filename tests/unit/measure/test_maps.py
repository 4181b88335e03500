from __future__ import annotations

import numpy as np
import pytest

from generator.catalogue import ARTICLE_SIZE_PX, LAYERS, Layer
from generator.measure.maps import STEP, TILE_SIDE, map_tile, tiles
from generator.records import MapPlace


@pytest.mark.parametrize("side", [32, 33, 56, 64, 224])
def test_large_maps_are_averaged_to_tiles(side: int) -> None:
    maps = np.random.default_rng(side).uniform(0, 9, (2, side, side)).astype(np.float32)
    small, peak = tiles(maps)
    assert small.shape == (2, TILE_SIDE, TILE_SIDE)
    assert small.max() == 255
    assert 0 < peak <= maps.max()


def test_tiles_hold_multiples_of_the_step_and_the_peak_alone() -> None:
    maps = np.random.default_rng(0).uniform(0, 9, (8, 40, 40)).astype(np.float32)
    small, _ = tiles(maps)
    levels = {int(level) for level in np.unique(small)}
    assert {level % STEP for level in levels - {255}} == {0}
    assert 255 in levels


def test_a_tile_is_the_mean_of_its_cell_on_one_scale() -> None:
    maps = np.zeros((2, 64, 64), np.float32)
    maps[0, :2, :2] = [[4, 0], [0, 4]]
    maps[1, 2:4, :2] = 1
    small, peak = tiles(maps)
    assert peak == 2
    assert small[0, 0, 0] == 255
    assert small[1, 1, 0] == 128
    assert small.astype(int).sum() == 255 + 128


def test_small_maps_stay_as_they_are_and_silent_ones_stay_black() -> None:
    small, peak = tiles(np.zeros((8, 10, 10), np.float32))
    assert small.shape == (8, 10, 10)
    assert not small.any()
    assert peak == 0


@pytest.mark.parametrize(
    ("layer", "row", "column", "expected"),
    [
        ("block1_conv1", 0, 223, (0, 176, 48)),
        ("block1_conv1", 100, 60, (77, 37, 48)),
        ("block3_conv1", 20, 0, (58, 0, 48)),
        ("block5_conv1", 6, 13, (38, 92, 132)),
        ("block5_conv3", 7, 7, (22, 22, 196)),
    ],
)
def test_a_crop_lies_around_what_the_place_sees_and_within_the_photograph(
    layer: str, row: int, column: int, expected: tuple[int, int, int]
) -> None:
    assert MapPlace(layer, 0, row, column).crop == expected


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_a_tile_covers_its_crop_with_a_margin_and_holds_the_map_there(layer: Layer) -> None:
    side = ARTICLE_SIZE_PX // layer.stride
    for at in (0, 1, side // 2, side - 2, side - 1):
        place = MapPlace(layer.name, 3, at, side - 1 - at)
        top, left, width = place.crop
        row, column, places = place.tile
        for first, start in ((row, top), (column, left)):
            assert (first + 1) * layer.stride <= start
            assert start + width <= (first + places - 1) * layer.stride
            assert -1 <= first <= side + 1 - places
        peak = np.zeros((side, side), np.float32)
        peak[place.row, place.column] = 7.5
        around = np.pad(peak, 1, mode="edge")[row + 1 : row + 1 + places, column + 1 : column + 1 + places]
        assert np.array_equal(map_tile(peak, place), around.astype(bool) * 255)


def test_weak_answers_are_seen_by_the_root_of_the_map() -> None:
    values = np.zeros((14, 14), np.float32)
    values[7, 7], values[7, 8] = 100, 25
    tile = map_tile(values, MapPlace("block5_conv3", 0, 7, 7))
    assert (tile[8, 8], tile[8, 9]) == (255, 128)


def test_a_map_that_is_zero_everywhere_is_dark() -> None:
    tile = map_tile(np.zeros((14, 14), np.float32), MapPlace("block5_conv3", 0, 0, 0))
    assert tile.shape == (16, 16)
    assert not tile.any()
