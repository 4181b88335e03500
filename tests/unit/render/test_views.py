from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generator.records import Fact
from generator.render import facts
from generator.render.cross_activation import cross_views
from generator.render.dead_filters import dead_view
from generator.render.filters import filter_views
from generator.render.inputs import Atlas
from generator.render.method import method_view
from generator.render.network import index_view
from generator.render.pages import layer_page
from generator.render.walls import layer_views
from generator.render.wording import DASH, TIMES, WOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.records import FilterRecord, LayerRecord
    from generator.render.filter_view import FilterView
    from generator.render.inputs import Frame, Pictures

TRIED = (
    "32 steps up the mean before the ReLU from noise of seed 42; an interval bound over all pictures proves that its"
    " map never rises above -8.68 before the ReLU"
)


@pytest.fixture
def by_number(atlas: Atlas, pictures: Pictures) -> dict[int, FilterView]:
    return {view.number: view for view in filter_views(atlas, "block1_conv1", pictures)}


def told(view: FilterView) -> dict[str, str]:
    return {name: value for name, value, _ in view.editions[0].measures}


def test_the_network_shows_all_thirteen_layers_and_links_those_that_are_built(atlas: Atlas, pictures: Pictures) -> None:
    tiles = index_view(atlas, pictures).tiles
    assert [tile.short for tile in tiles if tile.first] == ["b1c1", "b2c1", "b3c1", "b4c1", "b5c1"]
    assert [tile.layer for tile in tiles if tile.path] == ["block1_conv1", "block3_conv1"]
    assert (tiles[0].filters, tiles[0].sees, tiles[1].filters) == ("6 of 64", f"3 {TIMES} 3 px", "not built yet")
    assert [card.number for card in tiles[0].pictures] == [0, 1, 4, 5]


def test_the_index_begins_with_three_numbers(atlas: Atlas, pictures: Pictures) -> None:
    numbers = index_view(atlas, pictures).numbers
    assert numbers[0] == ("9", "filters in 2 layers, 8 of them with a picture")
    assert numbers[1] == ("3", "dead at the start (zero on the article's noise) = 1 woken + 1 still dead + 1 not built")
    assert numbers[2][0] == "88%"


def test_a_wall_stands_at_the_plain_address_for_the_first_edition_only(atlas: Atlas, pictures: Pictures) -> None:
    walls = layer_views(atlas, "block1_conv1", pictures)
    assert [wall.head.path for wall in walls] == ["block1_conv1/index.html", "block1_conv1/article/index.html"]
    assert [wall.cards[2].href for wall in walls] == ["002.html", "../002.html"]
    assert [[(link.text, link.current) for link in wall.editions] for wall in walls] == [
        [("natural", True), ("article", False)],
        [("natural", False), ("article", True)],
    ]


def test_a_wall_leads_to_the_nearest_layers_that_are_built(atlas: Atlas, pictures: Pictures) -> None:
    first, third = (layer_views(atlas, name, pictures)[0] for name in ("block1_conv1", "block3_conv1"))
    assert first.previous is None
    assert first.following is not None
    assert first.following.path == "block3_conv1/index.html"
    assert third.previous is not None
    assert third.previous.path == "block1_conv1/index.html"


def test_a_card_shows_a_badge_for_a_filter_that_has_no_picture_of_its_own(atlas: Atlas, pictures: Pictures) -> None:
    cards = layer_views(atlas, "block1_conv1", pictures)[0].cards
    assert [card.badge for card in cards] == ["", "", "dead", "failed", "", ""]
    assert [card.picture is None for card in cards] == [False, False, False, True, False, False]
    assert cards[3].mean == ""


def test_a_wall_marks_its_woken_filters_and_says_so_where_it_has_any(
    atlas: Atlas, pictures: Pictures, frame: Frame
) -> None:
    wall, article = layer_views(atlas, "block1_conv1", pictures)
    (third,) = layer_views(atlas, "block3_conv1", pictures)
    assert [card.mark for card in wall.cards] == ["", WOKEN, "", "", "", ""]
    assert wall.sentence.endswith(f" {WOKEN} marks the 1 woken from zero.")
    assert f"<b>1</b>{WOKEN} <span>101</span>" in layer_page(wall, frame)
    assert wall.statuses == (("active", 3), ("woken", 1), ("dead", 1), ("failed", 1))
    assert article.statuses == (("active", 4), ("dead", 2))
    for plain in (article, third):
        assert WOKEN not in layer_page(plain, frame)
    assert 'name="status"' in layer_page(article, frame)
    assert 'name="status"' not in layer_page(third, frame)


