"""The key of a result: whatever could change a picture or a number changes the key."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from generator.recipes import ALGORITHM

if TYPE_CHECKING:
    from generator.recipes import Settings


def result_key(
    weights_fingerprint: str,
    layer: str,
    filter: int,  # noqa: A002 - the record's own word
    settings: Settings,
    algorithm: int = ALGORITHM,
) -> str:
    """Return the SHA-256 (hex) over weights, layer, filter, every setting and the version of the algorithm.

    Numbers count by value: a learning rate of 30 and one of 30.0 give the same key.
    """
    facts = {
        "algorithm": algorithm,
        "filter": filter,
        "layer": layer,
        "settings": {name: _by_value(value) for name, value in settings.as_dict().items()},
        "weights": weights_fingerprint,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _by_value(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
