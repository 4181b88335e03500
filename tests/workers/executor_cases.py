"""Tasks, faults and outcomes for the tests of every executor."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from generator.recipes import RECIPES
from generator.records import AscentTask, EditionRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from generator.executors.protocol import Outcome

WORK: Final = "stand_in:compute"
DEVICE: Final = "stand_in:device"
LAYER: Final = "block1_conv1"
EDITION: Final = EditionRecord("draft", "draft", "ab" * 32, "ImageNet weights")
SETTINGS: Final = RECIPES["draft"].settings_for(LAYER)


FOR: Final[dict[str, Any]] = {"edition": EDITION, "changes": {}, "kinds": (), "weights": "imagenet"}
"""What `cut` puts into every task."""


def task(*filters: int, **more: Any) -> AscentTask:
    return AscentTask(LAYER, filters, SETTINGS, EDITION, **more)


def tasks(folder: Path, *groups: Iterable[int]) -> list[AscentTask]:
    return [task(*group, weights=str(folder)) for group in groups]


def faulty(folder: Path, **faults: dict[int, Any]) -> None:
    (folder / "faults.json").write_text(json.dumps(faults), encoding="utf-8")


def by_filter(outcomes: Iterable[Outcome]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    for outcome in outcomes:
        assert outcome.filter not in found, f"filter {outcome.filter} came twice"
        found[outcome.filter] = outcome
    return found


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
