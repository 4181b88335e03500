"""The durable half of the atlas: an SQLite index of numbers beside content-addressed PNG masters."""

from __future__ import annotations

from generator.store.keys import result_key
from generator.store.masters import Master
from generator.store.store import Store, open_store

__all__ = ["Master", "Store", "open_store", "result_key"]
