from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import photo_cases as cases
import pytest
from PIL import Image

from generator.catalogue import LAYERS
from generator.errors import BadInput, BadSite, SiteInUse
from generator.publish.pictures import decode_veil
from generator.publish.site import open_site
from generator.records import EditionRecord, Note, Progress, tile_side
from generator.store import open_store
from generator.store.files import PHOTOS_NAME
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.workflows import _photo_sets, _photo_stream, photos, render
from generator.workflows._adoption import shown_sets
from generator.workflows._photo_sets import photo_set
from generator.workflows.photos import PhotosRequest, read_photos, set_name
from generator.workflows.status import report_status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYER = LAYERS[-1].name


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Read without a network; return the photographs' numbers of each task that is handed out."""
    given: list[tuple[int, ...]] = []
    monkeypatch.setattr(photos, "COMPUTE", "photo_cases:compute")
    monkeypatch.setattr(_photo_stream, "PER_TASK", 4)
    # What is derived is the same for every layer, and the large ones take long.
    monkeypatch.setattr(_photo_sets, "LAYERS", (LAYERS[0], LAYERS[-1]))
    real = _photo_stream.PhotoStream.tasks

    def watched(stream: _photo_stream.PhotoStream) -> Iterator[Any]:
        for task in real(stream):
            given.append(task.numbers)
            yield task

    monkeypatch.setattr(_photo_stream.PhotoStream, "tasks", watched)
    return given


@pytest.fixture
def request_(tmp_path: Path) -> PhotosRequest:
    """Ask for a folder of six photographs, four of them in a folder of dogs."""
    for number in range(1, 7):
        cases.save(tmp_path / "My Photos" / ("dogs" if number < 5 else "") / f"{number}.png", number)
    return PhotosRequest(tmp_path / "My Photos", tmp_path / "cache", tmp_path / "site")


def test_a_folder_is_read_and_read_again_only_for_what_is_new(
    request_: PhotosRequest, tasks: list[tuple[int, ...]]
) -> None:
    report = read_photos(request_)
    assert (report.name, report.photographs, report.read, report.held) == ("my-photos", 6, 6, 0)
    assert report.exit_code == 0
    assert [len(task) for task in tasks] == [4, 2]
    with open_store(request_.cache, write=False) as store:
        assert sorted((one.label, one.stem) for one in store.photos.photographs("my-photos")) == [
            ("", "5"),
            ("", "6"),
            *(("dogs", str(number)) for number in range(1, 5)),
        ]
        before = store.photos.peaks("my-photos", LAYER)

    tasks.clear()
    again = read_photos(request_)
    assert (again.read, again.held, again.seconds_each) == (0, 6, None)
    assert tasks == []

    cases.save(request_.folder / "more.png", 7)
    more = read_photos(request_)
    assert (more.photographs, more.read, more.held) == (7, 1, 6)
    with open_store(request_.cache, write=False) as store:
        assert {row.tobytes() for row in before} < {row.tobytes() for row in store.photos.peaks("my-photos", LAYER)}
        assert store.photos.sums("my-photos", LAYER).places == 7 * 16


def test_a_folder_of_spoilt_files_harms_nothing(request_: PhotosRequest) -> None:
    whole = (request_.folder / "5.png").read_bytes()
    spoilt = {"empty.jpg": b"", "cut.png": whole[:60], "text.webp": b"a text", "zeros.avif": bytes(5000)}
    for name, content in spoilt.items():
        (request_.folder / name).write_bytes(content)
    (request_.folder / "folder.jpg").mkdir()
    (request_.folder / "nowhere.jpg").symlink_to(request_.folder / "missing.jpg")
    (request_.folder / "loop.jpg").symlink_to("loop.jpg")
    report = read_photos(request_)
    assert report.read == 6
    assert report.exit_code == 1
    assert len(report.left_out) == 6
    for name in (*spoilt, "nowhere.jpg", "loop.jpg"):
        (sentence,) = [sentence for sentence in report.left_out if name in sentence]
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_a_photograph_that_cannot_be_read_is_named_and_the_others_are_read(request_: PhotosRequest) -> None:
    cases.save(request_.folder / "dogs" / "2b.png", 0)
    report = read_photos(request_)
    assert (report.read, report.photographs, report.exit_code) == (6, 6, 1)
    (sentence,) = report.left_out
    assert sentence.startswith(f"{request_.folder / 'dogs' / '2b.png'} cannot be read: ")
    assert "all is black" in sentence


def test_a_photograph_that_is_there_twice_counts_once(request_: PhotosRequest) -> None:
    shutil.copy(request_.folder / "5.png", request_.folder / "same.png")
    notes: list[str] = []
    report = read_photos(request_, lambda event: notes.append(event.text) if isinstance(event, Note) else None)
    assert report.photographs == 6
    assert f"{request_.folder / 'same.png'} is in the folder more than once; it counts once." in notes


