"""Maps over the crops of photographs that are shown: a second pass, over these photographs alone."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from generator.records import MapTask, Note, PhotoMaps, Progress
from generator.workflows._photo_sets import photo_set
from generator.workflows._photo_stream import read_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from generator.executors.protocol import Executor
    from generator.records import Event, MapPlace, PhotoSet
    from generator.store import Store

_PER_TASK: Final = 16
"""Photographs that go to a worker at once, 0.15 MB each."""

TOGETHER: Final = 64
"""Photographs whose maps are stored at once."""


def keep_maps(
    store: Store,
    executor: Executor,
    weights: str,
    name: str,
    paths: Mapping[str, Path],
    on_event: Callable[[Event], None],
) -> None:
    """Take and store the maps of the photographs of a set that have a thumbnail and lack them.

    Args:
        store: open to be written.
        executor: of the set's weights.
        weights: what the user named.
        name: of a set that holds a photograph.
        paths: where photographs are, by their digests; one that is not there any more keeps what it has.
        on_event: told of the progress.

    Raises:
        WorkFailed: as its sentence says; what was stored is kept.

    """
    wanted, kept = map_places(photo_set(store, name, {})), store.photos.tiles(name)
    lacking = [
        sha256
        for sha256, places in wanted.items()
        if sha256 in paths and not kept.get(sha256, {}).keys() >= set(places)
    ]
    if not lacking:
        return
    on_event(Note(f"looking where filters answer on {len(lacking)} photographs that may be shown"))
    found: dict[str, Mapping[MapPlace, NDArray[np.uint8]]] = {}
    done = 0
    try:
        with closing(executor.run(_tasks(lacking, wanted, paths, weights))) as outcomes:
            for outcome in outcomes:
                done += 1
                if isinstance(outcome, PhotoMaps):
                    found[lacking[outcome.numbers[0]]] = outcome.tiles
                if len(found) == TOGETHER:
                    store.photos.put_maps(name, found)
                    found = {}
                on_event(Progress("maps over photographs", done, len(lacking)))
    finally:
        if found:
            store.photos.put_maps(name, found)


def map_places(one: PhotoSet) -> dict[str, tuple[MapPlace, ...]]:
    """Return by digest where the photographs that are shown have the peaks for which some filter names them."""
    found: dict[str, list[MapPlace]] = {}
    for name, layer in one.layers.items():
        for number in range(len(layer.fires_on)):
            for photograph, place in one.cropped(name, number):
                found.setdefault(photograph.sha256, []).append(place)
    return {sha256: tuple(places) for sha256, places in sorted(found.items())}


def _tasks(
    lacking: Sequence[str], wanted: Mapping[str, tuple[MapPlace, ...]], paths: Mapping[str, Path], weights: str
) -> Iterator[MapTask]:
    for at in range(0, len(lacking), _PER_TASK):
        part = {number: lacking[number] for number in range(at, min(at + _PER_TASK, len(lacking)))}
        opened = {number: read_again(sha256, paths[sha256]) for number, sha256 in part.items()}
        images = {number: image for number, image in opened.items() if image is not None}
        places = {number: wanted[part[number]] for number in images}
        if images:
            yield MapTask(tuple(images), images, weights, 1, places)
