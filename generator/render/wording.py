"""Numbers and facts as texts: one place decides how many digits a reader sees and what a status is called."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from generator.catalogue import layer_named
from generator.recipes import RECIPES, changed, for_weights
from generator.render.facts import told, told_together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.recipes import Settings
    from generator.records import EditionRecord, FilterRecord

STILL_RISING = 0.01
"""A loss that grows by more than this share a step at the end of its curve has not come to rest."""

TIMES, DASH, MINUS = "\N{MULTIPLICATION SIGN}", "\N{EN DASH}", "\N{MINUS SIGN}"

BADGES = {"active": "", "woken": "woken", "dead": "dead", "failed": "failed"}

WOKEN = "\N{WHITE CIRCLE}"
"""Marks a card of a filter that was woken: a word would be noise where most filters of a layer were."""

STOP_WORD = {"steps": "all", "threshold": "threshold", "zero": "zero", "error": "error"}

ASLEEP = (
    "On the article's noise picture this filter's map is zero everywhere. Its gradient is zero too, "
    "so the article's procedure has nothing to climb."
)

CHANGEABLE = ("size_px", "steps", "learning_rate", "threshold", "seed", "precision")


def figure(value: float) -> str:
    """Return a mean or a loss for people: about three digits, thousands set off by commas."""
    if not math.isfinite(value):
        return "none"
    size = abs(value)
    if size >= 100:  # noqa: PLR2004 - the number of digits shown is decided here
        return f"{value:,.0f}"
    if size >= 10:  # noqa: PLR2004
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.001 else "0" if value == 0 else "under 0.001"  # noqa: PLR2004


def times(value: float, own: float) -> str:
    """Return `value` as times `own` with a multiplication sign, or a dash when the own one is zero."""
    if own <= 0:
        return DASH
    ratio = value / own
    return f"{ratio:.2f}{TIMES}" if ratio < 10 else f"{ratio:,.0f}{TIMES}"  # noqa: PLR2004


def square(side_px: int) -> str:
    """Return a square of pixels by its two sides."""
    return f"{side_px} {TIMES} {side_px} px"


def share(value: float, whole: float) -> str:
    """Return `value` as a share of `whole` in whole percent; `none` of nothing."""
    if whole <= 0:
        return "none"
    percent = 100 * value / whole
    return "under 1%" if 0 < percent < 1 else f"{percent:.0f}%"


def plain(value: float) -> str:
    """Return a setting as people type it: no trailing zeros, no exponent."""
    return f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def count(number: int, noun: str) -> str:
    """Return `1 filter`, `2 filters`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `4th`, `11th`."""
    teen = number // 10 % 10 == 1
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def listed(words: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def shown_mean(record: FilterRecord) -> float:
    """Return the filter's mean on its picture as published; where that was not measured, on the finished one."""
    return record.displayed_mean if record.is_measured else record.image_mean


def alt_text(record: FilterRecord) -> str:
    """Return the picture's text: layer, filter, status and mean."""
    mean = "" if record.status == "failed" else f", mean {figure(shown_mean(record))}"
    return f"{record.layer}, filter {record.filter}: {record.status}{mean}"


def ended(record: FilterRecord) -> str:
    """Return in a word what ended a climb, with the threshold where it was one."""
    threshold = record.settings.threshold
    reached = record.stop_reason == "threshold" and threshold is not None
    return STOP_WORD[record.stop_reason] + (f" of {threshold:,.0f}" if reached else "")


def still_rising(record: FilterRecord) -> bool:
    """Tell whether the loss was clearly growing when the steps ran out."""
    return record.stop_reason == "steps" and record.slope > STILL_RISING


def and_rising(record: FilterRecord) -> str:
    """Return by how much the loss was still growing, to follow what ended the steps; nothing where it was not."""
    return f", rising {record.slope:.1%} a step" if still_rising(record) else ""


