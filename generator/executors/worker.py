"""The life of a worker: it imports the work for itself, then computes the tasks it is given, filter by filter."""

from __future__ import annotations

import hashlib
import os
import threading
from multiprocessing import parent_process
from typing import TYPE_CHECKING

from generator.errors import AtlasError, WorkFailed
from generator.executors.dispatch import Broken, Done, Ready, Refused
from generator.executors.guard import guarded, told
from generator.executors.protocol import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection
    from typing import Any

    from generator.executors.protocol import Compute, Outcome, Tensors
    from generator.records import Task


def tensors_digest(tensors: Tensors) -> str:
    """Return a SHA-256 over the tensors' names, types, shapes and bytes, by which they are known again on arrival."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype.str} {tensor.shape}\n".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def prepared(compute: str, environment: Mapping[str, str], tensors: Tensors | None, digest: str | None) -> Compute:
    """Set the worker's environment, check the tensors that were sent along, and return the function that computes.

    Raises:
        WorkFailed: the tensors are not those that were sent, or the function cannot be imported here.

    """
    os.environ.update(environment)
    if tensors is not None and tensors_digest(tensors) != digest:
        raise WorkFailed(
            "the weights did not arrive at a worker as they were sent; is a machine's memory or network at fault?"
        )
    return resolve(compute)


def answered(question: str, environment: Mapping[str, str]) -> Any:
    """Return what the function at the import path `question` returns in a worker's environment.

    Raises:
        WorkFailed: the function cannot be imported here, or raised.

    """
    os.environ.update(environment)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        return resolve(question)()
    except Exception as error:
        raise WorkFailed(f"no worker can be started: {told(error)}") from error


def worked(function: Compute, task: Task, tensors: Tensors | None) -> Iterator[Outcome | Broken]:
    """Yield the outcomes of a task, or after some of them that the work itself is broken."""
    try:
        yield from guarded(function, task, tensors)
    except AtlasError as error:
        yield Broken(error)


def serve(
    connection: Connection[Any, Any],
    compute: str,
    environment: Mapping[str, str],
    tensors: Tensors | None,
    digest: str | None,
) -> None:
    """Work in a spawned process: receive tasks from `connection`, send their outcomes and a `Done` after each.

    Ends when the connection ends, or with the process that started it.
    """
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        function = prepared(compute, environment, tensors, digest)
    except AtlasError as error:
        connection.send(Refused(told(error)))
        return
    try:
        connection.send(Ready())
        while True:
            for event in worked(function, connection.recv(), tensors):
                connection.send(event)
            connection.send(Done())
    except (EOFError, OSError):
        return


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        # The work may be deep inside a library call that no exception reaches.
        os._exit(1)
