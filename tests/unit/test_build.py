"""A build in which filters fail: each is named with its reason and tried again, and the rest goes on."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import stand_in
from executor_cases import DEVICE, WORK, faulty
from site_cases import publish_as_format_1

from generator.addresses import TRY
from generator.catalogue import LAYERS
from generator.cli import run
from generator.cli.tell import build_lines
from generator.errors import BadWeights
from generator.publish.site import open_site
from generator.records import RESPONSE, Note, StartRecord, unheard
from generator.store import open_store
from generator.store.networks import has_network
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.workflows import _kinds, render
from generator.workflows import build as workflow
from generator.workflows._again import REASON
from generator.workflows._request import BuildRequest
from generator.workflows.build import build_atlas
from generator.workflows.render import publish_site, render_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from generator.records import Event
    from generator.workflows._build_report import BuildReport

LAYER = "block1_conv1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to build in, with work that is cheap and fails as its folder `imagenet` says."""
    monkeypatch.setattr(workflow, "COMPUTE", WORK)
    monkeypatch.setattr(workflow, "DEVICE", DEVICE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_kinds, "VERSIONS", {RESPONSE: 1})
    (tmp_path / "imagenet").mkdir()
    with open_store(tmp_path / "cache", write=True) as store:
        starts = [StartRecord(layer.name, np.ones(layer.filters, np.float32)) for layer in LAYERS]
        store.put_starts(IMAGENET_FINGERPRINT, starts)
    return tmp_path


def build(
    folder: Path, layers: tuple[str, ...] = (LAYER,), tell: Callable[[Event], None] = unheard, **more: Any
) -> BuildReport:
    request = BuildRequest(
        layers, "draft", folder / "cache", folder / "site", filters=(0, 1, 2), changes={"size_px": 8}, **more
    )
    return build_atlas(request, tell)


def test_a_filter_that_fails_is_named_at_the_end_and_tried_again(folder: Path) -> None:
    faulty(folder / "imagenet", **{"raise": {2: "the loss went mad"}})
    report = build(folder)
    assert report.exit_code == 1
    assert report.as_dict()["failed"] == {f"{LAYER}/2": {"code": "raised", "error": "ValueError: the loss went mad"}}
    assert build_lines(report)[0] == f"failed: {LAYER}/2: ValueError: the loss went mad"
    assert report.statuses == {"active": 2, "failed": 1}
    assert "the loss went mad" in (folder / "site" / LAYER / "002.html").read_text()
    assert (folder / "site" / "images" / "draft" / LAYER / "001.avif").exists()
    faulty(folder / "imagenet")
    again = build(folder)
    assert [(group.filters, group.reason) for group in again.planned] == [((2,), "failed last time")]
    assert again.exit_code == 0
    assert "the loss went mad" not in (folder / "site" / LAYER / "002.html").read_text()


def whole_layer(folder: Path, tell: Callable[[Event], None] = unheard, *, dry_run: bool = False) -> BuildReport:
    request = BuildRequest(
        (LAYER,), "draft", folder / "cache", folder / "site", changes={"size_px": 8}, dry_run=dry_run, workers=1
    )
    return build_atlas(request, tell)


def test_a_filter_of_a_finished_layer_that_answers_more_to_anothers_picture_is_climbed_again_from_it(
    folder: Path,
) -> None:
    faulty(folder / "imagenet", outdone={3: 5, 7: 5})
    notes: list[Event] = []
    report = whole_layer(folder, notes.append)
    assert report.again == 2
    assert sum(report.statuses.values()) == 64
    assert any("climbing again" in str(note) and f"2 of {LAYER}" in str(note) for note in notes)
    with open_store(folder / "cache", write=False) as store:
        layer = store.layer("draft", LAYER)
    assert layer is not None
    assert (layer.cross.argmax(axis=0) == np.arange(64)).all()
    assert [record.filter for record in layer.filters if record.tried] == [3, 7]
    tried = len(stand_in.attempts(folder / "imagenet"))
    again = whole_layer(folder)
    assert (again.planned, again.again, len(stand_in.attempts(folder / "imagenet"))) == ((), 0, tried)


def test_a_build_that_was_stopped_before_it_climbed_again_does_so_the_next_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(folder / "imagenet", outdone={3: 5})
    with monkeypatch.context() as stopped:
        stopped.setattr(workflow, "ROUNDS", 0)
        assert whole_layer(folder).again == 0
    (planned,) = whole_layer(folder, dry_run=True).planned
    assert (planned.layer, planned.filters, planned.reason) == (LAYER, (3,), REASON)
    assert whole_layer(folder).again == 1


@pytest.mark.parametrize(("workers", "precision"), [(1, "float32"), (2, "bfloat16")])
def test_the_precision_is_measured_once_where_the_work_runs_for_all_filters(
    workers: int, precision: str, folder: Path
) -> None:
    faulty(folder / "imagenet", **{"raise": {1: "no luck"}})
    build(folder, workers=workers)
    with open_store(folder / "cache", write=False) as store:
        stored = store.stored("draft")
    assert [one.settings.precision for one in stored.values()] == [precision] * 3


def test_a_build_adopts_the_site_first_as_its_dry_run_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty(folder / "imagenet")
    build(folder)
    words = ["build", "--layer", LAYER, "--filters", "0-3", "--recipe", "draft", "--size", "8", "--cache", "other"]
    assert run([*words, "--dry-run"]) == 0
    told = capsys.readouterr()
    assert "3 pictures of site that the cache lacks would be adopted first" in told.err
    assert "draft: 1 pictures would be made, 3 are up to date" in told.out
    assert run(words) == 0
    told = capsys.readouterr()
    assert "adopted 3 pictures of site that the cache lacked" in told.err
    assert "draft: 1 pictures made (1 active), 3 adopted, 3 up to date" in told.out


