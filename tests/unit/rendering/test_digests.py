"""Digests of inputs: equal for the same, different for anything that differs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.records import Agreement, Fact, PhotoLayer, StartRecord
from generator.store import open_store
from generator.workflows import _digests, render

if TYPE_CHECKING:
    from pathlib import Path

    from generator.render.inputs import Atlas
    from tests.unit.rendering.conftest import World


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
        ((StartRecord("x", other),),),
        ({"x": (array,)},),
        ({"x": (other,)},),
        ((1, (2,)), 3),
        ((1, (2, 3)),),
    ]
    digests = [_digests.digest(*part) for part in parts]
    assert len(set(digests)) == len(parts)
    assert digests == [_digests.digest(*part) for part in parts]


def test_a_digest_is_the_same_in_every_process() -> None:
    said = "from generator.workflows._digests import digest; print(digest(frozenset(map(str, range(9)))))"
    seeds = [{**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2")]
    told = {
        subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, env=one).stdout for one in seeds
    }
    assert len(told) == 1


def test_what_a_cache_is_asked_by_is_told_as_it_always_was() -> None:
    assert _digests.digest("a", 1, ("b", ("c", "d")), {"layers": 1}) == "1d01201e9cfc64f2"


def test_what_photographs_say_is_told_by_what_it_was_derived_from_and_by_agreements() -> None:
    counted = np.zeros(64, np.int32)
    said = PhotoLayer("x", counted, np.zeros((64, 5), np.float32), (), (), (), (), (), (), (), (), ())
    known = replace(said, content="of these")
    agreed = replace(known, agreements={"natural": {3: Agreement(0.5, (0.5,))}})
    alike = [known, replace(known, fires_on=counted + 1)]
    others = [said, replace(said, fires_on=counted + 1), replace(known, content="of those"), agreed]
    assert len({_digests.digest(one) for one in alike}) == 1
    assert len({_digests.digest(one) for one in [known, *others]}) == 5


@pytest.mark.parametrize("module", ["_pages", "_encoding", "_figures"])
def test_the_code_of_a_module_is_that_of_every_module_that_it_loads(module: str) -> None:
    name = f"generator.workflows.{module}"
    loads = f"import {name}, sys; print(*(one for one in sys.modules if one.startswith('generator.')))"
    loaded = subprocess.run([sys.executable, "-c", loads], check=True, capture_output=True, text=True).stdout.split()
    ours, _ = _digests._imported(name)
    packages = {one for one in loaded if any(other.startswith(f"{one}.") for other in loaded)}
    assert set(loaded) - packages <= set(ours)
    assert not [one for one in ours if one.startswith(("generator.ascent", "generator.cli", "generator.store"))]


def test_what_a_function_imports_is_part_of_the_code_too() -> None:
    ours, libraries = _digests._imported("generator.workflows._figures")
    assert "generator.figures.sheets" in ours
    assert {"matplotlib", "PIL", "numpy"} <= libraries


def test_a_change_of_code_is_an_input_of_what_it_makes_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "generator"
    shutil.copytree(_digests._PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(_digests, "_PACKAGE", copy)

    def digests() -> dict[str, str]:
        code_digest = _digests.code_digest.__wrapped__
        return {name: code_digest(f"generator.workflows.{name}") for name in ("_pages", "_encoding", "_figures")}

    before = digests()
    assert digests() == before
    for changed, makers in {
        "publish/pictures.py": {"_encoding", "_figures"},
        "figures/style.py": {"_encoding", "_figures"},
        "measure/maps.py": {"_encoding"},
        "render/walls.py": {"_pages"},
        "ascent/loop.py": set(),
    }.items():
        with (copy / changed).open("a") as file:
            file.write("CHANGED = 1\n")
        after = digests()
        assert {name for name in before if after[name] != before[name]} == makers, changed
        before = after


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
        "an error": {
            "layers": {
                **others_layers,
                place: replace(layer, filters=(replace(first, error=Fact.of("no_result")), *others)),
            }
        },
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
def test_a_layers_part_of_the_atlas_holds(cause: str, unpublished: World) -> None:
    with open_store(unpublished.cache, write=False) as store:
        atlas = render.read_atlas(store)
    stands = _digests.digest(atlas.part("block1_conv1"))
    assert stands == _digests.digest(replace(atlas).part("block1_conv1"))
    assert stands != _digests.digest(changed(atlas, cause).part("block1_conv1"))


def test_a_layers_part_of_the_atlas_holds_nothing_of_another_layer(unpublished: World) -> None:
    with open_store(unpublished.cache, write=False) as store:
        atlas = render.read_atlas(store)
    other = changed(atlas, "a picture").part("block2_conv2")
    assert _digests.digest(other) == _digests.digest(atlas.part("block2_conv2"))
    assert other.present() == atlas.present()
