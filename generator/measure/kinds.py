"""The kinds of measurement that a build takes of every picture, and the version of each.

A change of what a kind says raises its version: the kind is then taken again from the stored pictures, and no picture
is made again for it.
"""

from __future__ import annotations

from typing import Final

from generator.measure import kept, links
from generator.records import KEPT, PROFILE, RESPONSE

PEAKS_VERSION: Final = 1
"""Version of `peaks`, what is read of a photograph; `generator.measure.peaks`, which reads it, needs TensorFlow."""

VERSIONS: Final[dict[str, int]] = {RESPONSE: 1, links.KIND: links.VERSION, KEPT: kept.VERSION}
"""Version by kind; version 0 of `response` is what version 0.1 of the atlas had measured on pixels that nobody sees."""

WITH_PHOTOGRAPHS: Final[dict[str, int]] = {**VERSIONS, PROFILE: 1}
"""The same where there are photographs to compare the pictures with.

`profile` is the means of all filters of the earlier layers: with the same means on photographs it tells whether the
network handles a picture on the way to its layer as it does them (`agreement`).
"""
