"""`atlas photos`: read a folder's photographs through the network, keep what they do, publish what that says."""

from __future__ import annotations

import re
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

from generator.catalogue import ARTICLE_SIZE_PX, LAYER_NAMES
from generator.errors import BadInput, SiteInUse
from generator.executors import make_executor
from generator.executors.cutting import fitting_batch_size
from generator.measure.kinds import PEAKS_VERSION
from generator.measure.photo_folder import photo_folder
from generator.records import SET_NAME, Note, PhotoBatch, PhotoFailure, Progress, unheard
from generator.render.facts import told
from generator.store import open_store
from generator.vgg.sources import IMAGENET
from generator.vgg.tensors import IMAGENET_FINGERPRINT
from generator.vgg.weights import load_weights
from generator.workflows._adoption import keep_shown, shown_sets
from generator.workflows._photo_maps import keep_maps
from generator.workflows._photo_stream import PhotoStream
from generator.workflows._profiles import take_profiles
from generator.workflows._report import Report
from generator.workflows._thumbnails import keep_thumbnails
from generator.workflows.build import COMPUTE
from generator.workflows.render import holds_pictures, publish_or_leave, publish_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from generator.executors.protocol import Executor
    from generator.measure.photo_folder import PhotoFolder
    from generator.records import Event, Photograph, PhotoTask, Reading, Sums
    from generator.store import Store
    from generator.store.photos import PhotoStore

COMMIT_S: Final = 10.0
COMMIT_PHOTOGRAPHS: Final = 512
"""After how many seconds, or photographs, what was read is stored: the sums are rewritten each time, 14 MB."""


@dataclass(frozen=True, slots=True)
class PhotosRequest:
    """What `atlas photos` was asked for; a `name` of None is the folder's, made plain."""

    folder: Path
    cache: Path
    site: Path
    name: str | None = None
    credits_file: Path | None = None
    remove: bool = False
    weights: str = IMAGENET
    executor: str = "local"
    workers: int | None = None
    ray_address: str | None = None


@dataclass(frozen=True, slots=True)
class PhotosReport(Report):
    """What became of a folder's photographs.

    photographs: how many the set has now. read: how many were read; held: how many had been read before.
    left_out: a sentence for each that could not be read. seconds_each: what one took, None where none was read.
    """

    name: str
    site: str
    photographs: int = 0
    read: int = 0
    held: int = 0
    left_out: tuple[str, ...] = ()
    seconds_each: float | None = None
    removed: bool = False
    files_written: int = 0

    @property
    def exit_code(self) -> int:
        """1 when a photograph was left out, else 0."""
        return 1 if self.left_out else 0


def read_photos(request: PhotosRequest, on_event: Callable[[Event], None] = unheard) -> PhotosReport:
    """Read the photographs that the set lacks, store what they do, and publish what the set says.

    Stopped at any moment it goes on from there: what was stored is not read again.

    Raises:
        BadInput: the folder, the credits or the name cannot be used, or the set was read with other weights.
        CacheInUse, BadCache, BadWeights, WorkFailed, MissingExtra: as their sentences say; what was stored is kept.

    """
    name = set_name(request)
    if request.remove:
        return _removed(request, name, on_event)
    folder = photo_folder(request.folder, request.credits_file)
    own = load_weights(request.weights) if request.weights != IMAGENET or request.executor == "ray" else None
    with open_store(request.cache, write=True, on_event=on_event) as store:
        for one in (*store.recovered, *store.photos.recovered):
            on_event(Note(str(one)))
        keep_shown(store, request.site, (), dry_run=False, on_event=on_event, coming=name)
        store.photos.ensure_set(name, own.fingerprint if own else IMAGENET_FINGERPRINT, PEAKS_VERSION)
        work = _Work(request, name, store.photos, folder, on_event)
        executor = make_executor(
            request.executor,
            COMPUTE,
            workers=request.workers,
            ray_address=request.ray_address,
            tensors=None if own is None else own.tensors,
        )
        with closing(executor):
            work.run(executor)
            work.describe()
            take_profiles(store, executor, request.weights, name, on_event)
            count = next((one.count for one in store.photos.sets() if one.name == name), 0)
            if count:
                keep_thumbnails(store, name, work.stream.paths, on_event)
                keep_maps(store, executor, request.weights, name, work.stream.paths, on_event)
        written = publish_or_leave(store, request.site, on_event) if _has_pictures(store, on_event) else 0
    return PhotosReport(
        name=name,
        site=str(request.site),
        photographs=count,
        read=work.read,
        held=work.held,
        left_out=(*folder.left_out, *work.stream.left_out),
        seconds_each=work.seconds / work.read if work.read else None,
        files_written=written,
    )


def set_name(request: PhotosRequest) -> str:
    """Return the name of the set that is asked for; raise `BadInput` for one that cannot stand in an address."""
    if request.name is None:
        plain = re.sub(r"[^a-z0-9]+", "-", request.folder.absolute().name.lower()).strip("-")
        return plain[:40].strip("-") or "photos"
    if not re.fullmatch(SET_NAME, request.name):
        raise BadInput(
            f"{request.name!r} cannot name a set of photographs; a name is up to 40 small letters, digits and hyphens."
        )
    return request.name


