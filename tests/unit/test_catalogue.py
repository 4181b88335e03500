from __future__ import annotations

import itertools

import pytest

from generator.catalogue import FILTER_COUNT, LAYER_NAMES, LAYERS, Layer, layer_named, step_flops
from generator.errors import BadInput


def test_the_network_has_thirteen_layers_and_4224_filters() -> None:
    assert len(LAYERS) == 13
    assert FILTER_COUNT == 4224
    assert LAYER_NAMES[0] == "block1_conv1"
    assert LAYER_NAMES[-1] == "block5_conv3"


def test_each_layer_reads_what_the_layer_before_it_gives() -> None:
    assert LAYERS[0].in_channels == 3
    for before, layer in itertools.pairwise(LAYERS):
        assert layer.in_channels == before.filters, layer.name


def test_stride_and_receptive_field_follow_from_3x3_convolutions_and_2x2_poolings() -> None:
    field, stride, block, offset = 1, 1, 1, 0
    for layer in LAYERS:
        if layer.block != block:
            field, stride, block = field + stride, stride * 2, layer.block
        field, offset = field + 2 * stride, offset + stride
        assert (layer.receptive_field, layer.stride, layer.offset) == (field, stride, offset), layer.name


@pytest.mark.parametrize(
    ("name", "place", "seen"),
    [
        ("block1_conv1", 0, (0, 2)),
        ("block1_conv1", 100, (99, 102)),
        ("block2_conv1", 5, (6, 16)),
        ("block5_conv3", 0, (0, 106)),
        ("block5_conv3", 6, (6, 202)),
        ("block5_conv3", 13, (118, 224)),
    ],
)
def test_a_place_of_a_map_sees_its_receptive_field_cut_at_the_borders(
    name: str, place: int, seen: tuple[int, int]
) -> None:
    assert layer_named(name).field(place, 224) == seen


@pytest.mark.parametrize(("name", "short", "minimum"), [("block1_conv1", "b1c1", 2), ("block5_conv3", "b5c3", 32)])
def test_a_layer_has_a_short_name_and_a_least_canvas(name: str, short: str, minimum: int) -> None:
    layer = layer_named(name)
    assert layer.name == name
    assert layer.short == short
    assert layer.minimum_size_px == minimum


@pytest.mark.parametrize("name", ["block6_conv1", "", "../block1_conv1", "BLOCK1_CONV1", "block1_pool"])
def test_an_unknown_layer_is_told_with_all_valid_names(name: str) -> None:
    with pytest.raises(BadInput) as raised:
        layer_named(name)
    assert repr(name) in str(raised.value)
    assert all(each in str(raised.value) for each in LAYER_NAMES)


def test_a_slip_of_the_finger_is_answered_with_the_likeliest_layer() -> None:
    with pytest.raises(BadInput, match=r"Did you mean 'block3_conv1'\?"):
        layer_named("blok3_conv1")


def test_operations_of_a_step_are_counted_as_by_hand_for_the_first_two_layers() -> None:
    first = 2 * 2 * 10 * 10 * 9 * 3 * 1
    second = 2 * 2 * 10 * 10 * 9 * (3 * 64 + 64 * 1)
    assert step_flops(layer_named("block1_conv1"), 10) == first
    assert step_flops(layer_named("block1_conv2"), 10) == second


def test_deeper_layers_cost_more_until_the_side_halves() -> None:
    def within(block: int) -> list[Layer]:
        return [layer for layer in LAYERS if layer.block == block]

    for block in range(1, 6):
        costs = [step_flops(layer, 224) for layer in within(block)]
        assert costs == sorted(costs)
        assert len(set(costs)) == len(costs)