def test_what_has_left_the_folder_stays_and_what_is_said_of_the_others_is_renewed(request_: PhotosRequest) -> None:
    read_photos(request_)
    (request_.folder / "5.png").unlink()
    (request_.folder / "credits.csv").write_text("file,label,author\n6.png,cat,A. Person\n")
    events: list[Any] = []
    report = read_photos(request_, events.append)
    assert (report.photographs, report.read, report.held) == (6, 0, 5)
    assert any("1 photographs of my-photos are no longer in" in one.text for one in events if isinstance(one, Note))
    with open_store(request_.cache, write=False) as store:
        said = {one.stem: one for one in store.photos.photographs("my-photos")}
    assert (said["6"].label, said["6"].author, said["6"].show) == ("cat", "A. Person", False)
    assert said["5"].show


def test_two_sets_stand_side_by_side_and_one_can_be_removed(request_: PhotosRequest) -> None:
    read_photos(request_)
    read_photos(replace(request_, name="others"))
    told = report_status(request_.cache).photos
    assert [(one.name, one.count, one.stale) for one in told] == [("my-photos", 6, ""), ("others", 6, "")]
    report = read_photos(replace(request_, remove=True))
    assert (report.name, report.removed) == ("my-photos", True)
    assert [one.name for one in report_status(request_.cache).photos] == ["others"]
    with pytest.raises(BadInput, match="holds no photographs 'my-photos'; its sets are others"):
        read_photos(replace(request_, remove=True))


