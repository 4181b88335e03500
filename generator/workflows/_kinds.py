"""Which kinds of measurement a build wants of each picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generator.measure.agreement import RANDOM, TOP
from generator.measure.kinds import VERSIONS, WITH_PHOTOGRAPHS
from generator.records import PROFILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.records import EditionRecord, FilterId, StoredPicture
    from generator.store import Store


def wanted_kinds(store: Store, edition: EditionRecord) -> Mapping[str, int]:
    """Return the kinds with their versions; the profile where there are photographs enough to compare with."""
    own = [one for one in store.photos.sets() if one.weights_fingerprint == edition.weights_fingerprint]
    return WITH_PHOTOGRAPHS if any(one.count >= TOP + RANDOM for one in own) else VERSIONS


def with_known_agreement(
    store: Store, edition: EditionRecord, stored: Mapping[FilterId, StoredPicture]
) -> dict[FilterId, StoredPicture]:
    """Return what is stored, the profile of a picture counted as taken where its agreement is known.

    An adopted site tells the agreement alone.
    """
    agreed = store.photos.agreed(edition.name)
    known = {PROFILE: WITH_PHOTOGRAPHS[PROFILE]}
    return {
        place: replace(one, measured={**known, **one.measured}) if agreed.get(place) == one.sha256 else one
        for place, one in stored.items()
    }
