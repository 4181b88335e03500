"""Digests of inputs: equal for the same, different for anything that differs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.records import StartRecord
from generator.render.crosses import cross_views
from generator.render.deaths import dead_view
from generator.render.filters import filter_views
from generator.render.method import method_view, not_found_view
from generator.render.network import index_view
from generator.render.walls import layer_views
from generator.store import open_store
from generator.workflows import _digests, render
from generator.workflows._pages import layer_group, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.render.inputs import Atlas
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
        (12,),
        (1, 2),
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


def changed(atlas: Atlas, cause: str) -> Atlas:
    """Return the atlas with one thing changed that a page of block1_conv1 may show."""
    place = ("natural", "block1_conv1")
    layer = atlas.layers[place]
    first, *others = layer.filters
    others_layers = {key: value for key, value in atlas.layers.items() if key != place}
    causes = {
        "a picture": {
            "layers": {**others_layers, place: replace(layer, filters=(replace(first, sha256="0"), *others))}
        },
        "an error": {"layers": {**others_layers, place: replace(layer, filters=(replace(first, error="0"), *others))}},
        "settings": {"layers": {**others_layers, place: replace(layer, filters=(replace(first, key="0"), *others))}},
        "a filter less": {"layers": {**others_layers, place: replace(layer, filters=tuple(others))}},
        "another layer gone": {"layers": {place: layer}},
        "an edition's weights": {"editions": (replace(atlas.editions[0], weights="others"), *atlas.editions[1:])},
        "the dead at the start": {
            "starts": {FINGERPRINT: (StartRecord("block1_conv1", np.zeros(64, np.float32)),)},
        },
    }
    return replace(atlas, **causes[cause])


FINGERPRINT = "ab" * 32


@pytest.mark.parametrize(
    "cause",
    [
        "a picture",
        "an error",
        "settings",
        "a filter less",
        "another layer gone",
        "an edition's weights",
        "the dead at the start",
    ],
)
def test_a_layers_group_covers(cause: str, unpublished: World) -> None:
    with open_store(unpublished.cache, write=False) as store:
        atlas = render.read_atlas(store)
    around = surroundings()
    assert layer_group(atlas, "block1_conv1", around) == layer_group(replace(atlas), "block1_conv1", around)
    other = layer_group(changed(atlas, cause), "block1_conv1", around)
    assert other != layer_group(atlas, "block1_conv1", around)


def test_a_layers_group_covers_the_surroundings(unpublished: World) -> None:
    with open_store(unpublished.cache, write=False) as store:
        atlas = render.read_atlas(store)
    around = surroundings()
    other = layer_group(atlas, "block1_conv1", replace(around, digest="other"))
    assert other != layer_group(atlas, "block1_conv1", around)
