from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from generator.errors import AtlasError, BadCache, DamagedPicture
from generator.records import EditionRecord, FilterFailure, FilterId
from generator.store import find_damage, inspect_cache, open_store
from generator.store.files import master_path
from generator.store.masters import decode_facts, decode_image, digest_of

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
FILTERS = 5

finite = st.floats(allow_nan=False, allow_infinity=False)
fewer = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fewer
@given(
    numbers=st.lists(finite, min_size=1, max_size=40),
    cross=arrays(np.float32, 64, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)),
    image=arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))),
    maps=arrays(np.uint8, st.tuples(st.integers(0, 4), st.integers(1, 6), st.integers(1, 6))),
    tried=st.lists(st.text(), max_size=3),
    weights=st.text(max_size=40),
)
def test_any_result_comes_back_as_it_was_stored(make_result, numbers, cross, image, maps, tried, weights):
    result = make_result(
        size_px=8,
        losses=tuple(numbers),
        slope=numbers[0],
        image_mean=numbers[-1],
        cross=cross,
        image=image,
        maps=maps,
        tried=tuple(tried),
    )
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), write=True) as store:
        store.ensure_edition(replace(NATURAL, weights=weights))
        record = store.put("natural", WEIGHTS, result)
        assert (record.losses, record.slope, record.image_mean) == (tuple(numbers), numbers[0], numbers[-1])
        layer = store.layer("natural", LAYER)
        assert layer.filters == (record,)
        assert np.array_equal(layer.cross[0], cross)
        assert np.array_equal(store.picture(record), image)
        assert np.array_equal(store.maps(record), maps)
        facts = decode_facts(master_path(store.cache, record.sha256).read_bytes())
        assert facts.record == record
        assert facts.edition.weights == weights


@pytest.fixture(scope="module")
def filled(make_result, tmp_path_factory):
    """A cache with a few filters, and what it gives back; tests work on copies."""
    cache = tmp_path_factory.mktemp("filled") / ".atlas"
    with open_store(cache, write=True) as store:
        store.ensure_edition(NATURAL)
        store.set_changes("natural", LAYER, {"size_px": 8})
        for place in range(FILTERS):
            store.put("natural", WEIGHTS, make_result(filter=place, size_px=8))
    return Filled(cache, contents(cache))


class Filled:
    def __init__(self, cache, right):
        self.cache, self.right = cache, right


def contents(cache):
    with open_store(cache, write=False) as store:
        return [replace(row, stamp="") for row in store.rows()], store.editions(), store.changes("natural", LAYER)


def mutated(data, mutations, cut):
    changed = bytearray(data)
    for place, value in mutations:
        changed[place % len(changed)] ^= value
    return bytes(changed[: len(changed) - cut % len(changed)])


spoilt = {
    "mutations": st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), max_size=8),
    "cut": st.one_of(st.just(0), st.integers(0, 2**20)),
}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**spoilt)
def test_a_master_spoilt_in_any_way_is_refused_or_read_but_never_breaks_the_reader(filled, mutations, cut):
    master = next((filled.cache / "images").rglob("*.png")).read_bytes()
    changed = mutated(master, mutations, cut)
    with suppress(DamagedPicture):
        assert np.array_equal(decode_image(changed), decode_image(master))
    with suppress(DamagedPicture):
        read, right = decode_facts(changed), decode_facts(master)
        assert replace(read.record, sha256=None) == replace(right.record, sha256=None)
        assert read.record.sha256 == digest_of(changed)
        assert np.array_equal(read.cross, right.cross)


@settings(max_examples=300, deadline=None)
@given(
    data=st.binary(max_size=400), prefix=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
)
def test_any_bytes_are_refused_as_a_picture(data, prefix):
    for decode in (decode_image, decode_facts):
        with pytest.raises(DamagedPicture):
            decode(prefix + data)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**spoilt, start=st.sampled_from([0, 4096, 8192, 20480, 40960]))
