"""Where the work is done: in this process, in processes of this machine, or on a Ray cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.errors import BadInput, did_you_mean
from generator.executors.local import local_executor

if TYPE_CHECKING:
    from generator.executors.protocol import Executor, Tensors

EXECUTORS: Final = ("local", "ray")


def make_executor(
    name: str,
    compute: str,
    *,
    workers: int | None = None,
    ray_address: str | None = None,
    tensors: Tensors | None = None,
) -> Executor:
    """Return the executor called `name`, which runs the function at the import path `compute`.

    Args:
        name: "local" or "ray".
        compute: `"package.module:function"`; see `generator.executors.protocol`.
        workers: how many at once; None takes one per GPU, or what the machine or the cluster is fit for.
        ray_address: of a running Ray cluster; None starts one on this machine for the time of the work.
        tensors: the weights, to be handed to every worker; None lets each find them for itself.

    Raises:
        BadInput: there is no such executor, or the number of workers or the address makes no sense.
        MissingExtra: "ray" is asked for and Ray is not installed.

    """
    if name not in EXECUTORS:
        raise BadInput(f"there is no executor {name!r}; use {' or '.join(EXECUTORS)}.{did_you_mean(name, EXECUTORS)}")
    if workers is not None and workers < 1:
        raise BadInput(f"workers {workers!r} will not do; it must be a whole number from 1.")
    if name == "ray":
        from generator.executors.on_ray import RayExecutor  # noqa: PLC0415 - the extra may not be installed

        return RayExecutor(compute, workers, ray_address, tensors)
    if ray_address is not None:
        raise BadInput(f"a Ray address ({ray_address}) needs the executor 'ray'; add --executor ray.")
    return local_executor(compute, workers, tensors)
