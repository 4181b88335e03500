from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.errors import WorkFailed
from generator.vgg import winograd

if TYPE_CHECKING:
    from pathlib import Path


def test_an_atlas_whose_compiled_part_is_gone_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(winograd, "_LIBRARY", tmp_path / "winograd.native")
    with pytest.raises(WorkFailed, match="install it again"):
        winograd._library.__wrapped__()


@pytest.mark.parametrize("threads", [1, 2, 16])
@pytest.mark.parametrize(("tiles", "most"), [(1, 48), (9, 48), (144, 48), (1600, 192), (4001, 96)])
def test_tiles_are_shared_evenly_in_full_rows(
    monkeypatch: pytest.MonkeyPatch, tiles: int, most: int, threads: int
) -> None:
    monkeypatch.setenv("ATLAS_THREADS", str(threads))
    together = winograd._share(tiles, most)
    parts = -(-tiles // together)
    assert together % 6 == 0
    assert together < most + 6
    assert parts <= threads * -(-tiles // (most * threads))
