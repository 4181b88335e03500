"""A small build for tests that kill it: plan against the real store, run, store each filter, print its number."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from generator.executors import make_executor
from generator.measure.kinds import VERSIONS
from generator.plan import plan_build
from generator.recipes import RECIPES
from generator.records import AscentTask, EditionRecord, FilterId
from generator.store import open_store

LAYER = "block1_conv1"
SETTINGS = RECIPES["draft"].settings_for(LAYER)
FINGERPRINT = "ab" * 32
FILTERS = 12
FILTERS_PER_TASK = 3


def stored(folder: Path) -> set[int]:
    if not (folder / "cache").exists():
        return set()
    with open_store(folder / "cache", write=False) as store:
        return {found.filter for found in store.stored("draft")}


def build(folder: Path, executor: str) -> None:
    with open_store(folder / "cache", write=True) as store:
        store.ensure_edition(EditionRecord("draft", "draft", FINGERPRINT, "ImageNet"))
        wanted = [(FilterId(LAYER, number), SETTINGS) for number in range(FILTERS)]
        plan = plan_build(wanted, store.stored("draft"), VERSIONS)
        left = [planned.id.filter for planned in plan.filters]
        groups = [left[at : at + FILTERS_PER_TASK] for at in range(0, len(left), FILTERS_PER_TASK)]
        edition = EditionRecord("draft", "draft", FINGERPRINT, "ImageNet")
        tasks = [AscentTask(LAYER, tuple(group), SETTINGS, edition, weights=str(folder)) for group in groups]
        with (
            closing(make_executor(executor, "stand_in:compute", workers=2)) as made,
            closing(made.run(tasks)) as outcomes,
        ):
            for outcome in outcomes:
                store.put("draft", outcome)
                print(outcome.filter, flush=True)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]), sys.argv[2])
    except KeyboardInterrupt:
        print("interrupted", flush=True)  # noqa: T201 - what the test reads
