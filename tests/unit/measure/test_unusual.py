from __future__ import annotations

import io

import numpy as np
from PIL import Image

from generator.figures.overlays import OVERLAY_PX, overlay
from generator.measure.unusual import most_unusual

MAPS = np.zeros((4, 6, 5), np.float32)
MAPS[1, 2] = (9.0, 2.0, 5.0, 0.0, 1.0)
MAPS[3, 5, 1] = 4.0


def test_filters_are_ordered_by_their_peaks_in_their_own_units() -> None:
    found = most_unusual(MAPS, (9.0, 1.0, None, 1.0, 0.25), 3)
    assert [(one.filter, one.answer, one.peak) for one in found] == [(1, 4.0, 4.0), (4, 4.0, 1.0), (0, 1.0, 9.0)]
    assert [(one.row, one.column) for one in found] == [(3, 5), (1, 2), (1, 2)]
    assert found[0].mean == 6 / 24


def test_without_units_peaks_are_compared_as_they_are_and_silent_filters_left_out() -> None:
    assert [one.filter for one in most_unusual(MAPS, (), 10)] == [0, 2, 1, 4]
    assert most_unusual(np.zeros((2, 2, 3), np.float32), (), 10) == ()


def test_a_photograph_is_bright_where_the_filter_answers_and_dark_elsewhere() -> None:
    photograph = np.full((224, 224, 3), 200, np.uint8)
    for side in (14, 224):
        values = np.zeros((side, side), np.float32)
        values[: side // 2] = 3.0
        with Image.open(io.BytesIO(overlay(photograph, values))) as file:
            shown = np.asarray(file.convert("RGB")).astype(int)
        assert shown.shape == (OVERLAY_PX, OVERLAY_PX, 3)
        assert shown[:40].min() > 185
        assert shown[-40:].max() < 50
