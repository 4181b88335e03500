"""Which part of a map covers the crop of a photograph, at the photograph's borders as in its middle."""

from __future__ import annotations

import numpy as np
import pytest

from generator.catalogue import ARTICLE_SIZE_PX, LAYERS, Layer
from generator.measure.photo_maps import map_tile
from generator.records import MapPlace


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
