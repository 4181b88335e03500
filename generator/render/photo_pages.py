"""Views of the photographs' pages: one photograph's credit, and for each layer the filters that answer most to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from generator.addresses import filter_path, photo_path, wall_path
from generator.render.lookup import holders, paged_filters
from generator.render.photo_view import LayerAnswers, PhotoFilter, PhotoView
from generator.render.photographs import credited, shown
from generator.render.views import Head, Link
from generator.render.wording import TIMES, count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.records import PhotoSet
    from generator.render.inputs import Atlas, Picture, Pictures

ANSWERS: Final = 4
"""How many filters of each layer a page shows."""

UP: Final = "../../"
"""From a photograph's page to the root of the site."""


def photo_views(atlas: Atlas, pictures: Pictures) -> Iterator[PhotoView]:
    """Yield the view of every photograph that some filter with a page names among its strongest, set by set.

    Photographs of a large set have no pages.

    The last layers, whose filters say most of a photograph, come first.
    """
    paged = {layer: frozenset(paged_filters(atlas, layer)) for layer in atlas.present()}
    thumbs = {layer: _thumbs(atlas, layer, pictures) for layer in paged}
    for photos in atlas.photos:
        if not photos.is_large:
            yield from _of_set(photos, paged, thumbs)


def _of_set(
    photos: PhotoSet, paged: Mapping[str, frozenset[int]], thumbs: Mapping[str, Mapping[int, Picture]]
) -> Iterator[PhotoView]:
    strong = _named(photos, paged)
    told = sorted(strong)
    for place, number in enumerate(told):
        photograph, named = photos.photographs[number], strong[number]
        credit = credited(photograph)
        yield PhotoView(
            head=Head(
                photo_path(photos.name, photograph.slug),
                f"{credit.label}, a photograph",
                "",
            ),
            set=photos.name,
            credit=credit,
            picture=shown(photos, photograph),
            labelled=bool(photograph.label),
            group=photograph.group,
            sentence=f"It is among the nine strongest of {count(len(named), 'filter')}.",
            previous=_beside(photos, told, place - 1),
            following=_beside(photos, told, place + 1),
            layers=tuple(
                _answers(photos, layer, number, paged[layer], thumbs[layer], named) for layer in reversed(list(paged))
            ),
        )


def _beside(photos: PhotoSet, told: list[int], place: int) -> Link | None:
    if not 0 <= place < len(told):
        return None
    photograph = photos.photographs[told[place]]
    return Link(credited(photograph).label, photo_path(photos.name, photograph.slug))


def _named(photos: PhotoSet, paged: Mapping[str, frozenset[int]]) -> dict[int, set[tuple[str, int]]]:
    """Return by photograph the filters, as (layer, number), that have a page and name it among their strongest."""
    found: dict[int, set[tuple[str, int]]] = {}
    for layer, numbers in paged.items():
        if layer in photos.layers:
            for number in numbers:
                for answer in photos.layers[layer].strongest[number]:
                    found.setdefault(answer.photograph, set()).add((layer, number))
    return found


def _answers(
    photos: PhotoSet,
    layer: str,
    photograph: int,
    paged: frozenset[int],
    thumbs: Mapping[int, Picture],
    named: set[tuple[str, int]],
) -> LayerAnswers:
    said = photos.layers.get(layer)
    answers = [one for one in said.answers[photograph] if one[0] in paged][:ANSWERS] if said else []
    return LayerAnswers(
        layer,
        wall_path(layer),
        tuple(
            PhotoFilter(
                UP + filter_path(layer, number),
                number,
                thumbs.get(number),
                f"{times:.1f}{TIMES}",
                (layer, number) in named,
            )
            for number, times in answers
        ),
    )


def _thumbs(atlas: Atlas, layer: str, pictures: Pictures) -> dict[int, Picture]:
    """Return the thumbnail of every filter of a layer in the first edition that has one."""
    found: dict[int, Picture] = {}
    for edition, record in holders(atlas, layer):
        for one in record.filters:
            thumb = pictures.picture(edition.name, layer, one.filter, "thumb") if one.sha256 else None
            if thumb is not None:
                found.setdefault(one.filter, thumb)
    return found
