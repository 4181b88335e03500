"""`atlas probe` on photographs that installed packages carry."""

from __future__ import annotations

import json
import re
import shutil
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generator.addresses import TRY_SCRIPT
from generator.cli import run
from generator.measure.peaks import PeakReader
from generator.measure.photographs import fitted
from generator.records import EditionRecord
from generator.store import open_store
from generator.store.networks import put_network
from generator.vgg.forward import Trunk
from generator.vgg.quantised import quantised
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from generator.vgg.weights import Weights

pytestmark = pytest.mark.real

LAYER = "block2_conv1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with a photograph in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(str(files("matplotlib") / "mpl-data" / "sample_data" / "grace_hopper.jpg"), "hopper.jpg")
    return tmp_path


def test_the_peaks_are_those_of_the_photograph_read_in_a_set(
    folder: Path, imagenet: Weights, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["probe", "hopper.jpg", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["photographs"]
    picture = fitted((folder / "hopper.jpg").read_bytes(), "hopper.jpg")
    read = PeakReader(Trunk(imagenet.tensors, "float32")).read(picture[np.newaxis])
    assert [one["layer"] for one in told["layers"]] == list(read)
    for one in told["layers"]:
        peaks, means, places = (getattr(read[one["layer"]], name)[0] for name in ("peaks", "means", "places"))
        assert [each["filter"] for each in one["filters"]] == np.argsort(-peaks, kind="stable")[:10].tolist()
        for each in one["filters"]:
            assert each["answer"] == each["peak"] == pytest.approx(peaks[each["filter"]], rel=1e-4)
            assert each["mean"] == pytest.approx(means[each["filter"]], rel=1e-4)
            assert [each["row"], each["column"]] == places[each["filter"]].tolist()
    assert [path.name for path in folder.iterdir()] == ["hopper.jpg"]


def test_a_page_stands_alone_and_leads_to_the_site(
    folder: Path, imagenet: Weights, make_result: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    edition = EditionRecord("natural", "natural", imagenet.fingerprint, "ImageNet")
    with open_store(folder / ".atlas", write=True) as store:
        store.ensure_edition(edition)
        for number in range(20):
            # So small that the site has no thumbnail of it: the same file is in both.
            store.put("natural", make_result(LAYER, number, edition=edition, size_px=48))
        put_network(folder / ".atlas", imagenet.fingerprint, quantised(imagenet.tensors))
        publish_site(store, folder / "site")
    assert run(["probe", "hopper.jpg", "--layer", LAYER]) == 0
    assert "open hopper.probe.html" in capsys.readouterr().out
    page = (folder / "hopper.probe.html").read_text()
    shown = re.findall(rf'href="site/{LAYER}/0(\d\d)\.html"', page)
    assert len(shown) == 10
    assert page.count("data:image/avif") == 10
    assert page.count("data:image/webp") == 11
    assert not re.findall(r'(?:src|href)="(?!data:|site/)', page)

    # The site says the same as the cache.
    assert (folder / "site" / TRY_SCRIPT).exists()
    shutil.rmtree(folder / ".atlas")
    assert run(["probe", "hopper.jpg", "--layer", LAYER, "--output", "again.html"]) == 0
    assert (folder / "again.html").read_text() == page


def test_what_cannot_be_read_is_one_sentence_and_keeps_no_other_from_being_looked_at(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (1, 1)).save("dot.png")
    (folder / "text.jpg").write_text("What is this?")
    (folder / "cut.jpg").write_bytes((folder / "hopper.jpg").read_bytes()[:3000])
    for name, said in (
        ("dot.png", "dot.png has 1 x 1 pixels, too few to see anything in; 16 x 16 is the least."),
        ("text.jpg", "text.jpg is not a photograph: it is no JPEG, PNG, WebP or AVIF file."),
        ("none.jpg", "none.jpg is not a photograph: it is no file."),
    ):
        assert run(["probe", name]) == 2
        assert capsys.readouterr().err == f"atlas: {said}\n"
    assert run(["probe", "cut.jpg"]) == 2
    assert run(["probe", "hopper.jpg", "text.jpg", "--output", "one.html"]) == 2
    assert run(["probe", "hopper.jpg", "--output", "nowhere/one.html"]) == 2
    assert not list(folder.glob("*.html"))
    capsys.readouterr()
    assert run(["probe", "text.jpg", "hopper.jpg", "--layer", "block1_conv1"]) == 1
    assert "text.jpg is not a photograph" in capsys.readouterr().out
    assert (folder / "hopper.probe.html").exists()
