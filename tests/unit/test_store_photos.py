from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import photo_cases as cases
import pytest

from generator.catalogue import FILTER_COUNT, LAYERS
from generator.errors import BadCache, BadInput
from generator.records import Agreement, MapPlace
from generator.records.ranks import ranks
from generator.store import inspect_cache, open_store
from generator.store.files import PHOTOS_NAME
from generator.store.photo_rows import reading_blobs
from generator.store.rows import row_digest
from generator.workflows.verify import verify_cache_and_site

if TYPE_CHECKING:
    from pathlib import Path

    from generator.records import Photograph

LAYER = LAYERS[7]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a set of six photographs, which were stored in two batches."""
    cache = tmp_path_factory.mktemp("photos") / "cache"
    with open_store(cache, write=True) as store:
        cases.put(store.photos, "mine", cases.photographs(4))
        cases.put(store.photos, "mine", cases.photographs(2, 4))
    return cache


@pytest.fixture
def cache(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "cache")


def in_order() -> list:
    return sorted(cases.photographs(6), key=lambda one: one.sha256)


def spoil(cache: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(cache / PHOTOS_NAME)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def means(photograph: Photograph) -> np.ndarray:
    return (cases.reading(photograph).peaks / 4).astype(np.float16)


def keep_means(cache: Path) -> None:
    """Let the file hold means themselves in place of their order, as those of the first three schemas did."""
    spoil(cache, "ALTER TABLE readings RENAME COLUMN ranks TO means")
    for one in in_order():
        peaks, places, _ = reading_blobs(cases.reading(one))
        row = ("mine", one.sha256, peaks, places, means(one).tobytes())
        spoil(
            cache, "UPDATE readings SET means = ?, digest = ? WHERE sha256 = ?", row[-1], row_digest(*row), one.sha256
        )


def test_what_was_read_of_photographs_is_found_again(cache: Path) -> None:
    with open_store(cache, write=False) as store:
        (found,) = store.photos.sets()
        assert (found.name, found.weights_fingerprint, found.version, found.count) == ("mine", cases.WEIGHTS, 1, 6)
        assert list(store.photos.photographs("mine")) == in_order()
        readings = [cases.reading(one) for one in in_order()]
        for name in ("peaks", "places", "ranks"):
            expected = np.stack([getattr(one, name) for one in readings])[:, LAYER.span]
            assert np.array_equal(getattr(store.photos, name)("mine", LAYER.name), expected)
        together = cases.sums(readings)[LAYER.name]
        summed = store.photos.sums("mine", LAYER.name)
        assert summed.places == together.places == 6 * 16
        assert np.allclose(summed.products, together.products)


def test_a_cache_without_photographs_has_no_file_of_them(tmp_path: Path) -> None:
    with open_store(tmp_path / "cache", write=True) as store:
        assert store.photos.sets() == ()
    assert not (tmp_path / "cache" / PHOTOS_NAME).exists()


def test_sets_stand_side_by_side_the_largest_first_and_one_can_be_taken_away(cache: Path) -> None:
    with open_store(cache, write=True) as store:
        cases.put(store.photos, "more", cases.photographs(7), weights="cd" * 32)
        assert [one.name for one in store.photos.sets()] == ["more", "mine"]
        store.photos.remove("more")
        assert [one.name for one in store.photos.sets()] == ["mine"]
        assert store.photos.counted("more") == frozenset()


def test_a_name_is_not_taken_over_by_other_weights(cache: Path) -> None:
    with open_store(cache, write=True) as store, pytest.raises(BadInput, match="'mine' that were read with other"):
        store.photos.ensure_set("mine", "cd" * 32, 1)


def test_another_version_of_peaks_begins_anew(cache: Path) -> None:
    with open_store(cache, write=True) as store:
        store.photos.ensure_set("mine", cases.WEIGHTS, 2)
        assert store.photos.sets() == ()
        assert store.photos.counted("mine") == frozenset()


def test_what_is_said_of_a_photograph_can_change(cache: Path) -> None:
    with open_store(cache, write=True) as store:
        new = replace(in_order()[2], label="wolf")
        store.photos.describe("mine", [new])
        assert store.photos.photographs("mine")[2] == new
        assert store.photos.peaks("mine", LAYER.name).shape == (6, LAYER.filters)


def test_agreements_are_kept_with_the_picture_and_the_set_that_they_compare(cache: Path) -> None:
    agreed = {3: ("00" * 32, Agreement(0.5, (None, 0.25)))}
    with open_store(cache, write=True) as store:
        store.photos.put_agreements("mine", "natural", "block1_conv2", "content", agreed)
        assert store.photos.agreements("mine", "natural", "block1_conv2", "content") == agreed
        assert store.photos.agreements("mine", "natural", "block1_conv2", "other") == {}


def test_a_damaged_reading_is_forgotten_and_read_again_without_counting_twice(cache: Path) -> None:
    lost = in_order()[1]
    spoil(cache, "UPDATE readings SET peaks = ? WHERE sha256 = ?", bytes(2 * FILTER_COUNT), lost.sha256)
    with open_store(cache, write=False) as store, pytest.raises(BadCache, match="atlas verify --repair"):
        store.photos.peaks("mine", LAYER.name)
    report = verify_cache_and_site(cache, cache / "site")
    (damage,) = report.cache_damage
    assert f"what is stored of photographs ({PHOTOS_NAME}) has a damaged row in its table readings" in str(damage)
    with open_store(cache, write=True) as store:
        assert len(store.photos.recovered) == 1
        assert [one.sha256 for one in store.photos.photographs("mine")] == [
            one.sha256 for one in in_order() if one != lost
        ]
        before = store.photos.sums("mine", LAYER.name)
        assert lost.sha256 in store.photos.counted("mine")
        store.photos.put("mine", [lost], [cases.reading(lost)], {})
        assert list(store.photos.photographs("mine")) == in_order()
        assert store.photos.sums("mine", LAYER.name).places == before.places
    assert inspect_cache(cache).damages == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sums SET photographs = 5 WHERE layer = 'block3_conv1'",
        "UPDATE sums SET digest = '' WHERE layer = 'block3_conv1'",
        "UPDATE sets SET version = 7",
    ],
)
def test_without_sound_sums_a_set_is_read_again(cache: Path, statement: str) -> None:
    spoil(cache, statement)
    with open_store(cache, write=True) as store:
        assert len(store.photos.recovered) == 1
        assert store.photos.sets() == ()
        cases.put(store.photos, "mine", cases.photographs(6))
        assert store.photos.sums("mine", LAYER.name).places == 6 * 16


def test_lost_words_about_a_photograph_lose_no_reading(cache: Path) -> None:
    spoil(cache, "UPDATE photographs SET facts = 'x' WHERE sha256 = ?", in_order()[0].sha256)
    with open_store(cache, write=True) as store:
        assert len(store.photos.recovered) == 1
        first = store.photos.photographs("mine")[0]
        assert (first.sha256, first.stem) == (in_order()[0].sha256, in_order()[0].sha256)
        assert store.photos.peaks("mine", LAYER.name).shape == (6, LAYER.filters)
    assert inspect_cache(cache).damages == ()


@pytest.mark.parametrize("spoilt", [b"no database", b"SQLite format 3\0" + bytes(200)])
def test_a_damaged_file_is_set_aside_and_told(cache: Path, spoilt: bytes) -> None:
    (cache / PHOTOS_NAME).write_bytes(spoilt)
    with open_store(cache, write=False) as store, pytest.raises(BadCache, match=r"photos\.sqlite3.*is damaged"):
        _ = store.photos
    (damage,) = inspect_cache(cache).damages
    assert "is damaged" in str(damage)
    report = verify_cache_and_site(cache, cache / "site", repair=True)
    assert report.cache_damage == (damage,)
    assert (cache / "damaged" / PHOTOS_NAME).read_bytes() == spoilt
    assert inspect_cache(cache).damages == ()


def test_a_file_that_was_never_begun_is_an_empty_one(cache: Path) -> None:
    (cache / PHOTOS_NAME).write_bytes(b"")
    with open_store(cache, write=True) as store:
        assert store.photos.sets() == ()
        assert store.photos.recovered == ()


def test_a_file_of_a_newer_version_is_refused(cache: Path) -> None:
    spoil(cache, "PRAGMA user_version = 9")
    with open_store(cache, write=True) as store, pytest.raises(BadCache, match="newer version"):
        _ = store.photos


@pytest.mark.parametrize(("schema", "lacks"), [(1, ("thumbnails", "maps")), (2, ("maps",)), (3, ())])
def test_a_file_of_an_earlier_schema_is_brought_forward_by_a_reader_too(
    cache: Path, schema: int, lacks: tuple[str, ...]
) -> None:
    keep_means(cache)
    for table in lacks:
        spoil(cache, f"DROP TABLE {table}")
    spoil(cache, f"PRAGMA user_version = {schema}")
    with open_store(cache, write=False) as store:
        assert list(store.photos.photographs("mine")) == in_order()
        assert store.photos.thumbnails("mine") == store.photos.maps("mine") == {}
        expected = np.stack([ranks(means(one))[LAYER.span] for one in in_order()])
        assert np.array_equal(store.photos.ranks("mine", LAYER.name), expected)
    assert inspect_cache(cache).damages == ()


def test_what_is_damaged_in_a_file_of_an_earlier_schema_is_not_made_sound(cache: Path) -> None:
    keep_means(cache)
    spoil(cache, "UPDATE readings SET means = peaks WHERE sha256 = ?", in_order()[2].sha256)
    spoil(cache, "PRAGMA user_version = 3")
    with open_store(cache, write=True) as store:
        assert len(store.photos.recovered) == 1
        assert store.photos.sets()[0].count == 5


def test_maps_are_kept_of_what_is_shown_and_go_with_the_leave_to_show_it(cache: Path) -> None:
    mine, other, *_ = (replace(one, show=True) for one in in_order())
    place = MapPlace(LAYER.name, 5, 3, 13)
    tiles = {place: cases.tile(place), replace(place, filter=6): cases.tile(replace(place, filter=6))}
    with open_store(cache, write=True) as store:
        store.photos.describe("mine", [mine, other])
        store.photos.put_thumbnails("mine", {mine.sha256: b"a picture"})
        store.photos.put_maps("mine", {mine.sha256: tiles, other.sha256: tiles})
        (kept,) = store.photos.tiles("mine").items()
        assert (kept[0], kept[1].keys()) == (mine.sha256, tiles.keys())
        assert all(np.array_equal(kept[1][at], tiles[at]) for at in tiles)
        assert list(store.photos.maps("mine")) == [mine.sha256]
    spoil(cache, "UPDATE maps SET maps = ?", b"spoilt")
    with open_store(cache, write=False) as store, pytest.raises(BadCache, match="has damaged maps"):
        store.photos.tiles("mine")
    with open_store(cache, write=True) as store:
        assert store.photos.maps("mine") == {}
        store.photos.put_maps("mine", {mine.sha256: tiles})
        store.photos.describe("mine", [replace(mine, show=False)])
        assert store.photos.maps("mine") == store.photos.thumbnails("mine") == {}
