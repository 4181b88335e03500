"""Networks with 8-bit weights: made from tensors, stored, and published as scripts."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.addresses import TRY, TRY_SCRIPT, network_script
from generator.catalogue import LAYERS
from generator.records import EditionRecord
from generator.records.quantised import QUANTISED_BYTES, TOGETHER, quantised_layers
from generator.store import open_store
from generator.store.networks import has_network, network_path, put_network, read_network
from generator.vgg.quantised import quantised
from generator.vgg.tensors import TENSOR_SHAPES
from generator.workflows._tried import keep_network
from generator.workflows.render import publish_site

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MakeResult

FINGERPRINT = "ab" * 32


@pytest.fixture(scope="module")
def tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal(shape, dtype=np.float32) for name, shape in TENSOR_SHAPES.items()}


@pytest.fixture(scope="module")
def network(tensors: dict[str, np.ndarray]) -> bytes:
    tensors["block2_conv1/kernel"][..., 5] = 0
    return quantised(tensors)


def handed_over(script: bytes) -> tuple[str, bytes]:
    """Return the layer of a script and the weights that a page reads off it."""
    found = re.fullmatch(r'ATLAS_WEIGHTS\["(\w+)"\]=\{bytes:(\d+),text:"([^"]+)"\};\n', script.decode("utf-16"))
    assert found is not None
    bits = "".join(f"{ord(unit) - 0x3400:015b}" for unit in found[3])
    packed = bytes(int(bits[at : at + 8], 2) for at in range(0, 8 * int(found[2]), 8))
    return found[1], zlib.decompress(packed)


def test_8_bit_weights_are_within_half_a_level_of_the_tensors(tensors: dict[str, np.ndarray], network: bytes) -> None:
    assert len(network) == QUANTISED_BYTES
    for layer in LAYERS:
        part = quantised_layers(network)[layer.name]
        kernel, bias = tensors[f"{layer.name}/kernel"], tensors[f"{layer.name}/bias"]
        levels = np.frombuffer(part[: kernel.size], np.int8).reshape(-1, 3, 3, layer.in_channels, TOGETHER)
        scales, biases = np.frombuffer(part[kernel.size :], "<f4").reshape(2, -1)
        again = np.moveaxis(levels, 0, 3).reshape(kernel.shape) * scales
        assert np.all(np.abs(again - kernel) <= scales * 0.5001), layer.name
        assert np.array_equal(biases, bias)


def test_a_network_that_is_not_what_was_written_counts_as_missing(tmp_path: Path, network: bytes) -> None:
    assert not has_network(tmp_path, FINGERPRINT)
    assert read_network(tmp_path, FINGERPRINT) is None
    put_network(tmp_path, FINGERPRINT, network)
    assert has_network(tmp_path, FINGERPRINT)
    assert read_network(tmp_path, FINGERPRINT) == network
    path = network_path(tmp_path, FINGERPRINT)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert read_network(tmp_path, FINGERPRINT) is None
    path.write_bytes(path.read_bytes()[:-1])
    assert not has_network(tmp_path, FINGERPRINT)
    with pytest.raises(ValueError, match="is not a SHA-256"):
        network_path(tmp_path, "../there")


def test_a_network_is_made_once_and_again_where_it_is_damaged(
    tmp_path: Path, tensors: dict[str, np.ndarray], network: bytes
) -> None:
    asked: list[int] = []

    def given() -> dict[str, np.ndarray]:
        asked.append(1)
        return tensors

    keep_network(tmp_path, FINGERPRINT, given)
    keep_network(tmp_path, FINGERPRINT, given)
    assert len(asked) == 1
    path = network_path(tmp_path, FINGERPRINT)
    path.write_bytes(b"?" + path.read_bytes()[1:])
    keep_network(tmp_path, FINGERPRINT, given)
    assert len(asked) == 2
    assert read_network(tmp_path, FINGERPRINT) == network


def test_a_site_has_the_page_for_pictures_where_the_network_is_known_and_keeps_it(
    tmp_path: Path, network: bytes, make_result: MakeResult
) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "site"
    with open_store(cache, write=True) as store:
        store.ensure_edition(EditionRecord("natural", "natural", FINGERPRINT, "ImageNet weights"))
        store.put("natural", make_result("block1_conv1", 3))
        publish_site(store, folder)
        assert not (folder / TRY).exists()
        put_network(cache, FINGERPRINT, network)
        publish_site(store, folder)
        script = (folder / network_script(FINGERPRINT, "block1_conv1")).read_bytes()
        assert handed_over(script) == ("block1_conv1", quantised_layers(network)["block1_conv1"])
        (found,) = json.loads((folder / TRY_SCRIPT).read_text().removeprefix("var ATLAS_TRY=").rstrip(";\n"))[
            "networks"
        ]
        first, second = found["layers"][:2]
        assert [number for number, unit in enumerate(first["units"]) if unit is not None] == [3]
        assert (first["unit"], second["unit"], second["units"]) == ("mean", "none", [])
        assert 'href="try.html"' in (folder / "index.html").read_text()
        network_path(cache, FINGERPRINT).unlink()
        assert publish_site(store, folder).written == ()
        assert (folder / TRY).exists()
