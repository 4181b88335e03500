"""The same pictures of the same filters, whoever computes them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import ray
from executor_cases import FOR

from generator.executors import make_executor
from generator.executors.cutting import cut
from generator.executors.local import InProcess
from generator.recipes import RECIPES
from generator.records import AscentResult, FilterId
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from generator.executors.protocol import Capacity

pytestmark = pytest.mark.real

WORK = "generator.workflows.compute:run_task"
FILTERS = {"block1_conv1": (0, 40), "block3_conv2": (1, 255)}
STEPS = 4

Atlas = dict[FilterId, AscentResult]


def atlas(name: str, workers: int | None, *, sent: bool) -> tuple[Atlas, Capacity]:
    """Compute the chosen filters; float32, so that no worker may choose another precision by its own measure."""
    wanted = [
        (FilterId(layer, number), replace(RECIPES["draft"].settings_for(layer), steps=STEPS, precision="float32"))
        for layer, numbers in FILTERS.items()
        for number in numbers
    ]
    tensors = load_weights().tensors if sent else None
    # Only the tensors that are sent can be meant by a path that exists nowhere.
    weights = "/nowhere/weights.h5" if sent else "imagenet"
    with closing(make_executor(name, WORK, workers=workers, tensors=tensors)) as executor:
        capacity = executor.capacity()
        tasks = cut(wanted, capacity, **(FOR | {"weights": weights}))
        found: Atlas = {}
        for outcome in executor.run(tasks):
            assert isinstance(outcome, AscentResult), outcome
            found[FilterId(outcome.layer, outcome.filter)] = outcome
    assert set(found) == {filter_id for filter_id, _ in wanted}
    return found, capacity


@pytest.fixture(scope="module")
def in_process() -> Atlas:
    assert isinstance(make_executor("local", WORK), InProcess)
    return atlas("local", None, sent=False)[0]


@pytest.mark.parametrize(("name", "sent"), [("local", False), ("ray", True)])
def test_two_workers_give_the_atlas_of_one_process(name: str, sent: bool, in_process: Atlas) -> None:  # noqa: FBT001
    found, capacity = atlas(name, 2, sent=sent)
    assert capacity.workers == 2
    for filter_id, expected in in_process.items():
        outcome = found[filter_id]
        assert (outcome.status, outcome.rank, outcome.steps_run) == (expected.status, expected.rank, expected.steps_run)
        assert outcome.losses == pytest.approx(expected.losses, rel=1e-3)
        assert outcome.image_mean == pytest.approx(expected.image_mean, rel=1e-3)
        np.testing.assert_allclose(outcome.cross, expected.cross, rtol=1e-3, atol=1e-4 * float(expected.cross.max()))
    assert not ray.is_initialized()
