"""Simulate 1 to 64 workers on measured task costs: python tests/bench/simulate_workers.py [--recipe draft].

A worker costs its start, each task its setting-up, each filter its steps and its measuring, as `measure_tasks.py` found
them. Tasks go in their order to whichever worker is free, as the executors do it. Speeds of workers and costs of tasks
vary at random. The efficiency is one worker's time over the workers' time together.
"""

from __future__ import annotations

import argparse
import heapq
import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.catalogue import LAYERS
from generator.executors.cutting import cut
from generator.executors.protocol import Capacity
from generator.recipes import RECIPES
from generator.records import AscentTask, EditionRecord, FilterId

if TYPE_CHECKING:
    from collections.abc import Sequence

COSTS = Path(__file__).with_name("task_costs.json")
WORKERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
RUNS = 25
WORKER_SPREAD = 0.03
TASK_SPREAD = 0.03


def costs_of(path: Path = COSTS) -> dict[str, Any]:
    """Return the measured costs."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def plan(recipe: str, workers: int) -> tuple[AscentTask, ...]:
    """Cut the whole atlas for so many workers."""
    edition = EditionRecord(recipe, recipe, "", "")
    wanted = [
        (FilterId(layer.name, number), RECIPES[recipe].settings_for(layer.name))
        for layer in LAYERS
        for number in range(layer.filters)
    ]
    return cut(wanted, Capacity(workers, 8 * 2**30), edition=edition, changes={}, kinds=(), weights="imagenet")


def task_seconds(task: AscentTask, costs: dict[str, Any]) -> tuple[float, float]:
    """Return what a task costs: setting it up, and its filters; another canvas costs by its area."""
    cost = costs["layers"][task.layer]
    area = (task.settings.size_px / cost["size_px"]) ** 2
    one = area * (task.settings.steps * cost["step_s"] + cost["filter_s"])
    return cost["task_s"], one * len(task.filters)


def run_time(tasks: Sequence[AscentTask], workers: int, costs: dict[str, Any], rng: np.random.Generator) -> float:
    """Return the seconds until the last worker is done."""
    slowness = np.exp(rng.normal(0, WORKER_SPREAD, workers))
    free = [(costs["start_s"] * slowness[worker], worker) for worker in range(min(workers, len(tasks)))]
    heapq.heapify(free)
    end = 0.0
    for task in tasks:
        at, worker = heapq.heappop(free)
        setting_up, work = task_seconds(task, costs)
        at += slowness[worker] * (setting_up + work * float(np.exp(rng.normal(0, TASK_SPREAD))))
        heapq.heappush(free, (at, worker))
        end = max(end, at)
    return end


def efficiencies(recipe: str, costs: dict[str, Any]) -> dict[int, tuple[float, float, int]]:
    """Return for each number of workers the median efficiency, the seconds, and the number of tasks."""
    found, alone = {}, 0.0
    for workers in WORKERS:
        tasks = plan(recipe, workers)
        rng = np.random.default_rng(workers)
        seconds = statistics.median(run_time(tasks, workers, costs, rng) for _ in range(RUNS))
        alone = alone or seconds
        found[workers] = (alone / seconds / workers, seconds, len(tasks))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", choices=sorted(RECIPES), default="natural")
    parser.add_argument("--costs", type=Path, default=COSTS)
    arguments = parser.parse_args()
    costs = costs_of(arguments.costs)
    print(f"recipe {arguments.recipe}; a worker has {costs['cores']} cores and starts in {costs['start_s']} s")
    print("workers  tasks  seconds  efficiency  without starts")
    warm = efficiencies(arguments.recipe, costs | {"start_s": 0.0})
    for workers, (efficiency, seconds, tasks) in efficiencies(arguments.recipe, costs).items():
        print(f"{workers:7} {tasks:6} {seconds:8.0f}  {efficiency:9.1%}  {warm[workers][0]:13.1%}")


if __name__ == "__main__":
    main()
