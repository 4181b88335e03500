"""The facts of a filter in a sentence or two, for the head of its page: photographs, inputs, outputs, its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.render.wording import listed, story_of, times

if TYPE_CHECKING:
    from generator.records import FilterRecord, PhotoSet
    from generator.render.filter_view import Circuit

WORDS: Final = 4
INPUTS, FED = 3, 2
"""How many labels, inputs and outputs are named; the page has more."""

Pieces = tuple[tuple[str, bool], ...]


def saying(record: FilterRecord, photos: PhotoSet | None, circuit: Circuit | None) -> Pieces:
    """Return the facts as pieces of text, each with whether it is set off."""
    if record.sha256 is None or (record.is_measured and record.displayed_mean <= 0):
        return (*_photographs(record, photos), *((f"{one} ", False) for one in story_of(record)))
    built = _built(circuit)
    alone = () if built else _alone(record)
    return (*_photographs(record, photos), *built, *alone, *_start(record))


def _photographs(record: FilterRecord, photos: PhotoSet | None) -> Pieces:
    if photos is None:
        return ()
    words = photos.layers[record.layer].words[record.filter][:WORDS]
    if not words:
        return ()
    return (
        (f"Of {len(photos.photographs):,} photographs it answers most to those labelled ", False),
        (listed(words), True),
        (". ", False),
    )


def _built(circuit: Circuit | None) -> Pieces:
    if circuit is None or not circuit.excited:
        return ()
    filters = "filters " if circuit.excited[0].name.isdigit() else ""
    inputs = listed([one.name for one in circuit.excited[:INPUTS]])
    text = f"It is built most from {circuit.before + ' ' if filters else ''}{filters}{inputs}"
    if circuit.fed:
        text += (
            f", and weighs most in {circuit.following} filters {listed([str(one.number) for one in circuit.fed[:FED]])}"
        )
    return ((f"{text}. ", False),)


def _alone(record: FilterRecord) -> Pieces:
    """Return how much more it answers to its picture than any other filter does, where nothing else is known."""
    others = [mean for number, mean in record.top if number != record.filter and mean > 0]
    if not others or not record.displayed_mean > others[0]:
        return ()
    ratio = times(record.displayed_mean, others[0])
    return ((f"It answers {ratio} as strongly to this picture as any other filter of the layer does. ", False),)


def _start(record: FilterRecord) -> Pieces:
    if record.status == "woken":
        when = "" if record.woke_at is None else f" at step {record.woke_at}"
        return ((f"It is at zero on the article's noise, and was woken{when}.", False),)
    said = "It is at zero on the article's noise; this picture began elsewhere."
    return ((said, False),) if record.dead_at_start and record.status == "active" else ()
