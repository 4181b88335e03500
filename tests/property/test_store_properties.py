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
from soaking import TIMEOUT_S, examples

from generator.errors import AtlasError, BadCache, DamagedPicture
from generator.files import digest_of
from generator.records import EditionRecord, Fact, FilterFailure, FilterId, Response
from generator.store import find_damage, inspect_cache, open_store
from generator.store.files import picture_path
from generator.store.pictures import decode_facts, decode_image

pytestmark = pytest.mark.timeout(TIMEOUT_S)

WEIGHTS = "ab" * 32
NATURAL = EditionRecord("natural", "natural", WEIGHTS, "ImageNet weights")
LAYER = "block1_conv1"
FILTERS = 5

finite = st.floats(allow_nan=False, allow_infinity=False)
fewer = settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fewer
@given(
    numbers=st.lists(finite, min_size=1, max_size=40),
    means=arrays(np.float32, 64, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)),
    maps=arrays(np.uint8, st.tuples(st.integers(0, 4), st.integers(1, 6), st.integers(1, 6))),
    said=st.text(),
    weights=st.text(max_size=40),
)
def test_any_result_comes_back_as_it_was_stored(make_result, numbers, means, maps, said, weights):
    made = {"losses": tuple(numbers), "slope": numbers[0], "image_mean": numbers[-1], "tried": (Fact.of(said, a=said),)}
    edition = replace(NATURAL, weights=weights)
    result = make_result(size_px=8, edition=edition, **made)
    measured = Response(0, means, maps, (0,), numbers[0]).measurement(LAYER, 1, result.sha256)
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder), write=True) as store:
        store.ensure_edition(edition)
        record = store.put("natural", replace(result, measurements=(measured,)))
        assert {name: getattr(record, name) for name in made} == made
        layer = store.layer("natural", LAYER)
        assert layer.filters == (record,)
        assert np.array_equal(layer.cross[0], means)
        assert np.array_equal(store.responses("natural", LAYER)[0].maps, maps)
        facts = decode_facts(picture_path(store.cache, record.sha256).read_bytes())
        assert {name: getattr(facts.record, name) for name in made} == made
        assert facts.edition == edition


@pytest.fixture(scope="module")
def filled(make_result, tmp_path_factory):
    """A cache with a few filters, and what it gives back; tests work on copies."""
    cache = tmp_path_factory.mktemp("filled") / ".atlas"
    with open_store(cache, write=True) as store:
        store.ensure_edition(NATURAL)
        store.set_changes("natural", LAYER, {"size_px": 8})
        for place in range(FILTERS):
            store.put("natural", make_result(filter=place, size_px=8, carried={"size_px": 8}))
    return Filled(cache, contents(cache))


class Filled:
    def __init__(self, cache, right):
        self.cache, self.right = cache, right


def contents(cache):
    with open_store(cache, write=False) as store:
        return store.rows(), store.editions(), store.changes("natural", LAYER)


def mutated(data, mutations, cut):
    changed = bytearray(data)
    for place, value in mutations:
        changed[place % len(changed)] ^= value
    return bytes(changed[: len(changed) - cut % len(changed)])


spoilt = {
    "mutations": st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), max_size=8),
    "cut": st.one_of(st.just(0), st.integers(0, 2**20)),
}


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**spoilt)
def test_a_picture_spoilt_in_any_way_is_refused_or_read_but_never_breaks_the_reader(filled, mutations, cut):
    changed = mutated(next((filled.cache / "images").rglob("*.avif")).read_bytes(), mutations, cut)
    with suppress(DamagedPicture):
        assert decode_image(changed).dtype == np.uint8
    with suppress(DamagedPicture):
        assert decode_facts(changed).record.sha256 == digest_of(changed)


