"""Charts as the numbers of an SVG: a loss curve and a histogram, in whole units so that the text stays short."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from generator.render.filter_view import Curve
from generator.render.views import Histogram
from generator.render.wording import STOP_WORDS, and_rising, count, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.records import FilterRecord

CURVE_WIDTH, CURVE_HEIGHT = 320, 96
BINS, BAR_HEIGHT = 48, 40
ROUND = (1, 1.2, 1.5, 2, 2.4, 3, 4, 5, 6, 8, 10)


def loss_curve(record: FilterRecord) -> Curve | None:
    """Return the curve of a filter's losses, or None when there are none."""
    losses = [value for value in record.losses if math.isfinite(value)]
    if not losses:
        return None
    top = max(*losses, 0.0) or 1.0
    across = CURVE_WIDTH / max(len(losses) - 1, 1)
    points = [(round(place * across), round(CURVE_HEIGHT * (1 - value / top))) for place, value in enumerate(losses)]
    return Curve(
        points=" ".join(f"{x},{y}" for x, y in points),
        width=CURVE_WIDTH,
        height=CURVE_HEIGHT,
        end=(str(points[-1][0]), str(points[-1][1])),
        top=figure(max(*losses, 0.0)),
        steps=count(record.steps_run, "step"),
        caption=_curve_words(record),
    )


def mean_histogram(means: Sequence[float]) -> Histogram | None:
    """Return the histogram of the means of a layer's filters, or None when there are none."""
    if not means:
        return None
    most = nice_limit(max(means))
    bins = [0] * BINS
    for value in means:
        bins[min(int(value / most * BINS), BINS - 1)] += 1
    unit = BAR_HEIGHT / max(bins)
    heights = [math.ceil(held * unit) for held in bins]
    zeros = sum(value == 0 for value in means)
    return Histogram(
        bars=tuple((place, BAR_HEIGHT - high, high) for place, high in enumerate(heights) if high),
        bins=BINS,
        height=BAR_HEIGHT,
        most=most,
        most_text=figure(most),
        caption=f"{count(len(means), 'filter')}, means from {figure(min(means))} to {figure(max(means))}, "
        f"median {figure(median(means))}{f'; {zeros} of them at zero' if zeros else ''}.",
    )


def nice_limit(value: float) -> float:
    """Return the smallest round number that is not under `value`: one of ten factors times a power of ten; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in ROUND if factor * power >= value)


def _curve_words(record: FilterRecord) -> str:
    if record.stop_reason == "threshold" and record.settings.threshold is not None:
        why = f"reached the threshold of {record.settings.threshold:,.0f}"
    else:
        why = STOP_WORDS[record.stop_reason]
    way = f"{figure(record.first_loss)} to {figure(record.final_loss)} in {count(record.steps_run, 'step')}"
    return f"{way}; {why}{and_rising(record)}"
