"""Finds or starts a Ray cluster, quietly, and shares out what it offers."""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path
from typing import Any, Final

import ray

from generator.cores import core_count
from generator.errors import BadInput
from generator.executors.cluster_shares import Node, Share, shared_out
from generator.executors.devices import visible_gpus

ADDRESS_VARIABLE: Final = "RAY_ADDRESS"
"""Ray's own variable, which is set for a program that was submitted to a cluster as a job."""

OBJECT_STORE_BYTES: Final = 512 * 2**20
"""Shared memory of a cluster of our own: the weights take 59 MB, a finished filter 0.2."""

ANSWER_S: Final = 10.0
"""Seconds in which the head node of a cluster must accept a connection."""

_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


def connected(address: str | None, workers: int | None) -> bool:
    """Connect to the cluster at `address`, or start one on this machine; False when the program is connected already.

    Raises:
        BadInput: the address makes no sense, or no cluster answers there.

    """
    if ray.is_initialized():
        return False
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    address = address or os.environ.get(ADDRESS_VARIABLE) or "local"
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    if address == "local":
        options |= {
            "num_cpus": max(core_count(), workers or 1),
            "num_gpus": len(visible_gpus()),
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": False,
        }
    else:
        _check(address)
        # Every node then works with this very version of the package, whether or not one is installed there.
        options["runtime_env"] = {
            "py_modules": [str(Path(__file__).parents[1])],
            "excludes": ["__pycache__", "_templates"],
        }
    try:
        ray.init(address=address, **options)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise BadInput(f"no Ray cluster can be used at {address!r} ({' '.join(str(error).split())}).") from error
    _let_ray_speak(aloud=False)
    return True


def disconnected() -> None:
    """Leave the cluster; one that was started by `connected` ends."""
    ray.shutdown()
    _let_ray_speak(aloud=True)


def _let_ray_speak(*, aloud: bool) -> None:
    # Ray prints a lost worker's story on the driver's standard output whatever its options say.
    ray._private.worker._worker_logs_enabled = aloud  # noqa: SLF001 - there is no public switch


def share_of_cluster(workers: int | None) -> Share:
    """Return what each of `workers` workers may have of the cluster that the program is connected to.

    Raises:
        BadInput: the cluster is too small for so many workers.

    """
    nodes = []
    told: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    for node in told:
        offers = node.get("Resources", {})
        if node.get("Alive") and offers.get("CPU", 0) >= 1:
            nodes.append(Node(offers["CPU"], offers.get("GPU", 0.0), int(offers.get("memory", 0))))
    return shared_out(nodes, workers)


def _check(address: str) -> None:
    if "://" in address:
        raise BadInput(
            f"the Ray address {address!r} will not do; give host:port of the head node (as in 10.0.0.1:6379) "
            "from a machine of the cluster, or submit the command with ray job submit."
        )
    host, _, port = address.rpartition(":")
    if address == "auto":
        return
    if not host or not port.isdigit():
        raise BadInput(f"the Ray address {address!r} will not do; it must be host:port, as in 10.0.0.1:6379, or auto.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise BadInput(f"no Ray cluster answers at {address}; is its head node running, and the port right?") from error
