"""Addresses of the site: permanent, and never a way out of its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator import addresses
from generator.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_addresses_are_those_that_people_have_linked_to() -> None:
    assert addresses.MANIFEST == "data/manifest.json"
    assert addresses.layer_data("natural", "block1_conv1") == "data/natural/block1_conv1.json"
    assert addresses.cross_data("natural", "block1_conv1") == "data/natural/block1_conv1.cross.npy"
    assert addresses.starts_data("0a1b2c3d" * 8) == "data/starts-0a1b2c3d.json"
    assert addresses.edition_table("natural-0a1b2c3d") == "data/natural-0a1b2c3d.csv"
    assert addresses.full_picture("article", "block5_conv3", 7) == "images/article/block5_conv3/007.avif"
    assert addresses.thumbnail("article", "block5_conv3", 7) == "block5_conv3/article/007.avif"
    assert addresses.map_sprite("article", "block5_conv3", 7) == "images/article/block5_conv3/007-maps.webp"
    assert addresses.contact_sheet("draft", "block1_conv1", 1) == "images/draft/block1_conv1/sheet-1.avif"
    assert addresses.loss_histogram("draft", "block1_conv1") == "images/draft/block1_conv1/losses.svg"
    assert addresses.cross_picture("draft", "block1_conv1") == "images/draft/block1_conv1/cross.avif"


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "a\\b", "", ".hidden", "a\0", "A", "a..b", "a\nb", "é"])
@pytest.mark.parametrize("address", [addresses.layer_data, addresses.cross_data, addresses.loss_histogram])
def test_a_name_with_a_path_in_it_makes_no_address(name: str, address: Callable[[str, str], str]) -> None:
    with pytest.raises(BadInput, match="cannot be part of an address"):
        address(name, "block1_conv1")
    with pytest.raises(BadInput, match="cannot be part of an address"):
        address("natural", name)
