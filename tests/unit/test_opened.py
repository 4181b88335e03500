"""An atlas opened in a notebook, from a cache or from a published site."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import photo_cases as cases
import pytest

import generator
from generator.errors import BadInput
from generator.measure.agreement import RANDOM, TOP
from generator.records import PROFILE, EditionRecord, Measurement
from generator.store import open_store
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from pathlib import Path

LAYER = "block1_conv1"
PROFILED = ("block1_conv2", 0, PROFILE, 1)
MEANS = np.linspace(0, 9, 64).astype(np.float16)
NATURAL = EditionRecord("natural", "natural", "ab" * 32, "ImageNet weights")


@pytest.fixture
def atlas(tmp_path: Path, make_result: Any) -> Path:
    with open_store(tmp_path / "cache", write=True) as store:
        store.ensure_edition(NATURAL)
        for number in range(3):
            store.put("natural", make_result(LAYER, number, size_px=16))
        store.put("natural", make_result(PROFILED[0], 0, size_px=16))
        publish_site(store, tmp_path / "site")
    return tmp_path


@pytest.mark.parametrize("folder", ["cache", "site"])
def test_a_cache_and_a_site_give_the_same_records_pictures_and_measurements(folder: str, atlas: Path) -> None:
    before = sorted(atlas.rglob("*"))
    with open_store(atlas / "cache", write=False) as store, generator.open_atlas(atlas / folder) as opened:
        held, found = store.layer("natural", LAYER), opened.layer("natural", LAYER)
        assert opened.editions == (NATURAL,)
        assert found is not None
        assert held is not None
        assert found.filters == held.filters
        assert np.array_equal(found.cross, held.cross)
        assert np.array_equal(opened.picture(found.filters[1]), store.picture(held.filters[1]))
        assert all(record.kept for record in found.filters)
        assert sorted(opened.measurements("natural", LAYER, "links")) == [0, 1, 2]
        assert opened.layer("natural", "block5_conv3") is None
        assert opened.damaged == []
    assert sorted(atlas.rglob("*")) == before


def test_a_cache_and_a_site_say_the_same_of_photographs(atlas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases.few_layers(monkeypatch)
    with open_store(atlas / "cache", write=True) as store:
        profile = Measurement(*PROFILED, store.layer("natural", PROFILED[0]).filters[0].sha256, {"means": MEANS})
        store.put_measurements("natural", [profile])
        cases.put(store.photos, "walks", cases.photographs(TOP + RANDOM))
        publish_site(store, atlas / "site")
    with generator.open_atlas(atlas / "cache") as held, generator.open_atlas(atlas / "site") as found:
        assert held.photo_sets == found.photo_sets == ("walks",)
        assert held.photographs("walks") == found.photographs("walks")
        ours, theirs = (one.photo_layer("walks", PROFILED[0]) for one in (held, found))
        assert ours.strongest == theirs.strongest
        assert list(ours.agreements["natural"]) == [0]
        assert ours.agreements == theirs.agreements
        assert np.array_equal(held.photo_peaks("walks", LAYER), found.photo_peaks("walks", LAYER))
        with pytest.raises(BadInput, match="there are no photographs 'others'; the sets are walks"):
            found.photographs("others")


def test_a_damaged_file_of_a_site_is_named_and_left_out(atlas: Path) -> None:
    (atlas / "site" / "images" / "natural" / LAYER / "001.avif").write_bytes(b"spoilt")
    with generator.open_atlas(str(atlas / "site")) as opened:
        layer = opened.layer("natural", LAYER)
        assert layer is not None
        assert [record.filter for record in layer.filters] == [0, 2]
        assert len(opened.damaged) == 1


def test_a_folder_that_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is neither a cache nor a published site"):
        generator.open_atlas(tmp_path)


def test_measure_is_the_function_whatever_was_imported_before() -> None:
    script = (
        "import generator.measure.kinds, generator; from generator.measure import links;"
        "import sys; sys.exit(not callable(generator.measure) or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
