"""Networks with 8-bit weights beside the pictures: one file a set of weights, from which a site takes its own.

The first line is the SHA-256 (hex) of the rest, whose bytes `generator.records.quantised` describes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.files import digest_of, read_file, write_file
from generator.records.quantised import QUANTISED_BYTES, QUANTISED_VERSION
from generator.store.files import NETWORKS_NAME, disk_trouble
from generator.store.pictures import is_digest

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = len(digest_of(b"")) + 1


def network_path(cache: Path, weights_fingerprint: str) -> Path:
    """Return the place of the network with these weights; raise `ValueError` for what is no fingerprint."""
    if not is_digest(weights_fingerprint):
        raise ValueError(f"{weights_fingerprint!r} is not a SHA-256")
    return cache / NETWORKS_NAME / f"{weights_fingerprint}-{QUANTISED_VERSION}.bin"


def has_network(cache: Path, weights_fingerprint: str) -> bool:
    """Tell whether the cache holds the network with these weights, by its size."""
    try:
        return network_path(cache, weights_fingerprint).stat().st_size == _HEAD_BYTES + QUANTISED_BYTES
    except OSError:
        return False


def put_network(cache: Path, weights_fingerprint: str, network: bytes) -> None:
    """Store a network of `QUANTISED_BYTES`.

    Raises:
        WorkFailed: the disk refused.

    """
    with disk_trouble(cache):
        write_file(network_path(cache, weights_fingerprint), digest_of(network).encode() + b"\n" + network)


def read_network(cache: Path, weights_fingerprint: str) -> bytes | None:
    """Return a network; None when there is none, or it is not what was written: the next build makes it again."""
    try:
        data = read_file(network_path(cache, weights_fingerprint), _HEAD_BYTES + QUANTISED_BYTES)
    except OSError:
        return None
    digest, _, network = data.partition(b"\n")
    return network if digest == digest_of(network).encode() and len(network) == QUANTISED_BYTES else None
