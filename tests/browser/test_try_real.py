"""The page's answers beside those of `atlas probe`: real weights, photographs that installed packages carry."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageOps

from generator.addresses import ATLAS_SCRIPT, TRY, TRY_SCRIPT
from generator.cli import run
from generator.publish.site import open_site
from generator.records import EditionRecord
from generator.render import pages, scripts
from generator.render.inputs import Atlas, Pictures
from generator.render.trying import try_view
from generator.store.networks import put_network
from generator.vgg.quantised import quantised
from generator.vgg.weights import load_weights
from generator.workflows._pages import surroundings
from generator.workflows._tried import publish_networks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.real]

COMPARED = ("block3_conv3", "block5_conv3")
LEAST_SHARED = 9.5


def views(count: int) -> list[Image.Image]:
    """Return parts of a photograph, large and small, turned, mirrored and in other light."""
    sample = files("matplotlib") / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    rng, found = np.random.default_rng(1), []
    with Image.open(str(sample)) as photograph:
        for place in range(count):
            side = int(rng.integers(150, 500))
            left, top = (int(rng.integers(0, length - side + 1)) for length in photograph.size)
            part = photograph.crop((left, top, left + side, top + side + int(rng.integers(0, 30))))
            part = ImageOps.mirror(part) if place % 2 else part.rotate(90 * (place % 4), expand=True)
            power = rng.uniform(0.6, 1.6)
            tones = [round(255 * (value / 255) ** power) for value in range(256)]
            found.append(part.point(tones * 3))
    return found


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photographs")
    for place, view in enumerate(views(10)):
        view.save(folder / f"{place}.{('jpg', 'png', 'webp')[place % 3]}", quality=90)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the page for the ImageNet weights alone: peaks are compared as they are."""
    weights = load_weights()
    edition = EditionRecord("natural", "natural", weights.fingerprint, weights.described)
    atlas = Atlas((edition,), {}, {})
    cache, folder = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("real") / "site"
    put_network(cache, weights.fingerprint, quantised(weights.tensors))
    with open_site(folder) as site:
        atlas = replace(atlas, networks=publish_networks(cache, site, [weights.fingerprint]))
        around, view = surroundings(), try_view(atlas, Pictures({}, {}))
        for asset in around.assets:
            site.write(asset.address, asset.data)
        site.write(TRY, pages.try_page(view, around.frame).encode())
        site.write(TRY_SCRIPT, scripts.try_script(view).encode())
        site.write(ATLAS_SCRIPT, scripts.atlas_script(atlas).encode())
        site.commit()
    return folder


@pytest.fixture(scope="module")
def exact(
    photographs: list[Path], real_site: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, set[int]]]:
    """Return what `atlas probe --json` says of each photograph: the filters by layer."""
    said, nowhere = io.StringIO(), tmp_path_factory.mktemp("nowhere")
    with contextlib.redirect_stdout(said):
        assert run(["probe", *map(str, photographs), "--site", str(real_site), "--cache", str(nowhere), "--json"]) == 0
    return [
        {layer["layer"]: {one["filter"] for one in layer["filters"]} for layer in photograph["layers"]}
        for photograph in json.loads(said.getvalue())["photographs"]
    ]


@pytest.mark.parametrize("where", ["disk", "server"])
def test_the_ten_strongest_filters_are_those_of_the_exact_network(
    visit: Callable[..., Page],
    serve: Callable[[Path], str],
    real_site: Path,
    photographs: list[Path],
    exact: list[dict[str, set[int]]],
    where: str,
) -> None:
    page = visit(TRY, base=f"{real_site.as_uri()}/" if where == "disk" else serve(real_site))
    shared = np.zeros((len(photographs), len(COMPARED)))
    for place, photograph in enumerate(photographs):
        page.set_input_files("#try-file", photograph)
        page.locator("#try-answers[aria-busy=false]").wait_for(state="attached")
        for column, layer in enumerate(COMPARED):
            found = page.locator(f"#try-{layer} li").evaluate_all("all => all.map((each) => +each.dataset.filter)")
            shared[place, column] = len(exact[place][layer] & set(found))
    assert shared.mean(axis=0).min() >= LEAST_SHARED, shared
