from __future__ import annotations

import numpy as np
import pytest

from generator.measure.maps import STEP, TILE_SIDE, tiles


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
