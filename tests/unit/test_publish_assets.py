"""Styles and scripts under names that carry their digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from generator.publish.assets import fingerprinted

if TYPE_CHECKING:
    from pathlib import Path


def test_an_asset_is_named_after_its_content(tmp_path: Path) -> None:
    (tmp_path / "wall.js").write_text("'use strict';")
    (tmp_path / "atlas.css").write_text("body{}")
    style, script = fingerprinted(tmp_path)
    digest = hashlib.sha256(b"'use strict';").hexdigest()[:8]
    assert (script.name, script.address, script.data) == ("wall.js", f"assets/wall.{digest}.js", b"'use strict';")
    assert (style.name, style.address[:13], style.address[-4:]) == ("atlas.css", "assets/atlas.", ".css")


def test_another_content_is_another_address(tmp_path: Path) -> None:
    (tmp_path / "wall.js").write_text("one")
    (before,) = fingerprinted(tmp_path)
    (tmp_path / "wall.js").write_text("two")
    (after,) = fingerprinted(tmp_path)
    assert before.address != after.address


def test_hidden_files_and_folders_are_no_assets(tmp_path: Path) -> None:
    (tmp_path / ".wall.js.swp").write_text("editor")
    (tmp_path / "folder.js").mkdir()
    assert fingerprinted(tmp_path) == ()
