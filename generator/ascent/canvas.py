"""Canvases: what the ascent moves (the state) and the picture that a state shows."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from generator.ascent import spectrum
from generator.catalogue import LAYER_NAMES
from generator.vgg.backend import tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.vgg.operations import Tensor


class Canvas(Protocol):
    """A way to hold a picture while it is climbed."""

    def start(self, seed: int, layer: str, filter_number: int) -> NDArray[np.float32]:
        """Return the first state of one filter's picture, of any one shape."""

    def plain(self, colour: tuple[int, int, int]) -> NDArray[np.float32]:
        """Return the state that shows one colour, RGB 0-255, all over."""

    def showing(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the state that shows a picture, or comes nearest to it: RGB 0-255, shape (size, size, 3)."""

    def pictures(self, states: Tensor) -> Tensor:
        """Return the pictures of a batch of states: float32 RGB, shape (batch, size, size, 3)."""


class PixelCanvas:
    """The article's canvas: the state is the picture, free to leave 0-255."""

    def __init__(self, size_px: int) -> None:
        self.size_px = size_px

    def start(self, seed: int, layer: str, filter_number: int) -> NDArray[np.float32]:  # noqa: ARG002 - one start for all
        """Return the article's grey noise in [128, 148), the same for every filter: float32, (size, size, 3)."""
        # The article draws from NumPy's legacy global generator; only that one gives its published figures.
        noise = np.random.RandomState(seed).random((self.size_px, self.size_px, 3))
        return (noise * 20 + 128).astype(np.float32)

    def plain(self, colour: tuple[int, int, int]) -> NDArray[np.float32]:
        """Return a picture of one colour."""
        return np.tile(np.array(colour, np.float32), (self.size_px, self.size_px, 1))

    def showing(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the picture."""
        return picture.astype(np.float32)

    def pictures(self, states: Tensor) -> Tensor:
        """Return the states themselves."""
        return states


START_DEVIATION = 0.01
"""Standard deviation of a coefficient's real and of its imaginary part at the start (Olah et al. 2017, lucid)."""

_START_LENGTH = math.sqrt(2) * START_DEVIATION
"""Root mean square length of a coefficient at the start."""

SMALLEST = 1e-6
"""Far below the length of any coefficient: where a state is zero its direction is still a number."""

MOST_MOVED = 0.999
"""Part of the room that a start may take up; the whole of it would need an endless coefficient."""

CONTRAST = 0.25
"""Factor between the inverse transform and the colours (lucid divides by 4)."""

COLOUR_CORRELATION = np.array(((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03)))
"""Square root of the covariance of ImageNet's colours (rows R, G, B), as published with lucid."""


def mixing_colours() -> NDArray[np.float64]:
    """Return what mixes the canvas' three colours into R, G, B: shape (3, 3)."""
    mixing: NDArray[np.float64] = COLOUR_CORRELATION / np.linalg.norm(COLOUR_CORRELATION, axis=0).max()
    return mixing


class FourierCanvas:
    """Coefficients of the picture's Fourier series, in colours as natural pictures mix them, under a sigmoid.

    Low frequencies move faster and the colours move together, as in natural pictures, so that an ascent finds shapes
    before noise; the sigmoid keeps every pixel inside 0-255 (Olah, Mordvintsev and Schubert 2017).

    A state is float32 of shape (3, size, 2 * half) with half = size // 2 + 1: for each colour the real parts of the
    half spectrum beside the imaginary ones. The inverse transform is written as products with small constant matrices,
    which is exact and faster than an FFT at these sizes.
    """

    def __init__(self, size_px: int) -> None:
        self.size_px = size_px

    def start(self, seed: int, layer: str, filter_number: int) -> NDArray[np.float32]:
        """Return random coefficients that depend on the seed, the layer and the filter alone."""
        generator = np.random.default_rng((seed, LAYER_NAMES.index(layer), filter_number))
        shape = (3, self.size_px, 2 * (self.size_px // 2 + 1))
        return (generator.standard_normal(shape) * START_DEVIATION).astype(np.float32)

    def plain(self, colour: tuple[int, int, int]) -> NDArray[np.float32]:
        """Return coefficients that are zero but for the mean of each colour; 0 and 255 become 1 and 254."""
        state = np.zeros((3, self.size_px, 2 * (self.size_px // 2 + 1)), np.float32)
        state[:, 0, 0] = _unmixed(np.array(colour)) * self.size_px**2 / self._scale[..., 0, 0]
        return state

    def showing(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the coefficients of a picture; 0 and 255 become 1 and 254."""
        return (_coefficients(picture) / self._scale).astype(np.float32)

    def pictures(self, states: Tensor) -> Tensor:
        """Return float32 RGB, shape (batch, size, size, 3), inside 0-255."""
        return self._shown(states * self._scale)

    @cached_property
    def _scale(self) -> NDArray[np.float32]:
        """Size of each coefficient for a state of 1, shape (..., size, 2 * half)."""
        size = self.size_px
        frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
        scale = CONTRAST * size / np.maximum(frequency, 1 / size)
        return np.concatenate((scale, scale), axis=1).astype(np.float32)

    def _shown(self, coefficients: Tensor) -> Tensor:
        across, down, colours = self._matrices
        real_beside_imaginary = tf.linalg.matmul(coefficients, across)
        real, imaginary = tf.split(real_beside_imaginary, 2, axis=-1)
        plane = tf.linalg.matmul(down, tf.concat((real, imaginary), axis=-2))
        return 255.0 * tf.sigmoid(tf.einsum("bcyx,dc->byxd", plane, colours))

    @cached_property
    def _matrices(self) -> tuple[NDArray[np.float32], ...]:
        size, half = self.size_px, self.size_px // 2 + 1
        angle = 2 * np.pi * np.outer(np.arange(size), np.arange(size)) / size
        # A real picture's spectrum is symmetric: all columns count twice but the first and, for an even size, the last.
        twice = np.full((half, 1), 2.0)
        twice[0] = 1.0
        if size % 2 == 0:
            twice[-1] = 1.0
        cosine, sine = twice * np.cos(angle[:half]) / size, twice * np.sin(angle[:half]) / size
        across = np.block([[cosine, sine], [-sine, cosine]])
        down = np.concatenate((np.cos(angle), -np.sin(angle)), axis=1) / size
        return tuple(matrix.astype(np.float32) for matrix in (across, down, mixing_colours()))


class SpectrumCanvas(FourierCanvas):
    """A Fourier canvas whose magnitudes stay near those of photographs, while its phases are free.

    A coefficient of the state gives the phase by its direction. Its length over that of the start moves the magnitude
    by at most a factor exp(`room`) to either side of the photographs', times exp(-`fall` (f / 0.5)^2) at f cycles a
    pixel: layers that see few pixels would fill them with the finest detail there is. After MACO (Fel et al. 2023),
    which leaves the magnitudes no room.
    """

    def __init__(self, size_px: int, room: float, fall: float) -> None:
        super().__init__(size_px)
        self.room = room
        self.fall = fall

    def plain(self, colour: tuple[int, int, int]) -> NDArray[np.float32]:
        """Return the state that comes nearest to one colour all over: its mean has no more room than the rest."""
        state = np.zeros((3, self.size_px, 2 * (self.size_px // 2 + 1)), np.float32)
        wanted = _unmixed(np.array(colour)) * self.size_px**2
        state[:, 0, 0] = np.sign(wanted) * self._length(np.abs(wanted), self._scale[:, 0, 0])
        return state

    def showing(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the state with the phases of a picture and its magnitudes, as far as these have room."""
        real, imaginary = np.split(_coefficients(picture), 2, axis=-1)
        size = np.maximum(np.hypot(real, imaginary), SMALLEST)
        factor = self._length(size, self._scale) / size
        return np.concatenate((real * factor, imaginary * factor), axis=-1).astype(np.float32)

    def _length(self, magnitude: NDArray[np.float64], scale: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how long a state's coefficient is that is shown with this magnitude, or the nearest to be had."""
        moved = np.log(np.maximum(magnitude, SMALLEST) / scale) / max(self.room, SMALLEST)
        length: NDArray[np.float64] = _START_LENGTH * np.exp(np.arctanh(np.clip(moved, -MOST_MOVED, MOST_MOVED)))
        return length

    def pictures(self, states: Tensor) -> Tensor:
        """Return float32 RGB, shape (batch, size, size, 3), inside 0-255."""
        real, imaginary = tf.split(states, 2, axis=-1)
        square = tf.square(real) + tf.square(imaginary) + SMALLEST**2
        moved = tf.exp(self.room * tf.tanh(0.5 * tf.math.log(square / _START_LENGTH**2)))
        factor = self._scale * moved * tf.math.rsqrt(square)
        return self._shown(tf.concat((real * factor, imaginary * factor), axis=-1))

    @cached_property
    def _scale(self) -> NDArray[np.float32]:
        """Magnitude of each coefficient of the start, shape (3, size, half)."""
        size = self.size_px
        frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
        falling: NDArray[np.float64] = spectrum.magnitudes(size) * np.exp(-self.fall * np.square(frequency / 0.5))
        return falling.astype(np.float32)


def _unmixed(colours: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return the logits of RGB colours, shape (..., 3), 0 and 255 taken as 1 and 254, in the canvas' three colours."""
    share = np.clip(colours.astype(np.float64), 1, 254) / 255
    unmixed: NDArray[np.float64] = np.log(share / (1 - share)) @ np.linalg.inv(mixing_colours()).T
    return unmixed


def _coefficients(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return a picture's half spectrum, shape (size, size, 3) -> (3, size, 2 * half), real beside imaginary parts."""
    found = np.fft.rfft2(_unmixed(picture), axes=(0, 1)).transpose(2, 0, 1)
    return np.concatenate((found.real, found.imag), axis=-1)


def make_canvas(settings: Settings) -> Canvas:
    """Return the canvas that the settings name."""
    match settings.canvas:
        case "pixel":
            return PixelCanvas(settings.size_px)
        case "fourier":
            return FourierCanvas(settings.size_px)
        case "spectrum":
            return SpectrumCanvas(settings.size_px, settings.room or 0.0, settings.fall or 0.0)
