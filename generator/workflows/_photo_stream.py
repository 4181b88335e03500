"""The photographs of a folder as tasks, opened a little ahead of the work, so that any number of them fit in memory."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from generator.errors import BadInput
from generator.files import digest_of
from generator.measure.photographs import fitted, read_content
from generator.records import Note, PhotoTask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from generator.measure.photo_folder import PhotoFile
    from generator.records import Event, Photograph

PER_TASK: Final = 32
"""Photographs of a task: their sums, 14 MB, come back once for all of them."""

OPENERS: Final = 2
AHEAD: Final = 2 * PER_TASK
"""Photographs that are opened ahead, 0.15 MB each, by how many threads: decoders release Python's lock."""


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """A file's digest, and the photograph where it has to be read; or why it is left out."""

    sha256: str = ""
    image: NDArray[np.uint8] | None = None
    trouble: str = ""


def read_again(sha256: str, path: Path) -> NDArray[np.uint8] | None:
    """Return a photograph as the network reads it; None where its file is not what was read any more."""
    try:
        content = read_content(path)
        return fitted(content, str(path)) if digest_of(content) == sha256 else None
    except BadInput:
        return None


@dataclass(slots=True, eq=False)
class PhotoStream:
    """The photographs of a folder that a set lacks, as tasks, and what was found on the way.

    held: digests of the photographs that are read. counted: of those that are in the set's sums.
    seen: every photograph of the folder so far, by its digest, and paths: where it is.
    taken: those that were put into a task, by number.
    left_out: a sentence for each file that cannot be read.
    """

    files: Sequence[PhotoFile]
    held: Collection[str]
    counted: Collection[str]
    weights: str
    batch_size: int
    tell: Callable[[Event], None]
    seen: dict[str, Photograph] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    taken: dict[int, Photograph] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def tasks(self) -> Iterator[PhotoTask]:
        """Yield tasks; photographs that are in the sums already are in tasks of their own."""
        waiting: dict[bool, dict[int, NDArray[np.uint8]]] = {False: {}, True: {}}
        for number, opened in enumerate(self._opened()):
            if opened.trouble:
                self.left_out.append(opened.trouble)
                continue
            file = self.files[number]
            if opened.sha256 in self.seen:
                self.tell(Note(f"{file.path} is in the folder more than once; it counts once."))
                continue
            self.seen[opened.sha256] = photograph = file.photograph(opened.sha256)
            self.paths[opened.sha256] = file.path
            if opened.image is None:
                continue
            self.taken[number] = photograph
            group = waiting[opened.sha256 in self.counted]
            group[number] = opened.image
            if len(group) == PER_TASK:
                yield self._task(group)
        for group in waiting.values():
            if group:
                yield self._task(group)

    def _task(self, group: dict[int, NDArray[np.uint8]]) -> PhotoTask:
        task = PhotoTask(tuple(group), dict(group), self.weights, self.batch_size)
        group.clear()
        return task

    def _opened(self) -> Iterator[_Opened]:
        """Yield every file in order, opened by threads up to `AHEAD` files ahead."""
        with ThreadPoolExecutor(OPENERS) as pool:
            ahead: deque[Future[_Opened]] = deque()
            try:
                for file in self.files:
                    ahead.append(pool.submit(self._open, file))
                    if len(ahead) > AHEAD:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _open(self, file: PhotoFile) -> _Opened:
        try:
            content = read_content(file.path)
            sha256 = digest_of(content)
            return _Opened(sha256, None if sha256 in self.held else fitted(content, str(file.path)))
        except BadInput as error:
            return _Opened(trouble=str(error))
