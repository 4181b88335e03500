"""The ascent: batches of pictures climbing side by side, each with its own filter, step and end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from generator.ascent import objective, optimiser, transforms, usual
from generator.ascent.canvas import Canvas, make_canvas
from generator.vgg.backend import tf
from generator.vgg.forward import Trunk, preprocess
from generator.vgg.machine import xla_pays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import StopReason
    from generator.vgg.operations import Tensor


@dataclass(frozen=True, slots=True)
class Start:
    """One picture to climb: its filter, the seed of its first state, and what to begin with in place of noise.

    colour: a plain one, RGB 0-255. picture: uint8 RGB, shape (size, size, 3).
    """

    filter: int
    seed: int
    colour: tuple[int, int, int] | None = None
    picture: NDArray[np.uint8] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """A finished ascent.

    picture: float32 RGB, shape (size, size, 3), after the last update, not clipped.
    losses: the loss before each update.
    """

    start: Start
    picture: NDArray[np.float32]
    losses: tuple[float, ...]
    stop_reason: StopReason


@dataclass(slots=True)
class _Slot:
    start: Start
    losses: list[float] = field(default_factory=list)


class Ascent:
    """The ascent for one layer and one set of settings, compiled once for every batch size (by XLA: once for each)."""

    def __init__(self, trunk: Trunk, layer: str, settings: Settings, *, xla: bool = False) -> None:
        self.layer = layer
        self.settings = settings
        self._canvas = make_canvas(settings)
        self._offsets = transforms.jitter_offsets(settings.seed, settings.steps, settings.jitter_px)
        self._step = _compiled_step(trunk, layer, settings, self._canvas, xla=xla)
        self._pictures = tf.function(self._canvas.pictures, reduce_retracing=True)

    def climb(self, starts: Iterable[Start], batch_size: int) -> Iterator[Climb]:
        """Climb each start and yield it when it is finished; at most `batch_size` are under way at once.

        A finished picture's place goes to the next start, or the batch shrinks: no step is spent on a finished picture.
        """
        waiting, slots = deque(starts), list[_Slot]()
        state = first = second = None
        while True:
            fresh = [_Slot(waiting.popleft()) for _ in range(min(batch_size - len(slots), len(waiting)))]
            if fresh:
                begun = tf.constant(np.stack([self._first_state(slot.start) for slot in fresh]))
                zero = tf.zeros_like(begun)
                state, first, second = _joined((state, begun), (first, zero), (second, zero))
                slots += fresh
            if not slots:
                return
            state, first, second = self._advance(slots, state, first, second)
            ended = {
                place: reason for place, slot in enumerate(slots) if (reason := self._ends(slot.losses)) is not None
            }
            if ended:
                pictures = self._pictures(tf.gather(state, list(ended))).numpy()
                for (place, reason), picture in zip(ended.items(), pictures, strict=True):
                    yield Climb(slots[place].start, picture, tuple(slots[place].losses), reason)
                left = [place for place in range(len(slots)) if place not in ended]
                slots = [slots[place] for place in left]
                state, first, second = (
                    tf.gather(tensor, tf.constant(left, tf.int32)) for tensor in (state, first, second)
                )

    def _first_state(self, start: Start) -> NDArray[np.float32]:
        if start.picture is not None:
            return self._canvas.showing(start.picture)
        if start.colour is not None:
            return self._canvas.plain(start.colour)
        return self._canvas.start(start.seed, self.layer, start.filter)

    def _advance(self, slots: list[_Slot], state: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, ...]:
        settings, done = self.settings, [len(slot.losses) for slot in slots]
        rates = [optimiser.step_size(settings.learning_rate, step + 1) for step in done]
        *moved, losses = self._step(
            state,
            first,
            second,
            tf.constant(rates, tf.float32),
            tf.constant([slot.start.filter for slot in slots], tf.int32),
            tf.constant(self._offsets[done]),
        )
        for slot, value in zip(slots, losses.numpy().tolist(), strict=True):
            slot.losses.append(value)
        return tuple(moved)

    def _ends(self, losses: list[float]) -> StopReason | None:
        last, settings = losses[-1], self.settings
        if not np.isfinite(last):
            return "error"
        if last <= 0.0 and not settings.warm_start:
            return "zero"
        if settings.threshold is not None and last >= settings.threshold:
            return "threshold"
        return "steps" if len(losses) >= settings.steps else None


def fastest_ascent(trunk: Trunk, layer: str, settings: Settings) -> Ascent:
    """Return the ascent compiled the way that is faster on this machine.

    XLA compiles anew for every batch size; without a warm start pictures stop early and batches shrink.
    """
    return Ascent(trunk, layer, settings, xla=settings.warm_start and xla_pays())


def _joined(*pairs: tuple[Tensor | None, Tensor]) -> tuple[Tensor, ...]:
    return tuple(new if old is None else tf.concat((old, new), axis=0) for old, new in pairs)


def _compiled_step(
    trunk: Trunk, layer: str, settings: Settings, canvas: Canvas, *, xla: bool
) -> Callable[..., tuple[Tensor, ...]]:
    """Return one step as a graph: (state, first, second, sizes, filters, offsets) -> (state, first, second, losses)."""
    way = usual.on_the_way(layer) if settings.pull else ()

    def step(
        state: Tensor, first: Tensor, second: Tensor, sizes: Tensor, filters: Tensor, offsets: Tensor
    ) -> tuple[Tensor, ...]:
        with tf.GradientTape() as tape:
            tape.watch(state)
            pictures = canvas.pictures(state)
            if settings.jitter_px:
                pictures = transforms.shift(pictures, offsets)
            inputs = preprocess(pictures, settings.preprocessing)
            maps, means = trunk.filter_maps_and_means(inputs, layer, filters, way)
            losses = objective.loss(maps)
            goal = objective.climbed(maps, losses, warm_start=settings.warm_start, leak=settings.leak)
            if settings.pull and way:
                goal = objective.pulled(goal, losses, usual.distance(means), settings.pull)
        gradient = tape.gradient(goal, state)
        return (*optimiser.uphill(state, first, second, gradient, sizes, settings.sharing), losses)

    state_shape = (None, *canvas.start(0, layer, 0).shape)
    # The batch size stays open, so that one graph serves full batches, the last one and shrinking ones.
    signature = [tf.TensorSpec(state_shape, tf.float32)] * 3 + [
        tf.TensorSpec((None,), tf.float32),
        tf.TensorSpec((None,), tf.int32),
        tf.TensorSpec((None, 2), tf.int32),
    ]
    compiled: Callable[..., tuple[Tensor, ...]] = tf.function(step, input_signature=signature, jit_compile=xla or None)
    return compiled
