"""What photographs say, as the pages tell it: words, finds, families, the dead; and where there are none."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.records import Agreement, Answer, Kept, Likeness, Photograph, PhotoLayer, PhotoSet, Score
from generator.render.curve import walk
from generator.render.dead_filters import dead_view
from generator.render.families import families_views
from generator.render.finds import finds
from generator.render.frame import frame_of
from generator.render.network import index_view
from generator.render.pages import families_page, find_page, index_page
from generator.render.walls import layer_views
from generator.render.words import find_view
from generator.workflows._likeness import likeness_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.records import FilterRecord, LayerRecord
    from generator.render.inputs import Atlas, Frame, Pictures

LABELS = ("dog", "dog", "horn", "church", "")
LAYER = "block1_conv1"


def photo_layer() -> PhotoLayer:
    """64 filters: 0 is told by a label, 4 has both dogs among its strongest, the others the horn alone."""
    both = (Answer(1, 9.0, 0, 0), Answer(0, 8.0, 0, 0), Answer(4, 7.0, 0, 0))
    horn = (Answer(2, 5.0, 0, 0), Answer(3, 0.0, 0, 0))
    return PhotoLayer(
        layer=LAYER,
        fires_on=np.array([5, 0, 3] + [1] * 61, np.int32),
        quantiles=np.full((64, 5), 4.0, np.float32),
        strongest=tuple(both if number == 4 else horn for number in range(64)),
        words=tuple(("dog",) if number == 4 else ("horn",) for number in range(64)),
        labels=((Score("dog", 0.97, 11),), *((),) * 63),
        relatives=((),) * 64,
        order=tuple(reversed(range(64))),
        families=(tuple(range(63, 5, -1)), (5, 4, 3, 2, 1), (0,)),
        firmness=(0.31, 0.24, 1.0),
        duplicates=((4, 5, 0.91), (7, 60, 0.85)),
        answers=((),) * 5,
        agreements={"natural": {0: Agreement(0.4), 4: Agreement(-0.5), 5: Agreement(None)}},
    )


@pytest.fixture
def told(atlas: Atlas) -> Atlas:
    photographs = tuple(Photograph(label=label, stem=str(place)) for place, label in enumerate(LABELS))
    photos = PhotoSet("some", atlas.editions[0].weights_fingerprint, photographs, {LAYER: photo_layer()})
    known = replace(atlas, photos=(photos,))
    return replace(known, likeness=likeness_of(known, LAYER))


def test_a_word_leads_to_its_filters_best_first_and_says_why(told: Atlas, pictures: Pictures) -> None:
    view = find_view(told, pictures)
    assert view is not None
    assert [word.word for word in view.words] == ["dog", "horn"]
    dog, horn = view.words
    assert [(one.name, one.why) for one in dog.found] == [("b1c1 0", "0.97 on 11"), ("b1c1 4", "2 of 2")]
    assert [one.name for one in horn.found] == ["b1c1 0", "b1c1 1", "b1c1 2"]
    assert {one.why for one in horn.found} == {""}
    assert horn.of == 5


def test_without_photographs_there_are_no_words_and_no_finds(atlas: Atlas, pictures: Pictures, frame: Frame) -> None:
    assert find_view(atlas, pictures) is None
    assert finds(atlas, pictures) == ()
    assert [link.text for link in frame_of("1", frame.assets, atlas).nav] == [
        "Network",
        "Families",
        "Dead filters",
        "Method",
    ]


def test_a_find_is_a_filter_with_a_word_whose_picture_agrees(told: Atlas, pictures: Pictures, frame: Frame) -> None:
    (found,) = finds(told, pictures)
    assert (found.card.number, found.card.word) == (0, "dog")
    assert "0.97 on 11 photographs; strongest on horn" in found.sentence
    assert "Finds" in index_page(index_view(told, pictures), frame_of("1", frame.assets, told))


def test_photographs_of_other_weights_say_nothing(told: Atlas, pictures: Pictures) -> None:
    other = replace(told, photos=(replace(told.photos[0], weights_fingerprint="other"),))
    assert find_view(other, pictures) is None
    assert not layer_views(other, LAYER, pictures)[0].cards[0].word


def test_a_wall_tells_words_likeness_and_trust(told: Atlas, pictures: Pictures) -> None:
    wall, other = layer_views(told, LAYER, pictures)
    assert [card.word for card in wall.cards] == ["dog", "", "", "", "", ""]
    assert dict(wall.orders) == {
        "number": "filter",
        "strength": "displayed_mean",
        "likeness": "place",
        "selectivity": "selectivity",
        "trust": "agreement",
    }
    assert wall.columns["agreement"] == (0.4, None, None, None, -0.5, None)
    assert wall.columns["place"] == (63, 62, 61, 60, 59, 58)
    assert wall.columns["family"] == (None, 1, 1, 1, 1, 1)
    assert "trust" not in dict(other.orders)


def test_where_nothing_agrees_a_wall_is_trusted_by_what_is_kept(atlas: Atlas, pictures: Pictures) -> None:
    layer = atlas.layers["natural", LAYER]
    kept = tuple(replace(one, kept=Kept(0.9 + one.filter / 100, 1, 1, 1, 5.0)) for one in layer.filters[:3])
    known = {**atlas.layers, ("natural", LAYER): replace(layer, filters=(*kept, *layer.filters[3:]))}
    wall = layer_views(replace(atlas, layers=known), LAYER, pictures)[0]
    assert dict(wall.orders)["trust"] == "kept"
    assert wall.columns["kept"] == (0.9, 0.91, 0.92, None, None, None)


def test_the_map_holds_every_filter_once_and_walls_between_families(told: Atlas, pictures: Pictures) -> None:
    (view,) = families_views(told, LAYER, pictures)
    (square,) = view.blocks
    assert sorted(int(cell.name.split()[0]) for cell in square if cell) == [0, 1, 2, 3, 4, 5]
    assert (square[56].name if square[56] else "") == "5"
    edges = {cell.name: cell.edges for cell in square if cell}
    assert edges["0 dog"] == ""
    assert sum(edge != "" for edge in edges.values()) == 1
    assert view.count == "one family"
    of_two = ((0, 1), (2, 3), (4,), (5,))
    pairs = replace(told.likeness["natural", LAYER], families=of_two, firmness=(0.3, 0.3, 1.0, 1.0))
    (small,) = families_views(replace(told, likeness={("natural", LAYER): pairs}), LAYER, pictures)
    assert (small.count, [cell for cell in small.blocks[0] if cell and cell.edges]) == ("", [])
    assert [(pair.number, pair.other, pair.likeness) for pair in view.pairs] == [(4, 5, "0.91")]
    assert [family.count for family in view.families] == ["5 filters"]


def test_a_family_says_how_alike_its_filters_are_and_in_words_when_they_hardly_are(
    told: Atlas, pictures: Pictures, frame: Frame
) -> None:
    (view,) = families_views(told, LAYER, pictures)
    assert [family.alike for family in view.families] == ["mean correlation 0.24, loosely alike"]
    assert "<small>mean correlation 0.24, loosely alike</small>" in families_page(view, frame)
    firm = replace(told.likeness["natural", LAYER], firmness=(0.31, 0.25, 1.0))
    (view,) = families_views(replace(told, likeness={("natural", LAYER): firm}), LAYER, pictures)
    assert [family.alike for family in view.families] == ["mean correlation 0.25"]


def test_a_map_has_walls_between_its_squares_too(
    atlas: Atlas, pictures: Pictures, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord]
) -> None:
    held = layer_of([record_of(number, layer="block5_conv3") for number in range(512)])
    halves = (tuple(range(128)), tuple(range(128, 512)))
    alike = Likeness(tuple(range(512)), halves, (0.3, 0.3), (), photos=False)
    known = replace(atlas, layers={("natural", "block5_conv3"): held}, likeness={("natural", "block5_conv3"): alike})
    (view,) = families_views(known, "block5_conv3", pictures)
    walls = [[cell.edges for cell in square if cell and cell.edges] for square in view.blocks]
    assert walls == [["r"] * 8, ["r"] * 8, [], [], [], [], [], []]


def test_pages_of_words_and_families_are_rendered(told: Atlas, pictures: Pictures, frame: Frame) -> None:
    around = frame_of("1", frame.assets, told)
    (view,) = families_views(told, LAYER, pictures)
    page = families_page(view, around)
    assert 'data-name="0 dog"' in page
    assert 'href="../block1_conv1/families.html" aria-current="page"' in page
    words = find_view(told, pictures)
    assert words is not None
    assert "0.97 on 11" in find_page(words, around)


def test_the_dead_are_told_by_how_many_photographs_they_fire_on(told: Atlas, pictures: Pictures) -> None:
    view = dead_view(told, pictures)
    assert view.layers[0].became.endswith("; fire on 1 photograph (median), 1 on none")
    assert "2 of 3 filters dead at the start fire on at least one of 5 photographs, on 1 as the median" in " ".join(
        view.sentences
    )
    assert "; 2 of them answer to some of 5 photographs" in index_view(told, pictures).numbers[1][1]


def test_without_photographs_the_pictures_say_what_is_alike(atlas: Atlas, pictures: Pictures) -> None:
    layer = atlas.layers["natural", "block3_conv1"]
    cross = layer.cross.copy()
    cross[0, :40], cross[1, :40], cross[2, 100:140] = 50.0, 60.0, 70.0
    known = replace(atlas, layers={**atlas.layers, ("natural", "block3_conv1"): replace(layer, cross=cross)})
    alike = likeness_of(known, "block3_conv1")["natural", "block3_conv1"]
    assert not alike.photos
    assert sorted(alike.order) == [0, 1, 2]
    assert alike.order.index(0) in (alike.order.index(1) - 1, alike.order.index(1) + 1)
    assert sorted(map(sorted, alike.families)) == [[0, 1], [2]]
    (view,) = families_views(replace(known, likeness={("natural", "block3_conv1"): alike}), "block3_conv1", pictures)
    assert view.photographs == ""


@pytest.mark.parametrize("side", [1, 2, 8, 16])
def test_the_walk_of_a_map_steps_from_neighbour_to_neighbour(side: int) -> None:
    steps = walk(side)
    assert len(set(steps)) == side * side
    assert (steps[0], steps[-1]) == ((0, side - 1), (side - 1, side - 1))
    assert all(math.dist(one, other) == 1 for one, other in pairwise(steps))
