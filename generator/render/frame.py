"""The frame around every page: where its header leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.addresses import TRY, wall_path
from generator.catalogue import LAYERS
from generator.render.inputs import Frame
from generator.render.views import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.render.inputs import Atlas


def frame_of(version: str, assets: Mapping[str, str], atlas: Atlas) -> Frame:
    """Return the frame of an atlas' pages."""
    present = frozenset(atlas.present())
    layers = tuple(
        Link(layer.name, wall_path(layer.name) if layer.name in present else None, short=layer.short)
        for layer in LAYERS
    )
    nav = (
        Link("Network", "index.html"),
        Link("Dead filters", "dead.html"),
        *([Link("Try a picture", TRY)] if atlas.networks else []),
        Link("Method", "method.html"),
    )
    return Frame(version, assets, nav, layers)