@pytest.mark.real
def test_a_build_of_whole_layers_brings_the_page_for_pictures_of_ones_own(folder: Path) -> None:
    faulty(folder / "imagenet")
    build(folder)
    assert not (folder / "site" / TRY).exists()
    build_atlas(BuildRequest((LAYER,), "draft", folder / "cache", folder / "site", changes={"size_px": 8}))
    assert has_network(folder / "cache", IMAGENET_FINGERPRINT)
    assert (folder / "site" / TRY).exists()


def test_the_program_ends_with_one_where_a_filter_failed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty(folder / "imagenet", **{"raise": {1: "no luck"}})
    words = ["build", "--layer", LAYER, "--filters", "0-1", "--recipe", "draft", "--size", "8", "--cache", "cache"]
    assert run(words) == 1
    assert f"failed: {LAYER}/1: ValueError: no luck" in capsys.readouterr().out


def without_weights(_task: object, **_more: object) -> None:
    raise BadWeights("the ImageNet weights are not to be had.")


def test_an_error_that_concerns_no_filter_ends_the_build_and_every_picture_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(folder / "imagenet")
    build(folder)
    before = {path: path.read_bytes() for path in (folder / "cache" / "images").rglob("*.avif")}
    monkeypatch.setattr(stand_in, "compute", without_weights)
    with pytest.raises(BadWeights, match="are not to be had"):
        build(folder, force=True)
    assert {path: path.read_bytes() for path in (folder / "cache" / "images").rglob("*.avif")} == before
    with open_store(folder / "cache", write=False) as store:
        assert [(one.status, one.error) for one in store.stored("draft").values()] == [("active", None)] * 3


def test_a_filter_that_fails_when_it_is_forced_keeps_its_picture(folder: Path) -> None:
    faulty(folder / "imagenet")
    build(folder)
    picture = (folder / "site" / "images" / "draft" / LAYER / "002.avif").read_bytes()
    faulty(folder / "imagenet", **{"raise": {2: "the loss went mad"}})
    report = build(folder, force=True)
    assert (report.exit_code, report.statuses) == (1, {"active": 2, "failed": 1})
    assert (folder / "site" / "images" / "draft" / LAYER / "002.avif").read_bytes() == picture
    assert build(folder).planned == ()


def test_a_site_that_another_program_holds_does_not_end_the_build(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(folder / "imagenet")
    monkeypatch.setattr(workflow, "BETWEEN_S", 0.1)
    monkeypatch.setattr(render, "LAST_S", 0.1)
    told: list[Event] = []
    with open_site(folder / "site"):
        report = build(folder, tell=told.append)
    assert report.statuses == {"active": 3}
    notes = " ".join(event.text for event in told if isinstance(event, Note))
    assert f"{LAYER} is made but not shown yet: another program is publishing" in notes
    assert "Then run `atlas render`." in notes
    assert render_site(folder / "cache", folder / "site").exit_code == 0
    assert (folder / "site" / LAYER / "002.html").exists()


def test_with_a_lost_cache_publications_in_between_only_add_to_a_site_of_an_earlier_version(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(folder / "imagenet")
    layers = (LAYER, "block1_conv2")
    build(folder, layers=layers)
    publish_as_format_1(folder / "site")
    before = {path.relative_to(folder) for path in (folder / "site").rglob("*.avif")}
    shutil.rmtree(folder / "cache")
    seen: list[set[Path]] = []

    def publish(*arguments: Any, **named: Any) -> Any:
        report = publish_site(*arguments, **named)
        seen.append({path.relative_to(folder) for path in (folder / "site").rglob("*.avif")})
        return report

    for module in (workflow, render):
        monkeypatch.setattr(module, "publish_site", publish)
    monkeypatch.setattr(workflow, "_put_starts", lambda *_arguments, **_named: None)
    build(folder, layers=layers)
    assert len(seen) == 3
    assert all(before <= files for files in seen)


@pytest.mark.parametrize("is_published", [True, False])
def test_a_picture_that_rots_is_told_and_comes_back_from_the_site_or_is_made_again(
    is_published: bool,  # noqa: FBT001
    folder: Path,
) -> None:
    faulty(folder / "imagenet")
    build(folder)
    picture = next((folder / "cache" / "images").rglob("*.avif"))
    stamp = picture.stat()
    picture.write_bytes(picture.read_bytes()[:-4] + b"rot!")
    os.utime(picture, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    if not is_published:
        shutil.rmtree(folder / "site")
    told: list[Event] = []
    report = build(folder, tell=told.append)
    assert report.adopted == int(is_published)
    assert [group.reason for group in report.planned] == ["its stored picture was damaged"] * (not is_published)
    assert (report.kept, report.exit_code) == (2 + is_published, 0)
    assert any("is not what was written" in event.text for event in told if isinstance(event, Note))


def test_a_changed_version_of_a_kind_measures_every_picture_and_makes_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(folder / "imagenet")
    build(folder)
    attempts = len(stand_in.attempts(folder / "imagenet"))
    monkeypatch.setattr(_kinds, "VERSIONS", {RESPONSE: 2})
    monkeypatch.setattr(stand_in, "VERSION", 2)
    report = build(folder)
    assert (report.measured, report.statuses, report.kept) == (3, {}, 3)
    assert len(stand_in.attempts(folder / "imagenet")) == attempts
    assert build(folder).planned == ()
