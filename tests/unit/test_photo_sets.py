from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import photo_cases as cases
import pytest

from generator.catalogue import layer_named
from generator.measure.agreement import RANDOM, TOP
from generator.records import PROFILE, EditionRecord, Measurement, Photograph, PhotoSet
from generator.store import open_store
from generator.workflows import _photo_sets
from generator.workflows._photo_sets import with_slugs
from generator.workflows.render import read_atlas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NATURAL = EditionRecord("natural", "natural", cases.WEIGHTS, "ImageNet weights")
LAYER = layer_named("block1_conv2")
ENOUGH = TOP + RANDOM


@pytest.fixture(scope="module", autouse=True)
def _few_layers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        cases.few_layers(patch)
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, make_result: Any) -> Path:
    """A cache with two pictures of block1_conv2, of one of which a profile was taken, and with two sets."""
    cache = tmp_path_factory.mktemp("sets") / "cache"
    with open_store(cache, write=True) as store:
        store.ensure_edition(NATURAL)
        first, second = (make_result(LAYER.name, number, size_px=24) for number in (0, 3))
        for result in (first, second):
            store.put("natural", result)
        means = np.linspace(0, 9, 64).astype(np.float16)
        profile = Measurement(LAYER.name, 0, PROFILE, 1, first.sha256, {"means": means})
        store.put_measurements("natural", [profile])
        cases.put(store.photos, "few", cases.photographs(5))
        cases.put(store.photos, "many", cases.photographs(ENOUGH))
        cases.put(store.photos, "others", cases.photographs(2), weights="cd" * 32)
    return cache


@pytest.fixture(scope="module")
def found(cache: Path) -> tuple[PhotoSet, ...]:
    """What pages find; it is kept in the cache from now on."""
    with open_store(cache, write=True) as store:
        return read_atlas(store).photos


def test_pages_find_the_sets_of_their_weights_the_largest_first(found: tuple[PhotoSet, ...]) -> None:
    many, few = found
    assert (many.name, few.name) == ("many", "few")
    assert len(many.photographs) == ENOUGH
    assert {photograph.slug for photograph in few.photographs} == {f"photo-{number}" for number in range(5)}
    assert set(few.layers) == {layer.name for layer in cases.FEW}


def test_numbers_of_a_layer_are_those_of_its_photographs(found: tuple[PhotoSet, ...]) -> None:
    few = found[1]
    peaks = np.stack([cases.reading(one).peaks for one in few.photographs])[:, LAYER.span].astype(np.float32)
    places = np.stack([cases.reading(one).places for one in few.photographs])[:, LAYER.span]
    layer = few.layers[LAYER.name]
    assert layer.fires_on.tolist() == (peaks > 0).sum(axis=0).tolist()
    assert np.array_equal(layer.quantiles[:, [0, 4]], np.stack((peaks.min(axis=0), peaks.max(axis=0)), axis=1))
    for number in range(LAYER.filters):
        best = layer.strongest[number]
        assert len(best) == (peaks[:, number] > 0).sum()
        assert [one.peak for one in best] == sorted((peak for peak in peaks[:, number] if peak > 0), reverse=True)
        assert all((one.row, one.column) == tuple(places[one.photograph, number]) for one in best)
    assert sorted(layer.order) == list(range(LAYER.filters))
    for photograph, answers in enumerate(layer.answers):
        unusual = peaks[photograph] / layer.quantiles[:, 3]
        assert answers[0] == (int(unusual.argmax()), pytest.approx(unusual.max()))
        assert len(answers) == 8


def test_a_picture_agrees_only_where_it_was_measured_and_there_are_photographs_enough(
    found: tuple[PhotoSet, ...],
) -> None:
    many, few = found
    assert few.layers[LAYER.name].agreements == {}
    (agreed,) = many.layers[LAYER.name].agreements["natural"].values()
    assert list(many.layers[LAYER.name].agreements["natural"]) == [0]
    assert len(agreed.profile) == 1
    assert agreed.overall == agreed.profile[0]


def test_what_was_derived_is_kept_until_the_set_or_the_picture_changes(
    cache: Path, found: tuple[PhotoSet, ...], monkeypatch: pytest.MonkeyPatch, make_result: Any
) -> None:
    with open_store(cache, write=True) as store:
        layers, agreements = [], []
        real = _photo_sets.photo_layer
        monkeypatch.setattr(_photo_sets, "photo_layer", lambda *given: layers.append(given[0]) or real(*given))
        agreed = _photo_sets.agreements
        monkeypatch.setattr(_photo_sets, "agreements", lambda *given: agreements.append(given[0]) or agreed(*given))
        again = read_atlas(store).photos[0]
        assert layers == agreements == []
        assert again.layers[LAYER.name].agreements == found[0].layers[LAYER.name].agreements
        assert again.layers[LAYER.name].strongest == found[0].layers[LAYER.name].strongest
        assert again.layers[LAYER.name].content == found[0].layers[LAYER.name].content
        result = make_result(LAYER.name, 0, seed=4, size_px=24)
        store.put("natural", result)
        assert read_atlas(store).photos[0].layers[LAYER.name].agreements == {}
        store.photos.describe("few", [replace(cases.photographs(1)[0], label="wolf")])
        few = read_atlas(store).photos[1].layers[LAYER.name]
        assert layers == [layer.name for layer in cases.FEW]
        assert "wolf" in few.words[0]
        assert few.content != found[1].layers[LAYER.name].content


def test_a_photograph_is_called_by_its_name_where_that_is_plain_and_its_own() -> None:
    stems = ("plain-1", "Twice", "twice", "two words", "index", "x" * 81, "")
    found = with_slugs([Photograph(stem=stem, sha256=f"{place:064x}"[::-1]) for place, stem in enumerate(stems)])
    assert found[0].slug == "plain-1"
    assert [one.slug for one in found[1:]] == [one.sha256[:16] for one in found[1:]]


def test_a_name_that_is_anothers_digest_is_not_taken() -> None:
    taken = Photograph(stem="fe" * 8, sha256="00" * 32)
    other = Photograph(stem="a b", sha256="fe" * 32)
    assert [one.slug for one in with_slugs([taken, other])] == ["00" * 8, "fe" * 8]