def _has_pictures(store: Store, on_event: Callable[[Event], None]) -> bool:
    """Tell whether there is anything to publish, with a note where there is not."""
    if holds_pictures(store):
        return True
    on_event(Note("there are no pictures yet beside which to show it; `atlas build` makes them"))
    return False


def _removed(request: PhotosRequest, name: str, on_event: Callable[[Event], None]) -> PhotosReport:
    """Take a set off the site and then out of the cache: a set that a site shows is taken in again by any build."""
    with open_store(request.cache, write=True, on_event=on_event) as store:
        names = [one.name for one in store.photos.sets()]
        if name not in names and name not in shown_sets(request.site):
            held = f"its sets are {', '.join(names)}" if names else "it holds none"
            raise BadInput(f"the cache {request.cache} holds no photographs {name!r}; {held}.")
        keep_shown(store, request.site, (), dry_run=False, on_event=on_event, coming=name)
        try:
            shown = _has_pictures(store, on_event)
            written = publish_stored(store, request.site, on_event, without=name) if shown else 0
        except SiteInUse as error:
            raise SiteInUse(f"the photographs {name!r} are not taken away: {error}") from None
        store.photos.remove(name)
    return PhotosReport(name, str(request.site), removed=True, files_written=written)


@dataclass(slots=True, eq=False)
class _Shelf:
    """What was read and is not stored yet. It is stored by time: a kill costs little, and the disk has little to do."""

    photos: PhotoStore
    name: str
    photographs: list[Photograph] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    sums: dict[str, Sums] = field(default_factory=dict)
    stored_at: float = field(default_factory=time.monotonic)

    def add(self, photographs: Sequence[Photograph], batch: PhotoBatch, *, counted: bool) -> None:
        """Take what was read; of photographs that are in the set's sums, these are not added."""
        if counted:
            self.photos.put(self.name, photographs, batch.readings, {})
            return
        self.photographs += photographs
        self.readings += batch.readings
        for layer, sums in batch.sums.items():
            self.sums[layer] = self.sums[layer] + sums if layer in self.sums else sums
        late = time.monotonic() - self.stored_at >= COMMIT_S
        if late or len(self.photographs) >= COMMIT_PHOTOGRAPHS:
            self.store()

    def store(self) -> None:
        """Store everything that waits."""
        if self.photographs:
            self.photos.put(self.name, self.photographs, self.readings, self.sums)
        self.photographs, self.readings, self.sums = [], [], {}
        self.stored_at = time.monotonic()


class _Work:
    """The photographs of one folder on their way into their set."""

    def __init__(
        self,
        request: PhotosRequest,
        name: str,
        photos: PhotoStore,
        folder: PhotoFolder,
        tell: Callable[[Event], None],
    ) -> None:
        self._request, self._name, self._photos, self._tell = request, name, photos, tell
        self._before = {one.sha256: one for one in photos.photographs(name)}
        self._counted = photos.counted(name)
        self._total = len(folder.files)
        self.stream = PhotoStream(folder.files, self._before.keys(), self._counted, request.weights, 1, tell)
        self.read = 0
        self.seconds = 0.0

    @property
    def held(self) -> int:
        """How many photographs of the folder had been read before."""
        return len(self.stream.seen.keys() & self._before.keys())

    def run(self, executor: Executor) -> None:
        """Read what the set lacks; without anything to read, the executor starts nothing."""
        tasks = self.stream.tasks()
        first = next(tasks, None)
        if first is not None:
            self._tell(Note("reading photographs; the first ones may take a minute"))
            self._read(executor, chain((first,), tasks))
        self._tell(Progress("photographs", self._total, self._total))

    def _read(self, executor: Executor, tasks: Iterable[PhotoTask]) -> None:
        memory = executor.capacity().memory_bytes
        batch = fitting_batch_size(LAYER_NAMES[-1], ARTICLE_SIZE_PX, memory)
        fitting = (task.part(task.numbers, batch) for task in tasks)
        shelf, begun = _Shelf(self._photos, self._name), time.monotonic()
        try:
            with closing(executor.run(fitting)) as outcomes:
                for outcome in outcomes:
                    if isinstance(outcome, PhotoFailure):
                        paths = [self.stream.files[number].path for number in outcome.numbers]
                        self.stream.left_out += [f"{path} cannot be read: {told(outcome.error)}" for path in paths]
                    elif isinstance(outcome, PhotoBatch):
                        taken = [self.stream.taken[number] for number in outcome.numbers]
                        shelf.add(taken, outcome, counted=taken[0].sha256 in self._counted)
                        self.read += len(taken)
                        self.seconds = time.monotonic() - begun
                        self._tell(self._progress())
        finally:
            shelf.store()

    def _progress(self) -> Progress:
        done = min(self._total, self.read + self.held + len(self.stream.left_out))
        rate = self.read / self.seconds
        return Progress("photographs", done, self._total, rate, (self._total - done) / rate)

    def describe(self) -> None:
        """Bring up to date what is said of photographs that were read before; note those that are gone."""
        changed = [
            found
            for sha256, found in self.stream.seen.items()
            if sha256 in self._before and found != self._before[sha256]
        ]
        if changed:
            self._photos.describe(self._name, changed)
        gone = len(self._before.keys() - self.stream.seen.keys())
        if gone:
            self._tell(
                Note(
                    f"{gone} photographs of {self._name} are no longer in {self._request.folder}; they stay in the set,"
                    " which --remove takes away as a whole"
                )
            )
