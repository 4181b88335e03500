"""View of a layer's families: a map on which similar filters are near each other, and the families by size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from generator.addresses import families_path, filter_href, wall_path
from generator.catalogue import layer_named
from generator.render.curve import SIDE, walk
from generator.render.lookup import card, holders, photo_set, photographed, tested_label
from generator.render.map_view import Cell, FamiliesView, Family, Pair
from generator.render.views import Head
from generator.render.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.records import EditionRecord, FilterRecord, Likeness, PhotoLayer
    from generator.render.inputs import Atlas, Pictures

LEAST: Final = 3
"""A family is listed, and surrounded on the map, from this many filters on."""

SHOWN: Final = 16
"""How many filters of a family the list shows."""

WORDS: Final = 3

LOOSE: Final = 0.25
"""A family whose mean correlation is less is hardly one: the cut that parts families stands at 0.2."""

SQUARES: Final = ((0, 1), (0, 0), (1, 0), (1, 1), (2, 1), (2, 0), (3, 0), (3, 1))
"""Where the eight squares of a layer of 512 filters stand on a wide screen, as pages.css lays them: (column, row).

Fewer stand in one row.
"""


def families_views(atlas: Atlas, layer: str, pictures: Pictures) -> tuple[FamiliesView, ...]:
    """Return the layer's map, of the first edition that holds it; none where too little is known of its filters."""
    for edition, record in holders(atlas, layer)[:1]:
        alike = atlas.likeness.get((edition.name, layer))
        if alike:
            held = {one.filter: one for one in record.filters}
            return (_view(atlas, edition, held, alike, pictures),)
    return ()


def _view(
    atlas: Atlas, edition: EditionRecord, held: Mapping[int, FilterRecord], alike: Likeness, pictures: Pictures
) -> FamiliesView:
    layer = next(iter(held.values())).layer
    photos = photographed(atlas, edition, layer)
    families = [own for family in alike.families if (own := [number for number in family if number in held])]
    firm = {number: one for family, one in zip(alike.families, alike.firmness, strict=True) for number in family}
    order = [number for number in alike.order if number in held]
    listed_ones = sorted((family for family in families if len(family) >= LEAST), key=len, reverse=True)
    of = {number: place for place, family in enumerate(listed_ones) for number in family}
    largest = {family[len(family) // 2]: listed(_earned(family, photos)[:1]) for family in listed_ones}
    cells = {
        number: Cell(
            href=filter_href(number),
            picture=(shown := card(held[number], pictures, "")).picture,
            alt=shown.alt,
            name=f"{number} {tested_label(photos, number)}".strip(),
            caption=largest.get(number, ""),
        )
        for number in order
    }
    taken = photo_set(atlas, edition) if alike.photos else None
    return FamiliesView(
        head=Head(
            families_path(layer),
            f"Families of {layer}",
            f"The filters of {layer} on a map, those that answer alike near each other.",
        ),
        layer=layer,
        wall_path=wall_path(layer),
        photographs=f"{len(taken.photographs):,}" if taken else "",
        blocks=_blocks(order, cells, of),
        pixelated=layer_named(layer).block == 1,
        count=_count(len(listed_ones)),
        families=tuple(
            Family(
                _words(family, photos),
                count(len(family), "filter"),
                _alike(firm[family[0]]),
                tuple(card(held[number], pictures, filter_href(number)) for number in family[:SHOWN]),
                max(len(family) - SHOWN, 0),
            )
            for family in listed_ones
        ),
        pairs=tuple(
            Pair(filter_href(one), one, filter_href(other), other, f"{value:.2f}")
            for one, other, value in alike.duplicates
            if one in held and other in held
        ),
    )


def _alike(firmness: float) -> str:
    """Return how alike the filters of a family are."""
    return f"mean correlation {firmness:.2f}{', loosely alike' if firmness < LOOSE else ''}"


def _count(families: int) -> str:
    """Return how many families are listed; nothing where there is none."""
    return {0: "", 1: "one family"}.get(families, f"{families} families")


def _blocks(
    order: Sequence[int], cells: Mapping[int, Cell], of: Mapping[int, int]
) -> tuple[tuple[Cell | None, ...], ...]:
    """Return squares of the map, each row by row, with a wall where a family ends."""
    origins = SQUARES if len(order) > SIDE * SIDE * (len(SQUARES) // 2) else tuple((x, 0) for x in range(len(SQUARES)))
    steps = [(SIDE * x + column, SIDE * y + row) for x, y in origins for column, row in walk()]
    at = dict(zip(steps, order, strict=False))
    blocks = []
    for x, y in origins[: -(-len(order) // SIDE**2)]:
        square = [(SIDE * x + column, SIDE * y + row) for row in range(SIDE) for column in range(SIDE)]
        blocks.append(tuple(cells[at[one]].with_edges(_walls(at, of, one)) if one in at else None for one in square))
    return tuple(blocks)


def _walls(at: Mapping[tuple[int, int], int], of: Mapping[int, int], place: tuple[int, int]) -> str:
    column, row = place
    edges = (((column + 1, row), "r"), ((column, row + 1), "d"))
    return " ".join(name for other, name in edges if other in at and of.get(at[other]) != of.get(at[place]))


def _words(family: Sequence[int], photos: PhotoLayer | None) -> str:
    """Return the labels that most filters of a family have earned, else those that most have among their strongest."""
    shared = Counter(word for number in family for word in photos.words[number]) if photos else Counter()
    common = [word for word, many in shared.most_common(WORDS) if 2 * many >= len(family) and many > 1]
    return listed(_earned(family, photos) or common)


def _earned(family: Sequence[int], photos: PhotoLayer | None) -> list[str]:
    """Return the labels that more than one filter of a family has earned."""
    earned = Counter(score.label for number in family for score in photos.labels[number]) if photos else Counter()
    return [word for word, many in earned.most_common(WORDS) if many > 1]
