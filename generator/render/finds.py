"""Finds: a handful of filters whose picture and photographs agree, chosen by what was measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from generator.addresses import filter_path
from generator.render.lookup import card, holders, photographed
from generator.render.views import Find
from generator.render.wording import listed
from generator.render.words import word_reasons

if TYPE_CHECKING:
    from generator.render.inputs import Atlas, Pictures
    from generator.render.words import Reason

MOST: Final = 6

LEAST_STRONGEST: Final = 3
"""A word without a score makes a find where so many of its photographs are among the filter's nine strongest."""

WORDS: Final = 3


def finds(atlas: Atlas, pictures: Pictures) -> tuple[Find, ...]:
    """Return filters with the best words, each word and filter once, whose picture is handled as their photographs."""
    candidates = [
        (reason, word)
        for word, reasons in word_reasons(atlas).items()
        for reason in reasons
        if (reason.score or reason.strongest >= LEAST_STRONGEST) and _agrees(atlas, reason)
    ]
    found: dict[str, Find] = {}
    taken = set()
    for reason, word in sorted(candidates, key=lambda one: one[0].place):
        if len(found) < MOST and word not in found and reason.record not in taken:
            taken.add(reason.record)
            found[word] = _find(atlas, reason, word, pictures)
    return tuple(found.values())


def _agrees(atlas: Atlas, reason: Reason) -> bool:
    edition, _ = holders(atlas, reason.record.layer)[0]
    photos = photographed(atlas, edition, reason.record.layer)
    agreement = photos.agreement(reason.record) if photos else None
    return agreement is not None and agreement.overall is not None and agreement.overall > 0


def _find(atlas: Atlas, reason: Reason, word: str, pictures: Pictures) -> Find:
    record = reason.record
    photos = photographed(atlas, holders(atlas, record.layer)[0][0], record.layer)
    others = listed(photos.words[record.filter][:WORDS]) if photos else ""
    tells = f"tells {word} from the rest with {reason.score:.2f} on {reason.of} photographs"
    nine = f"{reason.strongest} of {reason.of} photographs of {word} are among its nine strongest"
    large = pictures.picture(record.edition, record.layer, record.filter, "full")
    shown = replace(card(record, pictures, filter_path(record.layer, record.filter), word), picture=large)
    return Find(shown, record.layer, f"{tells if reason.score else nine}; strongest on {others}")
