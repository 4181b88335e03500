"""What an index or a picture may say of itself: a cache may come from elsewhere, with all its digests made to fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from generator.catalogue import LAYERS

if TYPE_CHECKING:
    from collections.abc import Sequence

Changes = dict[str, int | float | str | None]
"""A user's changed settings by name, as `recipes.checked_changes` gives them."""

FILTERS: Final = {layer.name: layer.filters for layer in LAYERS}
VALUE_BYTES: Final = 4
"""Tables of numbers hold float32."""

_EDITION_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_edition_name(name: str) -> bool:
    """Say whether `name` can name an edition: short, lower case, and never a part of a path."""
    return _EDITION_NAME.fullmatch(name) is not None


def is_digest(text: str) -> bool:
    """Say whether `text` is a SHA-256 in hex digits, and so can name a file."""
    return _DIGEST.fullmatch(text) is not None


def is_place(edition: object, layer: object, number: object) -> bool:
    """Say whether these can be told to people as an edition, a layer and a filter, be there such or not."""
    return isinstance(edition, str) and isinstance(layer, str) and isinstance(number, int)


def is_row(table: str, values: Sequence[Any]) -> bool:
    """Say whether there can be such a row of a table; SQLite itself keeps values of any type in any column."""
    match table, *values:
        case "results", str(edition), str(layer), int(number), int(), None | str() as sha256, str(), bytes(cross_row):
            return is_edition_name(edition) and _is_result(layer, number, sha256, cross_row)
        case "editions", str(name), str(recipe), str(fingerprint), str():
            return is_edition_name(name) and is_edition_name(recipe) and is_digest(fingerprint)
        case "changes", str(), str(), str(text):
            return _are_changes(text)
        case "starts", str(), str(layer), bytes(first_losses):
            return len(first_losses) == VALUE_BYTES * FILTERS.get(layer, -1)
        case "meta", str(), str():
            return True
    return False


def _is_result(layer: str, number: int, sha256: str | None, cross_row: bytes) -> bool:
    """Say whether the filter exists, and its digest leads nowhere but to a picture."""
    filters = FILTERS.get(layer, 0)
    return (
        0 <= number < filters and (sha256 is None or is_digest(sha256)) and len(cross_row) in (0, VALUE_BYTES * filters)
    )


def _are_changes(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=Changes)
    except msgspec.MsgspecError:
        return False
    return True
