"""The time left of a build, on machines of any speed."""

from __future__ import annotations

import heapq
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from executor_cases import FOR

from generator.catalogue import LAYER_NAMES, layer_named
from generator.executors.cutting import cut
from generator.executors.protocol import Capacity
from generator.recipes import RECIPES, settled
from generator.records import Device, FilterId
from generator.workflows._pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from generator.records import AscentTask

FAST = json.loads((Path(__file__).parents[1] / "bench" / "task_costs.json").read_text(encoding="utf-8"))["layers"]
STEP_MS: dict[str, dict[str, float]] = {
    # A step of `natural` for one picture. With matrix units: measured. AVX2: block2_conv2, block4_conv2 and
    # block5_conv3 are middles of measured ranges, the other layers are set between them by hand.
    "matrix units": {layer: 1e3 * cost["step_s"] for layer, cost in FAST.items()},
    "avx2": dict(zip(LAYER_NAMES, (1.0, 2.4, 11, 13, 34, 50, 62, 79, 100, 119, 155, 170, 184), strict=True)),
}
# Rates that would go with these steps, not measured beside them.
DEVICES = {
    "matrix units": Device("bfloat16", {"float32": 2e11, "bfloat16": 2e12}),
    "avx2": Device("float32", {"float32": 1.5e11, "bfloat16": 3e10}),
}
START_S = 4.0
SETTING_UP_S = 1.5
PUBLISHING_S = 0.02
MEASURING_STEPS = 4


def outcomes(tasks: Sequence[AscentTask], workers: int, step_ms: Mapping[str, float]) -> list[tuple[float, FilterId]]:
    """Return when each filter is finished: batch after batch, each task by the first worker that is free."""
    free = [START_S] * workers
    found = []
    for task in tasks:
        now = heapq.heappop(free) + SETTING_UP_S
        for at in range(0, len(task.filters), task.batch_size):
            batch = task.filters[at : at + task.batch_size]
            now += len(batch) * (task.settings.steps + MEASURING_STEPS) * step_ms[task.layer] / 1e3
            found += [(now, FilterId(task.layer, number)) for number in batch]
        # One worker is this very process, which publishes the layer before it goes on.
        heapq.heappush(free, now + (PUBLISHING_S * len(task.filters) if workers == 1 else 0.0))
    return sorted(found)


def told(
    machine: str,
    layers: Sequence[str],
    *,
    workers: int = 1,
    slowness: float = 1.0,
    rate: float = 1.0,
    filters: int = 512,
) -> Iterator[tuple[float, float, float | None]]:
    """Yield at each finished filter the time, the time that is left in truth, and the time left that is told."""
    device = DEVICES[machine]
    wanted = [
        (FilterId(layer, number), settled(RECIPES["natural"].settings_for(layer), device.precision))
        for layer in layers
        for number in range(min(filters, layer_named(layer).filters))
    ]
    tasks = cut(wanted, Capacity(workers, 2**36), **FOR)
    clock = [0.0]
    rates = {name: rate * flops / slowness for name, flops in device.flops_per_s.items()}
    pace = Pace(tasks, workers, Device(device.precision, rates), clock=lambda: clock[0])
    finished = outcomes(tasks, workers, {layer: slowness * ms for layer, ms in STEP_MS[machine].items()})
    for now, filter_id in finished:
        clock[0] = now
        yield now, finished[-1][0] - now, pace.progress(filter_id, "natural").left_s


@pytest.mark.parametrize(("machine", "slowness"), [("matrix units", 0.3), ("avx2", 4.0)])
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(("layers", "filters"), [(LAYER_NAMES, 512), (LAYER_NAMES[7:], 512), (LAYER_NAMES, 16)])
def test_from_the_first_minute_on_the_time_left_is_right_within_a_factor_of_one_and_a_half(
    machine: str, slowness: float, workers: int, layers: tuple[str, ...], filters: int
) -> None:
    checked = 0
    for now, truth, left in told(machine, layers, workers=workers, slowness=slowness, filters=filters):
        if now >= 60 and truth >= 30:
            checked += 1
            assert left is not None
            assert truth / 1.5 <= left <= truth * 1.5, f"{left:.0f} s told after {now:.0f} s, {truth:.0f} s in truth"
    assert checked or filters == 16


@pytest.mark.parametrize("rate", [0.7, 1.4])
def test_a_rate_that_was_measured_badly_does_not_mislead_for_long(rate: float) -> None:
    for now, truth, left in told("avx2", LAYER_NAMES, rate=rate):
        if now >= 600 and truth >= 30:
            assert left is not None
            assert truth / 1.5 <= left <= truth * 1.5, f"{left:.0f} s told after {now:.0f} s, {truth:.0f} s in truth"


def test_no_time_is_told_before_two_batches_have_told_a_pace() -> None:
    first = [left for _, _, left in islice(told("avx2", LAYER_NAMES), 33)]
    assert first[:32] == [None] * 32
    assert first[32] is not None


def test_nothing_is_left_when_all_is_done() -> None:
    assert [left for _, _, left in told("avx2", LAYER_NAMES[:2])][-1] == 0
