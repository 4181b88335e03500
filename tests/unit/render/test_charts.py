from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.render.charts import BAR_HEIGHT, BINS, CURVE_HEIGHT, loss_curve, mean_histogram, nice_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.records import FilterRecord


def test_a_curve_spans_the_box_from_its_first_loss_to_its_highest(record_of: Callable[..., FilterRecord]) -> None:
    curve = loss_curve(record_of(0, losses=(0.0, 50.0, 100.0), first_loss=0.0, final_loss=100.0))
    assert curve is not None
    half = CURVE_HEIGHT // 2
    assert (curve.line, curve.width, curve.top) == (f"M0 {CURVE_HEIGHT}l1-{half} 1-{half}", 2, "100")


def test_a_curve_of_one_loss_is_one_point(record_of: Callable[..., FilterRecord]) -> None:
    curve = loss_curve(record_of(0, losses=(3.0,)))
    assert curve is not None
    assert (curve.line, curve.width) == ("M0 0h1", 1)


def test_a_curve_of_zeros_lies_on_the_ground(record_of: Callable[..., FilterRecord]) -> None:
    curve = loss_curve(record_of(0, losses=(0.0, 0.0)))
    assert curve is not None
    assert (curve.line, curve.top) == (f"M0 {CURVE_HEIGHT}l1 0", "0")


def test_a_filter_without_losses_has_no_curve(record_of: Callable[..., FilterRecord]) -> None:
    assert loss_curve(record_of(0, losses=())) is None


def test_every_mean_stands_in_one_bin_and_the_fullest_bin_fills_the_height() -> None:
    histogram = mean_histogram([0.0, 1.0, 1.0, 1.0, 99.0, 100.0])
    assert histogram is not None
    assert [(x, height) for x, _, height in histogram.bars] == [(0, BAR_HEIGHT), (47, BAR_HEIGHT // 2)]
    assert all(y + height == BAR_HEIGHT for _, y, height in histogram.bars)
    assert (histogram.bins, histogram.most) == (BINS, 100.0)
    assert histogram.caption == "6 filters, means from 0 to 100, median 1.00; 1 of them at zero."


def test_the_middle_of_the_means_is_their_median_and_the_dead_are_counted() -> None:
    dead, even = mean_histogram([0.0] * 54 + [5.0] * 10), mean_histogram([1.0, 2.0, 4.0, 9.0])
    assert dead is not None
    assert even is not None
    assert dead.caption == "64 filters, means from 0 to 5.00, median 0; 54 of them at zero."
    assert even.caption == "4 filters, means from 1.00 to 9.00, median 3.00."


def test_a_layer_without_means_has_no_histogram() -> None:
    assert mean_histogram([]) is None


@pytest.mark.parametrize(
    ("value", "limit"), [(0.0, 1.0), (1.0, 1.0), (1.1, 1.2), (1195.0, 1200.0), (0.31, 0.4), (9.1, 10.0)]
)
def test_the_axis_ends_at_a_round_number(value: float, limit: float) -> None:
    assert nice_limit(value) == pytest.approx(limit)
