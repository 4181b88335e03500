"""Canvases: what the ascent moves (the state) and the picture that a state shows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

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

    def pictures(self, states: Tensor) -> Tensor:
        """Return the states themselves."""
        return states


START_DEVIATION = 0.01
"""Standard deviation of a coefficient's real and of its imaginary part at the start (Olah et al. 2017, lucid)."""

CONTRAST = 0.25
"""Factor between the inverse transform and the colours (lucid divides by 4)."""

COLOUR_CORRELATION = np.array(((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03)))
"""Square root of the covariance of ImageNet's colours (rows R, G, B), as published with lucid."""


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
        scale, across, down, colours = self._matrices
        share = np.clip(np.array(colour), 1, 254) / 255
        mixed = np.linalg.solve(colours.astype(np.float64), np.log(share / (1 - share)))
        state = np.zeros((3, self.size_px, 2 * (self.size_px // 2 + 1)), np.float32)
        state[:, 0, 0] = mixed / (scale[0, 0] * across[0, 0] * down[0, 0])
        return state

    def pictures(self, states: Tensor) -> Tensor:
        """Return float32 RGB, shape (batch, size, size, 3), inside 0-255."""
        scale, across, down, colours = self._matrices
        real_beside_imaginary = tf.linalg.matmul(states * scale, across)
        real, imaginary = tf.split(real_beside_imaginary, 2, axis=-1)
        plane = tf.linalg.matmul(down, tf.concat((real, imaginary), axis=-2))
        return 255.0 * tf.sigmoid(tf.einsum("bcyx,dc->byxd", plane, colours))

    @cached_property
    def _matrices(self) -> tuple[NDArray[np.float32], ...]:
        size, half = self.size_px, self.size_px // 2 + 1
        frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
        scale = CONTRAST * size / np.maximum(frequency, 1 / size)
        angle = 2 * np.pi * np.outer(np.arange(size), np.arange(size)) / size
        # A real picture's spectrum is symmetric: all columns count twice but the first and, for an even size, the last.
        twice = np.full((half, 1), 2.0)
        twice[0] = 1.0
        if size % 2 == 0:
            twice[-1] = 1.0
        cosine, sine = twice * np.cos(angle[:half]) / size, twice * np.sin(angle[:half]) / size
        across = np.block([[cosine, sine], [-sine, cosine]])
        down = np.concatenate((np.cos(angle), -np.sin(angle)), axis=1) / size
        colours = COLOUR_CORRELATION / np.linalg.norm(COLOUR_CORRELATION, axis=0).max()
        scale = np.concatenate((scale, scale), axis=1)
        return tuple(matrix.astype(np.float32) for matrix in (scale, across, down, colours))


def make_canvas(settings: Settings) -> Canvas:
    """Return the canvas that the settings name."""
    return PixelCanvas(settings.size_px) if settings.canvas == "pixel" else FourierCanvas(settings.size_px)
