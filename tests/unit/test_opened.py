"""An atlas opened in a notebook, from a cache or from a published site."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import generator
from generator.errors import BadInput
from generator.records import EditionRecord
from generator.store import open_store
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from pathlib import Path

LAYER = "block1_conv1"
NATURAL = EditionRecord("natural", "natural", "ab" * 32, "ImageNet weights")


@pytest.fixture
def atlas(tmp_path: Path, make_result: Any) -> Path:
    with open_store(tmp_path / "cache", write=True) as store:
        store.ensure_edition(NATURAL)
        for number in range(3):
            store.put("natural", make_result(LAYER, number, size_px=16))
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
