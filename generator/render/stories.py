"""What happened to a filter that was silent at its start, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.render.wording import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.records import EditionRecord, FilterRecord


def story(held: Sequence[tuple[EditionRecord, FilterRecord]]) -> tuple[str, ...]:
    """Return the sentences about a filter that was dead, woken, failed or at zero in the end; none for another."""
    sentences = []
    if any(record.dead_at_start for _, record in held):
        sentences.append(
            "On the article's noise picture this filter's map is zero everywhere. Its gradient is zero too, "
            "so the article's procedure has nothing to climb."
        )
    for edition, record in held:
        sentences.extend(_happened(edition.name, record))
    return tuple(sentences)


def _happened(name: str, record: FilterRecord) -> list[str]:
    if record.status == "failed":
        reason = (record.error or "no reason was given").rstrip(".")
        return [f"In {name} the work on it failed: {reason}. The next build tries it again."]
    how = "; ".join(text.rstrip(".") for text in record.tried)
    if record.status == "woken":
        woke = f"In {name} it woke and climbed to a loss of {figure(record.final_loss)}"
        return [f"{woke}: {how}." if how else f"{woke}."]
    if record.status == "dead":
        return [f"In {name} it stayed dead: {how or 'it never rose above zero'}."]
    if record.stop_reason == "zero":
        fell = f"it answered on its start, fell to zero at step {record.steps_run}"
        return [f"In {name} {fell}, and this recipe stops there."]
    return []
