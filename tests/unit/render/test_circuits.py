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


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"[\d,]*\d\.\d+", text)]


@pytest.mark.parametrize(
    ("mean", "negative", "bias"),
    [(586.94, -287.449, -0.049), (2043.66, -1012.35, 3.15), (1.2345, 0, 0.6), (0.02, -3, 1), (40, -8.88, -7.77)],
)
def test_the_line_adds_up_as_it_is_printed(mean: float, negative: float, bias: float) -> None:
    split = Split(mean, negative, bias)
    whole, excitation, inhibition, biased = numbers(split.sentence())
    assert whole == pytest.approx(mean, abs=0.051)
    assert whole == pytest.approx(excitation - inhibition + np.copysign(biased, bias), abs=1e-9)


def test_each_column_adds_up_to_its_part_of_the_line(linked: Atlas, pictures: Pictures) -> None:
    found = circuit(linked, "block2_conv1", 3, pictures)
    _, excitation, inhibition, _ = numbers(found.total)[:4]
    for inputs, others, whole in (
        (found.excited, found.others[0], excitation),
        (found.held, found.others[1], inhibition),
    ):
        assert len(inputs) == 8
        parts = [numbers(one.amount)[0] for one in inputs] + numbers(others)
        assert sum(parts) == pytest.approx(whole, abs=1e-6)
        assert parts[:8] == sorted(parts[:8], reverse=True)


def test_what_a_filter_feeds_is_the_next_layers_table_read_the_other_way(linked: Atlas, pictures: Pictures) -> None:
    found = circuit(linked, "block1_conv2", 0, pictures)
    expected = []
    for number in range(FILTERS):
        links = linked.layers["natural", "block2_conv1"].links[number]
        rank = 1 + int((links.amounts > links.amounts[0]).sum())
        expected.append((links.amounts[0] / links.positive, number, rank))
    expected.sort(reverse=True)
    assert [(one.number, one.share) for one in found.fed] == [(n, f"{part:.1%}") for part, n, _ in expected]
    assert [one.rank for one in found.fed] == [f"{ordinal(rank)} of 64" for *_, rank in expected]
    assert found.fed[0].href == f"../block2_conv1/00{found.fed[0].number}.html"


def test_the_path_goes_down_to_the_first_layer_along_the_strongest(linked: Atlas, pictures: Pictures) -> None:
    first, *_ = circuit(linked, "block2_conv1", 2, pictures).path
    assert (first.layer, first.number) == ("b1c2", 0)
    assert [(step.layer, step.number) for step in first.inputs][:1] == [("b1c1", 0)]
    assert all(step.inputs == () for step in first.inputs)


def test_the_first_layer_shows_its_kernel_in_colour(linked: Atlas, pictures: Pictures, frame: Frame) -> None:
    page = filter_page(views(linked, "block1_conv1", pictures)[1], frame)
    assert 'aria-label="the kernel in colour"' in page
    assert {"red", "green", "blue"} >= set(re.findall(r'<b class="alone">(\w+)</b>', page)) != set()
    assert kernel_colours(np.array([[[9] * 3] * 3, [[0] * 3] * 3, [[-9] * 3] * 3]), [2, 1, 0]) == ("#0280fe",) * 9


def test_of_a_dead_filter_there_is_nothing_to_split(linked: Atlas, pictures: Pictures, frame: Frame) -> None:
    layer = linked.layers["natural", "block1_conv2"]
    dead = Links(np.zeros(64, np.float32), 0.0, 0.0, np.zeros((0, 3, 3), np.float16))
    layers = {**linked.layers, ("natural", "block1_conv2"): replace(layer, links={**layer.links, 4: dead})}
    page = filter_page(views(replace(linked, layers=layers), "block1_conv2", pictures)[4], frame)
    assert "There is nothing to split: the filter is zero everywhere on its picture." in page
    assert "Excited by" not in page


def test_an_edition_whose_links_were_not_read_shows_nothing_of_them(
    atlas: Atlas, pictures: Pictures, frame: Frame
) -> None:
    view = views(atlas, "block3_conv1", pictures)[0]
    assert view.editions[0].circuit is None
    assert "What it is built from" not in filter_page(view, frame)


def test_an_input_without_a_picture_in_the_edition_is_named_without_a_link(linked: Atlas, pictures: Pictures) -> None:
    class Few:
        def picture(self, edition: str, layer: str, number: int, kind: Any) -> Any:
            return pictures.picture(edition, layer, number, kind) if number < FILTERS else None

        figures = staticmethod(pictures.figures)

    found = views(linked, "block2_conv1", Few())[0].editions[0].circuit
    assert found is not None
    assert all((one.href is None) == (int(one.name) >= FILTERS) for one in found.excited)
    assert any(one.href is None for one in found.excited)


def test_a_kernel_is_drawn_by_sign_and_told_in_words() -> None:
    drawn = kernel_view(np.array([[9, 0, 0], [0, -9, 0], [0, 0, 1]], np.float16))
    assert drawn.positive == "M0.5 0.5h9v9h-9zM23.5 23.5h3v3h-3z"
    assert drawn.negative == "M10.5 10.5h9v9h-9z"
    assert drawn.label == "9 0 0, 0 \N{MINUS SIGN}9 0, 0 0 1"


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (21, "21st")]
)
def test_ranks_are_told_as_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said
