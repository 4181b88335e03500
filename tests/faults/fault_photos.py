"""A folder's photographs read without a network, in small steps, by a process that may be killed: `FOLDER CACHE`."""

from __future__ import annotations

import sys
from pathlib import Path

from generator.workflows import _photo_stream, photos

if __name__ == "__main__":
    photos.COMPUTE = "photo_cases:compute_slowly"
    photos.COMMIT_S = 0.1
    _photo_stream.PER_TASK = 2
    folder, cache = map(Path, sys.argv[1:])
    report = photos.read_photos(photos.PhotosRequest(folder, cache, cache / "site"))
    sys.stdout.write(f"{report.read}\n")
