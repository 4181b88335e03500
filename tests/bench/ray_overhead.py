"""Compare the throughput of one Ray worker with this process's own: python tests/bench/ray_overhead.py.

Both run the same tasks of real size in turn, several times over; the first task of each run warms the worker up and
does not count. The best run of each is compared, which is the fairest on a machine that does other things as well.
"""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from typing import TYPE_CHECKING

from generator.executors import make_executor
from generator.recipes import RECIPES
from generator.records import AscentTask
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from generator.executors.protocol import Tensors

WORK = "generator.workflows.compute:run_task"
LAYER = "block4_conv3"
FILTERS_PER_TASK = 16


def rate(name: str, tasks: int, tensors: Tensors) -> float:
    """Return filters a second, from the end of the first task to the end of the last."""
    settings = RECIPES["natural"].settings_for(LAYER)
    work = [
        AscentTask(LAYER, tuple(range(at, at + FILTERS_PER_TASK)), settings)
        for at in range(0, tasks * FILTERS_PER_TASK, FILTERS_PER_TASK)
    ]
    with closing(make_executor(name, WORK, workers=1, tensors=tensors)) as executor:
        done, begun = 0, 0.0
        for _ in executor.run(work):
            done += 1
            if done == FILTERS_PER_TASK:
                begun = time.perf_counter()
        return (done - FILTERS_PER_TASK) / (time.perf_counter() - begun)


def main() -> None:
    """Print the rates of every round and the ratio of the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=3)
    arguments = parser.parse_args()
    tensors = load_weights().tensors
    rates: dict[str, list[float]] = {"local": [], "ray": []}
    for _ in range(arguments.rounds):
        for name, found in rates.items():
            found.append(rate(name, arguments.tasks, tensors))
            print(f"{name:5} {found[-1]:.3f} filters a second", flush=True)
    ratio = max(rates["ray"]) / max(rates["local"])
    print(f"one Ray worker reaches {ratio:.1%} of this process's throughput")


if __name__ == "__main__":
    main()
