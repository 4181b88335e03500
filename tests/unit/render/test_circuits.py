"""What a filter is built from and feeds: numbers that add up as printed, shares against a plain count, the path."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generator.catalogue import layer_named
from generator.records import Links, strongest_inputs
from generator.render.filters import filter_views
from generator.render.kernels import kernel_colours, kernel_view
from generator.render.pages import filter_page
from generator.render.ribbons import inward_flow, outward_flow
from generator.render.split import Split
from generator.render.wording import ordinal

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.records import FilterRecord, LayerRecord
    from generator.render.filter_view import Circuit, FilterView
    from generator.render.inputs import Atlas, Frame, Pictures

FILTERS = 6
NAMES = ("block1_conv1", "block1_conv2", "block2_conv1")


def some_links(layer: str, number: int, seed: int = 0) -> Links:
    rng = np.random.default_rng((seed, number, len(layer), int(layer[5]), int(layer[-1])))
    amounts = rng.normal(10, 30, layer_named(layer).in_channels).astype(np.float16).astype(np.float32)
    amounts[0] += 200  # an input that has a page leads in every filter
    kernels = rng.integers(-9, 10, (len(strongest_inputs(amounts)), 3, 3)).astype(np.float16)
    return Links(amounts, -0.04, float(amounts.sum()) - 0.04, kernels)


@pytest.fixture
def linked(atlas: Atlas, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord]) -> Atlas:
    """Six filters each of the first three layers in one edition, with links."""
    layers = {}
    for name in NAMES:
        record = layer_of([record_of(number, layer=name) for number in range(FILTERS)])
        layers["natural", name] = replace(
            record, links={n: some_links(name, n) for n in range(FILTERS)}, links_version=1
        )
    return replace(atlas, layers=layers)


def views(atlas: Atlas, layer: str, pictures: Any) -> list[FilterView]:
    return list(filter_views(atlas, layer, pictures))


def circuit(atlas: Atlas, layer: str, number: int, pictures: Pictures) -> Circuit:
    found = views(atlas, layer, pictures)[number].editions[0].circuit
    assert found is not None
    return found


def signed(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


@pytest.mark.parametrize(
    ("mean", "negative", "bias"),
    [(586.94, -287.449, -0.049), (2043.66, -1012.35, 3.15), (1.2345, 0, 0.6), (0.02, -3, 1), (40, -8.88, -7.77)],
)
def test_the_rows_add_up_as_they_are_printed(mean: float, negative: float, bias: float) -> None:
    split = Split(mean, negative, bias)
    *parts, whole = split.rows()
    assert signed(whole.amount) == pytest.approx(mean, abs=0.051)
    assert sum(signed(part.amount) for part in parts) == pytest.approx(signed(whole.amount), abs=1e-9)
    assert max(part.start + part.width for part in parts) == pytest.approx(100, abs=1)
    assert min(part.start for part in parts) == 0


def test_a_rows_bar_goes_on_where_the_one_above_ended() -> None:
    excites, holds, bias, whole = Split(60.0, -40.0, 0.0).rows()
    assert (excites.name, excites.start, excites.width) == ("what excites", 0, 100)
    assert (holds.name, holds.start, holds.width, holds.kind) == ("what holds back", 60, 40, "minus")
    assert (bias.width, whole.start, whole.width, whole.kind) == (0, 0, 60, "total")


def test_each_column_adds_up_to_its_part_of_the_line(linked: Atlas, pictures: Pictures) -> None:
    found = circuit(linked, "block2_conv1", 3, pictures)
    excites, holds, *_ = (abs(signed(row.amount)) for row in found.sums)
    for inputs, (many, rest), shown, whole in (
        (found.excited, found.others[0], 8, excites),
        (found.held, found.others[1], 5, holds),
    ):
        parts = [abs(signed(one.amount)) for one in inputs]
        assert len(parts) == shown
        assert parts == sorted(parts, reverse=True)
        assert sum(parts) + abs(signed(rest)) == pytest.approx(whole)
        assert many.endswith(" others")
        assert all(one.picture is not None for one in inputs)
    assert [one.kernel is not None for one in found.excited] == [True] * 3 + [False] * 5


def test_a_column_without_others_adds_up_by_its_greatest_input(linked: Atlas, pictures: Pictures) -> None:
    layer = linked.layers["natural", "block1_conv1"]
    three = Links(np.array([10.26, 5.26, -3.26], np.float32), 0.04, 12.3, np.ones((3, 3, 3), np.float16))
    layers = {**linked.layers, ("natural", "block1_conv1"): replace(layer, links={0: three})}
    found = circuit(replace(linked, layers=layers), "block1_conv1", 0, pictures)
    assert [(one.name, one.amount) for one in (*found.excited, *found.held)] == [
        ("red", "+10.3"),
        ("green", "+5.3"),
        ("blue", "\N{MINUS SIGN}3.3"),
    ]
    assert [(row.name, row.amount) for row in found.sums] == [
        ("what excites", "+15.6"),
        ("what holds back", "\N{MINUS SIGN}3.3"),
        ("bias", "+0.0"),
        ("mean on its picture", "12.3"),
    ]
    assert found.others == (("", ""), ("", ""))


def test_the_lines_fill_the_pictures_height_by_their_parts() -> None:
    flow = dict(inward_flow([30.0, 20.0], 10.0, [15.0], 5.0, 400))
    assert (flow["plus stop"], flow["minus stop"]) == ("M7.5 32v149m0 1v99m0 1v49", "M7.5 332v74m0 1v24")
    assert flow["plus rest"].startswith("M0 164q")  # after two rows of 60 pixels and the heading's 32


def test_a_line_returns_to_its_row_as_thick_as_a_bar() -> None:
    (line,) = re.findall(
        r"M0 (\d+)q4 0 7(-?\d+)v(\d+)q-3(?: ?)(-?\d+)-7(?: ?)\4",
        dict(inward_flow([9.0], 0.0, [], 0.0, 90))["plus"],
    )
    top, there, high, back = map(int, line)
    assert (top + there, high) == (32, 90)
    assert top + there + high + back == top + 8


def test_lines_to_what_is_fed_begin_where_the_one_above_ended_and_end_as_thick_as_bars() -> None:
    line = outward_flow([4.0, 2.0])
    _, top, *rest = map(int, re.findall(r"-?\d+", line))
    for start, end, row in ((top, top + 40, 58), (top + 40, top + 60, 118)):
        ribbon, rest = rest[:8], rest[8:]
        assert ribbon == [4, row - start, 8, row - start, 8, -4, 0, -8]
        assert row + 8 + rest.pop(0) == end
    assert rest == []


def test_there_are_no_lines_without_inputs() -> None:
    assert inward_flow([], 0.0, [], 0.0, 400) == ()
    assert outward_flow([]) == ""


def test_what_a_filter_feeds_is_the_next_layers_table_read_the_other_way(linked: Atlas, pictures: Pictures) -> None:
    found = circuit(linked, "block1_conv2", 0, pictures)
    expected = []
    for number in range(FILTERS):
        links = linked.layers["natural", "block2_conv1"].links[number]
        rank = 1 + int((links.amounts > links.amounts[0]).sum())
        expected.append((links.amounts[0] / links.positive, number, rank))
    expected.sort(reverse=True)
    assert [(one.number, one.share) for one in found.fed] == [(n, f"{part:.1%}") for part, n, _ in expected]
    assert [one.rank for one in found.fed] == [ordinal(rank) for *_, rank in expected]
    assert found.fed[0].href == f"../block2_conv1/00{found.fed[0].number}.html"


def test_the_path_goes_down_to_the_first_layer_along_the_strongest(linked: Atlas, pictures: Pictures) -> None:
    found = circuit(linked, "block2_conv1", 2, pictures)
    assert [(step.layer, step.number) for step in found.path] == [("b1c2", 0), ("b1c1", 0)]


def test_the_ladder_has_a_picture_a_block_with_what_a_place_of_its_map_sees(linked: Atlas, pictures: Pictures) -> None:
    way = views(linked, "block2_conv1", pictures)[2].way
    assert way is not None
    below, own = way.rungs
    assert re.fullmatch(r"b1c2 0 \(\d+%\), b1c1 0 \(\d+%\)", way.steps)
    assert (below.name, below.href, below.field, below.sees) == (
        "b1c2 0",
        "../block1_conv2/000.html",
        5,
        "5 \N{MULTIPLICATION SIGN} 5 px of 64",
    )
    assert (own.name, own.href, own.field, own.unit) == ("b2c1 2", None, 10, 8)


def test_the_first_layer_shows_its_kernel_in_colour(linked: Atlas, pictures: Pictures, frame: Frame) -> None:
    page = filter_page(views(linked, "block1_conv1", pictures)[1], frame)
    assert 'aria-label="the kernel in colour"' in page
    assert {"red", "green", "blue"} >= set(re.findall(r"<li class=w\d+><b>(\w+)</b>", page)) != set()
    assert kernel_colours(np.array([[[9] * 3] * 3, [[0] * 3] * 3, [[-9] * 3] * 3]), [2, 1, 0]) == ("#0280fe",) * 9


def test_of_a_dead_filter_there_is_nothing_to_split(linked: Atlas, pictures: Pictures, frame: Frame) -> None:
    layer = linked.layers["natural", "block1_conv2"]
    dead = Links(np.zeros(64, np.float32), 0.0, 0.0, np.zeros((0, 3, 3), np.float16))
    layers = {**linked.layers, ("natural", "block1_conv2"): replace(layer, links={**layer.links, 4: dead})}
    page = filter_page(views(replace(linked, layers=layers), "block1_conv2", pictures)[4], frame)
    assert "There is nothing to split: the filter is zero everywhere on its picture." in page
    assert "Built from" not in page


def test_an_edition_whose_links_were_not_read_shows_nothing_of_them(
    atlas: Atlas, pictures: Pictures, frame: Frame
) -> None:
    view = views(atlas, "block3_conv1", pictures)[0]
    assert view.editions[0].circuit is None
    assert "Built from" not in filter_page(view, frame)


def test_an_input_without_a_picture_in_the_edition_is_named_without_a_link(linked: Atlas, pictures: Pictures) -> None:
    class Few:
        def picture(self, edition: str, layer: str, number: int, kind: Any) -> Any:
            return pictures.picture(edition, layer, number, kind) if number < FILTERS else None

        figures = staticmethod(pictures.figures)

    found = views(linked, "block2_conv1", Few())[0].editions[0].circuit
    assert found is not None
    assert all((one.href is None) == (int(one.name) >= FILTERS) for one in found.excited)
    assert any(one.href is None for one in found.excited)


def test_a_kernel_is_drawn_by_sign() -> None:
    drawn = kernel_view(np.array([[9, 0, 0], [0, -9, 0], [0, 0, 1]], np.float16))
    assert drawn.positive == "M0 0h9v9h-9M23 23h3v3h-3"
    assert drawn.negative == "M10 10h9v9h-9z"


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (21, "21st")]
)
def test_ranks_are_told_as_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said
