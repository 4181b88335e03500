from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from generator.errors import BadInput
from generator.files import digest_of
from generator.measure.photographs import MAX_PIXELS, fitted, read_content

if TYPE_CHECKING:
    from pathlib import Path

LOSSY = 12


def scene(width: int = 400, height: int = 300) -> Image.Image:
    """Four corners of four colours with a soft ramp over them, so that every turn looks different."""
    rows, columns = np.mgrid[0:height, 0:width]
    red = 40 + 150 * columns / width
    green = 60 + 120 * rows / height
    blue = np.where((rows < height / 2) ^ (columns < width / 2), 40, 200)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8))


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def away(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found.astype(float) - expected).mean())


WANTED = fitted(saved(scene(), "PNG"), "scene")


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
def test_each_format_shows_the_same_scene(form: str) -> None:
    found = fitted(saved(scene(), form, quality=95), "scene")
    assert found.shape == (224, 224, 3)
    assert found.dtype == np.uint8
    assert away(found, WANTED) < LOSSY / 4


def test_the_shorter_side_fills_the_square_and_the_middle_is_kept() -> None:
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 100:200] = 255
    for picture in (wide, wide.transpose(1, 0, 2)):
        assert fitted(saved(Image.fromarray(picture), "PNG"), "bar")[8:-8, 8:-8].min() > 240
    wide[:, 140:160] = 0
    found = fitted(saved(Image.fromarray(wide), "PNG"), "bar")[112, :, 0]
    dark = np.flatnonzero(found < 128)
    assert (dark[0], dark[-1]) == (90, 133)


def test_a_photograph_of_the_right_size_is_not_touched() -> None:
    exact = np.random.default_rng(0).integers(0, 256, (224, 224, 3)).astype(np.uint8)
    assert np.array_equal(fitted(saved(Image.fromarray(exact), "PNG"), "exact"), exact)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_stands_upright_as_its_camera_says(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(scene(), form, exif=exif.tobytes())
    expected = ImageOps.fit(ImageOps.exif_transpose(Image.open(io.BytesIO(content))), (224, 224))
    assert away(fitted(content, "turned"), np.asarray(expected)) < LOSSY / 4


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour_becomes_rgb(mode: str) -> None:
    if mode == "I;16":
        deep = np.asarray(scene().convert("L")).astype(np.uint16) * 256
        content = saved(Image.fromarray(deep), "PNG")
    else:
        content = saved(scene().convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    seen = fitted(content, mode)
    assert seen.shape == (224, 224, 3)
    grey = mode in ("L", "1", "LA", "I;16")
    wanted = np.asarray(Image.fromarray(WANTED).convert("L").convert("RGB")) if grey else WANTED
    assert away(seen, wanted) < (80 if mode == "1" else LOSSY)
    if grey:
        assert np.ptp(seen.astype(int), axis=-1).max() == 0


def test_what_is_transparent_stands_on_white() -> None:
    clear = scene().convert("RGBA")
    clear.putalpha(0)
    assert fitted(saved(clear, "PNG"), "clear").min() == 255
    coded = scene().convert("P")
    assert fitted(saved(coded, "PNG", transparency=bytes(256)), "coded").min() == 255


def test_a_moving_picture_gives_its_first_frame() -> None:
    moving = saved(scene(), "WEBP", save_all=True, append_images=[Image.new("RGB", (400, 300))], quality=95)
    assert away(fitted(moving, "moving"), WANTED) < LOSSY


def test_a_photograph_with_spoilt_exif_is_seen_as_it_stands_or_refused_in_one_sentence() -> None:
    content = saved(scene(), "JPEG", quality=95, exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(9))
    assert away(fitted(content, "odd"), WANTED) < LOSSY


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JPEG, PNG, WebP or AVIF"),
        (b"GIF89a" + bytes(60), "no JPEG, PNG, WebP or AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no JPEG, PNG, WebP or AVIF"),
        (saved(scene(), "BMP"), "no JPEG, PNG, WebP or AVIF"),
        (saved(scene(), "JPEG")[:2000], "cannot be opened"),
        (saved(scene(), "PNG")[:600], "cannot be opened"),
        (saved(scene(), "WEBP")[:300], "cannot be opened"),
        (bomb(12_000, 10_001), f"{MAX_PIXELS:,}"),
        (bomb(2**31 - 1, 2**31 - 1), f"{MAX_PIXELS:,}"),
        (bomb(400, 300), "cannot be opened"),
        (saved(scene(1, 1), "PNG"), "1 x 1 pixels, too few to see anything in; 16 x 16 is the least"),
        (saved(scene(400, 15), "JPEG"), "400 x 15 pixels"),
    ],
)
def test_what_cannot_be_opened_is_named_in_one_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(BadInput) as raised:
        fitted(content, "folder/spoilt.jpg")
    sentence = str(raised.value)
    assert sentence.startswith("folder/spoilt.jpg ")
    assert reason in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


SOUND = [saved(scene(60, 50), form) for form in ("JPEG", "PNG", "WEBP", "AVIF")]


@given(st.sampled_from(SOUND), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), st.floats(0, 1))
def test_a_spoilt_file_gives_a_picture_or_one_sentence_and_nothing_else(
    content: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    spoilt = bytearray(content)
    for place, value in changes:
        spoilt[int(place * (len(spoilt) - 1))] = value
    cut = bytes(spoilt[: max(int(kept * 2 * len(spoilt)), 9)])
    try:
        found = fitted(cut, "spoilt.jpg")
    except BadInput:
        return
    assert found.shape == (224, 224, 3)


def test_a_photograph_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"abc")
    assert digest_of(read_content(path)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_what_is_no_file_or_too_large_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="it is no file"):
        read_content(tmp_path / "missing.jpg")
    with pytest.raises(BadInput, match="it is no file"):
        read_content(tmp_path)
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(256 * 2**20 + 1)
    with pytest.raises(BadInput, match="larger than a photograph may be, 256 MiB"):
        read_content(huge)
