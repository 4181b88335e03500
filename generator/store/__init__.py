"""The durable half of the atlas: an SQLite index of numbers beside pictures that are named by their content."""

from __future__ import annotations

from generator.store.damage import Damage
from generator.store.keys import result_key
from generator.store.opening import Inspection, inspect_cache, open_store
from generator.store.recovery import find_damage, recover, set_aside
from generator.store.store import Store

__all__ = [
    "Damage",
    "Inspection",
    "Store",
    "find_damage",
    "inspect_cache",
    "open_store",
    "recover",
    "result_key",
    "set_aside",
]
