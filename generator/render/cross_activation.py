"""Views of the cross-activation pages: every picture of a layer against every filter of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.addresses import cross_data, cross_path, filter_href, layer_data, matrix_script, wall_path
from generator.catalogue import layer_named
from generator.render.lookup import edition_links, holders, layer_links, neighbours, paged_filters
from generator.render.views import CrossRow, CrossView, Head, Link
from generator.render.wording import count, figure, times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generator.records import EditionRecord, LayerRecord
    from generator.render.inputs import Atlas, Pictures


def cross_views(atlas: Atlas, layer: str, pictures: Pictures) -> tuple[CrossView, ...]:
    """Return the layer's cross-activation page in each edition that holds it; the first one at the plain address."""
    return tuple(
        _view(atlas, edition, record, None if place == 0 else edition.name, pictures)
        for place, (edition, record) in enumerate(holders(atlas, layer))
    )


def _view(
    atlas: Atlas, edition: EditionRecord, record: LayerRecord, folder: str | None, pictures: Pictures
) -> CrossView:
    layer, name = record.layer, edition.name
    links = layer_links(atlas, layer, cross_path)
    previous, following = neighbours(links)
    others = _others(record)
    rows = _rows(record, others, frozenset(paged_filters(atlas, layer)), "../" if folder else "")
    first = _strongest(record, others)
    title = f"{layer}: who answers to what"
    return CrossView(
        head=Head(
            cross_path(layer, folder),
            f"{title}, {name}" if folder else title,
            f"How strongly every filter of {layer} answers to every other filter's picture.",
        ),
        layer=layer,
        edition=name,
        layers=links,
        previous=previous,
        following=following,
        editions=edition_links(atlas, layer, name, cross_path),
        wall_path=wall_path(layer, folder),
        rows=rows,
        figure=pictures.figures(name, layer).cross,
        sentences=(*_sentences(rows, layer), *([_opening(record, *first)] if first else [])),
        diagonal=len(record.filters) == record.cross.shape[1],
        data=(
            Link("whole matrix (.npy)", cross_data(name, layer)),
            Link("JSON", layer_data(name, layer)),
        ),
        script=matrix_script(name, layer),
        numbers=tuple(one.filter for one in record.filters),
        matrix=record.cross,
        first=first,
        thumbs=tuple(
            picture.src if one.sha256 and (picture := pictures.picture(name, layer, one.filter, "thumb")) else None
            for one in record.filters
        ),
        likeness=found.order if (found := atlas.likeness.get((name, layer))) else (),
    )


def _others(record: LayerRecord) -> NDArray[np.float32]:
    """Return the matrix with -1 for each filter on its own picture."""
    others: NDArray[np.float32] = record.cross.copy()
    others[np.arange(len(record.filters)), [one.filter for one in record.filters]] = -1.0
    return others


def _strongest(record: LayerRecord, others: NDArray[np.float32]) -> tuple[int, int] | None:
    """Return the strongest answer to another filter's picture as (picture, filter); None where there is none."""
    row, column = map(int, np.unravel_index(others.argmax(), others.shape))
    return (record.filters[row].filter, column) if others[row, column] > 0 else None


def _opening(record: LayerRecord, picture: int, number: int) -> str:
    """Return a sentence on the cell that the page opens with."""
    means = {one.filter: (row, one.displayed_mean) for row, one in enumerate(record.filters)}
    own = means.get(number, (0, 0.0))[1]
    beside = f", {times(float(record.cross[means[picture][0], number]), own)} its answer to its own" if own > 0 else ""
    return f"The strongest answer to another filter's picture is that of filter {number} to picture {picture}{beside}."


def _rows(record: LayerRecord, others: NDArray[np.float32], paged: frozenset[int], prefix: str) -> tuple[CrossRow, ...]:
    """Return a row for each picture, those that excite another filter most above their own first."""
    numbers = np.array([one.filter for one in record.filters])
    strongest, exciters = others.argmax(axis=1), others.argmax(axis=0)

    def href(number: int) -> str | None:
        return filter_href(number, prefix) if number in paged else None

    def row(place: int) -> CrossRow:
        one = record.filters[place]
        answer, exciter = int(strongest[place]), int(exciters[one.filter])
        heard = float(others[exciter, one.filter])
        return CrossRow(
            href=filter_href(one.filter, prefix),
            number=one.filter,
            own=figure(one.displayed_mean),
            rank=one.rank,
            strongest=answer,
            strongest_href=href(answer),
            strongest_mean=figure(float(others[place, answer])),
            times=times(float(others[place, answer]), one.displayed_mean),
            exciter=int(numbers[exciter]) if heard > 0 else None,
            exciter_href=href(int(numbers[exciter])),
            exciter_mean=figure(heard) if heard > 0 else "",
        )

    kept = [place for place, one in enumerate(record.filters) if one.is_measured]
    own = np.array([max(one.displayed_mean, 1e-30) for one in record.filters])
    ratio = others.max(axis=1) / own
    return tuple(row(place) for place in sorted(kept, key=lambda place: (-ratio[place], place)))


def _sentences(rows: tuple[CrossRow, ...], layer: str) -> tuple[str, ...]:
    first = sum(row.rank == 1 for row in rows)
    pictures, filters = count(len(rows), "picture"), layer_named(layer).filters
    return (f"{first} of {pictures} excite their own filter more than any other of the {filters} filters of {layer}.",)
