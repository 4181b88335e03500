"""The circuit around each filter of a layer: what it is built from, what it feeds, the path down to the pixels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.addresses import filter_path
from generator.catalogue import LAYER_NAMES, layer_named
from generator.records import SHOWN_LINKS
from generator.render.filter_view import Circuit, Fed, Input, PathStep
from generator.render.kernels import kernel_colours, kernel_view
from generator.render.links import excitation_shares
from generator.render.lookup import shown_large
from generator.render.ribbons import inward_flow, outward_flow
from generator.render.split import Split
from generator.render.wording import count, ordinal, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.records import FilterRecord, LayerRecord, Links
    from generator.render.inputs import Picture, Pictures
    from generator.render.links import LinksAround, Strongest

CHANNELS: Final = ("red", "green", "blue")
SHOWN_HELD: Final = 5
"""How many inputs that hold back a page names; of those that excite it names all that are published."""

LARGE: Final = 3
"""How many filters of each column are shown large, the inputs with the filter's kernel beside them."""

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
    onward: dict[tuple[int, int], tuple[PathStep, ...]] = field(default_factory=dict)
    """What leads on from a filter, by layer's place and number: many paths go through the same filters."""

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
    outward = outward_flow([one.percent for one in own])
    if record.sha256 is None or (links is not None and links.mean <= 0):
        why = "there is no picture" if record.sha256 is None else "the filter is zero everywhere on its picture"
        nothing = f"There is nothing to split: {why}."
        return Circuit(before, following, (), (), (), (("", ""), ("", "")), (), own, (), (), outward, nothing)
    if links is None:
        return None
    split = Split(links.mean, links.negative, links.bias)
    numbers = links.shown
    amounts = links.amounts[numbers]
    above = int((amounts > 0).sum())
    few = slice(0, above + SHOWN_HELD)
    sizes = np.abs(amounts[few]).tolist()
    rest = links.positive - sum(sizes[:above]), -links.negative - sum(sizes[above:])
    more = (int((links.amounts > 0).sum()) - above, int((links.amounts < 0).sum()) - len(sizes[above:]))
    units = [split.units(amount) for amount in amounts[few].tolist()]
    left = [split.positive - sum(units[:above]), split.negative - sum(units[above:])]
    for sign, first in enumerate((0, above)):
        if not more[sign] and first < len(units):  # what rounding leaves belongs to no other: the greatest takes it
            units[first] += left[sign]
    inputs = [
        _input(known, number, split.signed(unit), round(100 * size / max(sizes)))
        for number, unit, size in zip(numbers[few].tolist(), units, sizes, strict=True)
    ]
    large = [
        replace(one, kernel=kernel_view(kernel))
        for one, kernel in zip(inputs[: min(above, LARGE)], links.kernels, strict=False)
    ]
    return Circuit(
        before=before,
        following=following,
        sums=split.rows(),
        excited=(*large, *inputs[len(large) : above]),
        held=tuple(inputs[above:]),
        others=(_others(split, more[0], left[0]), _others(split, more[1], left[1])),
        colours=kernel_colours(links.kernels, numbers.tolist()) if known.before is None else (),
        fed=own,
        path=_path_from(known, links, numbers),
        inward=inward_flow(
            sizes[:above],
            rest[0] if more[0] else 0.0,
            sizes[above:],
            rest[1] if more[1] else 0.0,
            shown_large(record.settings.size_px),
        ),
        outward=outward,
    )


def _input(known: _Known, number: int, amount: str, percent: int) -> Input:
    href, picture = known.thumb(known.before, number)
    name = str(number) if known.before else CHANNELS[number]
    return Input(href, name, picture, amount, max(1, percent), None)


def _others(split: Split, many: int, units: int) -> tuple[str, str]:
    """Return how many inputs are not shown and what they add, so that each column adds up as printed."""
    return (count(many, "other"), split.signed(units)) if many > 0 else ("", "")


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
    return Fed(href, number, picture, f"{part:.1%}", max(1, round(100 * part / greatest)), ordinal(rank))


def _paths(table: Strongest) -> _Paths:
    rows = zip(table.filters.tolist(), table.inputs.tolist(), table.shares.tolist(), strict=True)
    return {number: tuple(zip(inputs, shares, strict=True)) for number, inputs, shares in rows}


def _path_from(known: _Known, links: Links, shown: NDArray[np.intp]) -> tuple[PathStep, ...]:
    if known.before is None or links.positive <= 0:
        return ()
    strongest = int(shown[0])
    return _path(known, LAYER_NAMES.index(known.before), strongest, float(links.amounts[strongest]) / links.positive)


def _path(known: _Known, place: int, number: int, part: float) -> tuple[PathStep, ...]:
    """Return the step to a filter of layer `place`, and those that lead on from it."""
    layer = LAYER_NAMES[place]
    href, picture = known.thumb(layer, number)
    if part <= 0 or href is None or picture is None:
        return ()
    return (PathStep(href, layer_named(layer).short, number, share(part, 1)), *_onward(known, place, number))


def _onward(known: _Known, place: int, number: int) -> tuple[PathStep, ...]:
    if (place, number) not in known.onward:
        inputs = known.strongest.get(LAYER_NAMES[place], {}).get(number, ()) if place else ()
        known.onward[place, number] = _path(known, place - 1, *inputs[0]) if inputs else ()
    return known.onward[place, number]
