"""Views to HTML text: one pure function a page kind. The same view and frame give the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.addresses import ATLAS_SCRIPT, root_of
from generator.render.environment import template
from generator.render.packing import packed

if TYPE_CHECKING:
    from generator.render.filter_view import FilterView
    from generator.render.inputs import Frame
    from generator.render.map_view import FamiliesView
    from generator.render.photo_view import PhotoView
    from generator.render.trying import TryView
    from generator.render.views import (
        CrossView,
        DeadView,
        Head,
        IndexView,
        LayerView,
        MethodView,
        NotFoundView,
    )
    from generator.render.word_view import FindView


def index_page(view: IndexView, frame: Frame) -> str:
    """Return the network map."""
    return _page("pages/index.html", view.head, view, frame)


def layer_page(view: LayerView, frame: Frame) -> str:
    """Return the wall of a layer."""
    return _page("pages/layer.html", view.head, view, frame)


def filter_page(view: FilterView, frame: Frame) -> str:
    """Return the page of a filter."""
    return packed(_page("pages/filter.html", view.head, view, frame), view.head.path)


def photo_page(view: PhotoView, frame: Frame) -> str:
    """Return the page of a photograph."""
    return packed(_page("pages/photo.html", view.head, view, frame), view.head.path)


def cross_page(view: CrossView, frame: Frame) -> str:
    """Return the cross-activation page of a layer."""
    return _page("pages/cross.html", view.head, view, frame)


def families_page(view: FamiliesView, frame: Frame) -> str:
    """Return the map of a layer."""
    return _page("pages/families.html", view.head, view, frame)


def find_page(view: FindView, frame: Frame) -> str:
    """Return the index of words."""
    return _page("pages/find.html", view.head, view, frame)


def dead_page(view: DeadView, frame: Frame) -> str:
    """Return the page of the filters that were dead at the start."""
    return _page("pages/dead.html", view.head, view, frame)


def method_page(view: MethodView, frame: Frame) -> str:
    """Return the page of the procedure."""
    return _page("pages/method.html", view.head, view, frame)


def try_page(view: TryView, frame: Frame) -> str:
    """Return the page that answers to a picture of one's own."""
    return _page("pages/try.html", view.head, view, frame)


def not_found_page(view: NotFoundView, frame: Frame) -> str:
    """Return the page for an address that does not exist."""
    return _page("pages/404.html", view.head, view, frame)


def _page(name: str, head: Head, view: object, frame: Frame) -> str:
    root = root_of(head.path)
    return template(name).render(v=view, head=head, frame=frame, root=root, atlas_script=root + ATLAS_SCRIPT)
