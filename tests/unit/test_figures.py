"""Figures: the article's contact sheet, a histogram and a heat map, the same bytes every time."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pytest

from generator.figures.charts import cross_heat_map, loss_histogram
from generator.figures.sheets import contact_sheet
from generator.figures.sizes import HISTOGRAM_PX, SHEET_FILTERS, heat_map_size, sheet_size
from generator.figures.style import heat_colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOSSES = tuple(float(value) for value in np.random.default_rng(0).gamma(2, 100, 512))
MATRIX = np.random.default_rng(1).gamma(1, 10, (64, 64)).astype(np.float32)


def flat(colour: tuple[int, int, int], side: int) -> NDArray[np.uint8]:
    return np.full((side, side, 3), colour, np.uint8)


def many(side: int, count: int = SHEET_FILTERS) -> list[NDArray[np.uint8] | None]:
    rng = np.random.default_rng(side)
    return [rng.integers(0, 256, (side, side, 3), np.uint8) for _ in range(count)]


def test_a_sheet_is_the_articles_grid_of_eight_by_eight() -> None:
    assert SHEET_FILTERS == 64
    size = sheet_size(64, 112)
    tops, lefts = ({place[axis] for place in size.places} for axis in (0, 1))
    assert (len(tops), len(lefts), len(set(size.places))) == (8, 8, 64)
    assert size.places[:2] == ((46, 10), (46, 132))


@pytest.mark.parametrize("side", [48, 64, 112])
def test_a_small_canvas_stands_on_the_sheet_with_its_own_pixels(side: int) -> None:
    pictures = many(side)
    size = sheet_size(64, side)
    sheet = contact_sheet(pictures, ["Loss=1"] * 64, "heading", size)
    times = size.side // side
    assert size.side == side * times
    for picture, (top, left) in zip(pictures, size.places, strict=True):
        tile = sheet[top : top + size.side, left : left + size.side]
        assert picture is not None
        assert np.array_equal(tile[::times, ::times], picture)
        assert np.array_equal(tile, np.repeat(np.repeat(picture, times, 0), times, 1))


def test_a_large_canvas_is_brought_down() -> None:
    size = sheet_size(2, 224)
    sheet = contact_sheet([flat((200, 10, 10), 224), flat((10, 10, 200), 160)], ["a", "b"], "heading", size)
    assert size.side == 112
    assert [tuple(sheet[top + 50, left + 50]) for top, left in size.places] == [(200, 10, 10), (10, 10, 200)]


def test_every_tile_has_its_title_above_it_and_the_sheet_its_heading() -> None:
    size = sheet_size(10, 64)
    plain = contact_sheet([None] * 10, [""] * 10, "", size)
    titled = contact_sheet([None] * 10, ["Loss=1.5"] * 10, "block1_conv1", size)
    changed = (plain != titled).any(axis=2)
    for top, left in size.places:
        assert changed[top - 14 : top, left : left + size.side].any()
        assert not changed[top : top + size.side, left : left + size.side].any()
    assert changed[:24].any()


def test_a_title_fits_above_its_tile() -> None:
    size = sheet_size(64, 80)
    sheet = contact_sheet([None] * 64, ["Loss=123456.78"] * 64, "", size)
    top, left = size.places[9]
    row = (sheet[top - 14 : top] < 128).any(axis=(0, 2))
    between = row[left + size.side + 1 : left + size.side + 9]
    assert row[left : left + size.side].any()
    assert not between.any()


def test_a_title_is_text_and_never_a_formula() -> None:
    size = sheet_size(1, 64)
    sheet = contact_sheet([None], [r"Loss=$\frac{"], "$x$", size)
    assert sheet.shape == (size.height, size.width, 3)


def test_a_filter_without_a_picture_is_a_grey_tile() -> None:
    size = sheet_size(3, 64)
    sheet = contact_sheet([flat((1, 2, 3), 64), None, flat((1, 2, 3), 64)], ["a", "b", "c"], "heading", size)
    top, left = size.places[1]
    assert (sheet[top : top + size.side, left : left + size.side] == 236).all()


@pytest.mark.parametrize("count", [1, 7, 8, 9, 64])
def test_the_size_is_known_without_drawing(count: int) -> None:
    size = sheet_size(count, 64)
    assert contact_sheet(many(64, count), ["t"] * count, "heading", size).shape == (size.height, size.width, 3)
    matrix = MATRIX[:count]
    heat = heat_map_size(*matrix.shape)
    assert cross_heat_map(matrix, range(count)).shape == (heat.height, heat.width, 4)


def test_sizes_are_known_without_importing_matplotlib() -> None:
    code = "import sys; import generator.figures.sizes; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_histogram_is_well_formed_and_free_of_script_style_and_date() -> None:
    drawn = loss_histogram(LOSSES, "loss").decode()
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    width, height = (float(root.attrib[name].removesuffix("pt")) / 72 * 100 for name in ("width", "height"))
    assert (round(width), round(height)) == HISTOGRAM_PX
    assert not [word for word in ("style", "script", "dc:date", "dc:creator", "http://matplotlib") if word in drawn]
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-1] == "filters"
    assert "loss" in texts


def test_the_histogram_has_no_ground_of_its_own() -> None:
    root = ET.fromstring(loss_histogram(LOSSES, "loss").decode())  # noqa: S314 - our own
    fills = {element.attrib.get("fill") for element in root.iter("{http://www.w3.org/2000/svg}path")}
    assert fills <= {"none", "#3f7fb5", "#7a7a7a", None}


@pytest.mark.parametrize("losses", [(0.0,), (5.0,), (0.0,) * 64, (1e-30, 1e30), (3.0, 3.0)])
def test_any_losses_can_be_drawn(losses: tuple[float, ...]) -> None:
    root = ET.fromstring(loss_histogram(losses, "loss").decode())  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_the_heat_map_shows_the_square_root_of_each_filters_own_scale() -> None:
    matrix = np.zeros((64, 64), np.float32)
    matrix[3, 5], matrix[4, 6], matrix[10, 6] = 1e-3, 250.0, 1000.0
    shown = cross_heat_map(matrix, range(64))
    cell, top, left = 8, 12, 56

    def at(row: int, column: int) -> tuple[int, ...]:
        return tuple(int(part) for part in shown[top + row * cell + 4, left + column * cell + 4])

    colours = heat_colours()
    assert at(0, 0) == (*colours[0], 255)
    assert at(3, 5) == at(10, 6) == (*colours[255], 255)
    assert np.abs(np.subtract(at(4, 6)[:3], colours[128])).max() <= 4


def test_the_heat_map_stands_on_a_transparent_ground() -> None:
    assert cross_heat_map(MATRIX, range(64))[2, 2, 3] == 0


@pytest.mark.parametrize("rows", [1, 2, 64])
def test_a_layer_that_is_not_complete_or_all_dead_has_a_heat_map(rows: int) -> None:
    assert cross_heat_map(np.zeros((rows, 64), np.float32), range(rows)).any()


def test_a_figure_is_the_same_whatever_style_the_user_has_set() -> None:
    def figures() -> tuple[bytes, ...]:
        sheet = contact_sheet(many(64), ["Loss=1.25"] * 64, "heading", sheet_size(64, 64))
        return sheet.tobytes(), loss_histogram(LOSSES, "loss"), cross_heat_map(MATRIX, range(64)).tobytes()

    before = figures()
    with mpl.rc_context(
        {"font.size": 30, "text.color": "red", "axes.linewidth": 9, "savefig.dpi": 17, "svg.fonttype": "path"}
    ):
        assert figures() == before
    assert figures() == before


def test_the_colours_of_heat_rise_evenly_from_black() -> None:
    colours = heat_colours().astype(float)
    lightness = colours @ (0.2126, 0.7152, 0.0722)
    assert colours.shape == (256, 3)
    assert colours[0].max() < 5
    assert (np.diff(lightness) > -1).all()