def test_a_set_leaves_the_site_before_the_cache_so_that_nothing_brings_it_back(
    request_: PhotosRequest, make_result: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "LAST_S", 0)
    with open_store(request_.cache, write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", IMAGENET_FINGERPRINT, "ImageNet weights"))
        store.put("natural", make_result(size_px=16))
    read_photos(request_)
    assert shown_sets(request_.site) == {"my-photos"}
    with open_site(request_.site), pytest.raises(SiteInUse, match="the photographs 'my-photos' are not taken away: "):
        read_photos(replace(request_, remove=True))
    assert [one.name for one in report_status(request_.cache).photos] == ["my-photos"]
    read_photos(replace(request_, remove=True))
    assert shown_sets(request_.site) == frozenset()
    assert report_status(request_.cache).photos == ()


def test_a_damaged_reading_is_read_again_and_told(request_: PhotosRequest, tasks: list[tuple[int, ...]]) -> None:
    read_photos(request_)
    tasks.clear()
    data = (request_.cache / PHOTOS_NAME).read_bytes()
    with open_store(request_.cache, write=False) as store:
        blob = store.photos.ranks("my-photos", LAYERS[0].name)[3].tobytes()
    (request_.cache / PHOTOS_NAME).write_bytes(data.replace(blob, bytes(len(blob))))
    events: list[Any] = []
    report = read_photos(request_, events.append)
    assert any("has a damaged row in its table readings" in one.text for one in events if isinstance(one, Note))
    assert (report.read, report.photographs) == (1, 6)
    assert [len(task) for task in tasks] == [1]
    with open_store(request_.cache, write=False) as store:
        assert store.photos.sums("my-photos", LAYER).places == 6 * 16


def test_a_set_that_was_read_with_other_weights_is_refused(request_: PhotosRequest) -> None:
    with open_store(request_.cache, write=True) as store:
        cases.put(store.photos, "my-photos", cases.photographs(1))
    with pytest.raises(BadInput, match="read with other weights; choose another --name"):
        read_photos(request_)


def test_bad_input_is_told_before_anything_is_done(request_: PhotosRequest, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        read_photos(replace(request_, folder=tmp_path / "missing"))
    with pytest.raises(BadInput, match="cannot name a set"):
        read_photos(replace(request_, name="../x"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(BadSite):
        read_photos(replace(request_, site=tmp_path / "mine"))
    assert not (request_.cache / PHOTOS_NAME).exists()


def test_a_set_is_called_as_its_folder_in_plain_letters(request_: PhotosRequest, tmp_path: Path) -> None:
    names = {"ImageNet_val": "imagenet-val", "été 2024": "t-2024", "日本": "photos", "a" * 90: "a" * 40}
    for name, plain in names.items():
        assert set_name(replace(request_, folder=tmp_path / name)) == plain


def test_what_photographs_say_is_published_beside_pictures(request_: PhotosRequest, make_result: Any) -> None:
    with open_store(request_.cache, write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", IMAGENET_FINGERPRINT, "ImageNet weights"))
        store.put("natural", make_result(size_px=16))
    assert read_photos(request_).files_written > 0
    assert (request_.site / "index.html").exists()


def test_only_what_may_be_shown_leaves_a_pixel_anywhere(request_: PhotosRequest, make_result: Any) -> None:
    """All photographs are one colour each, which is looked for in every picture of the site and of the cache."""
    with open_store(request_.cache, write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", IMAGENET_FINGERPRINT, "ImageNet weights"))
        store.put("natural", make_result(size_px=16))
    for number in range(1, 7):
        colour = Image.new("RGB", (224, 224), (40 * number, 0, 255 - 40 * number))
        colour.save(request_.folder / ("dogs" if number < 5 else "") / f"{number}.png")
    table = request_.folder / "credits.csv"
    table.write_text("file,show\ndogs/1.png,yes\ndogs/2.png,no\n5.png,yes\n")
    read_photos(request_)
    assert pictured(request_) == {"1": 40, "5": 200}
    table.write_text("file,show\n5.png,no\n6.png,yes\ndogs/1.png,yes\n")
    before = (request_.site / "photos/my-photos/5.avif").read_bytes()
    assert before in (request_.cache / PHOTOS_NAME).read_bytes()
    report = read_photos(request_)
    assert (report.read, pictured(request_)) == (0, {"1": 40, "6": 240})
    assert before[64:] not in (request_.cache / PHOTOS_NAME).read_bytes()


def test_maps_are_taken_of_what_is_shown_and_again_only_where_some_are_lacking(
    request_: PhotosRequest, make_result: Any
) -> None:
    with open_store(request_.cache, write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", IMAGENET_FINGERPRINT, "ImageNet weights"))
        store.put("natural", make_result(LAYER, 7, size_px=32))
    table = request_.folder / "credits.csv"
    table.write_text("file,show\n5.png,yes\n6.png,yes\ndogs/1.png,no\n")
    read_photos(request_)
    sprite = request_.site / "photos/my-photos/maps" / LAYER / "007.webp"
    with open_store(request_.cache, write=False) as store:
        one, kept = photo_set(store, "my-photos", {}), store.photos.tiles("my-photos")
    places = {(photograph.sha256, place) for photograph, place in one.cropped(LAYER, 7)}
    assert kept.keys() == {each.sha256 for each in one.photographs if each.show}
    assert places <= {(sha256, place) for sha256, tiles in kept.items() for place in tiles}
    side = tile_side(LAYERS[-1])
    assert np.unique(decode_veil(sprite.read_bytes(), len(places), side)).tolist() == [28]
    assert mapped(request_) == []
    table.write_text("file,show\n5.png,no\n6.png,yes\ndogs/1.png,yes\n")
    assert mapped(request_) == [1]
    (request_.folder / "credits.csv").unlink()
    assert mapped(request_) == [4]


def mapped(request: PhotosRequest) -> list[int]:
    """Read the photographs again and return of how many maps were taken."""
    events: list[Any] = []
    read_photos(request, events.append)
    return [one.total for one in events if isinstance(one, Progress) and one.label == "maps over photographs"][:1]


def pictured(request: PhotosRequest) -> dict[str, int]:
    """Return how red the photographs are that the site shows, which are those of which the cache holds thumbnails."""
    files = {path.stem: path for path in (request.site / "photos").rglob("*.avif")}
    with open_store(request.cache, write=False) as store:
        said = {one.stem: one.sha256 for one in store.photos.photographs("my-photos")}
        assert store.photos.thumbnails("my-photos").keys() == {said[stem] for stem in files}
        assert all(store.photos.thumbnail("my-photos", said[stem]) == files[stem].read_bytes() for stem in files)
    reds = {}
    for stem, path in files.items():
        with Image.open(path) as image:
            assert image.size == (224, 224)
            reds[stem] = 40 * round(np.asarray(image)[..., 0].mean() / 40)
    return reds


def test_progress_is_told_up_to_the_last_photograph(request_: PhotosRequest) -> None:
    events: list[Any] = []
    read_photos(request_, events.append)
    told = [one for one in events if isinstance(one, Progress) and one.label == "photographs"]
    assert [one.done for one in told] == [4, 6, 6]
    assert all(one.total == 6 for one in told)


def test_photographs_are_opened_only_a_little_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_photo_stream, "AHEAD", 6)
    for number in range(1, 41):
        cases.save(tmp_path / "many" / f"{number:02}.png", number)
    opened: list[str] = []
    real = _photo_stream.fitted
    monkeypatch.setattr(_photo_stream, "fitted", lambda *given: opened.append(given[1]) or real(*given))
    folder = photos.photo_folder(tmp_path / "many")
    stream = _photo_stream.PhotoStream(folder.files, frozenset(), frozenset(), "imagenet", 8, lambda _: None)
    made = stream.tasks()
    next(made)
    assert len(opened) <= 4 + 6 + 1
    assert sum(len(task.numbers) for task in made) == 36
    assert len(opened) == 40


def test_sixteen_bit_and_grey_photographs_are_read_like_any(request_: PhotosRequest) -> None:
    Image.new("L", (30, 20), 77).save(request_.folder / "grey.png")
    Image.new("I;16", (30, 20), 7777).save(request_.folder / "deep.png")
    assert read_photos(request_).read == 8


def test_two_processes_read_what_one_does(request_: PhotosRequest) -> None:
    read_photos(request_)
    cases.save(request_.folder / "black.png", 0)
    report = read_photos(replace(request_, name="shared", workers=2))
    assert (report.read, len(report.left_out)) == (6, 1)
    with open_store(request_.cache, write=False) as store:
        for layer in LAYERS:
            for name in ("peaks", "places", "ranks"):
                alone, shared = (getattr(store.photos, name)(which, layer.name) for which in ("my-photos", "shared"))
                assert np.array_equal(alone, shared)
            alone, shared = (store.photos.sums(which, layer.name) for which in ("my-photos", "shared"))
            assert np.allclose(alone.products, shared.products)
