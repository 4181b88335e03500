from __future__ import annotations

import numpy as np
import pytest

from generator.ascent.canvas import COLOUR_CORRELATION, FourierCanvas, PixelCanvas


@pytest.mark.parametrize("size_px", [8, 9, 48])
def test_a_fourier_state_shows_what_numpys_inverse_transform_shows(size_px: int) -> None:
    canvas, half = FourierCanvas(size_px), size_px // 2 + 1
    state = canvas.start(1, "block1_conv1", 0)
    spectrum = (state[..., :half] + 1j * state[..., half:]).transpose(1, 2, 0)
    frequency = np.hypot(np.fft.fftfreq(size_px)[:, None], np.fft.rfftfreq(size_px)[None, :])
    scale = size_px / np.maximum(frequency, 1 / size_px)
    plane = np.fft.irfft2(scale[..., None] * spectrum, s=(size_px, size_px), axes=(0, 1)) / 4
    mixed = plane @ (COLOUR_CORRELATION / np.linalg.norm(COLOUR_CORRELATION, axis=0).max()).T
    expected = 255 / (1 + np.exp(-mixed))
    assert np.allclose(canvas.pictures(state[None]).numpy()[0], expected, atol=1e-3)


def test_a_fourier_picture_cannot_leave_the_range_that_is_displayed() -> None:
    canvas = FourierCanvas(16)
    wild = canvas.start(1, "block1_conv1", 0)[None] * 1e4
    pictures = canvas.pictures(wild).numpy()
    assert pictures.min() >= 0
    assert pictures.max() <= 255


@pytest.mark.parametrize("colour", [(255, 0, 0), (10, 200, 90), (0, 0, 0)])
def test_a_plain_start_shows_its_colour_all_over(colour: tuple[int, int, int]) -> None:
    for canvas in (FourierCanvas(12), PixelCanvas(12)):
        picture = np.asarray(canvas.pictures(canvas.plain(colour)[None]))[0]
        assert np.abs(picture - np.array(colour)).max() < 1.01


def test_a_start_depends_on_seed_layer_and_filter_alone() -> None:
    canvas = FourierCanvas(16)
    first = canvas.start(42, "block2_conv1", 5)
    assert np.array_equal(first, FourierCanvas(16).start(42, "block2_conv1", 5))
    others = [(43, "block2_conv1", 5), (42, "block2_conv2", 5), (42, "block2_conv1", 6)]
    assert not any(np.array_equal(first, canvas.start(*other)) for other in others)


def test_the_articles_start_is_the_same_grey_noise_for_every_filter() -> None:
    canvas = PixelCanvas(224)
    start = canvas.start(42, "block1_conv1", 0)
    assert np.array_equal(start, canvas.start(42, "block5_conv3", 400))
    assert start.min() >= 128
    assert start.max() < 148
    # The first numbers of NumPy's legacy generator with seed 42, as anyone can print them.
    assert np.allclose((start[0, 0] - 128) / 20, [0.37454012, 0.95071431, 0.73199394], atol=1e-5)
