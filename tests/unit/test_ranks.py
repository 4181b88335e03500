"""The order of a layer's filters on one photograph."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata, spearmanr

from generator.catalogue import FILTER_COUNT, LAYERS
from generator.records.ranks import STEPS, ranks


def test_an_order_is_kept_with_its_equals_and_of_512_filters_to_a_byte() -> None:
    means = np.random.default_rng(0).gamma(0.5, 10, FILTER_COUNT).astype(np.float16)
    means[::5] = 0
    found = ranks(means)
    for layer in LAYERS:
        known, own = found[layer.span], means[layer.span]
        if layer.filters <= STEPS:
            assert np.array_equal(rankdata(known), rankdata(own)), layer.name
        assert spearmanr(known, own).statistic > 0.9999, layer.name
        assert len(set(known[own == 0].tolist())) == 1
