"""Addresses of the pages and data files, from the root of the site. They are permanent."""

from __future__ import annotations

from generator.catalogue import three_digits

ATLAS_SCRIPT = "data/atlas.js"
"""The data script that says which layers and filters have a page."""


def wall_path(layer: str, edition: str | None = None) -> str:
    """Return the address of a layer's wall: the first edition's, or that of another `edition`."""
    return f"{layer}/index.html" if edition is None else f"{layer}/{edition}/index.html"


def cross_path(layer: str, edition: str | None = None) -> str:
    """Return the address of a layer's cross-activation page: the first edition's, or that of another `edition`."""
    return f"{layer}/cross.html" if edition is None else f"{layer}/{edition}/cross.html"


def filter_path(layer: str, number: int) -> str:
    """Return the address of a filter's page."""
    return f"{layer}/{filter_href(number)}"


def filter_href(number: int, prefix: str = "") -> str:
    """Return a link to a filter's page from a page of the same layer; `prefix` leads to the layer's folder."""
    return f"{prefix}{three_digits(number)}.html"


def data_path(edition: str, layer: str, ending: str) -> str:
    """Return the address of a layer's data file: `ending` is `json`, `js`, `cross.js` or `cross.npy`."""
    return f"data/{edition}/{layer}.{ending}"


def root_of(path: str) -> str:
    """Return what leads from the page at `path` to the root of the site: an empty string, or `../` once a folder."""
    return "../" * path.count("/")
