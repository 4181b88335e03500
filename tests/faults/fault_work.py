"""The work that is disturbed: a small build into a store, and what must be true of the store afterwards."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from old_cache import write_old_cache

from generator.measure.kinds import VERSIONS
from generator.plan import plan_build
from generator.recipes import RECIPES
from generator.records import EditionRecord, FilterId, MeasureResult, StartRecord
from generator.store import Store, find_damage, open_store
from generator.store.files import picture_path

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
OLD = replace(RECIPES["natural"].settings_for(LAYER), size_px=8, steps=3, precision="float32")
NEW = replace(OLD, steps=4)
CHANGES = {"steps": 4}
STANDING = {0: OLD, 1: None, 2: NEW}
"""What stands there before: filter 0 is stale, 1 has failed, 2 is finished but was measured by an earlier version."""

_spec = importlib.util.spec_from_file_location("synthetic_results", Path(__file__).parents[1] / "conftest.py")
_results = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_results)
synthetic_result = _results.synthetic_result


@dataclass(frozen=True, slots=True)
class Work:
    """One build: how many filters, how large, and what stands in the cache before it."""

    filters: int
    size_px: int
    stands: Literal["nothing", "results", "results of version 0.1"]

    @property
    def settings(self):
        return replace(NEW, size_px=self.size_px)

    def run(self, cache, say):
        """Build; `say` hears of each filter that is stored, with what is told of it."""
        build(self, cache, lambda record: say({"done": [record.filter, told(record)]}), look=False)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build found finished, by filter with what is told of it, and how many filters it computed."""

    found: dict[int, str]
    computed: int


WORKS = {
    "a new cache": Work(filters=2, size_px=8, stands="nothing"),
    "a cache with stale, failed and measured filters": Work(filters=3, size_px=8, stands="results"),
    "a cache of version 0.1": Work(filters=3, size_px=8, stands="results of version 0.1"),
}


def prepare(work: Work, cache: Path) -> None:
    """Make the cache as it stands before the work."""
    if work.stands == "nothing":
        return
    results = [made(place, settings) for place, settings in STANDING.items() if settings]
    failures = [
        _results.synthetic_failure(filter=place, settings=OLD) for place, settings in STANDING.items() if not settings
    ]
    if work.stands == "results of version 0.1":
        write_old_cache(cache, NATURAL, results, failures, schema=1)
        return
    with open_store(cache, write=True) as store:
        store.ensure_edition(NATURAL)
        for result in results:
            old = result.response.measurement(LAYER, 0, result.sha256)
            store.put("natural", replace(result, measurements=(old,)))
        for failure in failures:
            store.put("natural", failure)


def made(place: int, settings):
    return synthetic_result(filter=place, settings=settings, carried=CHANGES)


def build(work: Work, cache: Path, acknowledge=lambda _record: None, *, look=True) -> Built:
    """Make and measure what the cache lacks, as a build does; `look` first at every picture that is there."""
    with open_store(cache, write=True) as store:
        # A fault is no damage: what it leaves must never be taken for a picture gone bad.
        assert store.recovered == (), [str(damage) for damage in store.recovered]
        found = finished(store) if look else {}
        store.ensure_edition(NATURAL)
        if store.changes("natural", LAYER) != CHANGES:
            store.set_changes("natural", LAYER, CHANGES)
        if not store.starts(WEIGHTS):
            store.put_starts(WEIGHTS, [StartRecord(LAYER, made(0, work.settings).cross)])
        wanted = [(FilterId(LAYER, place), work.settings) for place in range(work.filters)]
        plan = plan_build(wanted, store.stored("natural"), VERSIONS)
        for planned in plan.filters:
            acknowledge(store.put("natural", made(planned.id.filter, planned.settings)))
        for planned in plan.measurements:
            place, sha256 = planned.id.filter, store.stored("natural")[planned.id].sha256
            every = made(place, planned.settings).measurements
            taken = tuple(replace(one, sha256=sha256) for one in every if one.kind in planned.kinds)
            store.put("natural", MeasureResult(LAYER, place, taken))
        return Built(found, len(plan.filters))


def finished(store: Store) -> dict[int, str]:
    """Return what is told of every finished filter that the cache gives back with its picture."""
    layer = store.layer("natural", LAYER)
    done = [record for record in (layer.filters if layer else ()) if record.sha256 is not None]
    for record in done:
        store.picture(record)
        right = made(record.filter, record.settings).response
        assert not record.is_measured or (record.displayed_mean, record.rank) == (right.displayed_mean, right.rank)
    return {record.filter: told(record) for record in done}


def told(record) -> str:
    """Return what must not be lost once it was told: which picture it is, and its measured mean."""
    return f"{record.key} {record.displayed_mean}"


def snapshot(cache: Path) -> dict[str, object]:
    """Return everything that counts, and every file that stands in the cache."""
    with open_store(cache, write=False) as store:
        rows = store.rows()
        starts = [(start.layer, start.first_losses.tobytes()) for start in store.starts(WEIGHTS)]
        assert find_damage(store) == ()
        return {
            "rows": rows,
            "records": store.layer("natural", LAYER).filters,
            "stored": store.stored("natural"),
            "editions": store.editions(),
            "changes": store.changes("natural", LAYER),
            "starts": starts,
            "pictures": {row.sha256: picture_path(cache, row.sha256).read_bytes() for row in rows},
            "files": sorted(path.relative_to(cache).as_posix() for path in cache.rglob("*") if path.is_file()),
        }
