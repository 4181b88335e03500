"""How a layer's filters are alike: as its photographs say, and without these as the cross-activation matrix does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.records import Likeness
from generator.render.lookup import MAP_LEAST, holders, photographed

if TYPE_CHECKING:
    from generator.records import LayerRecord
    from generator.render.inputs import Atlas


def likeness_of(atlas: Atlas, layer: str) -> dict[tuple[str, str], Likeness]:
    """Return the likeness of the layer's filters by (edition, layer), for editions with enough filters to compare."""
    found = {}
    for edition, record in holders(atlas, layer):
        photos = photographed(atlas, edition, layer)
        if photos is not None:
            found[edition.name, layer] = Likeness(
                photos.order, photos.families, photos.firmness, photos.duplicates, photos=True
            )
        elif sum(one.is_measured for one in record.filters) >= MAP_LEAST:
            found[edition.name, layer] = _by_matrix(record)
    return found


def _by_matrix(record: LayerRecord) -> Likeness:
    """Return the likeness of the pictures that were measured, each told by how the layer answers to it."""
    from generator.measure.relatives import (  # noqa: PLC0415 - SciPy is slow to load, and few sites need it
        Kinship,
        correlations,
        firmness,
        near_duplicates,
        sums_of_cross,
    )

    rows = [place for place, one in enumerate(record.filters) if one.is_measured]
    numbers = [record.filters[place].filter for place in rows]
    correlation = correlations(sums_of_cross(record.cross[rows]))
    kinship = Kinship(correlation)
    families = kinship.families()
    return Likeness(
        order=tuple(numbers[place] for place in kinship.order),
        families=tuple(tuple(numbers[place] for place in family) for family in families),
        firmness=firmness(correlation, families),
        duplicates=tuple((numbers[one], numbers[other], alike) for one, other, alike in near_duplicates(correlation)),
        photos=False,
    )
