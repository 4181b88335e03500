"""What this machine has to compute with, found without loading the library that computes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generator.records import THREADS_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

GPUS_VARIABLE: Final = "CUDA_VISIBLE_DEVICES"
_DRIVER_FOLDER: Final = Path("/proc/driver/nvidia/gpus")
_CGROUP_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

ASSUMED_GPU_BYTES: Final = 8 * 2**30
"""Memory of a GPU that cannot be asked: the smallest that is still common on machines that compute."""

ASSUMED_HOST_BYTES: Final = 4 * 2**30
"""Memory of a machine that cannot be asked."""

_MIB: Final = 2**20


def visible_gpus(environment: Mapping[str, str] = os.environ, driver_folder: Path = _DRIVER_FOLDER) -> tuple[str, ...]:
    """Return the GPUs that this process may use, by the names that `CUDA_VISIBLE_DEVICES` takes.

    As CUDA reads the variable: an unset one shows all GPUs of the driver, and an entry "-1" ends the list.
    """
    named = environment.get(GPUS_VARIABLE)
    if named is None:
        return tuple(str(number) for number, _ in enumerate(_entries(driver_folder)))
    gpus: list[str] = []
    for entry in named.split(","):
        name = entry.strip()
        if not name or name.startswith("-"):
            break
        gpus.append(name)
    return tuple(gpus)


def host_memory_bytes() -> int:
    """Return the memory that this process may still take: what is free, within the limit of its control group."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                free = int(line.split()[1]) * 1024
    except (OSError, ValueError, AttributeError):
        free = ASSUMED_HOST_BYTES
    return min([free, *_group_limits()])


def gpu_memory_bytes() -> int:
    """Return the memory of the smallest GPU in bytes, as the driver's own tool tells it."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ASSUMED_GPU_BYTES
    asked = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout  # noqa: S603 - fixed words
        return min(int(line) for line in told.split()) * _MIB
    except (OSError, ValueError, subprocess.SubprocessError):
        return ASSUMED_GPU_BYTES


def worker_environments(workers: int, gpus: tuple[str, ...], cores: int) -> tuple[dict[str, str], ...]:
    """Return the environment variables of each worker: its own GPU, if there are any, and its share of the cores.

    Workers that must share a GPU are told to take its memory as they need it, not all at once.
    """
    environments = []
    for number in range(workers):
        environment = {THREADS_VARIABLE: str(max(1, cores // workers))}
        if gpus:
            environment[GPUS_VARIABLE] = gpus[number % len(gpus)]
        if gpus and workers > len(gpus):
            environment["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
        environments.append(environment)
    return tuple(environments)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def _group_limits() -> list[int]:
    limits = []
    for path in _CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return limits
