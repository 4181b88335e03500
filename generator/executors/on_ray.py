"""Executor on a Ray cluster: workers with resources of their own that stream what they finish.

A worker is a Ray actor and a task one call of its streaming generator. Ray gives plain tasks a process that may have
held another GPU before, while TensorFlow binds a process to its GPU for good; an actor keeps both for its life.
Ray restarts and retries nothing here: `generator.executors.dispatch` does, without what was already yielded.
"""

from __future__ import annotations

import itertools
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from generator.errors import MissingExtra, WorkFailed
from generator.executors.devices import ASSUMED_GPU_BYTES, ASSUMED_HOST_BYTES
from generator.executors.dispatch import TASKS_PER_WORKER, Broken, Dispatcher, Done, Event, Lost, Ready, Refused
from generator.executors.guard import told
from generator.executors.prefetching import prefetched
from generator.executors.protocol import Capacity
from generator.executors.worker import answered, prepared, tensors_digest, worked
from generator.records import THREADS_VARIABLE

try:
    import ray
    from ray.exceptions import ActorUnavailableError, OutOfMemoryError, RayError, RayTaskError
except ImportError as missing:
    raise MissingExtra(
        'the executor "ray" needs Ray, which is not installed; install it with pip install "vgg-atlas[ray]".'
    ) from missing

from generator.executors.ray_cluster import connected, disconnected, share_of_cluster

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from generator.executors.cluster_shares import Share
    from generator.executors.protocol import Compute, Outcome, Tensors
    from generator.records import Task


@dataclass(slots=True)
class RayExecutor:
    """Runs tasks on the Ray cluster at `ray_address`; None starts a cluster on this machine until `close`."""

    compute: str
    workers: int | None = None
    ray_address: str | None = None
    tensors: Tensors | None = None
    tasks_per_worker: int = TASKS_PER_WORKER
    _share: Share | None = field(init=False, default=None)
    _started_ray: bool = field(init=False, default=False)

    def capacity(self) -> Capacity:
        """Connect to the cluster, if that has not been done, and return what it offers.

        Raises:
            BadInput: no cluster answers at the address, or it is too small for the number of workers.

        """
        share = self._connect()
        memory = int(ASSUMED_GPU_BYTES * share.gpus) if share.gpus else share.memory_bytes or ASSUMED_HOST_BYTES
        return Capacity(share.workers, memory)

    def ask(self, question: str) -> Any:
        """Call the function in a worker of its own: the cluster may be of another kind than this machine."""
        share = self._connect()
        # A process that has measured a GPU keeps its memory; after one call it ends.
        remote: Any = ray.remote(max_calls=1, num_cpus=share.cpus, num_gpus=share.gpus)(answered)
        try:
            return ray.get(remote.remote(question, _environment(share)))
        except RayTaskError as error:
            raise WorkFailed(str(error.cause)) from error
        except RayError as error:
            raise WorkFailed(f"no worker can be started: the last {_ending(error)}.") from error

    def run(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for every filter, in the order in which they arrive."""
        share = self._connect()
        pool = RayPool(self.compute, share, self.tensors)
        dispatcher = Dispatcher(pool, share.workers, self.tasks_per_worker)
        with closing(prefetched(lambda stop: dispatcher.run(tasks, stop))) as outcomes:
            yield from outcomes

    def close(self) -> None:
        """Leave the cluster; one that was started for this executor ends."""
        if self._started_ray:
            self._started_ray = False
            disconnected()
        self._share = None

    def _connect(self) -> Share:
        if self._share is None:
            self._started_ray = connected(self.ray_address, self.workers) or self._started_ray
            self._share = share_of_cluster(self.workers)
        return self._share


class RayWorker:
    """The actor: computes tasks in a process with cores or a GPU of its own."""

    def __init__(
        self, compute: str, environment: Mapping[str, str], tensors: Tensors | None, digest: str | None
    ) -> None:
        self._arguments = (compute, environment, tensors, digest)
        self._tensors = tensors
        self._function: Compute | None = None

    def ready(self) -> None:
        """Check what was sent along and import the work."""
        self._function = prepared(*self._arguments)

    def work(self, task: Task) -> Iterator[Outcome | Broken]:
        """Yield one outcome for every filter of `task`."""
        if self._function is None:
            self.ready()
        yield from worked(cast("Compute", self._function), task, self._tensors)


@dataclass(slots=True)
class _Actor:
    handle: Any
    starting: Any
    stream: Any = None


@dataclass(slots=True)
class RayPool:
    """A `Pool` of Ray actors. The weights go to the object store once, and each node fetches them once."""

    compute: str
    share: Share
    tensors: Tensors | None
    _sent: Any = field(init=False, default=None)
    _digest: str | None = field(init=False, default=None)
    _actors: dict[int, _Actor] = field(init=False, default_factory=dict)
    _numbers: Iterator[int] = field(init=False, default_factory=itertools.count)

    def __post_init__(self) -> None:
        if self.tensors is not None:
            self._digest = tensors_digest(self.tensors)
            self._sent = ray.put(dict(self.tensors))

    def start(self) -> int:
        """Ask for an actor; it starts as soon as the cluster has its share free."""
        # Ray's own types do not know what its decorator makes of a class.
        remote: Any = ray.remote(RayWorker)
        wanted = remote.options(
            num_cpus=self.share.cpus,
            num_gpus=self.share.gpus,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy="SPREAD",
        )
        handle = wanted.remote(self.compute, _environment(self.share), self._sent, self._digest)
        number = next(self._numbers)
        self._actors[number] = _Actor(handle, starting=handle.ready.remote())
        return number

    def give(self, worker: int, task: Task) -> None:
        """Call the actor's streaming generator."""
        actor = self._actors[worker]
        actor.stream = actor.handle.work.options(num_returns="streaming").remote(task)

    def events(self, timeout_s: float) -> Sequence[tuple[int, Event]]:
        """Return at most one message, of the first actor that has something to say."""
        numbers = {actor.starting or actor.stream: number for number, actor in self._actors.items()}
        numbers.pop(None, None)
        if not numbers:
            return ()
        heard, _ = ray.wait(list(numbers), num_returns=1, timeout=timeout_s)
        return [(numbers[waited], _message(self._actors[numbers[waited]])) for waited in heard]

    def end(self, worker: int) -> None:
        """Kill the actor; Ray does not mind if it is gone already."""
        ray.kill(self._actors.pop(worker).handle, no_restart=True)

    def close(self) -> None:
        """Kill all actors and let the object store forget the weights."""
        for number in tuple(self._actors):
            self.end(number)
        self._sent = None


def _environment(share: Share) -> dict[str, str]:
    environment = {THREADS_VARIABLE: str(share.cpus)}
    if 0 < share.gpus < 1:
        environment["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    return environment


def _message(actor: _Actor) -> Event:
    try:
        if actor.starting is not None:
            ray.get(actor.starting)
            actor.starting = None
            return Ready()
        return cast("Event", ray.get(next(actor.stream)))
    except StopIteration:
        actor.stream = None
        return Done()
    except RayTaskError as error:
        # `worked` lets nothing through, so this is a worker that could not start.
        return Refused(told(error.cause if isinstance(error.cause, Exception) else error))
    except RayError as error:
        return Lost(_ending(error))


def _ending(error: RayError) -> str:
    if isinstance(error, OutOfMemoryError):
        return "was stopped by Ray because its node ran out of memory"
    if isinstance(error, ActorUnavailableError) or "its node has died" in str(error):
        return "was lost with its node or its network"
    return f"died on the Ray cluster ({type(error).__name__})"
