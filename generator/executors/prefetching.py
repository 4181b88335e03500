"""Keeps a source running while its consumer is busy, so that workers never wait for pages to be written."""

from __future__ import annotations

import queue
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Item = TypeVar("Item")

READY_ITEMS: Final = 256
"""Finished filters that may wait for the consumer: about 40 MB."""

GLANCE_S: Final = 0.2
"""How often a source that waits must look whether it is to stop, in seconds."""


def prefetched(
    source: Callable[[threading.Event], Generator[Item, None, None]], ready: int = READY_ITEMS
) -> Generator[Item, None, None]:
    """Yield the items of `source(stop)`, which runs in a thread of its own, up to `ready` items ahead.

    `source` must end soon after `stop` is set, which happens when this generator is closed; closing waits for it.
    What the source raises is raised here, after the items before it.
    """
    items: queue.Queue[Item] = queue.Queue(ready)
    stop = threading.Event()
    raised: list[BaseException] = []

    def fill() -> None:
        try:
            with closing(source(stop)) as found:
                for item in found:
                    if not _put(items, item, stop):
                        break
        except BaseException as error:  # noqa: BLE001 - it is raised again in the consumer's thread
            raised.append(error)

    thread = threading.Thread(target=fill, name="atlas-executor", daemon=True)
    thread.start()
    try:
        while thread.is_alive() or not items.empty():
            try:
                item = items.get(timeout=GLANCE_S)
            except queue.Empty:
                continue
            yield item
    finally:
        stop.set()
        thread.join()
    if raised:
        raise raised[0]


def _put(items: queue.Queue[Item], item: Item, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            items.put(item, timeout=GLANCE_S)
        except queue.Full:
            continue
        return True
    return False
