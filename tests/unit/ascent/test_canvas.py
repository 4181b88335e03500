from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.ascent.canvas import COLOUR_CORRELATION, FourierCanvas, PixelCanvas, SpectrumCanvas, mixing_colours
from generator.ascent.spectrum import FREQUENCIES, LEVELS, MAGNITUDES, magnitudes
from generator.vgg.backend import tf

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    for canvas in (FourierCanvas(16), SpectrumCanvas(16, 1.0, 1.0)):
        wild = canvas.start(1, "block1_conv1", 0)[None] * 1e4
        pictures = canvas.pictures(wild).numpy()
        assert pictures.min() >= 0
        assert pictures.max() <= 255


def spectrum_of(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Magnitudes of a picture's logits in the canvas' colours, shape (3, size, half)."""
    share = picture / 255
    planes = np.einsum("cd,yxd->cyx", np.linalg.inv(mixing_colours()), np.log(share / (1 - share)))
    return np.abs(np.fft.rfft2(planes))


@pytest.mark.parametrize("length", [1e-2, 1.0, 1e2])
@pytest.mark.parametrize("size_px", [8, 9])
def test_magnitudes_stay_within_their_room_of_the_photographs(size_px: int, length: float) -> None:
    room, fall = 0.2, 0.5
    canvas = SpectrumCanvas(size_px, room, fall)
    state = canvas.start(1, "block5_conv3", 0) * np.float32(length)
    state[:, 0, [0, size_px // 2 + 1]] = 0  # around grey, where the sigmoid loses no digits
    shown = np.asarray(canvas.pictures(state[None]), np.float64)[0]
    frequency = np.hypot(np.fft.fftfreq(size_px)[:, None], np.fft.rfftfreq(size_px)[None, :])
    moved = np.log(spectrum_of(shown)) - np.log(magnitudes(size_px) * np.exp(-fall * (frequency / 0.5) ** 2))
    # Where a coefficient is its own mirror image only its real part shows, which may be anything below.
    free = (slice(None), slice(1, (size_px + 1) // 2), slice(1, (size_px + 1) // 2))
    assert np.abs(moved[free]).max() < room + 0.02
    if length != 1.0:
        assert moved[free] == pytest.approx(np.copysign(room, np.log(length)), abs=0.03)


def test_the_phases_of_a_state_are_those_of_the_picture() -> None:
    canvas = SpectrumCanvas(9, 0.3, 0.0)
    state = canvas.start(1, "block5_conv3", 0)
    state[:, 0, [0, 5]] = 0
    share = np.asarray(canvas.pictures(state[None]), np.float64)[0] / 255
    planes = np.einsum("cd,yxd->cyx", np.linalg.inv(mixing_colours()), np.log(share / (1 - share)))
    turned = np.fft.rfft2(planes) * (state[..., :5] - 1j * state[..., 5:])
    assert np.abs(np.angle(turned[:, 1:, 1:])).max() < 0.01


@pytest.mark.parametrize(
    "canvas", [PixelCanvas(9), FourierCanvas(9), SpectrumCanvas(9, 3.0, 0.5)], ids=lambda canvas: type(canvas).__name__
)
def test_a_picture_can_be_climbed_from(canvas: PixelCanvas | FourierCanvas) -> None:
    source = SpectrumCanvas(9, 0.5, 0.5)
    picture = np.rint(source.pictures(source.start(3, "block5_conv3", 0)[None]).numpy()[0]).astype(np.uint8)
    again = np.asarray(canvas.pictures(canvas.showing(picture)[None]))[0]
    assert np.abs(again - picture).max() < 2
    assert np.abs(again - picture).mean() < 0.5


def test_a_picture_without_room_is_shown_by_its_phases() -> None:
    canvas = SpectrumCanvas(9, 0.3, 0.0)
    source = np.random.default_rng(5).integers(0, 256, (9, 9, 3), np.uint8)
    state = canvas.showing(source)
    assert np.isfinite(state).all()
    share = np.clip(source, 1, 254) / 255
    phases = np.fft.rfft2(np.einsum("cd,yxd->cyx", np.linalg.inv(mixing_colours()), np.log(share / (1 - share))))
    turned = (state[..., :5] + 1j * state[..., 5:]) / phases
    assert np.abs(np.angle(turned)).max() < 0.01


def test_the_photographs_magnitudes_are_those_of_the_table() -> None:
    found = magnitudes(100)
    assert found[:, 0, 0] == pytest.approx(np.array(LEVELS) * 100**2)
    for place, frequency in enumerate(FREQUENCIES):
        if frequency in (0.01, 0.02, 0.04, 0.08, 0.16, 0.32):
            assert found[:, 0, round(frequency * 100)] == pytest.approx(100 * np.array(MAGNITUDES)[:, place])
    assert np.allclose(found[:, 3, 4], found[:, 0, 5]), "not the same in all directions"


def test_a_spectrum_state_has_the_gradient_that_differences_say() -> None:
    canvas = SpectrumCanvas(8, 1.0, 1.0)
    state = canvas.start(1, "block5_conv3", 0).astype(np.float32)[None]
    weights = np.random.default_rng(2).standard_normal((1, 8, 8, 3)).astype(np.float32)

    def goal(states: NDArray[np.float32]) -> float:
        return float((np.asarray(canvas.pictures(states), np.float64) * weights).sum())

    with tf.GradientTape() as tape:
        moving = tf.constant(state)
        tape.watch(moving)
        total = tf.reduce_sum(canvas.pictures(moving) * weights)
    gradient = tape.gradient(total, moving).numpy()
    direction = np.random.default_rng(3).standard_normal(state.shape).astype(np.float32)
    step = np.float32(1e-5)
    difference = (goal(state + step * direction) - goal(state - step * direction)) / (2 * step)
    assert difference == pytest.approx(float((gradient * direction).sum()), rel=0.01)


def test_a_state_at_nothing_can_still_be_climbed_from() -> None:
    canvas = SpectrumCanvas(8, 1.0, 1.0)
    with tf.GradientTape() as tape:
        state = tf.zeros((1, *canvas.start(1, "block5_conv3", 0).shape))
        tape.watch(state)
        total = tf.reduce_sum(canvas.pictures(state)[..., 0])
    assert np.isfinite(tape.gradient(total, state).numpy()).all()


def test_a_plain_start_of_bounded_magnitudes_comes_as_near_to_its_colour_as_it_can() -> None:
    wide, narrow = SpectrumCanvas(12, 3.0, 1.0), SpectrumCanvas(12, 0.5, 1.0)
    for colour in ((255, 0, 0), (10, 200, 90), (128, 100, 140)):
        shown, bounded = (np.asarray(canvas.pictures(canvas.plain(colour)[None]))[0] for canvas in (wide, narrow))
        assert np.ptp(shown, axis=(0, 1)).max() < 1
        assert np.ptp(bounded, axis=(0, 1)).max() < 1
        assert np.abs(shown - np.array(colour)).max() < 3


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
