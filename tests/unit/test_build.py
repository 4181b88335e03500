"""A build in which filters fail: each is named with its reason and tried again, and the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from executor_cases import DEVICE, WORK, faulty

from generator.catalogue import LAYERS
from generator.cli import run
from generator.records import StartRecord
from generator.store import open_store
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.workflows import build as workflow
from generator.workflows.build import BuildReport, BuildRequest, build_atlas

if TYPE_CHECKING:
    from pathlib import Path

LAYER = "block1_conv1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to build in, with work that is cheap and fails as its folder `imagenet` says."""
    monkeypatch.setattr(workflow, "COMPUTE", WORK)
    monkeypatch.setattr(workflow, "DEVICE", DEVICE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "imagenet").mkdir()
    with open_store(tmp_path / "cache", write=True) as store:
        starts = [StartRecord(layer.name, np.ones(layer.filters, np.float32)) for layer in LAYERS]
        store.put_starts(IMAGENET_FINGERPRINT, starts)
    return tmp_path


def build(folder: Path, **more: Any) -> BuildReport:
    request = BuildRequest(
        (LAYER,), "draft", folder / "cache", folder / "site", filters=(0, 1, 2), changes={"size_px": 8}, **more
    )
    return build_atlas(request)


def test_a_filter_that_fails_is_named_at_the_end_and_tried_again(folder: Path) -> None:
    faulty(folder / "imagenet", **{"raise": {2: "the loss went mad"}})
    report = build(folder)
    assert report.exit_code == 1
    assert report.failed == ((f"{LAYER}/2", "ValueError: the loss went mad"),)
    assert report.lines()[0] == f"failed: {LAYER}/2: ValueError: the loss went mad"
    assert report.statuses == {"active": 2, "failed": 1}
    assert "the loss went mad" in (folder / "site" / LAYER / "002.html").read_text()
    assert (folder / "site" / "images" / "draft" / LAYER / "001.avif").exists()
    faulty(folder / "imagenet")
    again = build(folder)
    assert [(group.filters, group.reason) for group in again.planned] == [((2,), "failed last time")]
    assert again.exit_code == 0
    assert "the loss went mad" not in (folder / "site" / LAYER / "002.html").read_text()


def test_a_filter_that_costs_its_workers_is_named_and_the_others_are_made(folder: Path) -> None:
    faulty(folder / "imagenet", kill={1: 3})
    report = build(folder, workers=2)
    ((name, reason),) = report.failed
    assert name == f"{LAYER}/1"
    assert reason.startswith("3 workers were lost while they worked on it; the last was killed by SIGKILL")
    assert report.statuses == {"active": 2, "failed": 1}


@pytest.mark.parametrize(("workers", "precision"), [(1, "float32"), (2, "bfloat16")])
def test_the_precision_is_measured_once_where_the_work_runs_for_all_filters(
    workers: int, precision: str, folder: Path
) -> None:
    faulty(folder / "imagenet", **{"raise": {1: "no luck"}})
    build(folder, workers=workers)
    with open_store(folder / "cache", write=False) as store:
        stored = store.stored("draft")
    assert [one.settings.precision for one in stored.values()] == [precision] * 3


def test_a_dry_run_says_what_the_build_would_say(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty(folder / "imagenet")
    build(folder)
    words = ["build", "--layer", "block1_conv2", "--filters", "0-1", "--recipe", "draft", "--cache", "other"]
    told = []
    for more in (["--dry-run"], []):
        assert run([*words, *more]) == 2
        told.append(capsys.readouterr())
    assert told[0] == told[1]
    assert f"the site site shows {LAYER} of edition draft, which this cache does not hold" in told[0].err


def test_the_program_ends_with_one_where_a_filter_failed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty(folder / "imagenet", **{"raise": {1: "no luck"}})
    words = ["build", "--layer", LAYER, "--filters", "0-1", "--recipe", "draft", "--size", "8", "--cache", "cache"]
    assert run(words) == 1
    assert f"failed: {LAYER}/1: ValueError: no luck" in capsys.readouterr().out
