"""Executors on this machine: in this process, or one spawned process per GPU or per share of the cores."""

from __future__ import annotations

import itertools
import multiprocessing
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final, cast

from generator.cores import core_count
from generator.errors import WorkFailed
from generator.executors.devices import (
    gpu_memory_bytes,
    host_memory_bytes,
    visible_gpus,
    worker_environments,
)
from generator.executors.dispatch import TASKS_PER_WORKER, Dispatcher, Event, Lost
from generator.executors.guard import guarded
from generator.executors.prefetching import prefetched
from generator.executors.protocol import Capacity, resolve
from generator.executors.worker import answered, serve, tensors_digest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from generator.executors.protocol import Outcome, Tensors
    from generator.records import Task

END_S: Final = 5.0
"""Seconds that a worker is given to end before it is killed."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """Runs tasks one after the other in this process, in the order given."""

    compute: str
    tensors: Tensors | None = None

    def capacity(self) -> Capacity:
        """Return one worker with the memory of this machine, or of its GPU."""
        return _capacity(1, visible_gpus())

    def ask(self, question: str) -> Any:
        """Call the function in this process."""
        return answered(question, {})

    def run(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for every filter, each as soon as the work yields it."""
        function = resolve(self.compute)
        for task in tasks:
            yield from guarded(function, task, self.tensors)

    def close(self) -> None:
        """Do nothing: this process is the caller's."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Runs tasks in spawned processes, one for each of `environments`."""

    compute: str
    environments: tuple[Mapping[str, str], ...]
    tensors: Tensors | None = None
    tasks_per_worker: int = TASKS_PER_WORKER

    def capacity(self) -> Capacity:
        """Return the processes, each with its share of the memory."""
        return _capacity(len(self.environments), visible_gpus())

    def ask(self, question: str) -> Any:
        """Call the function in a process of its own, in the environment of the first worker."""
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            try:
                with _deaf_to_interrupts():
                    answer = pool.submit(answered, question, self.environments[0])
                return answer.result()
            except (OSError, BrokenProcessPool) as error:
                raise WorkFailed(f"no worker can be started: {error}") from error

    def run(self, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for every filter, in the order in which they are finished."""
        pool = ProcessPool(self.compute, self.environments, self.tensors)
        dispatcher = Dispatcher(pool, len(self.environments), self.tasks_per_worker)
        with closing(prefetched(lambda stop: dispatcher.run(tasks, stop))) as outcomes:
            yield from outcomes

    def close(self) -> None:
        """Do nothing: the workers end with the iterator of `run`."""


def local_executor(compute: str, workers: int | None, tensors: Tensors | None) -> InProcess | Processes:
    """Return `workers` processes, else one per GPU if there are several, else this very process."""
    gpus = visible_gpus()
    count = workers or max(1, len(gpus))
    if count == 1:
        return InProcess(compute, tensors)
    return Processes(compute, worker_environments(count, gpus, core_count()), tensors)


@dataclass(slots=True)
class _Process:
    process: SpawnProcess
    connection: Connection[Any, Any]
    slot: int


@dataclass(slots=True)
class ProcessPool:
    """A `Pool` of spawned processes, each with its own pipe: one that dies takes nobody else's lock along."""

    compute: str
    environments: tuple[Mapping[str, str], ...]
    tensors: Tensors | None
    _digest: str | None = field(init=False, default=None)
    _workers: dict[int, _Process] = field(init=False, default_factory=dict)
    _numbers: Iterator[int] = field(init=False, default_factory=itertools.count)

    def __post_init__(self) -> None:
        if self.tensors is not None:
            # A read-only view cannot be sent.
            self.tensors, self._digest = dict(self.tensors), tensors_digest(self.tensors)

    def start(self) -> int:
        """Spawn a process in the first free slot, with that slot's environment."""
        slot = min(set(range(len(self.environments))) - {worker.slot for worker in self._workers.values()})
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        arguments = (there, self.compute, self.environments[slot], self.tensors, self._digest)
        process = context.Process(target=serve, args=arguments, name=f"atlas-worker-{slot}", daemon=True)
        try:
            with _deaf_to_interrupts():
                process.start()
        except OSError as error:
            here.close()
            raise WorkFailed(f"no worker can be started: {error}.") from error
        finally:
            there.close()
        number = next(self._numbers)
        self._workers[number] = _Process(process, here, slot)
        return number

    def give(self, worker: int, task: Task) -> None:
        """Send the task; a worker that is gone by now reports itself lost."""
        try:
            self._workers[worker].connection.send(task)
        except OSError:
            return

    def events(self, timeout_s: float) -> Sequence[tuple[int, Event]]:
        """Return at most one message of each worker that has something to say."""
        numbers = {worker.connection: number for number, worker in self._workers.items()}
        heard = []
        for connection in wait(list(numbers), timeout_s):
            number = numbers[cast("Connection[Any, Any]", connection)]
            heard.append((number, self._message(self._workers[number])))
        return heard

    def _message(self, worker: _Process) -> Event:
        try:
            return cast("Event", worker.connection.recv())
        except (EOFError, OSError):
            worker.process.join(END_S)
            return Lost(_ending(worker.process.exitcode))

    def end(self, worker: int) -> None:
        """Terminate the process: it writes nothing, so there is nothing to wait for."""
        ended = self._workers.pop(worker)
        ended.process.terminate()
        ended.process.join(END_S)
        if ended.process.exitcode is None:
            ended.process.kill()
            ended.process.join()
        ended.process.close()
        ended.connection.close()

    def close(self) -> None:
        """Terminate all processes, then clear them away one by one."""
        for worker in self._workers.values():
            worker.process.terminate()
        for number in tuple(self._workers):
            self.end(number)


def _capacity(workers: int, gpus: tuple[str, ...]) -> Capacity:
    if gpus:
        sharing = -(-workers // len(gpus))
        return Capacity(workers, gpu_memory_bytes() // sharing)
    return Capacity(workers, host_memory_bytes() // workers)


def _ending(exitcode: int | None) -> str:
    if exitcode is None:
        return "stopped answering"
    if exitcode >= 0:
        return f"ended by itself with exit code {exitcode}"
    hint = " (the system does that when memory runs out)" if exitcode == -signal.SIGKILL else ""
    return f"was killed by {signal.Signals(-exitcode).name}{hint}"


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    # A Ctrl-C reaches every process of the terminal; the workers inherit the mask, so that only this one answers it.
    if sys.platform == "win32":
        yield
        return
    # Starting the tracker, which multiprocessing does by the way, would lift the mask.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