def test_an_index_spoilt_in_any_way_gives_everything_back_or_is_refused_in_words(filled, mutations, cut, start):
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / ".atlas"
        shutil.copytree(filled.cache, cache)
        index = cache / "index.sqlite3"
        data = index.read_bytes()
        index.write_bytes(data[:start] + mutated(data[start:], mutations, cut))
        with suppress(AtlasError):
            inspect_cache(cache)
        try:
            with open_store(cache, write=True) as store:
                assert find_damage(store) == ()
        except BadCache as error:
            assert "newer version" in str(error)  # noqa: PT017 - the one refusal that is right here
            return
        assert contents(cache) == filled.right
        with open_store(cache, write=True) as store:
            assert store.recovered == ()


class StoreAgainstModel(RuleBasedStateMachine):
    """A store under arbitrary use, damage and reopening, held against plain dictionaries."""

    make_result = None
    compared = 0

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.cache = self.folder / ".atlas"
        self.finished, self.failed, self.changes = {}, {}, {}

    @initialize()
    def begin(self):
        with open_store(self.cache, write=True) as store:
            store.ensure_edition(NATURAL)

    @rule(place=st.integers(0, FILTERS - 1), seed=st.integers(0, 3), steps=st.integers(1, 3))
    def put(self, place, seed, steps):
        result = self.result(place, seed, steps)
        with open_store(self.cache, write=True) as store:
            record = store.put("natural", WEIGHTS, result)
        self.finished[place], _ = record, self.failed.pop(place, None)

    @rule(place=st.integers(0, FILTERS - 1), steps=st.integers(1, 3))
    def fail(self, place, steps):
        used = self.result(place, 0, steps).settings
        with open_store(self.cache, write=True) as store:
            record = store.put("natural", WEIGHTS, FilterFailure(LAYER, place, used, "a reason"))
        if place not in self.finished or self.finished[place].key != record.key:
            self.failed[place], _ = record, self.finished.pop(place, None)

    @rule(steps=st.one_of(st.none(), st.integers(1, 3)))
    def change(self, steps):
        self.changes = {} if steps is None else {"steps": steps}
        with open_store(self.cache, write=True) as store:
            store.set_changes("natural", LAYER, self.changes)

    @rule(place=st.integers(0, FILTERS - 1), at=st.integers(0, 10**6))
    def spoil_a_picture(self, place, at):
        if place in self.finished:
            path = master_path(self.cache, self.finished.pop(place).sha256)
            data = bytearray(path.read_bytes())
            data[at % len(data)] ^= 1
            path.write_bytes(data + b"x")

    @rule(cut=st.booleans())
    def lose_the_index(self, cut):
        index = self.cache / "index.sqlite3"
        index.write_bytes(index.read_bytes()[:5000]) if cut else index.unlink()
        self.failed.clear()
        if self.finished:
            with open_store(self.cache, write=True) as store:
                self.changes = store.changes("natural", LAYER)
        else:
            self.begin()
            self.changes = {}

    @rule(place=st.integers(0, FILTERS - 1))
    def lose_a_row(self, place):
        with open_store(self.cache, write=True) as store:
            store.connection.execute("DELETE FROM results WHERE filter = ?", (place,))
        self.failed.pop(place, None)

    @invariant()
    def holds_what_the_model_holds(self):
        if not self.cache.exists():
            return
        with open_store(self.cache, write=True) as store:
            layer = store.layer("natural", LAYER)
            found = {record.filter: record for record in (layer.filters if layer else ())}
            assert found == {**self.finished, **self.failed}
            assert set(store.stored("natural")) == {FilterId(LAYER, place) for place in found}
            assert store.changes("natural", LAYER) == self.changes
            assert find_damage(store) == ()
        type(self).compared += 1
        with open_store(self.cache, write=True) as store:
            assert store.recovered == ()
        shown = {f"{record.sha256}.png" for record in self.finished.values()}
        assert {path.name for path in (self.cache / "images").rglob("*.*")} == shown

    def result(self, place, seed, steps):
        plain = type(self).make_result(filter=place, seed=seed, size_px=8)
        return replace(plain, settings=replace(plain.settings, steps=steps))

    def teardown(self):
        shutil.rmtree(self.folder)


def test_a_store_keeps_its_promises_under_any_use_and_damage(make_result):
    machine = StoreAgainstModel
    machine.make_result = staticmethod(make_result)
    test = machine.TestCase("runTest")
    test.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
    test.runTest()
    assert machine.compared > 100
