"""A filter and its strongest inputs down to the pixels, one a block, all on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.catalogue import LAYERS, Layer, layer_named
from generator.render.filter_view import Rung, Way
from generator.render.wording import square

if TYPE_CHECKING:
    from generator.records import FilterRecord
    from generator.render.filter_view import Circuit
    from generator.render.inputs import Picture, Pictures

_BY_SHORT = {layer.short: layer for layer in LAYERS}


def way_down(record: FilterRecord, circuit: Circuit | None, pictures: Pictures) -> Way | None:
    """Return the picture itself and, of each block before, the last filter on its strongest path; None without one.

    `pictures` has the full pictures of the layers before.
    """
    layer = layer_named(record.layer)
    full = pictures.picture(record.edition, record.layer, record.filter, "full") if record.sha256 else None
    if full is None or circuit is None or not circuit.path:
        return None
    rungs = [_rung(None, layer, record.filter, full)]
    for step in circuit.path:
        before = _BY_SHORT[step.layer]
        picture = pictures.picture(record.edition, before.name, step.number, "full")
        if before.block < layer.block and picture is not None:
            rungs.append(_rung(step.href, before, step.number, picture))
            layer = before
    steps = ", ".join(f"{step.layer} {step.number} ({step.share})" for step in circuit.path)
    return Way(tuple(reversed(rungs)), steps)


def unit_of(side: int) -> int:
    """Return the class of the styles that gives a picture its side: eight pixels at the usual text size each."""
    return max(1, round(side / 8))


def _rung(href: str | None, layer: Layer, number: int, picture: Picture) -> Rung:
    side, field = picture.width, layer.receptive_field
    return Rung(
        href,
        f"{layer.short} {number}",
        picture,
        unit_of(side),
        f"{square(field)} of {side}" if field < side else f"{square(field)}, more than the picture",
        field if field < side else 0,
    )
