"""Where everything stands in the site. Addresses are permanent: people link to them.

All are relative to the site folder and written with `/`.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from generator.catalogue import three_digits
from generator.errors import BadInput

MANIFEST: Final = "data/manifest.json"
ATLAS_SCRIPT: Final = "data/atlas.js"
"""The data script that says which layers and filters have a page."""

PhotoArray = Literal["peaks", "ranks", "sums"]
PHOTO_ARRAYS: Final[tuple[PhotoArray, ...]] = ("peaks", "ranks", "sums")
"""What a set of photographs does to a layer, as arrays."""

FIND: Final = "find.html"
TRY: Final = "try.html"
TRY_SCRIPT: Final = "data/try.js"
"""The data script of what `try.html` needs beside the weights."""

PICTURE_TYPE: Final = "avif"
SPRITE_TYPE: Final = "webp"

_PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FULL_PICTURE = re.compile(rf"images/([^/]+)/([^/]+)/(\d{{3}})\.{PICTURE_TYPE}")


_PHOTOS = re.compile(r"data/photos/([^/]+)/photos\.json")


def part(name: str) -> str:
    """Return `name` if it can be one part of an address; raise `BadInput` for anything with a path in it.

    Layers and editions come from a stored index, which a stranger may have written.
    """
    if not _PLAIN.fullmatch(name) or ".." in name:
        raise BadInput(
            f"{name!r} cannot be part of an address; it may hold only small letters, digits, '-', '_' and '.'."
        )
    return name


def wall_path(layer: str, edition: str | None = None) -> str:
    """Return the address of a layer's wall: the first edition's, or that of another `edition`."""
    return f"{layer}/index.html" if edition is None else f"{layer}/{edition}/index.html"


def cross_path(layer: str, edition: str | None = None) -> str:
    """Return the address of a layer's cross-activation page: the first edition's, or that of another `edition`."""
    return f"{layer}/cross.html" if edition is None else f"{layer}/{edition}/cross.html"


def families_path(layer: str) -> str:
    """Return the address of a layer's map, on which similar filters are near each other."""
    return f"{layer}/families.html"


def photo_path(photo_set: str, slug: str) -> str:
    """Return the address of the page of a photograph."""
    return f"photos/{part(photo_set)}/{slug}.html"


def photo_picture(photo_set: str, slug: str) -> str:
    """Return the address of the thumbnail of a photograph that may be shown."""
    return f"photos/{part(photo_set)}/{slug}.{PICTURE_TYPE}"


def photo_maps(photo_set: str, layer: str, number: int) -> str:
    """Return the address of a filter's maps on photographs that may be shown, tiles from left to right."""
    return f"photos/{part(photo_set)}/maps/{part(layer)}/{three_digits(number)}.{SPRITE_TYPE}"


def filter_path(layer: str, number: int) -> str:
    """Return the address of a filter's page."""
    return f"{layer}/{filter_href(number)}"


def filter_href(number: int, prefix: str = "") -> str:
    """Return a link to a filter's page from a page of the same layer; `prefix` leads to the layer's folder."""
    return f"{prefix}{three_digits(number)}.html"


def root_of(path: str) -> str:
    """Return what leads from the page at `path` to the root of the site: an empty string, or `../` once a folder."""
    return "../" * path.count("/")


def full_picture(edition: str, layer: str, number: int) -> str:
    """Return the address of a filter's picture."""
    return f"{_images(edition, layer)}/{three_digits(number)}.{PICTURE_TYPE}"


def pictured_filter(address: str) -> tuple[str, str, int] | None:
    """Return edition, layer and filter of a full picture's address; None for any other address."""
    match = _FULL_PICTURE.fullmatch(address)
    return (match[1], match[2], int(match[3])) if match else None


def thumbnail(edition: str, layer: str, number: int) -> str:
    """Return the address of a filter's thumbnail, where it is a file of its own.

    It stands beside the pages, which name dozens of them: a short way to each is a megabyte of the site.
    """
    return f"{part(layer)}/{part(edition)}/{three_digits(number)}.{PICTURE_TYPE}"


def map_sprite(edition: str, layer: str, number: int) -> str:
    """Return the address of a filter's feature maps, tiles from left to right."""
    return f"{_images(edition, layer)}/{three_digits(number)}-maps.{SPRITE_TYPE}"


def contact_sheet(edition: str, layer: str, number: int) -> str:
    """Return the address of a layer's contact sheet, numbered from 1."""
    return f"{_images(edition, layer)}/sheet-{number}.{PICTURE_TYPE}"


def loss_histogram(edition: str, layer: str) -> str:
    """Return the address of a layer's histogram of losses."""
    return f"{_images(edition, layer)}/losses.svg"


def cross_picture(edition: str, layer: str) -> str:
    """Return the address of a layer's cross-activation matrix as a picture."""
    return f"{_images(edition, layer)}/cross.{PICTURE_TYPE}"


def layer_data(edition: str, layer: str) -> str:
    """Return the address of a layer's numbers as JSON."""
    return f"{_data(edition, layer)}.json"


def cross_data(edition: str, layer: str) -> str:
    """Return the address of a layer's cross-activation matrix as a NumPy file."""
    return f"{_data(edition, layer)}.cross.npy"


def layer_script(edition: str, layer: str) -> str:
    """Return the address of the script with which a wall sorts and filters."""
    return f"{_data(edition, layer)}.js"


def matrix_script(edition: str, layer: str) -> str:
    """Return the address of the script with which a matrix is drawn."""
    return f"{_data(edition, layer)}.cross.js"


def links_data(edition: str, layer: str) -> str:
    """Return the address of a layer's links as a NumPy file."""
    return f"{_data(edition, layer)}.links.npy"


def photos_data(photo_set: str) -> str:
    """Return the address of what is said of the photographs of a set, as JSON."""
    return f"{_photo_data(photo_set)}/photos.json"


def described_set(address: str) -> str | None:
    """Return the set whose photographs are told at an address, None for any other address."""
    found = _PHOTOS.fullmatch(address)
    return found[1] if found else None


def photo_layer_data(photo_set: str, layer: str) -> str:
    """Return the address of what a set of photographs says of a layer, as JSON."""
    return f"{_photo_data(photo_set)}/{part(layer)}.json"


def photo_array(photo_set: str, layer: str, kind: PhotoArray) -> str:
    """Return the address of a NumPy file of what a set of photographs does to a layer."""
    return f"{_photo_data(photo_set)}/{part(layer)}.{kind}.npy"


def starts_data(weights_fingerprint: str) -> str:
    """Return the address of the mean of every filter on the article's start, for one set of weights."""
    return f"data/starts-{part(weights_fingerprint)[:8]}.json"


def network_folder(weights_fingerprint: str) -> str:
    """Return the folder of a network with 8-bit weights, with a `/` at its end."""
    return f"data/try-{part(weights_fingerprint)[:8]}/"


def network_script(weights_fingerprint: str, layer: str) -> str:
    """Return the address of the script with a layer's 8-bit weights."""
    return f"{network_folder(weights_fingerprint)}{part(layer)}.js"


def edition_table(edition: str) -> str:
    """Return the address of an edition's table of all filters."""
    return f"data/{part(edition)}.csv"


def _images(edition: str, layer: str) -> str:
    return f"images/{part(edition)}/{part(layer)}"


def _photo_data(photo_set: str) -> str:
    return f"data/photos/{part(photo_set)}"


def _data(edition: str, layer: str) -> str:
    return f"data/{part(edition)}/{part(layer)}"
