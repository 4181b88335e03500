from __future__ import annotations

import keras
import numpy as np

from generator.ascent import objective, optimiser, transforms
from generator.vgg.backend import tf


def test_adam_moves_as_keras_adam_does() -> None:
    generator = np.random.default_rng(3)
    start = generator.standard_normal((1, 4, 4, 3)).astype(np.float32)
    variable, adam = tf.Variable(start), keras.optimizers.Adam(0.5)
    state, first, second = tf.constant(start), tf.zeros_like(start), tf.zeros_like(start)
    for step in range(1, 8):
        # As small as the article's gradients are, so that the place of the epsilon shows.
        gradient = tf.constant(generator.standard_normal(start.shape).astype(np.float32) * 1e-6)
        adam.apply_gradients([(-gradient, variable)])
        sizes = tf.constant([optimiser.step_size(0.5, step)], tf.float32)
        state, first, second = optimiser.uphill(state, first, second, gradient, sizes)
    # Keras takes 1 - 0.999^t in float32, good to 3e-5; an epsilon inside the root would change steps of 0.5 by 5 %.
    assert np.allclose(state.numpy(), variable.numpy(), rtol=0, atol=3e-5)


def test_shared_moments_keep_the_direction_of_the_gradient() -> None:
    gradient = tf.constant(np.array([[1.0, 0.01, -0.5]], np.float32))
    zero, sizes = tf.zeros_like(gradient), tf.constant([1.0])
    alone, *_ = optimiser.uphill(zero, zero, zero, gradient, sizes, 0.0)
    shared, *_ = optimiser.uphill(zero, zero, zero, gradient, sizes, 1.0)
    assert np.allclose(np.abs(alone.numpy()), np.abs(alone.numpy()).max(), rtol=1e-2)
    assert np.allclose(shared.numpy() / shared.numpy()[0, 0], gradient.numpy(), rtol=1e-4)


def test_a_shift_pads_with_grey_and_crops() -> None:
    pictures = np.random.default_rng(0).uniform(0, 255, (2, 6, 6, 3)).astype(np.float32)
    moved = transforms.shift(tf.constant(pictures), tf.constant([[1, -2], [0, 0]], tf.int32)).numpy()
    expected = np.full((6, 6, 3), transforms.GREY, np.float32)
    expected[1:, :4] = pictures[0, :5, 2:]
    assert np.allclose(moved[0], expected, atol=1e-3)
    assert np.allclose(moved[1], pictures[1], atol=1e-3)


def test_offsets_depend_on_seed_and_step_alone_and_keep_their_bounds() -> None:
    few, many = transforms.jitter_offsets(42, 5, 3), transforms.jitter_offsets(42, 50, 3)
    assert np.array_equal(few, many[:5])
    assert np.abs(many).max() == 3
    assert not np.array_equal(few, transforms.jitter_offsets(43, 5, 3))


def test_a_filter_at_zero_climbs_the_mean_before_the_relu_only_with_a_warm_start() -> None:
    maps = tf.constant(np.array([[[-1.0, -3.0]], [[2.0, -4.0]]], np.float32))
    losses = objective.loss(maps)
    assert losses.numpy().tolist() == [0.0, 1.0]
    assert objective.climbed(maps, losses, warm_start=True, leak=0.0).numpy().tolist() == [-2.0, 1.0]
    assert objective.climbed(maps, losses, warm_start=False, leak=0.0).numpy().tolist() == [0.0, 1.0]
    assert objective.climbed(maps, losses, warm_start=True, leak=0.5).numpy().tolist() == [-2.0, 0.0]
