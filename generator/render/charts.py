"""Charts as the numbers of an SVG: a loss curve and a histogram, in whole units so that the text stays short."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from generator.render.filter_view import Curve
from generator.render.views import Histogram
from generator.render.wording import count, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.records import FilterRecord

CURVE_HEIGHT = 96
BINS, BAR_HEIGHT = 48, 40
ROUND = (1, 1.2, 1.5, 2, 2.4, 3, 4, 5, 6, 8, 10)


def loss_curve(record: FilterRecord) -> Curve | None:
    """Return the curve of a filter's losses, or None when there are none."""
    losses = [value for value in record.losses if math.isfinite(value)]
    if not losses:
        return None
    top = max(*losses, 0.0) or 1.0
    downs = [round(CURVE_HEIGHT * (1 - value / top)) for value in losses]
    line = "".join(f" 1 {after - before}" for before, after in pairwise(downs)).replace(" -", "-")
    return Curve(
        line=f"M0 {downs[0]}l{line.lstrip()}" if line else f"M0 {downs[0]}h1",
        width=max(len(losses) - 1, 1),
        height=CURVE_HEIGHT,
        top=figure(max(*losses, 0.0)),
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
