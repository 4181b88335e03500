from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generator.catalogue import LAYER_NAMES, layer_named
from generator.errors import BadInput
from generator.recipes import RECIPES, changed, checked_changes

NAMES = ["size_px", "steps", "learning_rate", "threshold", "precision", "seed"]
values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.sampled_from(["none", "auto", "float32", "1_0", " 7 ", "0x10", "1e400"])
    | st.lists(st.integers(), max_size=2)
)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), values), st.sampled_from(LAYER_NAMES))
def test_any_change_is_usable_or_refused_with_one_sentence(changes: dict[str, Any], layer: str) -> None:
    try:
        settings = changed(layer, RECIPES["natural"].settings_for(layer), checked_changes(changes))
    except BadInput:
        return
    assert layer_named(layer).minimum_size_px <= settings.size_px <= 1024
    assert 1 <= settings.steps <= 10_000
    assert math.isfinite(settings.learning_rate)
    assert settings.learning_rate > 0
    assert settings.threshold is None or 0 < settings.threshold < math.inf
    assert settings.precision in {"auto", "float32", "bfloat16"}
    assert 0 <= settings.seed < 2**32
    assert settings.jitter_px >= 0
    assert all(type(settings.as_dict()[name]) is int for name in ("size_px", "steps", "seed", "jitter_px"))
