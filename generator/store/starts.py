"""The article's starts beside the pictures: one small file a set of weights, so that a lost index gets them back.

The first line is the SHA-256 (hex) of the rest, which is JSON: layer name -> the mean of each filter's map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from generator.catalogue import LAYERS
from generator.errors import DamagedPicture
from generator.files import digest_of, read_file, write_file
from generator.records import StartRecord
from generator.store.files import STARTS_NAME
from generator.store.pictures import MAXIMUM_BYTES, is_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def starts_path(cache: Path, weights_fingerprint: str) -> Path:
    """Return the place of the starts of these weights; raise `ValueError` for what is no fingerprint."""
    if not is_digest(weights_fingerprint):
        raise ValueError(f"{weights_fingerprint!r} is not a SHA-256")
    return cache / STARTS_NAME / f"{weights_fingerprint}.json"


def write_starts(cache: Path, weights_fingerprint: str, starts: Sequence[StartRecord]) -> None:
    """Write `starts` beside the pictures; raise `OSError` when the disk refuses."""
    means = {start.layer: start.first_losses.astype(np.float32).tolist() for start in starts}
    data = msgspec.json.encode(means)
    write_file(starts_path(cache, weights_fingerprint), digest_of(data).encode() + b"\n" + data)


def read_starts(path: Path) -> tuple[StartRecord, ...]:
    """Return the starts in a file, in the catalogue's order.

    Raises:
        OSError: it cannot be read as a plain file.
        DamagedPicture: it is not what was written.

    """
    digest, _, data = read_file(path, MAXIMUM_BYTES).partition(b"\n")
    if digest.decode("ascii", "replace") != digest_of(data):
        raise DamagedPicture("is not what was written")
    try:
        means = msgspec.json.decode(data, type=dict[str, list[float]])
    except msgspec.MsgspecError as error:
        raise DamagedPicture("is not what was written") from error
    if any(len(means.get(layer.name, [0.0] * layer.filters)) != layer.filters for layer in LAYERS):
        raise DamagedPicture("has the wrong number of filters")
    return tuple(
        StartRecord(layer.name, np.asarray(means[layer.name], np.float32)) for layer in LAYERS if layer.name in means
    )
