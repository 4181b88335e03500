"""Facts in words: every code that the program uses can be told, and a strange one does no harm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import generator
from generator.records import Fact
from generator.render.facts import told, told_together

SAID = {
    Fact.of("unwoken"): "it was zero on its start, and this recipe does not climb the mean before the ReLU",
    Fact.of("woke", step=3): "it was zero on its start; climbing the mean before the ReLU woke it at step 3",
    Fact.of("woke_at_the_end"): (
        "it was zero on its start and at every step; climbing the mean before the ReLU woke it after its last step"
    ),
    Fact.of("climbed", steps=32, seed=42): "32 steps up the mean before the ReLU from noise of seed 42",
    Fact.of("bound_proves", bound=-8.6812): (
        "an interval bound over all pictures proves that its map never rises above -8.68 before the ReLU"
    ),
    Fact.of("bound_leaves", bound=0.3215): (
        "an interval bound leaves room up to 0.322 before the ReLU, so it is not proven dead"
    ),
    Fact.of("again_from_noise", seed=43): "the same from noise of seed 43",
    Fact.of("again_from_colour", colour="red"): "the same from plain red",
    Fact.of("woke_from_noise", seed=43): "it woke from noise of seed 43",
    Fact.of("woke_from_noise", seed=43, step=2): "it woke from noise of seed 43 at step 2",
    Fact.of("woke_from_colour", colour="red"): "it woke from plain red",
    Fact.of("woke_from_colour", colour="red", step=2): "it woke from plain red at step 2",
    Fact.of("loss_not_finite", step=3, loss="nan"): "the loss is not a finite number at step 3",
    Fact.of("mean_not_finite"): "the mean on the finished picture is not a finite number",
    Fact.of("not_finite", name="slope"): "its slope is not a finite number",
    Fact.of("raised", error="no more memory."): "no more memory",
    Fact.of("no_result"): "the work ended without a result for it",
    Fact.of("workers_lost", count=2, reason="died of signal 9"): (
        "2 workers were lost while they worked on it; the last died of signal 9"
    ),
    Fact.of("damaged", reason="its picture is empty."): "its picture is empty",
    Fact.of("said", text="climbed for 32 steps"): "climbed for 32 steps",
}


@pytest.mark.parametrize(("fact", "words"), SAID.items(), ids=[fact.code for fact in SAID])
def test_a_fact_is_told_as_a_clause_without_a_full_stop(fact: Fact, words: str) -> None:
    assert told(fact) == words


def test_every_code_that_the_program_uses_has_words() -> None:
    sources = Path(generator.__file__).parent.rglob("*.py")
    used = {code for path in sources for code in re.findall(r'Fact\.of\(\s*"(\w+)"', path.read_text())}
    assert len(used) > 10
    assert used <= {fact.code for fact in SAID}


@pytest.mark.parametrize(
    "fact",
    [
        Fact.of("struck_by_lightning", volts=3),
        Fact.of("struck_by_lightning", step=3),
        Fact.of("woke"),
        Fact.of("bound_proves", bound="{step}"),
        Fact.of("woke_from_far_away", step=1),
        Fact.of("raised", error=""),
    ],
)
def test_a_fact_that_this_version_does_not_know_is_told_by_its_code(fact: Fact) -> None:
    assert told(fact).startswith(fact.code.replace("_", " ").split()[0])


def test_values_are_never_taken_for_words_of_ours() -> None:
    assert told(Fact.of("raised", error="{0.__class__} {step}")) == "{0.__class__} {step}"


def test_a_value_may_have_any_name() -> None:
    assert Fact.of("said", cls="a", text="words").named == {"cls": "a", "text": "words"}


def test_several_facts_are_clauses_of_one_sentence() -> None:
    facts = (Fact.of("climbed", steps=32, seed=42), Fact.of("again_from_colour", colour="red"))
    assert told_together(facts) == f"{told(facts[0])}; the same from plain red"
    assert told_together(()) == ""
