"""Work for the executors' tests: cheap pictures in NumPy, with faults on demand, and a trace of every attempt.

The task's `weights` names a folder. In it `faults.json` says what goes wrong: {"kill": {"5": 2}} makes filter 5 end its
process the first two times that it is tried. Every attempt at a filter leaves a file that tells who made it.
"""

from __future__ import annotations

import json
import os
import signal
import time
from multiprocessing import parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import generator
from generator.catalogue import layer_named
from generator.files import digest_of
from generator.measure.kinds import VERSIONS
from generator.recipes import ALGORITHM
from generator.records import (
    RESPONSE,
    AscentResult,
    Device,
    EditionRecord,
    MeasureResult,
    MeasureTask,
    PictureRecord,
    Response,
)
from generator.store.keys import result_key
from generator.store.pictures import Facts, decode_image, encode_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import AscentTask, Origin, Task

SIZE_PX = 8
VERSION = VERSIONS[RESPONSE]
EDITION = EditionRecord("draft", "draft", "ab" * 32, "ImageNet weights")


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


def device() -> Device:
    """Answer what a build asks before it cuts; bfloat16 only to a worker of its own, as if it had another device."""
    return Device("float32" if parent_process() is None else "bfloat16", {"float32": 1e9, "bfloat16": 2e9})


def threads() -> str:
    """Answer with the cores that a worker is granted."""
    return os.environ["ATLAS_THREADS"]


def full_device() -> Device:
    """Answer as a device does that others have filled."""
    raise ResourceExhaustedError("the device is full")


def compute(
    task: Task, tensors: Mapping[str, NDArray[np.float32]] | None = None
) -> Iterator[AscentResult | MeasureResult]:
    folder = Path(task.weights)
    if isinstance(task, MeasureTask):
        yield from measured(task)
        return
    for number in task.filters:
        earlier = _note_attempt(folder, task, number, tensors)
        _fault(folder, task, number, earlier)
        if number not in _faults(folder).get("skip", {}):
            yield picture(task.layer, number, task.settings, task.edition, _outdone(folder), task.origins.get(number))


def measured(task: MeasureTask) -> Iterator[MeasureResult]:
    """Take the response of each stored picture again: it is that of the picture, with the version of now."""
    for number, file in task.files.items():
        response = picture(task.layer, number, task.settings).response
        yield MeasureResult(task.layer, number, (response.measurement(task.layer, VERSION, digest_of(file)),))


def picture(
    layer: str,
    number: int,
    settings: Settings,
    edition: EditionRecord = EDITION,
    outdone: Mapping[int, int] | None = None,
    origin: Origin | None = None,
) -> AscentResult:
    """Make the result of one filter; the same filter gives the same result wherever it is made.

    Each answers most to its own picture, but for those of `outdone`, which answer more to that of the filter given
    there until they are climbed again from an `origin`.
    """
    rng = np.random.default_rng((settings.seed, layer_named(layer).block, layer_named(layer).index, number))
    means = rng.random(layer_named(layer).filters, dtype=np.float32)
    means[number] += 2 if origin is None else 4
    for other in (other for other, best in (outdone or {}).items() if best == number):
        means[other] = 3.5
    record = PictureRecord(
        edition=edition.name,
        layer=layer,
        filter=number,
        settings=settings,
        key=result_key(edition.weights_fingerprint, layer, number, settings),
        status="active",
        first_loss=1.0,
        final_loss=2.0,
        image_mean=float(means[number]),
        steps_run=2,
        stop_reason="steps",
        losses=(1.0, 2.0),
        tried=() if origin is None else (origin.told,),
    )
    image = rng.integers(0, 256, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    maps = rng.integers(0, 64, (1, SIZE_PX, SIZE_PX), dtype=np.uint8) * 4
    file = encode_picture(image, Facts(edition, {}, ALGORITHM, record))
    response = Response(number, means, maps, (number,), 1.0)
    return AscentResult(
        **record.made | {"sha256": digest_of(file)},
        image=decode_image(file),
        file=file,
        response=response,
        measurements=(response.measurement(layer, VERSION, digest_of(file)),),
    )


def attempts(folder: Path) -> list[dict[str, Any]]:
    """Return what was tried so far, in the order of time."""
    notes = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("attempt-*.json")]
    return sorted(notes, key=lambda note: note["time_ns"])


def _note_attempt(folder: Path, task: AscentTask, number: int, tensors: Mapping[str, Any] | None) -> int:
    earlier = len(list(folder.glob(f"attempt-{task.layer}-{number}-*.json")))
    note = {
        "layer": task.layer,
        "filter": number,
        "batch_size": task.batch_size,
        "pid": os.getpid(),
        "time_ns": time.time_ns(),
        "package": generator.__file__,
        "threads": os.environ.get("ATLAS_THREADS"),
        "gpus": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "node": os.environ.get("RAY_NODE_ID") or _ray_node(),
        "tensors": None if tensors is None else {name: float(value.sum()) for name, value in tensors.items()},
    }
    name = f"attempt-{task.layer}-{number}-{note['time_ns']}"
    (folder / name).write_text(json.dumps(note), encoding="utf-8")
    (folder / name).rename(folder / f"{name}.json")
    return earlier


def _ray_node() -> str | None:
    try:
        import ray  # noqa: PLC0415 - only where the work runs on Ray
    except ImportError:
        return None
    return ray.get_runtime_context().get_node_id() if ray.is_initialized() else None


def _faults(folder: Path) -> dict[str, dict[int, Any]]:
    path = folder / "faults.json"
    if not path.exists():
        return {}
    return {
        kind: {int(number): how for number, how in filters.items()}
        for kind, filters in json.loads(path.read_text(encoding="utf-8")).items()
    }


def _outdone(folder: Path) -> dict[int, int]:
    return {number: int(best) for number, best in _faults(folder).get("outdone", {}).items()}


def _fault(folder: Path, task: AscentTask, number: int, earlier: int) -> None:
    faults = _faults(folder)
    time.sleep(faults.get("sleep", {}).get(-1, 0) or faults.get("sleep", {}).get(number, 0))
    if earlier < faults.get("kill", {}).get(number, 0):
        os.kill(os.getpid(), signal.SIGKILL)
    if number in faults.get("raise", {}):
        raise ValueError(faults["raise"][number])
    if min(task.batch_size, len(task.filters)) > faults.get("memory", {}).get(number, 1_000):
        raise ResourceExhaustedError("OOM when allocating tensor")
