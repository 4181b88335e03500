"""The circuit around each filter of a layer: what it is built from, what it feeds, the path down to the pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.addresses import filter_path
from generator.catalogue import LAYER_NAMES, layer_named
from generator.records import SHOWN_LINKS
from generator.render.filter_view import Circuit, Fed, Input, PathStep
from generator.render.kernels import kernel_colours, kernel_view
from generator.render.links import excitation_shares
from generator.render.split import Split
from generator.render.wording import count, ordinal, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.records import FilterRecord, LayerRecord, Links
    from generator.render.inputs import Picture, Pictures
    from generator.render.links import LinksAround, Strongest

CHANNELS: Final = ("red", "green", "blue")
FAN_OUT: Final = (3, 2)
"""How many inputs a path follows at its first levels; at all further ones it follows the strongest alone."""

UP: Final = "../"
"""From a filter's page to the root of the site."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the circuits of a layer of an edition are made from; `before`, `following` name the neighbouring layers."""

    edition: str
    layer: str
    before: str | None
    following: str | None
    strongest: Mapping[str, _Paths]
    pictures: Pictures
    onward: dict[tuple[int, int, tuple[int, ...]], tuple[PathStep, ...]] = field(default_factory=dict)
    """What leads on from a filter, by layer's place, number and fan-out: many paths go through the same filters."""

    def thumb(self, layer: str | None, number: int) -> tuple[str | None, Picture | None]:
        """Return the link to a filter of the edition, and its thumbnail, where it has one."""
        picture = layer and self.pictures.picture(self.edition, layer, number, "thumb")
        return (UP + filter_path(layer, number), picture) if layer and picture else (None, None)


_Paths = dict[int, tuple[tuple[int, float], ...]]
"""By filter the strongest inputs as (number, share)."""


def circuits(record: LayerRecord, around: LinksAround, pictures: Pictures) -> dict[int, Circuit]:
    """Return by number the circuit of every filter whose links are known, or of which there is nothing to split."""
    if not record.links:
        return {}
    place = LAYER_NAMES.index(record.layer)
    before = LAYER_NAMES[place - 1] if place else None
    following = LAYER_NAMES[place + 1] if place + 1 < len(LAYER_NAMES) else None
    paths = {name: _paths(table) for name, table in around.before.items()}
    known = _Known(record.edition, record.layer, before, following, paths, pictures)
    fed = _all_fed(known, around)
    found = {one.filter: _circuit(known, one, record.links.get(one.filter), fed) for one in record.filters}
    return {number: circuit for number, circuit in found.items() if circuit is not None}


def _circuit(
    known: _Known, record: FilterRecord, links: Links | None, fed: Mapping[int, tuple[Fed, ...]]
) -> Circuit | None:
    before, following = known.before or "the picture's colours", known.following or ""
    own = fed.get(record.filter, ())
    if record.sha256 is None or (links is not None and links.mean <= 0):
        why = "there is no picture" if record.sha256 is None else "the filter is zero everywhere on its picture"
        nothing = f"There is nothing to split: {why}."
        return Circuit(before, following, "", (), (), ("", ""), (), own, (), nothing)
    if links is None:
        return None
    split = Split(links.mean, links.negative, links.bias)
    numbers, amounts = links.shown, links.amounts[links.shown]
    greatest = float(np.abs(amounts).max(initial=0)) or 1.0
    inputs = [
        _input(known, number, amount, greatest, split, kernel)
        for number, amount, kernel in zip(numbers.tolist(), amounts.tolist(), links.kernels, strict=True)
    ]
    above = int((amounts > 0).sum())
    eight, positive = float(amounts[:above].sum()), links.positive
    return Circuit(
        before=before,
        following=following,
        total=f"{split.sentence()}; the {above} shown are {share(eight, positive)} of the excitation.",
        excited=tuple(inputs[:above]),
        held=tuple(inputs[above:]),
        others=_others(links, split),
        colours=kernel_colours(links.kernels, numbers.tolist()) if known.before is None else (),
        fed=own,
        path=_first_steps(known, links),
    )


