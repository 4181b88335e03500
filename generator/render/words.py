"""View of find.html: every word that photographs give to filters, with its filters, best first, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from generator.addresses import FIND, filter_path
from generator.catalogue import LAYER_NAMES, layer_named
from generator.records import UNUSUAL
from generator.render.lookup import card, holders, photo_set
from generator.render.views import Head
from generator.render.word_view import FindView, Found, Word
from generator.render.wording import count

if TYPE_CHECKING:
    from generator.records import FilterRecord, PhotoLayer
    from generator.render.inputs import Atlas, Pictures

MOST: Final = 8
"""How many filters a word leads to."""

MOST_BY_ONE: Final = 3
"""How many it leads to where no filter has a score or two of the word's photographs among its strongest."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a word leads to a filter: a label with a score on `of` photographs, or `strongest` of these in its nine.

    peak: its greatest answer to one of them, over its 99 % quantile.
    """

    record: FilterRecord
    score: float
    strongest: int
    of: int
    peak: float

    @property
    def place(self) -> tuple[float, ...]:
        """What sorts the best first: an earned label, many of the word's photographs, an unusual answer."""
        return (-self.score, -self.strongest, -self.peak, -LAYER_NAMES.index(self.record.layer), self.record.filter)

    @property
    def is_by_one(self) -> bool:
        """Whether a single photograph speaks for it: what that one shows beside the word may be what counts."""
        return not self.score and self.strongest == 1

    @property
    def told(self) -> str:
        """The reason in few words; none where the only photograph of a word is among the strongest."""
        return (
            f"{self.score:.2f} on {self.of}" if self.score else f"{self.strongest} of {self.of}" if self.of > 1 else ""
        )


def word_reasons(atlas: Atlas) -> dict[str, list[Reason]]:
    """Return by word why it leads to which filters, best first, of the pictures that are shown first of each layer."""
    found: dict[str, list[Reason]] = defaultdict(list)
    for layer in atlas.present():
        edition, record = holders(atlas, layer)[0]
        taken = photo_set(atlas, edition)
        if taken is None or layer not in taken.layers:
            continue
        labels = [photograph.label for photograph in taken.photographs]
        of = Counter(labels)
        for one in record.filters:
            for word, reason in _reasons(one, taken.layers[layer], labels, of).items():
                found[word].append(reason)
    return {word: sorted(reasons, key=lambda reason: reason.place) for word, reasons in found.items()}


def find_view(atlas: Atlas, pictures: Pictures) -> FindView | None:
    """Return the index of words; None where no photographs were read."""
    reasons = word_reasons(atlas)
    taken = photo_set(atlas, atlas.editions[0]) if atlas.editions else None
    if not reasons or taken is None:
        return None
    words = sorted(reasons, key=lambda word: (word.casefold(), word))
    return FindView(
        head=Head(FIND, "Words", "Words for filters: labels of the photographs that they answer to most."),
        photographs=f"{len(taken.photographs):,}",
        count=count(len(words), "word"),
        words=tuple(
            Word(word, _letter(word), tuple(_found(one, pictures) for one in _best(reasons[word])), len(reasons[word]))
            for word in words
        ),
    )


def _best(reasons: list[Reason]) -> list[Reason]:
    by_more = [reason for reason in reasons if not reason.is_by_one]
    return by_more[:MOST] if by_more else reasons[:MOST_BY_ONE]


def _letter(word: str) -> str:
    return word[0].upper() if word[:1].isalpha() else "#"


def _reasons(record: FilterRecord, photos: PhotoLayer, labels: list[str], of: Counter[str]) -> dict[str, Reason]:
    unit = float(photos.quantiles[record.filter, UNUSUAL]) or 1.0
    many: Counter[str] = Counter()
    peaks: dict[str, float] = {}
    for answer in photos.strongest[record.filter]:
        word = labels[answer.photograph]
        if word and answer.peak > 0:
            many[word] += 1
            peaks.setdefault(word, answer.peak / unit)
    found = {word: Reason(record, 0.0, number, of[word], peaks[word]) for word, number in many.items()}
    for score in photos.labels[record.filter]:
        found[score.label] = Reason(record, score.score, many[score.label], score.count, peaks.get(score.label, 0.0))
    return found


def _found(reason: Reason, pictures: Pictures) -> Found:
    record = reason.record
    short = layer_named(record.layer).short
    shown = card(record, pictures, "")
    return Found(
        filter_path(record.layer, record.filter),
        f"{short} {record.filter}",
        shown.picture,
        shown.pixelated,
        reason.told,
    )
