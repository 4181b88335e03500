"""Thumbnails of photographs that may be shown and that some filter names among its strongest; of no others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from generator.publish.pictures import encode_photograph
from generator.records import Progress, named_photographs
from generator.workflows._photo_sets import photo_set
from generator.workflows._photo_stream import read_again

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from generator.records import Event
    from generator.store import Store

TOGETHER: Final = 64
"""Thumbnails that are stored at once."""

ENCODERS: Final = 2
"""Photographs that are opened and encoded at once: decoders and encoders release Python's lock."""


def keep_thumbnails(store: Store, name: str, paths: Mapping[str, Path], on_event: Callable[[Event], None]) -> None:
    """Bring the thumbnails of a set up to date.

    Args:
        store: open to be written.
        name: of a set that holds a photograph.
        paths: where photographs are, by their digests; one that is not there any more gets no thumbnail.
        on_event: told of the progress.

    Raises:
        WorkFailed: the disk refused.

    """
    one = photo_set(store, name, {})
    named = [one.photographs[place] for place in named_photographs(one.layers.values())]
    wanted = {photograph.sha256 for photograph in named if photograph.show}
    held = store.photos.thumbnails(name).keys()
    if held - wanted:
        store.photos.forget_shown(name, held - wanted)
    missing = sorted((wanted - held) & paths.keys())
    with ThreadPoolExecutor(ENCODERS) as pool:
        for at in range(0, len(missing), TOGETHER):
            part = missing[at : at + TOGETHER]
            made = pool.map(_thumbnail, part, [paths[sha256] for sha256 in part])
            found = {sha256: data for sha256, data in zip(part, made, strict=True) if data is not None}
            store.photos.put_thumbnails(name, found)
            on_event(Progress("thumbnails", at + len(part), len(missing)))


def _thumbnail(sha256: str, path: Path) -> bytes | None:
    photograph = read_again(sha256, path)
    return None if photograph is None else encode_photograph(photograph)
