"""Facts in words: what was tried on a filter that slept, and why one failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.records import Fact

_WORDS: Final = {
    "unwoken": "it was zero on its start, and this recipe does not climb the mean before the ReLU",
    "woke": "it was zero on its start; climbing the mean before the ReLU woke it at step {step}",
    "woke_at_the_end": (
        "it was zero on its start and at every step; climbing the mean before the ReLU woke it after its last step"
    ),
    "climbed": "{steps} steps up the mean before the ReLU from noise of seed {seed}",
    "bound_proves": (
        "an interval bound over all pictures proves that its map never rises above {bound:.3g} before the ReLU"
    ),
    "bound_leaves": "an interval bound leaves room up to {bound:.3g} before the ReLU, so it is not proven dead",
    "again_from_noise": "the same from noise of seed {seed}",
    "again_from_colour": "the same from plain {colour}",
    "woke_from_noise": "it woke from noise of seed {seed}",
    "woke_from_colour": "it woke from plain {colour}",
    "again_from_picture": "it had answered more to the picture of filter {filter}, and was climbed again from there",
    "loss_not_finite": "the loss is not a finite number at step {step}",
    "mean_not_finite": "the mean on the finished picture is not a finite number",
    "not_finite": "its {name} is not a finite number",
    "raised": "{error}",
    "no_result": "the work ended without a result for it",
    "workers_lost": "{count} workers were lost while they worked on it; the last {reason}",
    "damaged": "{reason}",
    "said": "{text}",
}


def told(fact: Fact) -> str:
    """Return what a fact says, as a clause without a full stop.

    A fact of another version, or out of a stranger's site, may have a code or values that are not known here: then the
    code itself is told.
    """
    words, values = _WORDS.get(fact.code, ""), fact.named
    if words and fact.code.startswith("woke_from") and "step" in values:
        words += " at step {step}"
    try:
        return words.format(**values).rstrip(".") or fact.code.replace("_", " ")
    except (KeyError, ValueError):
        return fact.code.replace("_", " ")


def told_together(facts: Sequence[Fact]) -> str:
    """Return several facts as one sentence's clauses, empty where there are none."""
    return "; ".join(map(told, facts))
