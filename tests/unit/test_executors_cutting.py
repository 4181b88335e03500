"""Cutting a plan into tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import simulate_workers
from executor_cases import FOR
from hypothesis import given
from hypothesis import strategies as some

from generator.catalogue import LAYER_NAMES, LAYERS
from generator.executors.cutting import batch_bytes, cut, filter_cost, fitting_batch_size
from generator.executors.protocol import Capacity
from generator.recipes import RECIPES, Settings, changed, usual_batch_size
from generator.records import AscentTask, FilterId

if TYPE_CHECKING:
    from collections.abc import Iterable

BENCH = Path(__file__).parents[1] / "bench"
ROOM = 64 * 2**30
NATURAL = RECIPES["natural"]


def wanted(layers: Iterable[str] = LAYER_NAMES, recipe: str = "natural") -> list[tuple[FilterId, Settings]]:
    counts = {layer.name: layer.filters for layer in LAYERS}
    return [
        (FilterId(layer, number), RECIPES[recipe].settings_for(layer))
        for layer in layers
        for number in range(counts[layer])
    ]


def cost(task: AscentTask) -> float:
    return filter_cost(task.layer, task.settings) * len(task.filters)


def atlas(workers: int) -> tuple[AscentTask, ...]:
    return cut(wanted(), Capacity(workers, ROOM), **FOR)


@given(
    picked=some.sets(some.sampled_from(wanted()), min_size=1, max_size=300),
    workers=some.integers(1, 100),
    memory=some.integers(0, 2**36),
    batch=some.none() | some.integers(1, 64),
)
def test_every_filter_is_in_exactly_one_task_with_its_own_settings(
    picked: set[tuple[FilterId, Settings]], workers: int, memory: int, batch: int | None
) -> None:
    tasks = cut(
        sorted(picked, key=lambda one: one[0]),
        Capacity(workers, memory),
        **(FOR | {"weights": "here.h5"}),
        batch_size=batch,
    )
    found = [(FilterId(task.layer, number), task.settings) for task in tasks for number in task.filters]
    assert len(found) == len(picked)
    assert set(found) == picked
    assert all(task.weights == "here.h5" and task.filters for task in tasks)
    assert batch is None or {task.batch_size for task in tasks} == {batch}


def test_nothing_wanted_is_no_task() -> None:
    assert cut([], Capacity(4, ROOM), **FOR) == ()


def test_the_cheapest_layer_comes_first_and_layers_do_not_mix() -> None:
    order = list(dict.fromkeys(task.layer for task in atlas(8)))
    seen = [task.layer for task in atlas(8)]
    assert seen == sorted(seen, key=order.index)
    totals = [sum(cost(task) for task in atlas(8) if task.layer == layer) for layer in order]
    assert totals == sorted(totals)
    assert (order[0], order[-1]) == ("block1_conv1", "block5_conv3")


def test_a_single_worker_gets_whole_layers() -> None:
    assert [(task.layer, len(task.filters)) for task in atlas(1)] == [(layer.name, layer.filters) for layer in LAYERS]


@pytest.mark.parametrize("workers", [2, 4, 16, 64])
def test_within_a_layer_the_longest_task_comes_first(workers: int) -> None:
    for layer in LAYER_NAMES:
        sizes = [len(task.filters) for task in atlas(workers) if task.layer == layer]
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("workers", [2, 4, 16, 64])
def test_the_last_tasks_are_short_against_a_fair_share(workers: int) -> None:
    tasks = atlas(workers)
    fair = sum(map(cost, tasks)) / workers
    assert max(map(cost, tasks)) <= fair
    assert max(map(cost, tasks[-workers:])) <= 0.15 * fair


def test_settings_that_differ_in_a_layer_are_kept_apart() -> None:
    plain = NATURAL.settings_for("block3_conv1")
    longer = changed("block3_conv1", plain, {"steps": 64})
    mixed = [(FilterId("block3_conv1", number), longer if number % 2 else plain) for number in range(64)]
    for task in cut(mixed, Capacity(2, ROOM), **FOR):
        assert {number % 2 for number in task.filters} == {int(task.settings is longer)}


def test_the_batch_is_the_users_else_what_the_memory_has_room_for_and_never_more_than_usual() -> None:
    layer, size = "block5_conv3", NATURAL.settings_for("block5_conv3").size_px
    one = batch_bytes(layer, size)

    def batches(memory: int, batch_size: int | None = None) -> set[int]:
        tasks = cut(wanted([layer]), Capacity(2, memory), **FOR, batch_size=batch_size)
        return {task.batch_size for task in tasks}

    assert batches(ROOM) == {usual_batch_size(layer, size)}
    assert batches(2 * 5 * one) == {5}
    assert batches(0) == {1}
    assert batches(2 * 5 * one, 24) == {24}


@given(
    layer=some.sampled_from(LAYER_NAMES),
    size=some.integers(32, 1024),
    memory=some.integers(0, 2**36),
    less=some.floats(0, 1),
)
def test_less_memory_never_means_a_larger_batch(layer: str, size: int, memory: int, less: float) -> None:
    most = fitting_batch_size(layer, size, memory)
    assert 1 <= fitting_batch_size(layer, size, int(less * memory)) <= most <= usual_batch_size(layer, size)


def test_the_estimate_agrees_with_what_was_measured() -> None:
    costs: dict[str, Any] = json.loads((BENCH / "task_costs.json").read_text(encoding="utf-8"))["layers"]
    deep = [layer for layer in LAYERS if layer.block >= 3]
    ratios = []
    for layer in deep:
        settings = NATURAL.settings_for(layer.name)
        assert settings.size_px == costs[layer.name]["size_px"], "measure again: python tests/bench/measure_tasks.py"
        seconds = settings.steps * costs[layer.name]["step_s"] + costs[layer.name]["filter_s"]
        ratios.append(filter_cost(layer.name, settings) / seconds)
    assert max(ratios) < 2 * min(ratios)


def test_up_to_sixty_four_workers_stay_busy() -> None:
    warm = simulate_workers.costs_of() | {"start_s": 0.0}
    efficiencies = {workers: found[0] for workers, found in simulate_workers.efficiencies("natural", warm).items()}
    assert set(efficiencies) == {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}
    assert min(efficiencies.values()) > 0.85
    assert min(found for workers, found in efficiencies.items() if workers <= 16) > 0.93