def settings_words(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return the settings as (name, value) for people; one that has no words of its own goes by its field's name."""
    used = settings.as_dict()
    told = {
        "canvas": f"{used.pop('size_px')} px, {used.pop('canvas')}",
        "input": "BGR, mean subtracted" if used.pop("preprocessing") == "imagenet" else "raw RGB, 0-255",
        "steps": str(used.pop("steps")),
        "learning rate": f"{plain(used.pop('learning_rate'))}, {used.pop('schedule')}",
        "threshold": "none" if settings.threshold is None else f"{settings.threshold:,.0f}",
        "jitter": f"up to {settings.jitter_px} px" if settings.jitter_px else "none",
        "warm start": "on" if used.pop("warm_start") else "off",
    }
    rest = {
        name.replace("_", " "): plain(value) for name, value in used.items() if name not in ("threshold", "jitter_px")
    }
    return tuple({**told, **rest}.items())


def made_with(records: Sequence[FilterRecord]) -> tuple[tuple[str, str], ...]:
    """Return the settings of a layer's filters as (name, value) for people, those of most filters first.

    A setting that is not the same for all says for how many each value holds. Failed filters were made with none.
    """
    made = Counter(record.settings for record in records if record.status != "failed")
    used = {settings: dict(settings_words(settings)) for settings, _ in made.most_common()}
    names = dict.fromkeys(name for words in used.values() for name in words)
    return tuple((name, _shared(name, used, made)) for name in names)


def _shared(name: str, used: Mapping[Settings, Mapping[str, str]], made: Counter[Settings]) -> str:
    filters: Counter[str] = Counter()
    for settings, words in used.items():
        filters[words.get(name, "none")] += made[settings]
    if len(filters) == 1:
        return next(iter(filters))
    return "; ".join(f"{value} ({count(number, 'filter')})" for value, number in filters.most_common())


def is_of_former_settings(edition: EditionRecord, record: FilterRecord) -> bool:
    """Say whether no option of today's recipe brings back the settings that the picture was made with."""
    recipe = RECIPES.get(edition.recipe)
    if recipe is None:
        return False
    base = recipe.settings_for(record.layer)
    if edition.name != edition.recipe:
        base = for_weights(base, edition.weights_fingerprint, "")
    options = {name: getattr(record.settings, name) for name in CHANGEABLE}
    return changed(record.layer, base, options) != record.settings


def command(edition: EditionRecord, record: FilterRecord) -> str:
    """Return the command that makes this picture again: the recipe, and every setting that differs from it.

    One that was made with former settings is made anew by the recipe as it is today.
    """
    parts = ["atlas build", f"--layer {record.layer}", f"--filters {record.filter}", f"--recipe {edition.recipe}"]
    recipe = RECIPES.get(edition.recipe)
    base = recipe.settings_for(record.layer).as_dict() if recipe else {}
    used = record.settings.as_dict()
    for name in () if is_of_former_settings(edition, record) else CHANGEABLE:
        if base.get(name, ...) != used[name]:
            value = "none" if used[name] is None else plain(used[name])
            parts.append(f"--{name.removesuffix('_px').replace('_', '-')} {value}")
    if edition.name != edition.recipe:
        parts.append("--weights YOUR-WEIGHTS-FILE")
    return " ".join(parts)


def cite(edition: EditionRecord, record: FilterRecord) -> str:
    """Return what a picture is known by, in one line to cite it: the program's version goes before it."""
    layer = layer_named(record.layer)
    names = f"{record.layer} ({layer.caffe}, {layer.torchvision}), filter {record.filter}"
    made = f"edition {edition.name}, weights {edition.weights_fingerprint[:8]}"
    return f"{names}; {made}" if record.sha256 is None else f"{names}; {made}, picture {record.sha256[:12]}"


def story(held: Sequence[tuple[EditionRecord, FilterRecord]]) -> tuple[str, ...]:
    """Return the sentences about a filter that was dead, woken, failed or at zero in the end; none for another."""
    asleep = (ASLEEP,) if any(record.dead_at_start for _, record in held) else ()
    return (*asleep, *(sentence for edition, record in held for sentence in _happened(edition.name, record)))


def story_of(record: FilterRecord) -> tuple[str, ...]:
    """Return the sentences of `story` for one edition alone."""
    return (*((ASLEEP,) if record.dead_at_start else ()), *_happened(record.edition, record))


def _happened(name: str, record: FilterRecord) -> list[str]:
    if record.status == "failed":
        reason = told(record.error) if record.error else "no reason was given"
        return [f"In {name} the work on it failed: {reason}. The next build tries it again."]
    how = told_together(record.tried)
    if record.status == "woken":
        woke = f"In {name} it woke and climbed to a mean of {figure(record.final_loss)}"
        return [f"{woke}: {how}." if how else f"{woke}."]
    if record.status == "dead":
        return [f"In {name} it stayed dead: {how or 'it never rose above zero'}."]
    if how:
        return [f"In {name} {how}."]
    if record.stop_reason == "zero":
        fell = f"it answered on its start, fell to zero at step {record.steps_run}"
        return [f"In {name} {fell}, and this recipe stops there."]
    return []
