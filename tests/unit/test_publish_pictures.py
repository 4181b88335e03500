"""Pictures of the site: sharp, small, and the same bytes every time."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generator.publish.pictures import (
    THUMBNAIL_PX,
    encode_figure,
    encode_full,
    encode_sprite,
    encode_thumbnail,
    has_own_thumbnail,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.conftest import MakeResult


def opened(data: bytes, kind: str) -> NDArray[np.uint8]:
    with Image.open(BytesIO(data)) as picture:
        assert picture.format == kind
        return np.asarray(picture.convert("RGB"))


def error_db(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    squared = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / squared)) if squared else np.inf


@pytest.fixture
def image(make_result: MakeResult) -> NDArray[np.uint8]:
    return make_result("block5_conv3", 441).image


def test_a_full_picture_keeps_its_own_pixels(image: NDArray[np.uint8]) -> None:
    shown = opened(encode_full(image), "AVIF")
    assert shown.shape == image.shape == (160, 160, 3)
    assert error_db(shown, image) > 34


@pytest.mark.parametrize("side", [1, 7, 64, 95, 96])
def test_a_small_canvas_is_never_enlarged(side: int, make_result: MakeResult) -> None:
    small = make_result().image[:side, :side]
    small = np.tile(small, (2, 2, 1))[:side, :side]
    assert not has_own_thumbnail(side)
    assert opened(encode_full(small), "AVIF").shape == (side, side, 3)
    assert opened(encode_thumbnail(small), "AVIF").shape == (side, side, 3)


def test_a_colour_edge_one_pixel_wide_stays_sharp_on_a_small_canvas() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = (220, 30, 30)
    stripes[:, 1::2] = (30, 30, 220)
    assert error_db(opened(encode_full(stripes), "AVIF"), stripes) > 30


def test_fine_strokes_on_a_plain_ground_stay_sharp_on_a_large_canvas() -> None:
    strokes = np.full((224, 224, 3), (110, 110, 170), np.uint8)
    rng = np.random.default_rng(0)
    for top, left in rng.integers(0, 220, (250, 2)):
        strokes[top : top + 3, left] = (200, 200, 160)
    assert error_db(opened(encode_full(strokes), "AVIF"), strokes) > 35


def test_pixel_noise_on_a_large_canvas_stays_light() -> None:
    noise = np.random.default_rng(0).integers(0, 2, (224, 224, 3)).astype(np.uint8) * 255
    light = np.kron(noise[::4, ::4], np.ones((4, 4, 1), np.uint8))
    assert len(encode_full(light)) < 25_000


def test_a_thumbnail_is_the_picture_brought_down(image: NDArray[np.uint8]) -> None:
    assert has_own_thumbnail(image.shape[0])
    shown = opened(encode_thumbnail(image), "AVIF")
    wanted = np.asarray(Image.fromarray(image).resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS))
    assert shown.shape == (96, 96, 3)
    assert error_db(shown, wanted) > 33


@pytest.mark.parametrize("size", [(224, 224), (120, 200), (400, 100), (2, 1000)])
def test_a_thumbnail_fits_its_square_whatever_the_canvas(size: tuple[int, int]) -> None:
    shown = opened(encode_thumbnail(np.zeros((*size, 3), np.uint8)), "AVIF")
    assert max(shown.shape[:2]) == 96


@pytest.mark.parametrize("encode", [encode_full, encode_thumbnail, encode_figure])
def test_the_same_picture_gives_the_same_bytes(
    encode: Callable[[NDArray[np.uint8]], bytes], image: NDArray[np.uint8]
) -> None:
    assert encode(image) == encode(image.copy())


def test_pictures_weigh_what_the_site_can_carry(make_result: MakeResult) -> None:
    pictures = [make_result("block5_conv3", number).image for number in range(8)]
    assert np.mean([len(encode_full(one)) for one in pictures]) < 8_000
    assert np.mean([len(encode_thumbnail(one)) for one in pictures]) < 3_000


def test_a_sprite_holds_its_tiles_from_left_to_right_to_a_64th_of_the_scale(make_result: MakeResult) -> None:
    maps = make_result().maps
    colours = np.stack([np.arange(256), np.arange(256)[::-1], np.full(256, 7)], axis=1).astype(np.uint8)
    shown = opened(encode_sprite(maps, colours), "WEBP")
    assert shown.shape == (32, 8 * 32, 3)
    for number, tile in enumerate(maps):
        drawn = shown[:, number * 32 : (number + 1) * 32, 0].astype(int)
        assert np.abs(drawn - tile).max() <= 2
        assert np.array_equal(shown[:, number * 32 : (number + 1) * 32], colours[drawn])


def test_silence_and_the_peak_keep_the_ends_of_the_scale() -> None:
    colours = np.stack([np.arange(256)] * 3, axis=1).astype(np.uint8)
    maps = np.array([[[0, 1], [254, 255]]], np.uint8)
    assert opened(encode_sprite(maps, colours), "WEBP")[..., 0].tolist() == [[0, 0], [255, 255]]
