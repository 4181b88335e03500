"""What a user names on the command line, as the layers and filters that are meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from generator.catalogue import LAYERS, layer_named
from generator.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FILTERS: Final = max(layer.filters for layer in LAYERS)
_PART: Final = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", re.ASCII)
_EXAMPLE: Final = "give numbers and ranges like 0-63,100"


def parse_filters(text: str) -> tuple[int, ...]:
    """Return the filters that `text` names, ascending, each once: "0-2,7" is 0, 1, 2 and 7.

    Raises:
        BadInput: the text is not numbers and ranges, a range runs backwards, or no layer has so many filters.

    """
    filters: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadInput(f"filters {text!r} will not do: {part.strip()!r} is no number and no range; {_EXAMPLE}.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise BadInput(f"filters {text!r} will not do: {part.strip()} runs backwards; {_EXAMPLE}.")
        if last >= _MOST_FILTERS:
            raise BadInput(f"there is no filter {last}; the largest layers have filters 0 to {_MOST_FILTERS - 1}.")
        filters.update(range(first, last + 1))
    return tuple(sorted(filters))


def chosen_layers(names: Sequence[str]) -> tuple[str, ...]:
    """Return the layers called `names` in the network's order, each once; all of them when none is named.

    Raises:
        BadInput: VGG16 has no such layer.

    """
    wanted = {layer_named(name).name for name in names}
    return tuple(layer.name for layer in LAYERS if not wanted or layer.name in wanted)


def check_batch_size(batch_size: int | None) -> None:
    """See that a batch holds at least one picture; None leaves its size to the ascent.

    Raises:
        BadInput: it does not.

    """
    if batch_size is not None and batch_size < 1:
        raise BadInput(f"batch size {batch_size} will not do; it must be a whole number from 1.")


def check_filters(layers: Sequence[str], filters: Sequence[int]) -> None:
    """See that every one of `layers` has every one of `filters`.

    Raises:
        BadInput: one has not; the sentence tells which filters it has.

    """
    for layer in map(layer_named, layers):
        beyond = [number for number in filters if not 0 <= number < layer.filters]
        if beyond:
            raise BadInput(
                f"{layer.name} has no filter {beyond[0]}; its filters are 0 to {layer.filters - 1}. "
                "Name the layers that have it with --layer."
            )
