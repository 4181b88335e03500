from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generator.plan import PlannedMeasurement, answering_more, plan_build, settings_difference
from generator.recipes import ALGORITHM, RECIPES
from generator.records import Fact, FilterId, FilterRecord, LayerRecord, StoredPicture, begun_with

ID = FilterId("block3_conv1", 42)
WANTED = RECIPES["article"].settings_for("block3_conv1")
AUTO = RECIPES["natural"].settings_for("block3_conv1")
KINDS = {"response": 2, "links": 1}
DONE = StoredPicture(WANTED, ALGORITHM, "active", "ab" * 32, KINDS)
FAILED = StoredPicture(WANTED, ALGORITHM, "failed", None, error=Fact.of("no_result"))

CASES = {
    "nothing stored": (WANTED, None, "new"),
    "the same": (WANTED, DONE, None),
    "dead is finished": (WANTED, replace(DONE, status="dead"), None),
    "woken is finished": (WANTED, replace(DONE, status="woken"), None),
    "failed": (WANTED, FAILED, "failed last time"),
    "a failure beside the picture that is wanted": (WANTED, replace(DONE, error=FAILED.error), None),
    "a failure beside a picture that is not": (
        replace(WANTED, steps=50),
        replace(DONE, error=FAILED.error),
        "settings changed: steps 30 -> 50",
    ),
    "older algorithm": (
        WANTED,
        replace(DONE, algorithm=ALGORITHM - 1),
        f"made by version {ALGORITHM - 1} of the algorithm, now {ALGORITHM}",
    ),
    "one setting": (
        replace(WANTED, learning_rate=30.0),
        DONE,
        "settings changed: learning_rate 22.5 -> 30",
    ),
    "two settings": (
        replace(WANTED, steps=50, threshold=None),
        DONE,
        "settings changed: steps 30 -> 50, threshold 18000 -> none",
    ),
    "another canvas": (
        replace(WANTED, canvas="spectrum", room=1.0, fall=2.0),
        DONE,
        "settings changed: canvas pixel -> spectrum, room none -> 1, fall none -> 2",
    ),
    "precision named": (
        replace(WANTED, precision="bfloat16"),
        DONE,
        "settings changed: precision float32 -> bfloat16",
    ),
    "any stored precision is auto's": (AUTO, replace(DONE, settings=replace(AUTO, precision="bfloat16")), None),
}


@pytest.mark.parametrize(("wanted", "stored", "reason"), CASES.values(), ids=CASES.keys())
def test_each_difference_has_its_reason_and_no_other_is_computed(wanted, stored, reason):
    plan = plan_build([(ID, wanted)], {} if stored is None else {ID: stored}, KINDS)
    assert [planned.reason for planned in plan.filters] == ([] if reason is None else [reason])
    assert plan.kept == ((ID,) if reason is None else ())
    assert plan.measurements == ()


def test_a_changed_version_of_a_kind_plans_exactly_that_measurement_and_no_picture():
    second = FilterId("block3_conv1", 43)
    stored = {ID: replace(DONE, settings=WANTED), second: replace(DONE, measured={"response": 3})}
    plan = plan_build([(ID, WANTED), (second, WANTED)], stored, {**KINDS, "response": 3})
    assert plan.filters == ()
    assert plan.kept == (ID, second)
    assert plan.measurements == (
        PlannedMeasurement(ID, WANTED, ("response",), "response of version 2, now 3"),
        PlannedMeasurement(second, WANTED, ("links",), "links not yet taken"),
    )


def test_what_is_made_again_is_not_measured_first():
    plan = plan_build([(ID, replace(WANTED, steps=50))], {ID: replace(DONE, measured={})}, KINDS)
    assert len(plan.filters) == 1
    assert plan.measurements == ()


def test_a_measurement_is_taken_with_the_settings_that_the_picture_was_made_with():
    stored = replace(DONE, settings=replace(AUTO, precision="bfloat16"), measured={})
    (planned,) = plan_build([(ID, AUTO)], {ID: stored}, KINDS).measurements
    assert planned.settings.precision == "bfloat16"


