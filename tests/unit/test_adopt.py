"""A cache from a published site: everything comes back, what is damaged is named, a stranger's site does no harm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from site_cases import resum

from generator.errors import BadInput, BadSite
from generator.records import EditionRecord, StartRecord
from generator.store import find_damage, open_store
from generator.workflows.adopt import adopt
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAYERS = ("block1_conv1", "block3_conv2")
NATURAL = EditionRecord("natural", "natural", "ab" * 32, "ImageNet weights")
DRAFT = EditionRecord("draft", "draft", "ab" * 32, "ImageNet weights")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, make_result: Any, make_failure: Any) -> Path:
    """A folder with a cache of two editions and the site that was published from it."""
    folder: Path = tmp_path_factory.mktemp("published")
    with open_store(folder / "cache", write=True) as store:
        for edition in (NATURAL, DRAFT):
            store.ensure_edition(edition)
            for layer in LAYERS:
                store.set_changes(edition.name, layer, {"steps": 7} if layer == LAYERS[0] else {})
                for number, status in enumerate(("active", "woken", "dead", "active")):
                    size_px = 100 if number == 3 else 16
                    result = make_result(layer, number, size_px=size_px, status=status, edition=edition)
                    store.put(edition.name, result)
        store.put("natural", make_failure(LAYERS[0], 9))
        store.put_starts(NATURAL.weights_fingerprint, [StartRecord(LAYERS[0], np.arange(64, dtype=np.float32))])
        publish_site(store, folder / "site")
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def everything(cache: Path) -> dict[str, Any]:
    with open_store(cache, write=False) as store:
        assert find_damage(store) == ()
        layers = {(one.name, layer): store.layer(one.name, layer) for one in store.editions() for layer in LAYERS}
        return {
            "editions": store.editions(),
            "records": {place: layer.filters for place, layer in layers.items()},
            "cross": {place: layer.cross.tobytes() for place, layer in layers.items()},
            "maps": {
                place: {number: one.maps.tobytes() for number, one in store.responses(*place).items()}
                for place in layers
            },
            "measured": {place: store.stored(place[0]) for place in layers},
            "changes": {place: store.changes(*place) for place in layers},
            "starts": [(one.layer, one.first_losses.tobytes()) for one in store.starts(NATURAL.weights_fingerprint)],
            "files": {path.name: path.read_bytes() for path in cache.glob("images/*/*")},
        }


def test_a_cache_made_from_a_site_holds_all_that_the_sites_cache_held(place: Path) -> None:
    report = adopt(place / "site", place / "new")
    assert (report.adopted, report.held, report.damaged) == ({"natural": 8, "draft": 8}, 0, ())
    assert everything(place / "new") == everything(place / "cache")


def test_what_was_adopted_renders_the_same_site(place: Path) -> None:
    adopt(place / "site", place / "new")
    with open_store(place / "new", write=False) as store:
        report = publish_site(store, place / "site")
    assert (report.written, report.removed) == ((), ())


def test_what_the_cache_holds_already_stays(place: Path, make_result: Any) -> None:
    with open_store(place / "new", write=True) as store:
        store.ensure_edition(NATURAL)
        own = store.put("natural", make_result(LAYERS[0], 1, seed=5, size_px=16))
    report = adopt(place / "site", place / "new")
    assert (report.adopted, report.held) == ({"natural": 7, "draft": 8}, 1)
    with open_store(place / "new", write=False) as store:
        assert store.layer("natural", LAYERS[0]).filters[1] == own
    assert adopt(place / "site", place / "new").adopted == {"natural": 0, "draft": 0}


def spoil(site: Path, address: str) -> None:
    path = site / address
    path.write_bytes(path.read_bytes()[:-9] + b"disturbed")


IMAGE = f"images/natural/{LAYERS[0]}/000.avif"
MAPS = f"images/natural/{LAYERS[0]}/000-maps.webp"
DATA = f"data/natural/{LAYERS[1]}"


@pytest.mark.parametrize(
    ("address", "harm", "left"),
    [
        (IMAGE, spoil, 7),
        (MAPS, spoil, 7),
        (IMAGE, lambda site, address: (site / address).unlink(), 7),
        (f"{DATA}.json", spoil, 4),
        (f"{DATA}.cross.npy", spoil, 4),
        (f"{DATA}.cross.npy", lambda site, address: resum(site, address, b"\x93NUMPY\x01\x00"), 4),
        (f"{DATA}.json", lambda site, address: resum(site, address, b'{"layer":"block9"}'), 4),
        (IMAGE, lambda site, address: resum(site, address, (site / address.replace("000", "001")).read_bytes()), 7),
        (IMAGE, lambda site, address: resum(site, address, b"no picture"), 7),
        (MAPS, lambda site, address: resum(site, address, b"no maps"), 7),
    ],
)
def test_a_damaged_file_is_named_and_left_out(
    place: Path, address: str, harm: Callable[[Path, str], object], left: int
) -> None:
    harm(place / "site", address)
    report = adopt(place / "site", place / "new")
    assert report.exit_code == 1
    assert report.adopted == {"natural": left, "draft": 8}
    (sentence,) = report.damaged
    assert sentence.startswith(f"the site's {address} ") or address.endswith(".npy")
    with open_store(place / "new", write=False) as store:
        assert find_damage(store) == ()


@pytest.mark.parametrize("image", ["../../secret.avif", "/etc/passwd"])
def test_no_address_leads_out_of_the_site(place: Path, image: str) -> None:
    address = f"data/natural/{LAYERS[0]}.json"
    data = json.loads((place / "site" / address).read_text())
    data["filters"][0]["image"] = image
    resum(place / "site", address, json.dumps(data).encode())
    (place / "secret.avif").write_bytes((place / "site" / IMAGE).read_bytes())
    report = adopt(place / "site", place / "new")
    assert report.adopted["natural"] == 7
    assert len(report.damaged) == 1


def test_a_picture_that_is_a_link_is_not_followed(place: Path) -> None:
    (place / "outside.avif").write_bytes((place / "site" / IMAGE).read_bytes())
    (place / "site" / IMAGE).unlink()
    (place / "site" / IMAGE).symlink_to(place / "outside.avif")
    assert adopt(place / "site", place / "new").adopted["natural"] == 7


def test_an_edition_of_other_weights_is_refused(place: Path) -> None:
    with open_store(place / "new", write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", "cd" * 32, "mine"))
    with pytest.raises(BadInput, match="of other weights than the site's"):
        adopt(place / "site", place / "new")


def test_what_is_no_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSite, match="holds no atlas"):
        adopt(tmp_path, tmp_path / "cache")


def test_a_site_of_a_newer_version_is_refused(place: Path) -> None:
    manifest = place / "site" / "data" / "manifest.json"
    resum(place / "site", "data/manifest.json", manifest.read_bytes().replace(b'"format":2', b'"format":3'))
    with pytest.raises(BadSite, match="has data of format 3, not 2; use a newer program"):
        adopt(place / "site", place / "new")


def test_adopting_imports_no_tensorflow(place: Path) -> None:
    script = (
        "import sys; from generator.cli import run;"
        f"code = run(['adopt', {str(place / 'site')!r}, '--cache', {str(place / 'new')!r}, '--json']);"
        "sys.exit(code or any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, stdout=subprocess.DEVNULL).returncode == 0
    shutil.rmtree(place / "new")


def test_what_was_measured_comes_along_for_a_picture_that_came_back_by_its_file(place: Path) -> None:
    adopt(place / "site", place / "clone")
    whole = everything(place / "clone")["measured"]
    (place / "clone" / "index.sqlite3").unlink()
    adopt(place / "site", place / "clone")
    assert everything(place / "clone")["measured"] == whole
