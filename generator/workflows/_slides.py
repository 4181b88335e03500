"""Pictures as PNG files, which every program for talks reads: each alone, and as a slide with its caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator import __version__
from generator.catalogue import layer_named
from generator.figures.slides import png, slide
from generator.files import write_file
from generator.records import Progress
from generator.render.wording import cite, figure, shown_mean, square

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from generator.records import EditionRecord, Event, FilterRecord
    from generator.store import Store

WEIGHTS: Final = "VGG16: K. Simonyan and A. Zisserman, Visual Geometry Group, University of Oxford; weights CC BY 4.0."


def write_slides(
    store: Store,
    folder: Path,
    records: Sequence[tuple[EditionRecord, FilterRecord]],
    on_event: Callable[[Event], None],
) -> None:
    """Write two files for every record that has a picture.

    Raises:
        DamagedPicture: a picture is missing or not what was stored.
        OSError: the disk refused.

    """
    folder.mkdir(exist_ok=True)
    for done, (edition, record) in enumerate(records, start=1):
        picture = store.picture(record)
        name = f"{record.edition}-{record.layer}-{record.filter:03d}"
        title = f"{record.layer}, filter {record.filter}"
        shown = slide(picture, title, _caption(edition, record), f"{WEIGHTS}\nVGG16 atlas {__version__}.")
        write_file(folder / f"{name}.png", png(picture))
        write_file(folder / f"{name}-slide.png", png(shown))
        on_event(Progress("slides", done, len(records)))


def _caption(edition: EditionRecord, record: FilterRecord) -> tuple[str, ...]:
    layer = layer_named(record.layer)
    rank = f", rank {record.rank} of {layer.filters} in its layer" if record.is_measured else ""
    made = "climbed from noise to excite" if record.status != "dead" else "that has not woken"
    sees = square(layer.receptive_field)
    return (
        f"A picture {made} this convolution filter of VGG16.",
        f"The mean of its map on this picture is {figure(shown_mean(record))}{rank}. One place of the map sees {sees}.",
        f"{cite(edition, record)}.",
    )
