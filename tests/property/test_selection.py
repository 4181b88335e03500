from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalogue import LAYER_NAMES, LAYERS, layer_named
from generator.errors import BadInput
from generator.workflows.selection import check_filters, chosen_layers, parse_filters

numbers = st.integers(0, 511)
ranges = st.tuples(numbers, numbers).map(sorted)
spaces = st.sampled_from(["", " ", "  "])


@given(st.lists(st.one_of(numbers.map(lambda number: [number, number]), ranges), min_size=1, max_size=8), spaces)
def test_numbers_and_ranges_are_exactly_the_filters_they_name(parts: list[list[int]], space: str) -> None:
    text = ",".join(space + (f"{first}" if first == last else f"{first}-{last}") + space for first, last in parts)
    expected = sorted({number for first, last in parts for number in range(first, last + 1)})
    assert list(parse_filters(text)) == expected


@given(st.text(alphabet="0123456789-, x.+_٣", max_size=12) | st.text(max_size=12))
def test_any_text_names_ascending_filters_of_the_largest_layer_or_is_refused_with_one_sentence(text: str) -> None:
    try:
        filters = parse_filters(text)
    except BadInput:
        return
    assert list(filters) == sorted(set(filters))
    assert filters
    assert 0 <= filters[0] <= filters[-1] <= 511


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is no number and no range; give numbers and ranges like 0-63,100"),
        ("0,,2", "'' is no number and no range"),
        ("all", "'all' is no number and no range"),
        ("-1", "'-1' is no number and no range"),
        ("1.5", "'1.5' is no number"),
        ("9-3", "9-3 runs backwards"),
        ("512", "there is no filter 512; the largest layers have filters 0 to 511"),
        ("0-99999999999", "is no number and no range"),
    ],
)
def test_what_names_no_filters_is_told_with_what_would(text: str, reason: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse_filters(text)
    assert reason in str(raised.value)


@given(st.lists(st.sampled_from(LAYER_NAMES)))
def test_layers_come_once_and_in_the_networks_order_and_none_means_all(names: list[str]) -> None:
    chosen = chosen_layers(names)
    assert set(chosen) == (set(names) or set(LAYER_NAMES))
    assert list(chosen) == [name for name in LAYER_NAMES if name in chosen]


@given(st.sampled_from(LAYERS).map(lambda layer: layer.name), st.lists(numbers, min_size=1))
def test_a_filter_beyond_its_layer_is_refused_with_the_layers_filters(layer: str, filters: list[int]) -> None:
    count = layer_named(layer).filters
    if max(filters) < count:
        check_filters([layer], filters)
    else:
        with pytest.raises(BadInput, match=f"its filters are 0 to {count - 1}"):
            check_filters([layer], filters)


def test_an_unknown_layer_is_told_with_the_valid_names_and_the_likeliest() -> None:
    with pytest.raises(BadInput) as raised:
        chosen_layers(["block3_conv1", "block3_con2"])
    assert "Did you mean 'block3_conv2'?" in str(raised.value)
    assert all(name in str(raised.value) for name in LAYER_NAMES)
