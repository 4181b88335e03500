"""How many cores this process computes on."""

from __future__ import annotations

import os

from generator.records import THREADS_VARIABLE


def core_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def granted_cores() -> int:
    """Return how many cores `ATLAS_THREADS` grants this process, 0 where it says nothing."""
    granted = os.environ.get(THREADS_VARIABLE, "")
    return int(granted) if granted.isdecimal() else 0
