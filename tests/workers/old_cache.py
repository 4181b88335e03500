"""A cache of version 0.1, written as that version wrote it: its index, and masters that carry all of their filter."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generator.files import digest_of
from generator.recipes import ALGORITHM
from generator.store.files import picture_path
from generator.store.rows import row_digest
from generator.store.schema import MIGRATIONS

SAID = "it climbed for 32 steps"
"""What the old records tell was tried on a filter that slept."""

KEPT = (
    *("edition", "layer", "filter", "key", "status", "dead_at_start", "first_loss", "final_loss", "image_mean"),
    *("displayed_mean", "rank", "steps_run", "stop_reason", "losses", "map_filters", "map_peak", "woke_at"),
    *("selectivity", "slope"),
)
"""The numbers of an old record that a record of today has too."""


def write_old_cache(cache, edition, results, failures=(), *, changes=(), schema=2):
    """Write the cache as it stood; `changes` are settings by layer, and the failures' error is told in words."""
    cache.mkdir(exist_ok=True)
    changes = dict(changes)
    rows = []
    for result in results:
        data = master(result, edition, changes.get(result.layer, {}))
        path = picture_path(cache, digest_of(data), ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        text = json.dumps({**old_record(result), "sha256": path.stem})
        rows.append((edition.name, result.layer, result.filter, ALGORITHM, path.stem, text, cross_of(result)))
    for failure in failures:
        text = json.dumps(failed_record(failure, edition))
        rows.append((edition.name, failure.layer, failure.filter, ALGORITHM, None, text, b""))
    with closing(sqlite3.connect(cache / "index.sqlite3", isolation_level=None)) as index:
        index.create_function("row_digest", -1, row_digest)
        index.execute("BEGIN")
        run(index, MIGRATIONS[0])
        index.execute("INSERT INTO meta VALUES ('precision', 'float32')")
        index.execute("INSERT INTO editions VALUES (?, ?, ?, ?)", tuple(asdict(edition).values()))
        for layer, values in changes.items():
            index.execute("INSERT INTO changes VALUES (?, ?, ?)", (edition.name, layer, json.dumps(values)))
        for result in results[:1]:
            start = (edition.weights_fingerprint, result.layer, cross_of(result))
            index.execute("INSERT INTO starts VALUES (?, ?, ?)", start)
        for row in rows:
            index.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, row_digest(*row)))
        for script in MIGRATIONS[1:schema]:
            run(index, script)
        index.execute(f"PRAGMA user_version = {schema}")
        index.execute("COMMIT")


def master(result, edition, changes):
    """Return the bytes of a lossless master."""
    chunk = {
        "edition": asdict(edition),
        "changes": changes,
        "algorithm": ALGORITHM,
        "record": old_record(result),
        "cross": base64.b64encode(cross_of(result)).decode(),
        "maps_shape": result.maps.shape,
        "maps": base64.b64encode(result.maps.tobytes()).decode(),
    }
    text = PngInfo()
    text.add_text("atlas", json.dumps(chunk), zip=True)
    file = io.BytesIO()
    Image.fromarray(result.image).save(file, "PNG", pnginfo=text, compress_level=6)
    return file.getvalue()


def old_record(result):
    shared = {name: getattr(result, name) for name in KEPT}
    top = [[int(place), float(mean)] for place, mean in result.response.top]
    tried = [SAID] if result.tried else []
    return {**shared, "settings": asdict(result.settings), "top": top, "tried": tried, "sha256": None, "error": None}


def failed_record(failure, edition):
    place = {"edition": edition.name, "layer": failure.layer, "filter": failure.filter, "key": "0" * 64}
    said = {"status": "failed", "dead_at_start": False, "error": failure.error.named["error"], "sha256": None}
    return {**place, **said, "settings": asdict(failure.settings)}


def cross_of(result):
    return result.cross.astype("<f4").tobytes()


def run(index, script):
    for statement in script.split(";"):
        index.execute(statement)
