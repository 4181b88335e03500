"""A site read as an archive: nothing is believed that its checksums do not bear out, and nothing that cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.errors import DamagedFile
from generator.files import digest_of
from generator.publish.archive import Archive
from generator.publish.data import starts_json
from generator.records import StartRecord

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "data/starts-abababab.json"
GOOD = {"block1_conv1": [0.5] * 64}


def archive_of(root: Path, address: str, data: bytes) -> Archive:
    (root / address).parent.mkdir(parents=True, exist_ok=True)
    (root / address).write_bytes(data)
    return Archive(root, {address: digest_of(data)}, ())


def test_the_starts_come_back_in_the_catalogues_order_to_the_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    starts = [
        StartRecord(layer, rng.gamma(1, 1, filters).astype(np.float32))
        for layer, filters in (("block5_conv3", 512), ("block1_conv1", 64))
    ]
    found = archive_of(tmp_path, ADDRESS, starts_json(starts)).starts(ADDRESS)
    assert [one.layer for one in found] == ["block1_conv1", "block5_conv3"]
    for one, start in zip(found, reversed(starts), strict=True):
        assert np.array_equal(one.first_losses, start.first_losses)


STRANGE_STARTS = {
    "no json": b"\x80\x04",
    "a list": b"[]",
    "a layer that VGG16 does not have": json.dumps({"block9_conv1": [0.5] * 64}).encode(),
    "too few filters": json.dumps({"block1_conv1": [0.5] * 63}).encode(),
    "texts": json.dumps({"block1_conv1": ["0.5"] * 64}).encode(),
    "below zero": json.dumps({"block1_conv1": [-0.5] * 64}).encode(),
    "beyond float32": json.dumps({"block1_conv1": [1e300] * 64}).encode(),
    "not finite": json.dumps({"block1_conv1": [float("nan")] * 64}).encode(),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("data", STRANGE_STARTS.values(), ids=STRANGE_STARTS.keys())
def test_starts_that_cannot_be_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        archive_of(tmp_path, ADDRESS, data).starts(ADDRESS)


def test_a_file_is_held_against_its_checksum_before_it_is_read(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, ADDRESS, json.dumps(GOOD).encode())
    assert len(archive.starts(ADDRESS)) == 1
    (tmp_path / ADDRESS).write_bytes(json.dumps(GOOD).replace("0.5", "0.4").encode())
    with pytest.raises(DamagedFile, match="is not what was published"):
        archive.starts(ADDRESS)


@pytest.mark.parametrize("address", ["../secret", "/etc/passwd", "data/../../secret", "data/other.json", ""])
def test_an_address_never_leads_out_of_the_site(address: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine")
    archive = archive_of(tmp_path / "site", ADDRESS, b"{}")
    with pytest.raises(DamagedFile):
        Archive(archive.root, {**archive.sums, "../secret": digest_of(b"mine")}, ()).read(address)


def test_a_link_in_a_site_is_not_followed(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "site", ADDRESS, b"{}")
    (tmp_path / "site" / ADDRESS).unlink()
    (tmp_path / "elsewhere").write_bytes(b"{}")
    (tmp_path / "site" / ADDRESS).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedFile):
        archive.read(ADDRESS)
