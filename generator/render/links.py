"""What the pages of one layer show of the links of the other layers: small enough to be compared at every render."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclasses' fields are resolved when they are read
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.catalogue import LAYER_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.records import LayerRecord

STRONGEST: Final = 3
"""How many inputs of a filter a path may follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Strongest:
    """The inputs that excite each filter of a layer most.

    filters: int16, shape (n,): those whose links are known. inputs: int16, shape (n, 3), strongest first. shares:
        float32, shape (n, 3): of the filter's excitation; 0 for an input that does not excite it.
    """

    filters: NDArray[np.int16]
    inputs: NDArray[np.int16]
    shares: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Feeding:
    """What a layer's filters take from the layer before.

    filters: int16, shape (n,). amounts: float32, shape (n, filters of the layer before): row = filter.
    """

    filters: NDArray[np.int16]
    amounts: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class LinksAround:
    """The links, in one edition, that surround a layer: of the layers before it by name, and of the next one."""

    before: Mapping[str, Strongest] = field(default_factory=dict)
    following: Feeding | None = None


def links_around(layers: Mapping[tuple[str, str], LayerRecord], edition: str, layer: str) -> LinksAround:
    """Return what surrounds `layer`; `layers` is by (edition, layer name)."""
    place = LAYER_NAMES.index(layer)
    held = {name: layers[edition, name] for name in LAYER_NAMES[: place + 2] if (edition, name) in layers}
    before = {name: _strongest(held[name]) for name in LAYER_NAMES[:place] if name in held and held[name].links}
    following = held.get(LAYER_NAMES[place + 1]) if layer != LAYER_NAMES[-1] else None
    return LinksAround(before, _feeding(following) if following is not None and following.links else None)


def excitation_shares(amounts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each amount above zero as a share of its row's sum of such; shape as `amounts`, 0 to 1."""
    above = np.maximum(amounts, 0)
    whole = above.sum(axis=1, keepdims=True)
    shares: NDArray[np.float32] = np.divide(above, whole, out=np.zeros_like(above), where=whole > 0)
    return shares


@lru_cache(maxsize=2 * len(LAYER_NAMES))  # every later layer asks for it
def _strongest(record: LayerRecord) -> Strongest:
    feeding = _feeding(record)
    order = np.argsort(-feeding.amounts, axis=1, kind="stable")[:, :STRONGEST]
    shares = np.take_along_axis(excitation_shares(feeding.amounts), order, axis=1)
    return Strongest(feeding.filters, order.astype(np.int16), shares)


def _feeding(record: LayerRecord) -> Feeding:
    numbers = sorted(record.links)
    return Feeding(np.array(numbers, np.int16), np.stack([record.links[number].amounts for number in numbers]))
