"""The profile of a picture is wanted only to compare it with photographs, and not where the outcome is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import photo_cases as cases

from generator.measure.agreement import RANDOM, TOP
from generator.measure.kinds import VERSIONS
from generator.plan import plan_build
from generator.records import PROFILE, Agreement, EditionRecord, FilterId
from generator.store import open_store
from generator.workflows._kinds import wanted_kinds, with_known_agreement

if TYPE_CHECKING:
    from pathlib import Path

NATURAL = EditionRecord("natural", "natural", cases.WEIGHTS, "ImageNet weights")
OTHER = EditionRecord("other", "natural", "cd" * 32, "others")
LAYER = "block1_conv2"


def test_a_profile_is_wanted_beside_enough_photographs_of_the_same_weights_where_agreement_is_not_known(
    tmp_path: Path, make_result: Any
) -> None:
    with open_store(tmp_path, write=True) as store:
        store.ensure_edition(NATURAL)
        results = [store.put("natural", make_result(LAYER, number, size_px=16)) for number in range(3)]
        wanted = [(FilterId(LAYER, one.filter), one.settings) for one in results]
        assert wanted_kinds(store, NATURAL) == VERSIONS
        cases.put(store.photos, "too-few", cases.photographs(TOP + RANDOM - 1))
        assert wanted_kinds(store, NATURAL) == VERSIONS
        cases.put(store.photos, "few", cases.photographs(TOP + RANDOM))
        assert wanted_kinds(store, NATURAL).keys() == {*VERSIONS, PROFILE}
        assert wanted_kinds(store, OTHER) == VERSIONS
        known = {0: (results[0].sha256, Agreement(0.5, (0.5,))), 1: ("of an earlier picture", Agreement(None))}
        store.photos.put_agreements("few", "natural", LAYER, "a content", known)
        stored = with_known_agreement(store, NATURAL, store.stored("natural"))
        plan = plan_build(wanted, stored, wanted_kinds(store, NATURAL))
    assert [(one.id.filter, one.kinds) for one in plan.measurements] == [(1, (PROFILE,)), (2, (PROFILE,))]
