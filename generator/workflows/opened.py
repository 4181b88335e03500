"""`generator.open_atlas`: a cache or a published site opened for reading, for a notebook."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from generator.catalogue import layer_named
from generator.errors import BadInput
from generator.publish.archive import Archive, edition_of, open_archive
from generator.publish.ledger import is_ours
from generator.records import unheard
from generator.store import Store, open_store
from generator.store.files import INDEX_NAME
from generator.workflows._photo_adoption import adopt_photos, pictures_shown
from generator.workflows._photo_sets import photo_set
from generator.workflows.adopt import adopt_into

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from generator.records import (
        EditionRecord,
        LayerRecord,
        Measurement,
        Photograph,
        PhotoLayer,
        PhotoSet,
        PictureRecord,
    )


class OpenAtlas:
    """An atlas to read from; use it in a `with` statement, or close it. It is for one thread.

    A site's layers are read when they are first asked for, each file held against its checksum; `damaged` has a
    sentence for each that was left out.
    """

    def __init__(self, store: Store, archive: Archive | None, stack: ExitStack) -> None:
        self._store, self._archive, self._stack = store, archive, stack
        self._read: set[tuple[str, str]] = set()
        self._has_photos = False
        self._sets: dict[tuple[str, str | None], PhotoSet] = {}
        self.damaged: list[str] = []

    @property
    def editions(self) -> tuple[EditionRecord, ...]:
        """The editions that the atlas holds, in the order in which they are shown."""
        return self._store.editions() if self._archive is None else tuple(map(edition_of, self._archive.editions))

    def layer(self, edition: str, layer: str) -> LayerRecord | None:
        """Return a record for each filter that the atlas holds, the cross-activation and the links; None of nothing."""
        self._bring(edition, layer)
        return self._store.layer(edition, layer)

    def measurements(self, edition: str, layer: str, kind: str) -> dict[int, Measurement]:
        """Return the measurements of one kind, as "response" or "links", by filter."""
        self._bring(edition, layer)
        return self._store.measurements(edition, layer, kind)

    def picture(self, record: PictureRecord) -> NDArray[np.uint8]:
        """Return the picture of a record: uint8 RGB, shape (height, width, 3), 0-255.

        Raises:
            DamagedPicture: there is none, or it is not what was written.

        """
        return self._store.picture(record)

    @property
    def photo_sets(self) -> tuple[str, ...]:
        """The names of the sets of photographs that the atlas holds, largest first."""
        self._bring_photos()
        return tuple(one.name for one in self._store.photos.sets())

    def photographs(self, photo_set: str) -> tuple[Photograph, ...]:
        """Return the photographs of a set, in the order in which `photo_layer` and `photo_peaks` number them.

        Raises:
            BadInput: there is no such set.

        """
        return self._photo_set(photo_set).photographs

    def photo_layer(self, photo_set: str, layer: str) -> PhotoLayer:
        """Return what the photographs of a set say of the filters of a layer; raise `BadInput` as `photographs`."""
        return self._photo_set(photo_set, layer_named(layer).name).layers[layer]

    def photo_peaks(self, photo_set: str, layer: str) -> NDArray[np.float16]:
        """Return the peaks of a layer's maps: float16, shape (photographs, filters), as `photographs` raises."""
        self._photo_set(photo_set)
        return self._store.photos.peaks(photo_set, layer)

    def close(self) -> None:
        """Let go of the cache or the site."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _bring(self, edition: str, layer: str) -> None:
        place = edition, layer_named(layer).name
        if self._archive is not None and place not in self._read:
            self._read.add(place)
            self.damaged += adopt_into(self._store, self._archive, unheard, only=place).damaged

    def _bring_photos(self) -> None:
        if self._archive is not None and not self._has_photos:
            self._has_photos = True
            self.damaged += adopt_photos(self._store, self._archive, pictures_shown(self._archive), unheard)[1]

    def _photo_set(self, name: str, layer: str | None = None) -> PhotoSet:
        """Return a set with the agreement of the pictures of one layer, those of any edition of its weights."""
        self._bring_photos()
        place = name, layer
        if place not in self._sets:
            fingerprint = {one.name: one.weights_fingerprint for one in self._store.photos.sets()}.get(name)
            own = [edition.name for edition in self.editions if edition.weights_fingerprint == fingerprint]
            held = {(edition, layer): self.layer(edition, layer) for edition in own if layer is not None}
            shown = {(edition, at): record for (edition, at), record in held.items() if record is not None}
            self._sets[place] = photo_set(self._store, name, shown)
        return self._sets[place]


def open_atlas(path: str | Path) -> OpenAtlas:
    """Open a cache (as ".atlas") or a published site (as "site") for reading.

    Raises:
        BadInput: the folder is neither.
        BadCache, BadSite: it is damaged, or of a version that cannot be read.

    """
    folder = Path(path)
    with ExitStack() as stack:
        if is_ours(folder):
            archive = open_archive(folder)
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atlas-")))
            store = stack.enter_context(open_store(cache, write=True))
            return OpenAtlas(store, archive, stack.pop_all())
        if not (folder / INDEX_NAME).exists():
            raise BadInput(f"{folder} is neither a cache nor a published site; name a folder such as .atlas or site.")
        store = stack.enter_context(open_store(folder, write=False))
        return OpenAtlas(store, None, stack.pop_all())
