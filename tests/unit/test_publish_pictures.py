"""Pictures of the site: sharp, small, and the same bytes every time."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generator.figures.style import heat_colours
from generator.measure.maps import tiles
from generator.publish.pictures import (
    LARGEST_TILE_PX,
    THUMBNAIL_PX,
    decode_sprite,
    decode_veil,
    encode_figure,
    encode_sprite,
    encode_thumbnail,
    encode_veil,
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


@pytest.fixture(scope="module")
def image(make_result: MakeResult) -> NDArray[np.uint8]:
    return make_result("block5_conv3", 441).image


@pytest.mark.parametrize("side", [1, 7, 63, 64, 96])
def test_a_small_canvas_is_never_enlarged(side: int, make_result: MakeResult) -> None:
    small = make_result().image[:side, :side]
    small = np.tile(small, (2, 2, 1))[:side, :side]
    assert has_own_thumbnail(side) == (side >= 64)
    assert opened(encode_thumbnail(small), "AVIF").shape == (side, side, 3)


def test_a_thumbnail_is_the_picture_brought_down(image: NDArray[np.uint8]) -> None:
    assert has_own_thumbnail(image.shape[0])
    shown = opened(encode_thumbnail(image), "AVIF")
    wanted = np.asarray(Image.fromarray(image).resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS))
    assert shown.shape == (96, 96, 3)
    assert error_db(shown, wanted) > 31


@pytest.mark.parametrize("size", [(224, 224), (120, 200), (400, 100), (2, 1000)])
def test_a_thumbnail_fits_its_square_whatever_the_canvas(size: tuple[int, int]) -> None:
    shown = opened(encode_thumbnail(np.zeros((*size, 3), np.uint8)), "AVIF")
    assert max(shown.shape[:2]) == 96


@pytest.mark.parametrize("encode", [encode_thumbnail, encode_figure])
def test_the_same_picture_gives_the_same_bytes(
    encode: Callable[[NDArray[np.uint8]], bytes], image: NDArray[np.uint8]
) -> None:
    assert encode(image) == encode(image.copy())


def test_thumbnails_weigh_what_the_site_can_carry(make_result: MakeResult) -> None:
    pictures = [make_result("block5_conv3", number).image for number in range(3)]
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


LEVELS = [*range(0, 256, 4), 255]


@st.composite
def maps_of_levels(draw: st.DrawFn) -> NDArray[np.uint8]:
    count, side = draw(st.integers(1, 8)), draw(st.integers(1, LARGEST_TILE_PX))
    levels = draw(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=12))
    seed = draw(st.integers(0, 2**32 - 1))
    return np.random.default_rng(seed).choice(np.array(levels, np.uint8), (count, side, side))


@given(maps=maps_of_levels())
@settings(deadline=None)  # the first colours take matplotlib with them
def test_maps_of_levels_come_back_from_their_sprite_exactly(maps: NDArray[np.uint8]) -> None:
    colours = heat_colours()
    assert np.array_equal(decode_sprite(encode_sprite(maps, colours), colours, len(maps)), maps)


def test_measured_maps_hold_levels_alone() -> None:
    measured, _ = tiles(np.random.default_rng(0).gamma(1, 9, (8, 56, 56)).astype(np.float32))
    colours = heat_colours()
    assert np.array_equal(decode_sprite(encode_sprite(measured, colours), colours, 8), measured)


def webp(pixels: NDArray[np.uint8], kind: str = "WEBP") -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, kind, lossless=True)
    return out.getvalue()


STRANGE_SPRITES = {
    "nothing": (b"", "is no sprite of maps"),
    "another kind of file": (webp(np.zeros((8, 16, 3), np.uint8), "PNG"), "is no sprite of maps"),
    "cut short": (webp(np.random.default_rng(0).integers(0, 255, (8, 16, 3)).astype(np.uint8))[:60], "is no"),
    "another number of maps": (webp(np.zeros((8, 24, 3), np.uint8)), "is no row of square maps"),
    "too large": (webp(np.zeros((65, 130, 3), np.uint8)), "is no row of square maps"),
    "a colour of no level": (webp(np.full((8, 16, 3), (1, 250, 3), np.uint8)), "has colours that no level has"),
}


@pytest.mark.parametrize(("data", "reason"), STRANGE_SPRITES.values(), ids=STRANGE_SPRITES.keys())
def test_a_sprite_that_is_not_one_of_ours_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode_sprite(data, heat_colours(), 2)


def test_maps_over_photographs_come_back_from_their_veil_exactly() -> None:
    levels = np.random.default_rng(0).integers(0, 64, (3, 27, 27)).astype(np.uint8) * 4
    levels[:, 5, 5] = 255
    data = encode_veil(levels)
    assert np.array_equal(decode_veil(data, 3, 27), levels)
    with Image.open(BytesIO(data)) as picture:
        red, green, blue, alpha = picture.convert("RGBA").split()
    assert not any(np.asarray(band).any() for band in (red, green, blue))
    assert np.asarray(alpha)[5, 5] == 0


@pytest.mark.parametrize(
    "data", [b"", encode_veil(np.zeros((2, 27, 27), np.uint8)), webp(np.zeros((27, 81, 3), np.uint8), "PNG")]
)
def test_a_veil_that_is_not_one_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="is no"):
        decode_veil(data, 3, 27)
