"""The cross-activation matrix, read down to one cell."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CROSS = "block5_conv3/cross.html"


@pytest.fixture(scope="module")
def matrix(site: Any) -> NDArray[np.float32]:
    return np.load(site.folder / "data/natural/block5_conv3.cross.npy")


def read(page: Page) -> tuple[int, int, float]:
    """Return the cell that the page reads out: picture, filter, mean."""
    words = page.locator("#cell").inner_text().split()
    return int(words[1].strip(",")), int(words[3].strip(":")), float(words[5].strip(",").replace(",", ""))


def test_any_cell_is_read_by_number_to_three_digits(visit: Callable[..., Page], matrix: NDArray[np.float32]) -> None:
    page = visit(CROSS)
    for picture, number in ((0, 0), (441, 17), (17, 441), (511, 511), (41, 3)):
        page.fill("#cell-picture", str(picture))
        page.fill("#cell-filter", str(number))
        page.keyboard.press("Tab")
        assert read(page)[:2] == (picture, number)
        assert read(page)[2] == pytest.approx(matrix[picture, number], rel=0.007, abs=0.001)


def test_a_cell_is_read_where_one_points(visit: Callable[..., Page], matrix: NDArray[np.float32]) -> None:
    page = visit(CROSS)
    canvas = page.locator("#matrix canvas").first
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] * 100.5 / 512, "y": box["height"] * 200.5 / 512})
    picture, number, mean = read(page)
    # A mouse event tells whole pixels, and the canvas need not begin on one.
    assert abs(picture - 200) <= 1
    assert abs(number - 100) <= 1
    assert mean == pytest.approx(matrix[picture, number], rel=0.007, abs=0.001)


def test_arrow_keys_go_from_cell_to_cell_and_stop_at_the_edges(visit: Callable[..., Page]) -> None:
    page = visit(CROSS)
    page.fill("#cell-picture", "5")
    page.fill("#cell-filter", "0")
    page.locator("#matrix canvas").first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert read(page)[:2] == (16, 1)
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert read(page)[:2] == (16, 0)
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert read(page)[:2] == (16, 511)


def test_the_lens_points_at_the_cells_around(visit: Callable[..., Page]) -> None:
    page = visit(CROSS)
    page.fill("#cell-picture", "100")
    page.fill("#cell-filter", "100")
    page.keyboard.press("Tab")
    page.locator(".reading > canvas").nth(1).click(position={"x": 16 * 9.5, "y": 16 * 4.5})
    assert read(page)[:2] == (97, 102)


def test_a_cell_leads_to_its_two_filters(visit: Callable[..., Page]) -> None:
    page = visit(CROSS)
    page.fill("#cell-picture", "441")
    page.fill("#cell-filter", "17")
    page.keyboard.press("Tab")
    links = page.locator(".reading .row a")
    assert links.all_inner_texts() == ["picture 441", "filter 17"]
    links.nth(1).locator("img").evaluate("each => each.decode()")
    links.nth(1).click()
    page.wait_for_url("**/block5_conv3/017.html")


@pytest.mark.parametrize("address", [CROSS, "block1_conv1/article/cross.html"])
def test_the_matrix_opens_with_its_strongest_cell_off_the_diagonal_and_says_so(
    visit: Callable[..., Page], site: Any, address: str
) -> None:
    layer, *edition = address.split("/")[:-1]
    others = np.load(site.folder / f"data/{(edition or ['natural'])[0]}/{layer}.cross.npy")
    others[np.arange(len(others)), np.arange(len(others))] = 0
    page = visit(address)
    picture, number, mean = read(page)
    assert (picture, number) == np.unravel_index(others.argmax(), others.shape)
    assert mean == pytest.approx(others.max(), rel=0.007)
    assert (
        f"strongest answer to another filter's picture is that of filter {number} to picture {picture}"
        in page.locator(".head").inner_text()
    )


def colours(page: Page) -> NDArray[np.uint8]:
    """Return the matrix as drawn: uint8 RGB, shape (pictures, filters, 3)."""
    png = page.locator("#matrix canvas").first.evaluate("each => each.toDataURL().split(',')[1]")
    return np.asarray(Image.open(BytesIO(b64decode(png))).convert("RGB"))


def test_each_filter_on_its_own_scale_lets_a_weak_one_be_seen(
    visit: Callable[..., Page], matrix: NDArray[np.float32]
) -> None:
    page = visit(CROSS)
    own = colours(page).astype(int).sum(axis=2)
    page.check("[name=scale][value=raw]")
    raw = colours(page).astype(int).sum(axis=2)
    weak = int(matrix.max(axis=0).argmin())
    strongest = int(matrix[:, weak].argmax())
    assert own[strongest, weak] > 600
    assert raw[strongest, weak] < own[strongest, weak]
    brightest = np.unravel_index(matrix.argmax(), matrix.shape)
    assert raw[brightest] > 600


def test_a_cell_the_scale_and_the_order_stand_in_the_address(visit: Callable[..., Page]) -> None:
    page = visit(CROSS)
    page.fill("#cell-picture", "441")
    page.fill("#cell-filter", "17")
    page.keyboard.press("Tab")
    page.check("[name=scale][value=raw]")
    page.check("[name=order][value=likeness]")
    page.wait_for_url("**/cross.html#picture=441&filter=17&scale=raw&order=likeness")
    other = visit(f"block5_conv3/{page.url.split('/')[-1]}")
    assert read(other)[:2] == (441, 17)
    assert other.is_checked("[name=scale][value=raw]")
    assert (colours(other) == colours(page)).all()


def test_in_the_order_of_likeness_arrows_go_to_what_is_alike(visit: Callable[..., Page]) -> None:
    page = visit(f"{CROSS}#picture=5&filter=5&order=likeness")
    order = page.evaluate("ATLAS_MATRIX.likeness")
    page.locator("#matrix canvas").first.focus()
    place = order.index(5)
    page.keyboard.press("ArrowRight" if place < 510 else "ArrowLeft")
    assert read(page)[:2] == (5, order[place + 1 if place < 510 else place - 1])


def test_a_number_out_of_range_says_so_and_the_cell_stays(visit: Callable[..., Page]) -> None:
    page = visit(f"{CROSS}#picture=7&filter=8")
    page.fill("#cell-filter", "512")
    page.keyboard.press("Tab")
    assert page.locator("#cell").inner_text() == "block5_conv3 has filters 0 to 511."
    page.fill("#cell-filter", "9")
    page.keyboard.press("Tab")
    assert read(page)[:2] == (7, 9)


def test_a_part_of_a_layer_has_a_matrix_of_its_rows(visit: Callable[..., Page]) -> None:
    page = visit("block3_conv1/cross.html")
    assert page.locator("#matrix canvas").first.evaluate("each => [each.width, each.height]") == [256, 3]
    page.fill("#cell-filter", "200")
    page.keyboard.press("Tab")
    assert read(page)[1] == 200
    assert page.locator(".reading .row a").count() >= 1


def test_the_matrix_of_another_recipe_leads_to_the_same_filters(visit: Callable[..., Page]) -> None:
    page = visit("block1_conv1/article/cross.html")
    page.fill("#cell-picture", "3")
    page.fill("#cell-filter", "4")
    page.keyboard.press("Tab")
    page.locator(".reading .row a").first.click()
    page.wait_for_url("**/block1_conv1/003.html")
    assert page.locator("h1").inner_text().split() == ["block1_conv1,", "filter", "3"]
