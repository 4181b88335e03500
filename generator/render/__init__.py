"""Stage render: records -> frozen views -> Jinja2 -> HTML text. Pure: it reads no store and writes no file."""

from __future__ import annotations

from generator.render.addresses import ATLAS_SCRIPT, cross_path, data_path, filter_path, wall_path
from generator.render.crosses import cross_views
from generator.render.deaths import dead_view
from generator.render.environment import templates_folder
from generator.render.filters import filter_views
from generator.render.inputs import Atlas, Figures, Frame, Picture, PictureKind, Pictures
from generator.render.method import method_view, not_found_view
from generator.render.network import index_view
from generator.render.pages import (
    cross_page,
    dead_page,
    filter_page,
    index_page,
    layer_page,
    method_page,
    not_found_page,
)
from generator.render.scripts import atlas_script, matrix_script, wall_script
from generator.render.walls import layer_views

__all__ = [
    "ATLAS_SCRIPT",
    "Atlas",
    "Figures",
    "Frame",
    "Picture",
    "PictureKind",
    "Pictures",
    "atlas_script",
    "cross_page",
    "cross_path",
    "cross_views",
    "data_path",
    "dead_page",
    "dead_view",
    "filter_page",
    "filter_path",
    "filter_views",
    "index_page",
    "index_view",
    "layer_page",
    "layer_views",
    "matrix_script",
    "method_page",
    "method_view",
    "not_found_page",
    "not_found_view",
    "templates_folder",
    "wall_path",
    "wall_script",
]