def test_a_wall_says_for_how_many_filters_each_setting_holds(
    atlas: Atlas, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord], pictures: Pictures
) -> None:
    first, failed = record_of(0), record_of(9, status="failed", sha256=None, response_version=None)
    other = replace(first.settings, steps=16)
    held = layer_of([replace(first, settings=other), *(record_of(number) for number in (1, 2, 3, 4)), failed])
    (wall,) = layer_views(Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {}), "block1_conv1", pictures)
    told = dict(wall.settings)
    assert told["steps"] == f"{first.settings.steps} (4 filters); 16 (1 filter)"
    assert told["precision"] == "float32"


def test_the_median_of_a_wall_is_that_of_the_filters_that_answer(
    atlas: Atlas, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord], pictures: Pictures
) -> None:
    held = layer_of([record_of(0, displayed_mean=1.0), record_of(1, displayed_mean=4.0)])
    (wall,) = layer_views(Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {}), "block1_conv1", pictures)
    assert "mean on its picture, 2.50 the median." in wall.sentence


def test_small_canvases_are_enlarged_by_whole_pixels_and_large_ones_shown_as_thumbnails(
    atlas: Atlas, pictures: Pictures, large_pictures: Pictures
) -> None:
    small, large = (layer_views(atlas, "block1_conv1", each)[0] for each in (pictures, large_pictures))
    assert (small.shown, large.shown) == (128, 96)


def test_a_filter_that_only_one_recipe_holds_has_a_page_too(
    atlas: Atlas,
    record_of: Callable[..., FilterRecord],
    layer_of: Callable[[list[FilterRecord]], LayerRecord],
    pictures: Pictures,
) -> None:
    layers = {
        **atlas.layers,
        ("article", "block1_conv1"): layer_of([record_of(number, edition="article") for number in (2, 9)]),
    }
    views = list(filter_views(Atlas(atlas.editions, layers, atlas.starts), "block1_conv1", pictures))
    assert [view.number for view in views] == [0, 1, 2, 3, 4, 5, 9]
    assert [[one.name for one in view.editions] for view in views][1:4] == [
        ["natural"],
        ["natural", "article"],
        ["natural"],
    ]
    assert (views[-1].previous, views[-1].following) == ("005.html", None)


def test_a_filter_shows_every_edition_with_its_numbers(by_number: dict[int, FilterView]) -> None:
    view = by_number[0]
    assert [one.name for one in view.editions] == ["natural", "article"]
    assert told(view) == {
        "status": "active",
        "mean at the first step": "25.0",
        "mean at the last step": "100",
        "mean on the finished picture": "108",
        "mean on the published file": "100 (93%)",
        "selectivity": "0.50",
        "steps": "3, all",
    }


def test_a_loss_that_still_rises_is_marked(by_number: dict[int, FilterView]) -> None:
    assert told(by_number[4])["steps"] == "3, all, rising 20.0% a step"


def test_the_cross_table_names_the_filters_that_this_picture_excites_most(by_number: dict[int, FilterView]) -> None:
    responders = by_number[5].editions[0].responders
    assert [(one.number, one.href, one.percent) for one in responders] == [(6, None, 100)]
    (other,) = by_number[4].editions[0].responders
    assert (other.href, other.times, other.percent) == ("005.html", "0.48\N{MULTIPLICATION SIGN}", 48)


def test_the_other_way_round_names_pictures_of_other_filters_that_excite_this_one(
    atlas: Atlas, pictures: Pictures
) -> None:
    atlas.layers["natural", "block1_conv1"].cross[:, 0] = (108.0, 3.0, 70.0, 0.0, 90.0, 0.0)
    view = next(filter_views(atlas, "block1_conv1", pictures))
    assert [(one.number, one.percent) for one in view.editions[0].exciters] == [(4, 90), (2, 70), (1, 3)]


def test_a_woken_filter_tells_how_it_woke(by_number: dict[int, FilterView]) -> None:
    view = by_number[1]
    assert view.dead_at_start
    assert view.story[0].startswith("On the article's noise picture this filter's map is zero everywhere.")
    woke = facts.told(Fact.of("woke", step=3))
    assert view.story[1:] == (
        f"In natural it woke and climbed to a mean of 101: {woke}.",
        "In article it stayed dead: it never rose above zero.",
    )


