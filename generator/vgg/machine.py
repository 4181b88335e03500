"""What the machine at hand is good at: its cores and the precision in which its convolutions are fastest."""

from __future__ import annotations

import contextlib
import time
from functools import cache
from typing import TYPE_CHECKING, Final

from generator.cores import granted_cores
from generator.records import Device
from generator.vgg.backend import tf
from generator.vgg.forward import fastest
from generator.vgg.operations import mirrored

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.recipes import PrecisionName
    from generator.vgg.operations import Tensor

WORTHWHILE: Final = 1.2
"""bfloat16 is chosen where it is at least this many times as fast: it rounds to 8 bits, which must be worth it. So is
XLA, whose compiling takes a while for every layer and batch size."""

RUNS: Final = 6
LEAST_RUNS: Final = 2
LONG_ENOUGH_S: Final = 2.0
"""Of a work that takes a second a few runs tell its speed: an emulated bfloat16 is far from being chosen."""


def use_share_of_cores() -> None:
    """Keep TensorFlow to the cores that `ATLAS_THREADS` grants; without effect once it has computed something."""
    threads = granted_cores()
    if threads:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        except RuntimeError:
            return


def leave_gpus_to_workers() -> None:
    """Keep this process off the GPUs: TensorFlow would take all their memory before the workers start."""
    with contextlib.suppress(RuntimeError):  # it has computed something already; then the GPUs are taken
        tf.config.set_visible_devices([], "GPU")


@cache
def measured_device() -> Device:
    """Return what computes in this process, measured once: "bfloat16" is chosen where it is clearly faster."""
    use_share_of_cores()
    rates: dict[PrecisionName, float] = {"float32": _rate(tf.float32), "bfloat16": _rate(tf.bfloat16)}
    worthwhile = rates["bfloat16"] >= WORTHWHILE * rates["float32"]
    return Device("bfloat16" if worthwhile else "float32", rates)


@cache
def xla_pays() -> bool:
    """Return whether XLA makes a step on this process's GPU clearly faster, measured once; False without a GPU.

    On a CPU the library's convolutions are faster than XLA's.
    """
    if not tf.config.get_visible_devices("GPU"):
        return False
    x = tf.random.stateless_normal((4, 64, 64, 128), (1, 2))
    kernel = tf.random.stateless_normal((3, 3, 128, 128), (3, 4))

    def chain() -> Tensor:
        return tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(tf.sigmoid(x) * 2.0 - 1.0, kernel, 1, "SAME")), 2, 2, "VALID")

    return _best_seconds(chain) >= WORTHWHILE * _best_seconds(chain, xla=True)


def multiply_rate(precision: str, side: int = 4096) -> float:
    """Return the machine's matrix-multiply rate: floating-point operations a second of one large square product.

    In float32 NumPy's product counts where it is faster than TensorFlow's, as it is on processors without AVX-512.
    """
    matrix = tf.cast(tf.random.stateless_normal((side, side), (1, 2)), precision)
    seconds = _best_seconds(lambda: tf.linalg.matmul(matrix, matrix))
    if precision == "float32":
        values = matrix.numpy()
        seconds = min(seconds, _best(lambda: values @ values))
    return 2 * side**3 / seconds


def _rate(dtype: Tensor) -> float:
    """Return the operations a second of a convolution of the size that the middle layers have, there and back."""
    x = tf.cast(tf.random.stateless_normal((4, 32, 32, 256), (1, 2)), dtype)
    kernel = tf.cast(tf.random.stateless_normal((3, 3, 256, 256), (3, 4)), dtype)
    there, back = fastest(kernel), fastest(mirrored(kernel))
    return 2 * 2 * 4 * 32**2 * 9 * 256**2 / _best_seconds(lambda: back(there(x)))


def _best_seconds(operation: Callable[[], Tensor], *, xla: bool = False) -> float:
    """Return the best of a few runs after a warm-up; reading one value waits for the device."""
    run = tf.function(operation, jit_compile=xla)

    def one_value() -> object:
        return tf.reshape(run(), (-1,))[0].numpy()

    return _best(one_value)


def _best(work: Callable[[], object]) -> float:
    seconds = list[float]()
    while len(seconds) < LEAST_RUNS or (len(seconds) < RUNS and sum(seconds) < LONG_ENOUGH_S):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)
