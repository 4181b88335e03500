"""The frame around every page: where its header leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.addresses import FIND, TRY, families_path, wall_path
from generator.catalogue import LAYERS
from generator.render.inputs import Frame
from generator.render.lookup import has_map
from generator.render.views import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.render.inputs import Atlas

FAMILIES: Final = "Families"
"""The link that leads to the families of the layer of the page, where there are any."""


def frame_of(version: str, assets: Mapping[str, str], atlas: Atlas) -> Frame:
    """Return the frame of an atlas' pages."""
    present = frozenset(atlas.present())
    layers = tuple(
        Link(layer.name, wall_path(layer.name) if layer.name in present else None, short=layer.short)
        for layer in LAYERS
    )
    mapped = [name for name in atlas.present() if has_map(atlas, name)]
    maps = tuple(
        Link(link.text, families_path(link.text) if link.text in mapped else None, short=link.short) for link in layers
    )
    nav = (
        Link("Network", "index.html"),
        *(Link(FAMILIES, families_path(name)) for name in mapped[-1:]),
        *([Link("Words", FIND)] if any(one.layers for one in atlas.photos) else []),
        Link("Dead filters", "dead.html"),
        *([Link("Try a picture", TRY)] if atlas.networks else []),
        Link("Method", "method.html"),
    )
    return Frame(version, assets, nav, layers, maps)
