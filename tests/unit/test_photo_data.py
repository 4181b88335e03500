"""What photographs say as data files: a clone takes it back to the bit, goes on from it, and believes nothing else."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import photo_cases as cases
import pytest
from site_cases import resum

from generator.catalogue import LAYERS
from generator.errors import BadSite
from generator.measure.agreement import RANDOM, TOP
from generator.publish import photo_archive
from generator.publish.pictures import encode_photograph
from generator.records import PROFILE, EditionRecord, Measurement, Note, unheard
from generator.records import photos as records
from generator.store import open_store
from generator.workflows._adoption import keep_shown
from generator.workflows._photo_maps import map_places
from generator.workflows._photo_sets import photo_set
from generator.workflows.adopt import adopt
from generator.workflows.render import publish_site, read_atlas, render_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NATURAL = EditionRecord("natural", "natural", cases.WEIGHTS, "ImageNet weights")
LAYER = LAYERS[1]
COUNT = TOP + RANDOM
FOLDER = "data/photos/walks"
PHOTOS, PEAKS = f"{FOLDER}/photos.json", f"{FOLDER}/{LAYER.name}.peaks.npy"
RANKS, SUMMED = f"{FOLDER}/{LAYER.name}.ranks.npy", f"{FOLDER}/{LAYER.name}.sums.npy"
SAID = f"{FOLDER}/{LAYER.name}.json"


@pytest.fixture(scope="module", autouse=True)
def _few_layers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        cases.few_layers(patch)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, make_result: Any) -> Path:
    """A folder with a cache that holds two pictures and a set of photographs, and the site published from it."""
    folder: Path = tmp_path_factory.mktemp("photographed")
    with open_store(folder / "cache", write=True) as store:
        store.ensure_edition(NATURAL)
        first, second = (make_result(LAYER.name, number, size_px=24) for number in (0, 3))
        for result in (first, second):
            store.put("natural", result)
        means = np.linspace(0, 9, 64).astype(np.float16)
        store.put_measurements("natural", [Measurement(LAYER.name, 0, PROFILE, 1, first.sha256, {"means": means})])
        cases.put(store.photos, "walks", cases.photographs(COUNT))
        publish_site(store, folder / "site")
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_the_files_say_what_the_pages_are_made_from(made: Path) -> None:
    with open_store(made / "cache", write=False) as store:
        (one,) = read_atlas(store).photos
    content = json.loads((made / "site" / SAID).read_text())
    layer = one.layers[LAYER.name]
    assert (content["photographs"], content["places"]) == (COUNT, 16 * COUNT)
    assert tuple(content["order"]) == layer.order
    assert [one["fires_on"] for one in content["filters"]] == layer.fires_on.tolist()
    best = content["filters"][5]["strongest"]
    assert [each[0] for each in best] == [answer.photograph for answer in layer.strongest[5]]
    assert content["filters"][0]["agreement"]["natural"]["overall"] == pytest.approx(
        layer.agreements["natural"][0].overall
    )
    assert content["filters"][3]["agreement"] == {}
    said = json.loads((made / "site" / PHOTOS).read_text())
    assert [each["sha256"] for each in said["photographs"]] == [each.sha256 for each in one.photographs]
    (listed,) = json.loads((made / "site/data/manifest.json").read_text())["photos"]
    assert (listed["name"], listed["photographs"], len(listed["layers"])) == ("walks", COUNT, len(cases.FEW))


def test_a_clone_holds_what_was_read_and_renders_the_same_site(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_archive, "TOGETHER", 33)
    report = adopt(place / "site", place / "new")
    assert (report.photos, report.damaged) == (("walks",), ())
    with (
        open_store(place / "cache", write=False) as store,
        open_store(place / "new", write=True) as clone,
    ):
        assert clone.photos.sets() == store.photos.sets()
        assert clone.photos.photographs("walks") == store.photos.photographs("walks")
        for layer in cases.FEW:
            for array in ("peaks", "ranks"):
                theirs, ours = (getattr(one.photos, array)("walks", layer.name) for one in (clone, store))
                assert np.array_equal(theirs, ours)
            sums, known = clone.photos.sums("walks", layer.name), store.photos.sums("walks", layer.name).published()
            assert sums.places == known.places
            assert np.array_equal(sums.products, known.products)
        changed = publish_site(clone, place / "site")
        assert (changed.written, changed.removed) == ((), ())
        cases.put(clone.photos, "walks", cases.photographs(3, first=COUNT))
        (grown,) = read_atlas(clone).photos
        assert len(grown.photographs) == COUNT + 3
        assert grown.layers[LAYER.name].agreements == {}


def test_a_clone_shows_the_photographs_that_the_site_shows(place: Path) -> None:
    mine, other = (replace(one, show=True) for one in cases.photographs(2))
    picture = encode_photograph(np.full((224, 224, 3), 90, np.uint8))
    with open_store(place / "cache", write=True) as store:
        store.photos.describe("walks", [mine])
        store.photos.put_thumbnails("walks", {mine.sha256: picture, other.sha256: picture})
        assert list(store.photos.thumbnails("walks")) == [mine.sha256]
        places = map_places(photo_set(store, "walks", {}))[mine.sha256]
        store.photos.put_maps("walks", {mine.sha256: {place: cases.tile(place) for place in places}})
        publish_site(store, place / "site")
    adopt(place / "site", place / "new")
    with open_store(place / "new", write=True) as clone:
        assert clone.photos.thumbnail("walks", mine.sha256) == picture
        paged = {place for place in places if place.layer == LAYER.name and place.filter in (0, 3)}
        assert clone.photos.tiles("walks")[mine.sha256].keys() == paged != set()
        changed = publish_site(clone, place / "site")
    assert (changed.written, changed.removed) == ((), ())
    address = f"photos/walks/{mine.stem}.avif"
    resum(place / "site", address, encode_photograph(np.zeros((9, 224, 3), np.uint8)))
    (sentence,) = adopt(place / "site", place / "newer").damaged
    assert address in sentence


def test_a_clone_that_holds_the_set_already_keeps_its_own(place: Path) -> None:
    with open_store(place / "new", write=True) as store:
        cases.put(store.photos, "walks", cases.photographs(2))
    assert adopt(place / "site", place / "new").photos == ()
    with open_store(place / "new", write=False) as store:
        assert store.photos.sets()[0].count == 2


def test_a_build_adopts_the_photographs_that_its_site_shows_and_its_cache_lacks(place: Path) -> None:
    with open_store(place / "cache", write=True) as store:
        store.photos.remove("walks")
        assert keep_shown(store, place / "site", (), dry_run=False, on_event=unheard) == {"natural": {}}
        assert [one.name for one in store.photos.sets()] == ["walks"]


def test_rendering_takes_no_set_off_the_site_that_the_cache_lacks(place: Path) -> None:
    with open_store(place / "cache", write=True) as store:
        store.photos.remove("walks")
    with pytest.raises(BadSite, match="shows the photographs walks, which this cache does not hold"):
        render_site(place / "cache", place / "site")
    assert (place / "site" / PHOTOS).exists()


def changed_npy(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def harm(data: bytes) -> bytes:
        out = io.BytesIO()
        np.save(out, change(np.load(io.BytesIO(data))))
        return out.getvalue()

    return harm


def changed_json(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def harm(data: bytes) -> bytes:
        content = json.loads(data)
        change(content)
        return json.dumps(content).encode()

    return harm


def put(*steps: str | int, value: Any) -> Callable[[bytes], bytes]:
    """Set one value of a JSON file."""

    def change(content: Any) -> None:
        for step in steps[:-1]:
            content = content[step]
        content[steps[-1]] = value

    return changed_json(change)


HARMS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "peaks of another shape": (PEAKS, changed_npy(lambda peaks: peaks[:-1])),
    "peaks below zero": (PEAKS, changed_npy(lambda peaks: -peaks)),
    "peaks of another type": (PEAKS, changed_npy(lambda peaks: peaks.astype(np.float32))),
    "peaks that are not finite": (PEAKS, changed_npy(lambda peaks: np.full_like(peaks, np.nan))),
    "ranks of another type": (RANKS, changed_npy(lambda ranks: ranks.astype(np.int8))),
    "squares below zero": (SUMMED, changed_npy(lambda sums: -np.abs(sums))),
    "no array": (SUMMED, lambda _: b"\x93NUMPY"),
    "a photograph that does not exist": (SAID, put("filters", 2, "strongest", 0, 0, value=COUNT)),
    "a place outside the map": (SAID, put("filters", 2, "strongest", 0, 2, value=224)),
    "a filter twice": (SAID, put("filters", 2, "filter", value=1)),
    "an agreement of too many layers": (
        SAID,
        put("filters", 0, "agreement", "natural", value={"overall": 1, "profile": [1, 1]}),
    ),
    "a link that runs": (PHOTOS, put("photographs", 0, "page", value="javascript:alert(1)")),
    "control characters": (PHOTOS, put("photographs", 0, "stem", value="a\u0007b")),
    "no digest": (PHOTOS, put("photographs", 0, "sha256", value="../../etc")),
    "other weights": (PHOTOS, put("weights_fingerprint", value="cd" * 32)),
    "nothing at all": (PHOTOS, lambda _: b"[" * 100_000),
}


@pytest.mark.parametrize(("address", "harm"), HARMS.values(), ids=HARMS.keys())
def test_a_set_that_cannot_be_is_left_out_whole_and_the_pictures_are_taken(
    address: str, harm: Callable[[bytes], bytes], place: Path
) -> None:
    resum(place / "site", address, harm((place / "site" / address).read_bytes()))
    report = adopt(place / "site", place / "new")
    assert (report.exit_code, report.photos, report.adopted) == (1, (), {"natural": 2})
    (sentence,) = report.damaged
    assert sentence.endswith("the photographs 'walks' were left out.")
    with open_store(place / "new", write=False) as store:
        assert store.photos.sets() == ()
        assert store.photos.counted("walks") == frozenset()


def test_a_damaged_file_is_named(place: Path) -> None:
    (place / "site" / RANKS).write_bytes(b"spoilt")
    (sentence,) = adopt(place / "site", place / "new").damaged
    assert sentence == f"the site's {RANKS} is not what was published; the photographs 'walks' were left out."


def test_what_stands_is_not_read_again_to_be_published(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(place / "cache", write=True) as store:
        read: list[tuple[str, str]] = []
        monkeypatch.setattr(store.photos, "peaks", lambda *place: read.append(place))
        assert publish_site(store, place / "site").written == ()
        assert read == []
        store.photos.remove("walks")
        removed = publish_site(store, place / "site").removed
    assert {PHOTOS, PEAKS, SAID} <= set(removed)


def test_of_very_many_photographs_the_arrays_stay_out_of_the_site_and_a_clone_loses_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LARGE", COUNT - 1)
    told: list[Any] = []
    shutil.rmtree(place / "site")
    with open_store(place / "cache", write=True) as store:
        publish_site(store, place / "site", on_event=told.append)
    assert any(isinstance(one, Note) and "more than 6,200" in one.text for one in told)
    assert not list((place / "site").rglob("photos/**/*.npy"))
    assert not list((place / "site/photos").rglob("*.html"))
    assert "photos/walks/" not in (place / "site" / LAYER.name / "003.html").read_text()
    assert json.loads((place / "site" / SAID).read_text())["photographs"] == COUNT
    report = adopt(place / "site", place / "new", on_event=told.append)
    assert (report.photos, report.damaged, sum(report.adopted.values())) == ((), (), 2)
    assert any("`atlas photos` reads them again" in str(one) for one in told)
    with open_store(place / "new", write=True) as clone:
        with pytest.raises(BadSite, match="too many to be taken in"):
            keep_shown(clone, place / "site", (), dry_run=False, on_event=told.append)
        keep_shown(clone, place / "site", (), dry_run=False, on_event=told.append, coming="walks")
