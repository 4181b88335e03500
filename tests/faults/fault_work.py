"""The work that is disturbed: a small build into a store, and what must be true of the store afterwards."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from generator.plan import plan_build
from generator.recipes import RECIPES
from generator.records import EditionRecord, FilterId, StartRecord
from generator.store import Store, find_damage, open_store
from generator.store.files import master_path
from generator.store.schema import COLUMNS, MIGRATIONS

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
OLD = replace(RECIPES["natural"].settings_for(LAYER), size_px=8, steps=3, precision="float32")
NEW = replace(OLD, steps=4)
FAILS_AT_FIRST = 1

_spec = importlib.util.spec_from_file_location("synthetic_results", Path(__file__).parents[1] / "conftest.py")
_results = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_results)
synthetic_result = _results.synthetic_result


@dataclass(frozen=True, slots=True)
class Work:
    """One build: how many filters, how large, and what stands in the cache before it."""

    filters: int
    size_px: int
    stands: bool

    @property
    def settings(self):
        return replace(NEW, size_px=self.size_px)

    def run(self, cache, say):
        """Build; `say` hears of each filter that is stored, with its key."""
        build(self, cache, lambda record: say({"done": [record.filter, record.key]}), look=False)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build found finished, by filter with its key, and how many filters it computed."""

    found: dict[int, str]
    computed: int


WORKS = {
    "a new cache": Work(filters=2, size_px=8, stands=False),
    "a cache of the first schema with stale and failed filters": Work(filters=3, size_px=8, stands=True),
}


def prepare(work: Work, cache: Path) -> None:
    """Make the cache as it stands before the work."""
    if not work.stands:
        return
    with open_store(cache, write=True) as store:
        store.ensure_edition(NATURAL)
        store.put("natural", WEIGHTS, synthetic_result(filter=0, settings=OLD))
        store.put("natural", WEIGHTS, _results.synthetic_failure(filter=FAILS_AT_FIRST, settings=OLD))
        rows = store.rows()
    (cache / "index.sqlite3").unlink()
    with closing(sqlite3.connect(cache / "index.sqlite3", isolation_level=None)) as old:
        for statement in MIGRATIONS[0].split(";"):
            old.execute(statement)
        old.execute("INSERT INTO editions VALUES ('natural', 'natural', ?, 'ImageNet weights')", (WEIGHTS,))
        columns = (*COLUMNS["results"], "digest")
        for row in rows:
            values = [getattr(row, name) for name in columns]
            old.execute(f"INSERT INTO results VALUES ({', '.join('?' * len(columns))})", values)  # noqa: S608
        old.execute("PRAGMA user_version = 1")
    old.close()


def build(work: Work, cache: Path, acknowledge=lambda _record: None, *, look=True) -> Built:
    """Compute what the cache lacks, as a build does; `look` first at every picture that is there."""
    with open_store(cache, write=True) as store:
        # A fault is no damage: what it leaves must never be taken for a picture gone bad.
        assert store.recovered == (), [str(damage) for damage in store.recovered]
        found = finished(store) if look else {}
        store.ensure_edition(NATURAL)
        if store.changes("natural", LAYER) != {"steps": 4}:
            store.set_changes("natural", LAYER, {"steps": 4})
        if not store.starts(WEIGHTS):
            result = synthetic_result(settings=work.settings)
            store.put_starts(WEIGHTS, [StartRecord(LAYER, result.cross)])
        wanted = [(FilterId(LAYER, place), work.settings) for place in range(work.filters)]
        plan = plan_build(wanted, store.stored("natural"))
        for planned in plan.filters:
            result = synthetic_result(filter=planned.id.filter, settings=planned.settings)
            acknowledge(store.put("natural", WEIGHTS, result))
        return Built(found, len(plan.filters))


def finished(store: Store) -> dict[int, str]:
    """Return the key of every finished filter that the cache gives back with its picture."""
    layer = store.layer("natural", LAYER)
    done = [record for record in (layer.filters if layer else ()) if record.status != "failed"]
    for record in done:
        store.picture(record)
    return {record.filter: record.key for record in done}


def snapshot(cache: Path) -> dict[str, object]:
    """Return everything that counts, and every file that stands in the cache."""
    with open_store(cache, write=False) as store:
        rows = [replace(row, stamp="") for row in store.rows()]
        starts = [(start.layer, start.first_losses.tobytes()) for start in store.starts(WEIGHTS)]
        assert find_damage(store) == ()
        pictures = {row.sha256: master_path(cache, row.sha256).read_bytes() for row in rows if row.sha256}
        return {
            "rows": rows,
            "editions": store.editions(),
            "changes": store.changes("natural", LAYER),
            "starts": starts,
            "pictures": pictures,
            "files": sorted(path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file()),
        }


def clear(cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)