@settings(max_examples=examples(100), deadline=None)
@given(data=st.binary(max_size=400), prefix=st.sampled_from([b"", b"\0\0\0\x1cftypavif", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_refused_as_a_picture(data, prefix):
    for decode in (decode_image, decode_facts):
        with pytest.raises(DamagedPicture):
            decode(prefix + data)


@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
        self.finished, self.failed, self.changes, self.measured = {}, {}, {}, {}

    @initialize()
    def begin(self):
        with open_store(self.cache, write=True) as store:
            store.ensure_edition(NATURAL)

    @rule(place=st.integers(0, FILTERS - 1), seed=st.integers(0, 3), steps=st.integers(1, 3))
    def put(self, place, seed, steps):
        plain = type(self).make_result(filter=place, seed=seed, size_px=8)
        used = replace(plain.settings, steps=steps)
        result = type(self).make_result(filter=place, seed=seed, settings=used, carried=self.changes)
        with open_store(self.cache, write=True) as store:
            record = store.put("natural", result)
        assert record.is_measured
        self.finished[place], self.measured[place] = record.sha256, 1
        self.failed.pop(place, None)

    @rule(place=st.integers(0, FILTERS - 1), error=st.text(max_size=5))
    def fail(self, place, error):
        used = type(self).make_result(filter=place, size_px=8).settings
        self.failed[place] = Fact.of("raised", error=error)
        with open_store(self.cache, write=True) as store:
            store.put("natural", FilterFailure(LAYER, place, used, self.failed[place]))

    @rule(place=st.integers(0, FILTERS - 1), version=st.integers(2, 4))
    def measure(self, place, version):
        if place in self.finished:
            response = type(self).make_result(filter=place, size_px=8).response
            with open_store(self.cache, write=True) as store:
                store.put_measurements("natural", [response.measurement(LAYER, version, self.finished[place])])
            self.measured[place] = version

    @rule(steps=st.one_of(st.none(), st.integers(1, 3)))
    def change(self, steps):
        self.changes = {} if steps is None else {"steps": steps}
        with open_store(self.cache, write=True) as store:
            store.set_changes("natural", LAYER, self.changes)

    @rule(place=st.integers(0, FILTERS - 1), at=st.integers(0, 10**6))
    def spoil_a_picture(self, place, at):
        if place in self.finished:
            path = picture_path(self.cache, self.finished.pop(place))
            data = bytearray(path.read_bytes())
            data[at % len(data)] ^= 1
            path.write_bytes(data + b"x")
            self.measured.pop(place, None)

    @rule(cut=st.booleans())
    def lose_the_index(self, cut):
        index = self.cache / "index.sqlite3"
        index.write_bytes(index.read_bytes()[:5000]) if cut else index.unlink()
        self.failed.clear()
        self.measured.clear()
        if self.finished:
            with open_store(self.cache, write=True) as store:
                self.changes = store.changes("natural", LAYER)
        else:
            self.begin()
            self.changes = {}

    @rule(place=st.integers(0, FILTERS - 1))
    def lose_a_row(self, place):
        with open_store(self.cache, write=True) as store:
            store.connection.execute("DELETE FROM pictures WHERE filter = ?", (place,))
        if place in self.finished:
            self.failed.pop(place, None)

    @invariant()
    def holds_what_the_model_holds(self):
        if not self.cache.exists():
            return
        with open_store(self.cache, write=True) as store:
            layer = store.layer("natural", LAYER)
            records = {record.filter: record for record in (layer.filters if layer else ())}
            assert {place: r.sha256 for place, r in records.items() if r.sha256 is not None} == self.finished
            assert {place: r.error for place, r in records.items() if r.error is not None} == self.failed
            assert {place: r.response_version for place, r in records.items() if r.is_measured} == self.measured
            assert set(store.stored("natural")) == {FilterId(LAYER, place) for place in records}
            assert store.changes("natural", LAYER) == self.changes
            assert find_damage(store) == ()
        type(self).compared += 1
        with open_store(self.cache, write=True) as store:
            assert store.recovered == ()
        shown = {f"{sha256}.avif" for sha256 in self.finished.values()}
        assert {path.name for path in (self.cache / "images").rglob("*.*")} == shown

    def teardown(self):
        shutil.rmtree(self.folder)


def test_a_store_keeps_its_promises_under_any_use_and_damage(make_result):
    machine = StoreAgainstModel
    machine.make_result = staticmethod(make_result)
    test = machine.TestCase("runTest")
    test.settings = settings(max_examples=examples(15), stateful_step_count=15, deadline=None)
    test.runTest()
    assert machine.compared > 60