def test_a_dead_filter_tells_what_was_tried(by_number: dict[int, FilterView]) -> None:
    assert by_number[2].story[1] == f"In natural it stayed dead: {TRIED}."


def test_a_failed_filter_tells_why_and_shows_no_numbers(by_number: dict[int, FilterView]) -> None:
    view = by_number[3]
    assert view.story == (
        "In natural the work on it failed: the loss is not a finite number at step 3. The next build tries it again.",
    )
    failed, active = view.editions
    assert (failed.picture, failed.measures, failed.responders, failed.trust) == (None, (), (), ())
    assert failed.caption[0] == "no picture"
    assert view.story[0] in "".join(text for text, _ in failed.say)
    assert active.measures[0][1] == "active"


def test_a_filter_that_fell_to_zero_says_so_and_has_no_rank(
    atlas: Atlas, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord], pictures: Pictures
) -> None:
    fallen = record_of(7, stop_reason="zero", image_mean=0.0, displayed_mean=0.0, rank=60, selectivity=-1.0)
    layers = {("article", "block1_conv1"): layer_of([fallen])}
    (view,) = filter_views(Atlas(atlas.editions, layers, atlas.starts), "block1_conv1", pictures)
    assert view.story == ("In article it answered on its start, fell to zero at step 3, and this recipe stops there.",)
    assert [told(view)[name] for name in ("selectivity", "steps")] == [DASH, "3, zero"]
    assert view.editions[0].caption[1] == ""


def test_a_picture_that_is_not_measured_has_dashes_for_what_would_be_read_off_it(
    atlas: Atlas, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord], pictures: Pictures
) -> None:
    nothing = {"displayed_mean": 0.0, "rank": 0, "selectivity": 0.0, "top": (), "map_filters": (), "map_peak": 0.0}
    held = layer_of([record_of(0), record_of(1, response_version=None, **nothing)])
    held.cross[1] = 0.0
    alone = Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {})
    view = list(filter_views(alone, "block1_conv1", pictures))[1]
    assert [told(view)[name] for name in ("mean on the published file", "selectivity")] == [DASH] * 2
    assert view.editions[0].caption[1] == ""
    assert told(view)["mean on the finished picture"] == "109"
    assert (view.editions[0].responders, view.editions[0].map_tiles) == ((), ())
    (wall,) = layer_views(alone, "block1_conv1", pictures)
    assert [wall.columns[name][1] for name in ("displayed_mean", "rank", "selectivity")] == [None] * 3
    assert [wall.columns[name][0] for name in ("displayed_mean", "rank", "selectivity")] == [100.0, 1, 0.5]
    assert [row.number for row in cross_views(alone, "block1_conv1", pictures)[0].rows] == [0]


def test_an_active_filter_has_no_story(by_number: dict[int, FilterView]) -> None:
    assert by_number[0].story == ()
    assert not by_number[0].dead_at_start


def test_a_small_picture_is_shown_in_whole_multiples_of_its_canvas(
    atlas: Atlas, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord], pictures: Pictures
) -> None:
    def shown(size_px: int) -> tuple[int, bool]:
        record = record_of(0)
        held = layer_of([replace(record, settings=replace(record.settings, size_px=size_px))])
        view = next(
            filter_views(Atlas(atlas.editions, {("natural", "block1_conv1"): held}, {}), "block1_conv1", pictures)
        )
        return 8 * view.editions[0].unit, view.editions[0].pixelated

    assert [shown(side) for side in (48, 64, 80, 96)] == [(384, True), (384, True), (400, True), (384, True)]
    assert [shown(side) for side in (128, 160, 224)] == [(416, False)] * 3


def test_the_cross_page_puts_pictures_first_that_excite_another_filter_more_than_their_own(
    atlas: Atlas, pictures: Pictures
) -> None:
    rows = cross_views(atlas, "block1_conv1", pictures)[0].rows
    assert rows[0].number == 2
    assert rows[1].number == 5
    assert (rows[1].own, rows[1].rank, rows[1].strongest_mean) == ("2.00", 7, "5.00")
    assert rows[1].times == "2.50\N{MULTIPLICATION SIGN}"
    assert 3 not in [row.number for row in rows]


