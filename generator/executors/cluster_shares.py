"""How the nodes of a cluster are shared out among workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from generator.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

THREADS: Final = 8
"""Cores of a worker where nothing else is said: convolutions of a batch of eight pictures feed no more of them well."""


@dataclass(frozen=True, slots=True)
class Node:
    """What one node offers: cores, GPUs, and memory in bytes."""

    cpus: float
    gpus: float = 0.0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """Equal shares for `workers` workers: whole cores, and GPUs, of which several workers may share one."""

    workers: int
    cpus: int
    gpus: float
    memory_bytes: int


def shared_out(nodes: Sequence[Node], workers: int | None) -> Share:
    """Return the largest equal share that `nodes` have room for `workers` times.

    With `workers` None there is one worker per GPU, or, on nodes without, one per eight cores.

    Raises:
        BadInput: the nodes have fewer cores than workers.

    """
    gpus = int(sum(node.gpus for node in nodes))
    if gpus:
        return _by_gpu([node for node in nodes if node.gpus >= 1], gpus, workers or gpus)
    most = int(max((node.cpus for node in nodes), default=0))
    if workers is None:
        cpus = max(1, min(THREADS, int(min((node.cpus for node in nodes if node.cpus >= 1), default=1))))
        workers = max(1, _room(nodes, cpus))
    else:
        cpus = next((cpus for cpus in range(most, 0, -1) if _room(nodes, cpus) >= workers), 0)
    if _room(nodes, max(1, cpus)) < workers or not cpus:
        raise BadInput(f"the Ray cluster has {_room(nodes, 1)} cores, too few for {workers} workers; ask for fewer.")
    return Share(workers, cpus, 0.0, _memory(nodes, cpus))


def _by_gpu(nodes: Sequence[Node], gpus: int, workers: int) -> Share:
    sharing = -(-workers // gpus)
    cpus = max(1, int(min(node.cpus / (node.gpus * sharing) for node in nodes)))
    if any(node.cpus < node.gpus * sharing * cpus for node in nodes):
        raise BadInput(f"the Ray cluster has too few cores for {workers} workers on {gpus} GPUs; ask for fewer.")
    # Ray counts in ten-thousandths.
    return Share(workers, cpus, int(10_000 / sharing) / 10_000, 0)


def _room(nodes: Sequence[Node], cpus: int) -> int:
    return sum(int(node.cpus) // cpus for node in nodes)


def _memory(nodes: Sequence[Node], cpus: int) -> int:
    per_core = min((int(node.memory_bytes / node.cpus) for node in nodes if node.cpus >= 1), default=0)
    return per_core * cpus
