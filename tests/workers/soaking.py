"""How much of what is repeated is repeated: little for `make test`, all of it for `make soak`."""

from __future__ import annotations

import os
from typing import Final

SOAK: Final = bool(os.environ.get("ATLAS_SOAK"))
TIMEOUT_S: Final = 4 * 3600 if SOAK else 600


def examples(count: int) -> int:
    """Return how many examples hypothesis tries of a test that wants so many in `make test`."""
    return 20 * count if SOAK else count