def test_force_computes_what_is_finished_and_keeps_the_better_reason():
    failed = FilterId("block3_conv1", 43)
    stored = {ID: DONE, failed: FAILED}
    plan = plan_build([(ID, WANTED), (failed, WANTED)], stored, KINDS, force=True)
    assert [planned.reason for planned in plan.filters] == ["forced", "failed last time"]


def test_what_was_found_damaged_is_computed_again_and_says_so():
    plan = plan_build([(ID, WANTED)], {}, KINDS, damaged={ID})
    assert plan.filters[0].reason == "its stored picture was damaged"


def test_numbers_that_came_back_from_their_picture_are_not_computed_again():
    assert plan_build([(ID, WANTED)], {ID: DONE}, KINDS, damaged={ID}).kept == (ID,)


def test_what_is_stored_but_not_wanted_is_left_alone_and_order_is_as_wanted():
    ids = [FilterId("block3_conv1", place) for place in (9, 3, 5)]
    plan = plan_build([(each, WANTED) for each in ids], {ID: DONE, ids[1]: DONE}, KINDS)
    assert [planned.id for planned in plan.filters] == [ids[0], ids[2]]
    assert plan.kept == (ids[1],)


def test_the_planned_settings_are_the_wanted_ones():
    wanted = replace(AUTO, steps=7)
    assert plan_build([(ID, wanted)], {ID: DONE}, KINDS).filters[0].settings == wanted


def test_a_whole_number_equals_the_same_real_number():
    assert settings_difference(replace(WANTED, learning_rate=22.5), replace(WANTED, learning_rate=22.50)) == ""
    assert settings_difference(replace(WANTED, threshold=18000), WANTED) == ""


def layer_of(cross, **changes):
    """block1_conv1 with what its first three filters answer to the first three pictures; others to their own alone."""
    whole = np.eye(64, dtype=np.float32)
    whole[:3, :3] = cross
    settings = RECIPES["natural"].settings_for("block1_conv1")
    records = tuple(
        FilterRecord("natural", "block1_conv1", number, settings, sha256=f"{number:064x}", response_version=1)
        for number in range(64)
    )
    records = tuple(replace(record, **changes.get(f"filter{record.filter}", {})) for record in records)
    return LayerRecord("natural", "block1_conv1", records, whole)


OUTDONE = ((1.0, 0.0, 1.0), (1.5, 2.0, 0.0), (2.0, 2.03, 1.0))


def test_a_filter_that_clearly_answers_more_to_another_picture_is_climbed_again_from_the_strongest():
    found = answering_more(layer_of(OUTDONE))
    assert {number: origin.filter for number, origin in found.items()} == {0: 2}


def test_a_picture_that_was_climbed_from_the_strongest_is_not_climbed_from_it_again():
    origin = layer_of(OUTDONE).filters[2]
    assert answering_more(layer_of(OUTDONE, filter0={"tried": (begun_with(origin),)})) == {}
    newer = replace(origin, sha256="ab" * 32)
    assert list(answering_more(layer_of(OUTDONE, filter0={"tried": (begun_with(newer),)}))) == [0]


@pytest.mark.parametrize(
    "change",
    [{"response_version": None}, {"settings": replace(AUTO, size_px=64)}],
    ids=["one is not measured", "one was made otherwise"],
)
def test_pictures_are_not_compared_with_ones_made_otherwise_or_not_at_all(change):
    assert answering_more(layer_of(OUTDONE, filter9=change)) == {}


def test_the_articles_pictures_are_never_climbed_again():
    settings = RECIPES["article"].settings_for("block1_conv1")
    layer = layer_of(OUTDONE)
    assert (
        answering_more(replace(layer, filters=tuple(replace(each, settings=settings) for each in layer.filters))) == {}
    )
