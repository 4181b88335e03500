from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.vgg.backend import tf
from generator.vgg.last_convolution import filter_maps, taps
from generator.vgg.operations import Tensor, convolve_relu, direct, mirrored
from generator.vgg.winograd import winograd

sides = st.integers(2, 9)
channels = st.integers(1, 4)
wide = st.sampled_from([16, 32, 48])
seeds = st.integers(0, 2**16)


def gradients(function: Tensor, x: Tensor, upstream_seed: int) -> tuple[Tensor, Tensor]:
    """The value of `function` at `x`, and the gradient of its product with random numbers."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
        weights = tf.constant(np.random.default_rng(upstream_seed).standard_normal(y.shape).astype(np.float32))
        goal = tf.reduce_sum(tf.cast(y, tf.float32) * weights)
    return y, tape.gradient(goal, x)


def random(seed: int, *shape: int) -> Tensor:
    return tf.constant(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


@given(sides, sides, wide, wide, seeds)
@settings(deadline=None, max_examples=12)
def test_winograds_way_is_the_plain_convolution(height: int, width: int, inner: int, outer: int, seed: int) -> None:
    x, kernel = random(seed, 2, height, width, inner), random(seed + 1, 3, 3, inner, outer)
    assert np.allclose(winograd(kernel)(x), tf.nn.conv2d(x, kernel, 1, "SAME"), atol=1e-3)


def test_winograds_way_passes_on_what_is_no_number() -> None:
    x, kernel = random(1, 2, 5, 6, 16).numpy(), random(2, 3, 3, 16, 32)
    x[1, 2, 3, 4] = np.nan
    y = winograd(kernel, tf.zeros(32))(x).numpy()
    assert np.isnan(y[1, 1:4, 2:5]).all()
    assert np.isfinite(y[0]).all()


@given(sides, sides, wide, wide, seeds)
@settings(deadline=None, max_examples=12)
def test_a_convolution_has_tensorflows_gradient(height: int, width: int, inner: int, outer: int, seed: int) -> None:
    # Sums are whole, so that with the bias none is so near to zero that rounding takes it through the ReLU.
    x, kernel = tf.round(random(seed, 2, height, width, inner)), tf.round(random(seed + 1, 3, 3, inner, outer))
    bias = tf.round(random(seed, outer)) + 0.5
    ways = [(way(kernel, bias), way(mirrored(kernel))) for way in (direct, winograd)]
    expected, theirs = gradients(lambda x: tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias), x, seed)
    for forward, backward in ways:
        y, ours = gradients(lambda x, f=forward, b=backward: convolve_relu(x, f, b), x, seed)
        assert np.allclose(y, expected, atol=1e-3)
        assert np.allclose(ours, theirs, atol=1e-3)


@given(sides, sides, channels, seeds, st.sampled_from(["float32", "bfloat16"]))
@settings(deadline=None, max_examples=12)
def test_each_picture_has_its_own_filters_map_and_gradient(
    height: int, width: int, inner: int, seed: int, dtype: str
) -> None:
    x, kernel = tf.cast(random(seed, 2, height, width, inner), dtype), random(seed + 1, 3, 3, inner, 3)
    y, ours = gradients(lambda x: filter_maps(x, tf.cast(tf.gather(taps(kernel), [2, 0]), dtype)), x, seed)

    def all_filters(x: Tensor) -> Tensor:
        maps = tf.nn.conv2d(tf.cast(x, tf.float32), kernel, 1, "SAME")
        return tf.stack((maps[0, :, :, 2], maps[1, :, :, 0]))

    expected, theirs = gradients(all_filters, x, seed)
    coarse = 1e-4 if dtype == "float32" else 0.1
    assert y.dtype == tf.float32
    assert np.allclose(y, expected, atol=coarse)
    assert np.allclose(tf.cast(ours, tf.float32), tf.cast(theirs, tf.float32), atol=coarse)


@given(
    height=sides,
    width=sides,
    inner=channels,
    seed=seeds,
    equal_values=st.booleans(),
    dtype=st.sampled_from(["float32", "bfloat16"]),
)
@settings(deadline=None, max_examples=25)
def test_pooling_has_tensorflows_gradient_also_for_equal_values(
    height: int,
    width: int,
    inner: int,
    seed: int,
    *,
    equal_values: bool,
    dtype: str,
) -> None:
    x = random(seed, 2, height, width, inner)
    x = tf.cast(tf.round(x) if equal_values else x, dtype)
    bias = tf.zeros(inner, dtype)
    y, ours = gradients(lambda x: convolve_relu(x, lambda x: tf.nn.relu(x + bias), tf.identity, pooled=True), x, seed)
    expected, theirs = gradients(lambda x: tf.nn.max_pool2d(tf.nn.relu(x), 2, 2, "VALID"), x, seed)
    assert np.array_equal(tf.cast(y, tf.float32), tf.cast(expected, tf.float32))
    assert np.allclose(tf.cast(ours, tf.float32), tf.cast(theirs, tf.float32), rtol=1e-2)


@given(st.integers(4, 10), seeds)
@settings(deadline=None, max_examples=12)
def test_a_small_network_has_tensorflows_gradient(side: int, seed: int) -> None:
    kernels = [random(seed + 1, 3, 3, 3, 4), random(seed + 2, 3, 3, 4, 4), random(seed + 3, 3, 3, 4, 2)]
    biases = [random(seed + 4, 4), random(seed + 5, 4)]

    def ours(x: Tensor) -> Tensor:
        x = convolve_relu(x, direct(kernels[0], biases[0]), direct(mirrored(kernels[0])))
        x = convolve_relu(x, direct(kernels[1], biases[1]), direct(mirrored(kernels[1])), pooled=True)
        return filter_maps(x, tf.gather(taps(kernels[2]), [1, 0]))

    def theirs(x: Tensor) -> Tensor:
        x = tf.nn.relu(tf.nn.conv2d(x, kernels[0], 1, "SAME") + biases[0])
        x = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(x, kernels[1], 1, "SAME") + biases[1]), 2, 2, "VALID")
        maps = tf.nn.conv2d(x, kernels[2], 1, "SAME")
        return tf.stack((maps[0, :, :, 1], maps[1, :, :, 0]))

    x = random(seed, 2, side, side, 3)
    y, gradient = gradients(ours, x, seed)
    expected, automatic = gradients(theirs, x, seed)
    assert np.allclose(y, expected, atol=1e-3)
    assert np.allclose(gradient, automatic, atol=1e-2)
