"""Views to HTML text: one pure function a page kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.render.views import (
        CrossView,
        DeadView,
        FilterView,
        Frame,
        IndexView,
        LayerView,
        MethodView,
        NotFoundView,
    )


def index_page(view: IndexView, frame: Frame) -> str: raise NotImplementedError
def layer_page(view: LayerView, frame: Frame) -> str: raise NotImplementedError
def filter_page(view: FilterView, frame: Frame) -> str: raise NotImplementedError
def cross_page(view: CrossView, frame: Frame) -> str: raise NotImplementedError
def dead_page(view: DeadView, frame: Frame) -> str: raise NotImplementedError
def method_page(view: MethodView, frame: Frame) -> str: raise NotImplementedError
def not_found_page(view: NotFoundView, frame: Frame) -> str: raise NotImplementedError
