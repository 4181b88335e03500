"""Whether what photographs do to every filter travels with a site: of very many it would outweigh all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.catalogue import FILTER_COUNT

if TYPE_CHECKING:
    from generator.records import PhotoSet

MOST_ARRAYS_BYTES: Final = 100 * 2**20
"""What peaks and means of a set of photographs may weigh in a site: those of 6,200 photographs."""


def arrays_bytes(one: PhotoSet) -> int:
    """Return what the peaks and means of a set of photographs weigh, in float16."""
    return 2 * 2 * FILTER_COUNT * len(one.photographs)


def has_arrays(one: PhotoSet) -> bool:
    """Tell whether the arrays of a set of photographs are among its data files."""
    return arrays_bytes(one) <= MOST_ARRAYS_BYTES