def test_the_cross_page_opens_with_the_strongest_answer_to_another_filters_picture(
    atlas: Atlas, pictures: Pictures
) -> None:
    cross = atlas.layers["natural", "block1_conv1"].cross
    cross[4, 5] = 90.0
    view = cross_views(atlas, "block1_conv1", pictures)[0]
    assert view.first == (4, 5)
    said = "The strongest answer to another filter's picture is that of filter"
    assert view.sentences[1] == f"{said} 5 to picture 4, 45{TIMES} its answer to its own."
    cross[4, 60] = 95.0  # a filter without a picture
    view = cross_views(atlas, "block1_conv1", pictures)[0]
    assert (view.first, view.sentences[1]) == ((4, 60), f"{said} 60 to picture 4.")


def test_a_matrix_in_which_no_filter_answers_to_another_says_nothing_of_it(atlas: Atlas, pictures: Pictures) -> None:
    cross = atlas.layers["natural", "block1_conv1"].cross
    cross[:, :] = 0.0
    view = cross_views(atlas, "block1_conv1", pictures)[0]
    assert view.first is None
    assert len(view.sentences) == 1


def test_the_page_of_the_dead_counts_what_became_of_them(atlas: Atlas, pictures: Pictures) -> None:
    view = dead_view(atlas, pictures)
    first, second, *_ = view.layers
    assert (first.dead, first.became) == ("3 of 64", "1 woken + 1 still dead + 1 not built")
    assert (first.filters, view.most) == (64, 512)
    assert first.bars == (("woken", 0, 1), ("dead", 1, 1), ("not built", 2, 1))
    assert (second.dead, second.became, second.bars, second.is_told) == ("0 of 64", "", (), False)
    assert view.key == (("woken", f"1 woken ({WOKEN})"), ("dead", "1 still dead"), ("not built", "1 not built"))
    assert first.reasons == ((2, TRIED),)
    assert first.missing == "60"


def test_the_dead_and_the_woken_are_told_in_the_same_sums_on_every_page(
    atlas: Atlas, pictures: Pictures, record_of: Callable[..., FilterRecord], layer_of: Callable[..., LayerRecord]
) -> None:
    records = [
        record_of(1, status="woken", dead_at_start=True),
        record_of(2, dead_at_start=True),
        record_of(3, status="woken"),
        record_of(4, status="woken"),
    ]
    only = replace(atlas, layers={("natural", "block1_conv1"): layer_of(records)}, starts={})
    start = "2 dead at the start = 1 woken + 1 active from another start."
    woken = "3 woken = 1 dead at the start + 2 at zero only on their recipe's own noise"
    every = "4 of 64 filters. 2 are dead at the start; every one of them has a picture now. "
    assert layer_views(only, "block1_conv1", pictures)[0].sentence.startswith(every)
    assert dead_view(only, pictures).sentences[:2] == (start, f"{woken}.")
    assert f"{dead_view(only, pictures).layers[0].became}." == start.partition(" = ")[2]
    index = index_view(only, pictures)
    assert index.numbers[1][0] == "2"
    assert index.numbers[1][1].endswith("= 1 woken + 1 active from another start")
    assert woken in index.editions[0].counts


def test_a_filter_dead_in_one_recipe_is_shown_where_it_lives(atlas: Atlas, pictures: Pictures) -> None:
    woken = dead_view(atlas, pictures).layers[0].cards[0]
    assert (woken.number, woken.mean) == (1, "101")
    assert woken.picture is not None
    assert woken.picture.src == "block1_conv1/natural/001.avif"


def test_the_dead_of_other_weights_are_not_mixed_in(atlas: Atlas, pictures: Pictures) -> None:
    other = replace(atlas.editions[0], name="natural-abcdef01", weights_fingerprint="other")
    layers = {**atlas.layers, (other.name, "block1_conv1"): atlas.layers["natural", "block1_conv1"]}
    mixed = Atlas((*atlas.editions, other), layers, atlas.starts)
    assert dead_view(mixed, pictures).key == dead_view(atlas, pictures).key


def test_the_recipes_are_told_as_tables_of_what_differs_between_layers(atlas: Atlas) -> None:
    article = next(recipe for recipe in method_view(atlas).recipes if recipe.name == "article")
    assert article.columns == ("layers", "steps", "learning rate", "threshold")
    assert article.rows[1] == ("block2", "50", "52.5, constant", "30,000")
    assert dict(article.shared)["canvas"] == "224 px, pixel"


def test_an_empty_atlas_has_an_index_a_page_of_the_dead_and_a_method(pictures: Pictures) -> None:
    nothing = Atlas((), {}, {})
    assert not any(tile.path for tile in index_view(nothing, pictures).tiles)
    assert index_view(nothing, pictures).numbers == ()
    assert dead_view(nothing, pictures).key == ()
    assert method_view(nothing).editions == ()
