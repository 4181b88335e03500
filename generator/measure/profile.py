"""How the network handles a picture on the way to its layer: the means of all filters of the earlier layers.

Kind `profile`. With the same means on photographs it tells whether the picture is handled as they are (`agreement`).
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
