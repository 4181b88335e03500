"""Digests of inputs: equal for the same, different for anything that differs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from generator.records import StartRecord
from generator.render.crosses import cross_views
from generator.render.deaths import dead_view
from generator.render.filters import filter_views
from generator.render.method import method_view, not_found_view
from generator.render.network import index_view
from generator.render.walls import layer_views
from generator.store import open_store
from generator.workflows import _digests, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.unit.rendering.conftest import World


def arrays_below(value: object, depth: int) -> Iterator[int]:
    """Yield the depth of every array within a view."""
    if isinstance(value, np.ndarray):
        yield depth
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from arrays_below(getattr(value, field.name), depth + 1)
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays_below(item, depth + 1)


def test_no_view_hides_an_array_where_its_digest_would_not_see_all_of_it(unpublished: World) -> None:
    with open_store(unpublished.cache, write=False) as store:
        atlas = render.read_atlas(store)
    pictures = render.pictures_of(atlas)
    views: list[object] = [
        index_view(atlas, pictures),
        dead_view(atlas, pictures),
        method_view(atlas),
        not_found_view(),
    ]
    for layer in unpublished.layers:
        views += [*layer_views(atlas, layer, pictures), *cross_views(atlas, layer, pictures)]
        views += [*filter_views(atlas, layer, pictures)]
    assert len(views) > 15
    assert {depth for view in views for depth in arrays_below(view, 0)} == {1}


def test_a_digest_tells_apart_what_differs_and_nothing_else() -> None:
    array = np.arange(5000, dtype=np.float32)
    other = array.copy()
    other[2500] += 1
    parts: list[tuple[object, ...]] = [
        (),
        ("a",),
        ("a", "b"),
        ("ab",),
        (("a", "b"),),
        (1,),
        (1.0,),
        ("1",),
        (None,),
        (array,),
        (other,),
        (array.reshape(50, 100),),
        (array.astype(np.float64),),
        (StartRecord("x", array),),
        (StartRecord("x", other),),
    ]
    digests = [_digests.digest(*part) for part in parts]
    assert len(set(digests)) == len(parts)
    assert digests == [_digests.digest(*part) for part in parts]


def test_the_code_that_makes_a_page_is_one_of_its_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "render" / "walls.py"
    module.parent.mkdir()
    monkeypatch.setattr(_digests, "_PACKAGE", tmp_path)

    def state(text: str) -> str:
        module.write_text(text)
        return _digests._sources(("render",))

    assert state("one") != state("two")
    assert state("one") == state("one")


def test_every_named_source_of_a_digest_exists() -> None:
    for name in (*_digests._PICTURE_CODE, *_digests._PAGE_CODE, *_digests._FIGURE_CODE):
        assert (_digests._PACKAGE / name).exists(), name
