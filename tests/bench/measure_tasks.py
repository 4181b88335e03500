"""Measure what tasks of the atlas cost on this machine, for `simulate_workers.py`: python tests/bench/measure_tasks.py.

Processor time is taken, not the clock's, so that a busy machine does not spoil the figures: the work on pictures is
shared by all cores and counts by their number, everything else (imports, tracing) runs on one.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from generator.catalogue import LAYERS
from generator.cores import core_count
from generator.executors.protocol import resolve
from generator.recipes import DEFAULT_RECIPE, RECIPES, Settings
from generator.records import AscentTask

COSTS = Path(__file__).with_name("task_costs.json")
WORK = "generator.workflows.compute:run_task"
FEW, MANY = 8, 24
SHORT, LONG = 2, 10


@dataclass(frozen=True, slots=True)
class LayerCost:
    """Seconds on this machine: a step of a picture, the rest of a filter's work, and the rest of a task's."""

    size_px: int
    step_s: float
    filter_s: float
    task_s: float


def spent(layer: str, settings: Settings, filters: int, steps: int) -> float:
    """Return the processor seconds of a task."""
    task = AscentTask(layer, tuple(range(filters)), replace(settings, steps=steps))
    before = time.process_time()
    for _ in resolve(WORK)(task):
        pass
    return time.process_time() - before


def measured(layer: str, settings: Settings, cores: int) -> LayerCost:
    """Tell a step's, a filter's and a task's share of the cost apart by three tasks of different sizes."""
    small, wide, long = (spent(layer, settings, *size) for size in ((FEW, SHORT), (MANY, SHORT), (MANY, LONG)))
    step = max(0.0, (long - wide) / (MANY * (LONG - SHORT)))
    rest = max(0.0, (wide - small) / (MANY - FEW) - SHORT * step)
    task = max(0.0, small - FEW * (rest + SHORT * step))
    return LayerCost(settings.size_px, step / cores, rest / cores, task)


def main() -> None:
    """Measure every layer and write the figures beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=COSTS)
    arguments = parser.parse_args()
    cores, recipe = core_count(), RECIPES[DEFAULT_RECIPE]
    first = LAYERS[0].name
    spent(first, recipe.settings_for(first), 1, 1)
    start = time.process_time()
    start -= spent(first, recipe.settings_for(first), 1, 1)
    costs = {}
    for layer in LAYERS:
        costs[layer.name] = cost = measured(layer.name, recipe.settings_for(layer.name), cores)
        per = f"{cost.step_s * 1e3:7.2f} ms a step, {cost.filter_s * 1e3:6.1f} ms a filter, {cost.task_s:.2f} s a task"
        print(f"{layer.name} {per}")
    figures = {
        "cores": cores,
        "start_s": round(start, 2),
        "layers": {
            name: {
                "size_px": cost.size_px,
                "step_s": round(cost.step_s, 6),
                "filter_s": round(cost.filter_s, 5),
                "task_s": round(cost.task_s, 3),
            }
            for name, cost in costs.items()
        },
    }
    arguments.to.write_text(json.dumps(figures, indent=2) + os.linesep, encoding="utf-8")
    print(f"start {start:.1f} s; written to {arguments.to.name}")


if __name__ == "__main__":
    main()