def _input(
    known: _Known, number: int, amount: float, greatest: float, split: Split, kernel: NDArray[np.float16]
) -> Input:
    href, picture = known.thumb(known.before, number)
    name = str(number) if known.before else CHANNELS[number]
    percent = max(1, round(100 * abs(amount) / greatest))
    return Input(href, name, picture, split.signed(split.units(amount)), percent, kernel_view(kernel))


def _others(links: Links, split: Split) -> tuple[str, str]:
    """Return what all inputs that are not shown add, so that each column adds up as printed."""
    shown = [split.units(amount) for amount in links.amounts[links.shown].tolist()]
    left = (
        (int((links.amounts > 0).sum()) - SHOWN_LINKS, split.positive - sum(units for units in shown if units > 0)),
        (int((links.amounts < 0).sum()) - SHOWN_LINKS, split.negative - sum(units for units in shown if units < 0)),
    )
    excited, held = (f"{count(many, 'other')}: {split.signed(units)}" if many > 0 else "" for many, units in left)
    return excited, held


def _all_fed(known: _Known, around: LinksAround) -> dict[int, tuple[Fed, ...]]:
    """Return by filter of the layer those of the next one in whose excitation it has the greatest shares."""
    if around.following is None or known.following is None:
        return {}
    shares = excitation_shares(around.following.amounts)
    ranks = (-shares).argsort(axis=1, kind="stable").argsort(axis=1) + 1
    order = (-shares).argsort(axis=0, kind="stable")[:SHOWN_LINKS]
    return {
        number: tuple(
            _fed(known, int(around.following.filters[row]), float(shares[row, number]), int(ranks[row, number]), top)
            for row in rows.tolist()
            if shares[row, number] > 0
        )
        for number, (rows, top) in enumerate(zip(order.T, shares.max(axis=0).tolist(), strict=True))
    }


def _fed(known: _Known, number: int, part: float, rank: int, greatest: float) -> Fed:
    href, picture = known.thumb(known.following, number)
    inputs = layer_named(known.following or known.layer).in_channels
    return Fed(
        href, number, picture, f"{part:.1%}", max(1, round(100 * part / greatest)), f"{ordinal(rank)} of {inputs}"
    )


def _paths(table: Strongest) -> _Paths:
    rows = zip(table.filters.tolist(), table.inputs.tolist(), table.shares.tolist(), strict=True)
    return {number: tuple(zip(inputs, shares, strict=True)) for number, inputs, shares in rows}


def _first_steps(known: _Known, links: Links) -> tuple[PathStep, ...]:
    if known.before is None or links.positive <= 0:
        return ()
    strongest = [(number, float(links.amounts[number]) / links.positive) for number in links.shown.tolist()]
    return _steps(known, LAYER_NAMES.index(known.before), tuple(strongest), FAN_OUT)


def _steps(
    known: _Known, place: int, strongest: tuple[tuple[int, float], ...], fan_out: tuple[int, ...]
) -> tuple[PathStep, ...]:
    """Return the steps to filters of layer `place`, each with what leads on from it."""
    many, *rest = fan_out or (1,)
    layer, found = LAYER_NAMES[place], []
    for number, part in strongest[:many]:
        href, picture = known.thumb(layer, number)
        if part > 0 and href and picture:
            steps = _onward(known, place, number, tuple(rest))
            found.append(PathStep(href, layer_named(layer).short, number, picture, share(part, 1), steps))
    return tuple(found)


def _onward(known: _Known, place: int, number: int, fan_out: tuple[int, ...]) -> tuple[PathStep, ...]:
    if not place:
        return ()
    key = place, number, fan_out
    if key not in known.onward:
        inputs = known.strongest.get(LAYER_NAMES[place], {}).get(number, ())
        known.onward[key] = _steps(known, place - 1, inputs, fan_out)
    return known.onward[key]
