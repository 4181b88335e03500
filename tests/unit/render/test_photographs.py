"""What a filter's page and a photograph's page say of photographs, from records made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.records import Agreement, Answer, Kept, Photograph, PhotoLayer, PhotoSet, Score
from generator.render.filters import filter_views
from generator.render.pages import filter_page, photo_page
from generator.render.photo_pages import photo_views
from generator.render.trust import trust
from generator.render.wording import MINUS

if TYPE_CHECKING:
    from generator.render.filter_view import FilterView, Profile
    from generator.render.inputs import Atlas, Frame, Pictures

LAYER = "block3_conv1"
FILTERS = 256
HOSTILE = "<script>alert('x')</script>&\"quoted\""


def photograph(number: int, **changes: object) -> Photograph:
    known = Photograph(
        label=f"label {number}",
        author=f"author {number}",
        page=f"https://photographs.example/{number}",
        licence="CC BY 2.0",
        stem=f"file-{number}",
        slug=f"p{number}",
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def some_set(fingerprint: str, **changes: object) -> PhotoSet:
    """Ten photographs; filter 0 answers to four of them, filter 1 to one, all others to none."""
    quantiles = np.zeros((FILTERS, 5), np.float32)
    quantiles[0] = 0, 0, 40, 90, 100
    strongest: list[tuple[Answer, ...]] = [()] * FILTERS
    strongest[0] = tuple(Answer(place, peak, 0, 55) for place, peak in ((4, 100.0), (2, 50.0), (7, 25.0), (1, 5.0)))
    strongest[1] = (Answer(2, 8.0, 3, 3),)
    nothing: tuple[tuple[str, ...], ...] = ((),) * FILTERS
    layer = PhotoLayer(
        layer=LAYER,
        fires_on=np.array([4, 1, *[0] * (FILTERS - 2)], np.int32),
        quantiles=quantiles,
        strongest=tuple(strongest),
        words=(("label 4", "label 2"), *nothing[1:]),
        labels=((Score("dog", 0.987, 11),), *((),) * (FILTERS - 1)),
        relatives=(((1, 0.43), (200, 0.2)), *((),) * (FILTERS - 1)),
        order=tuple(range(FILTERS)),
        families=(tuple(range(FILTERS)),),
        firmness=(0.3,),
        duplicates=(),
        answers=tuple(((0, 2.5), (200, 2.0), (1, 1.25)) for _ in range(10)),
        agreements={"natural": {0: Agreement(-0.62, (0.5, None, -0.5, -1.0))}},
    )
    made = PhotoSet("world", fingerprint, tuple(map(photograph, range(10))), {LAYER: layer})
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def seen(atlas: Atlas) -> Atlas:
    """The atlas with one set of photographs, and the own peak of filter 0."""
    record = atlas.layers["natural", LAYER]
    first = replace(record.filters[0], kept=Kept(0.96, 0.98, 0.97, 0.7, 370.0))
    layers = {**atlas.layers, ("natural", LAYER): replace(record, filters=(first, *record.filters[1:]))}
    return replace(atlas, layers=layers, photos=(some_set(atlas.editions[0].weights_fingerprint),))


def views(atlas: Atlas, pictures: Pictures) -> list[FilterView]:
    return list(filter_views(atlas, LAYER, pictures))


def test_the_strongest_photographs_are_told_with_label_author_link_and_peak(seen: Atlas, pictures: Pictures) -> None:
    (found,) = views(seen, pictures)[0].photographs
    assert [(one.credit.label, one.peak, one.percent) for one in found.nine] == [
        ("label 4", "100", 27),
        ("label 2", "50.0", 14),
        ("label 7", "25.0", 7),
        ("label 1", "5.00", 1),
    ]
    first = found.nine[0]
    assert (first.href, first.credit.author, first.credit.page, first.crop) == (
        "../photos/world/p4.html",
        "author 4",
        "https://photographs.example/4",
        None,
    )
    assert found.key[0] == ("answers at all on", "4 of 10 (40%)")
    assert found.earned == "It tells dog with 0.99 on 11 photographs from the rest."


def test_the_pictures_own_peak_stands_on_one_scale_with_the_photographs(seen: Atlas, pictures: Pictures) -> None:
    (found,) = views(seen, pictures)[0].photographs
    assert [(own.place, own.peak, own.percent) for own in found.spread.owns] == [(1, "370", 100)]
    assert found.spread.end == "370"
    assert found.spread.dots.startswith("M27 18h0M14 18h0")
    assert found.spread.bands[-1] == "M24 16H27v4H24"
    assert [one.percent for one in found.nine] == [27, 14, 7, 1]
    assert views(seen, pictures)[1].photographs[0].spread.owns == ()


def test_a_filter_that_answers_to_no_photograph_says_so(seen: Atlas, pictures: Pictures, frame: Frame) -> None:
    page = filter_page(views(seen, pictures)[2], frame)
    assert "It answers to none of them." in page
    assert "No label is earned." in page
    assert "0 of 10 (0%)" in page


def test_photographs_without_labels_earn_none_and_go_by_their_files(seen: Atlas, pictures: Pictures) -> None:
    plain = some_set(seen.photos[0].weights_fingerprint, photographs=tuple(photograph(n, label="") for n in range(10)))
    first, second, _ = views(replace(seen, photos=(plain,)), pictures)
    assert first.photographs[0].nine[0].credit.label == "file-4"
    assert second.photographs[0].earned == ""


def test_relatives_are_told_modestly_and_linked_where_they_have_a_page(seen: Atlas, pictures: Pictures) -> None:
    found = views(seen, pictures)[0].relatives
    assert found is not None
    assert [(one.href, one.number, one.correlation) for one in found.nearest] == [
        ("001.html", 1, "0.43"),
        (None, 200, "0.20"),
    ]
    assert found.sentence == "The nearest correlates with 0.43 (1 would be the same): related, not alike."
    assert views(seen, pictures)[1].relatives is None


def test_how_far_a_picture_can_be_trusted_is_told_in_plain_words(seen: Atlas, pictures: Pictures) -> None:
    told = {one.anchor: one for one in views(seen, pictures)[0].editions[0].trust}
    assert told["agreement"].figure == "\N{MINUS SIGN}0.6"
    assert "less like the filter's strongest photographs" in told["agreement"].sentence
    profile = told["agreement"].profile
    assert profile is not None
    assert profile.bars == "M6 32v-8h8v8M46 32v8h8v-8M66 32v16h8v-16"
    assert (profile.width, profile.ends, profile.beyond) == (80, ("b1c1", "b2c2"), "")
    assert told["beyond"].figure == "3.70\N{MULTIPLICATION SIGN}"
    assert (told["kept"].figure, told["kept"].bars[3]) == ("96%", ("mirrored", "70%", 70))


@pytest.mark.parametrize(
    ("peak", "said"), [(130.0, "it shows what the filter rewards"), (101.0, "about as far"), (60.0, "the world drives")]
)
def test_a_picture_that_goes_as_far_as_photographs_is_not_said_to_go_beyond(
    seen: Atlas, peak: float, said: str
) -> None:
    record = seen.layers["natural", LAYER].filters[0]
    assert record.kept is not None
    moved = replace(record, kept=replace(record.kept, peak=peak))
    told = {one.anchor: one for one in trust(moved, seen.photos[0])}
    assert said in told["beyond"].sentence


def agreeing(seen: Atlas, profile: tuple[float | None, ...]) -> Profile | None:
    """Return what is drawn of an agreement with filter 0's photographs at each earlier layer."""
    layer = replace(seen.photos[0].layers[LAYER], agreements={"natural": {0: Agreement(None, profile)}})
    told = trust(seen.layers["natural", LAYER].filters[0], replace(seen.photos[0], layers={LAYER: layer}))
    return next(one.profile for one in told if one.anchor == "agreement")


def test_one_layer_far_off_leaves_the_others_as_high_as_they_are(seen: Atlas) -> None:
    near, far = agreeing(seen, (1.0, 0.5, -0.5)), agreeing(seen, (1.0, 0.5, -60.0))
    assert near is not None
    assert far is not None
    assert near.bars.split("M")[1:3] == far.bars.split("M")[1:3] == ["6 32v-16h8v16", "26 32v-8h8v8"]
    assert far.bars.split("M")[3] == "46 32v32l4 8 4-8v-32"  # to the end, and pointed
    assert far.label.endswith(f"{MINUS}60.0 to 1.0")
    assert (near.beyond, far.beyond) == ("", f"; pointed where below {MINUS}2")
    above = agreeing(seen, (7.0, 0.5))
    both = agreeing(seen, (7.0, -7.0))
    assert above is not None
    assert both is not None
    assert above.bars.split("M")[1] == "6 32v-32l4-8 4 8v32"
    assert (above.beyond, both.beyond) == ("; pointed where above 2", f"; pointed where below {MINUS}2 or above 2")


def test_agreement_at_layers_that_lie_apart_is_drawn_too_and_of_one_alone_the_number_is_enough(seen: Atlas) -> None:
    apart = agreeing(seen, (0.5, None, -0.5, None))
    assert apart is not None
    assert apart.bars == "M6 32v-8h8v8M46 32v8h8v-8"
    assert agreeing(seen, (None, 0.5)) is None
    nought = agreeing(seen, (0.0, 0.5))
    assert nought is not None
    assert nought.bars.startswith("M6 32v-1h8v1")  # known to be 0, and seen


def test_the_facts_begin_with_the_words_of_the_photographs(seen: Atlas, pictures: Pictures) -> None:
    assert views(seen, pictures)[0].say[:2] == (
        ("Of 10 photographs it answers most to those labelled ", False),
        ("label 4 and label 2", True),
    )


def test_photographs_read_with_other_weights_say_nothing_of_a_picture(seen: Atlas, pictures: Pictures) -> None:
    other = replace(seen, photos=(some_set("other weights"),))
    view = views(other, pictures)[0]
    assert view.photographs == ()
    assert view.relatives is None
    assert not any(strong for _, strong in view.say)


def test_only_photographs_that_a_filter_names_have_a_page_and_it_leads_to_filters_with_one(
    seen: Atlas, pictures: Pictures, frame: Frame
) -> None:
    found = list(photo_views(seen, pictures))
    assert [one.head.path for one in found] == [f"photos/world/p{place}.html" for place in (1, 2, 4, 7)]
    second = found[1]
    assert second.sentence == "It is among the nine strongest of 2 filters."
    answers = {layer.layer: layer.filters for layer in second.layers}
    assert [(one.number, one.times, one.strong) for one in answers[LAYER]] == [
        (0, "2.5\N{MULTIPLICATION SIGN}", True),
        (1, "1.2\N{MULTIPLICATION SIGN}", True),
    ]
    page = photo_page(second, frame)
    assert "href=../../block3_conv1/000.html" in page
    assert "rel=prev href=p1.html>label 1</a>" in page


def test_hostile_words_of_a_photograph_are_escaped(seen: Atlas, pictures: Pictures, frame: Frame) -> None:
    spoilt = tuple(photograph(n, label=HOSTILE, author=HOSTILE, licence=HOSTILE, group=HOSTILE) for n in range(10))
    hostile = replace(seen, photos=(some_set(seen.photos[0].weights_fingerprint, photographs=spoilt),))
    pages = [filter_page(view, frame) for view in views(hostile, pictures)]
    pages += [photo_page(view, frame) for view in photo_views(hostile, pictures)]
    for page in pages:
        assert "<script>alert" not in page
        assert 'quoted"' not in page
    assert sum("&lt;script&gt;alert" in page for page in pages) >= 5


def test_only_a_photograph_with_a_thumbnail_is_shown_and_cropped(seen: Atlas, pictures: Pictures, frame: Frame) -> None:
    (one,) = seen.photos
    told = tuple(replace(each, picture="ab" if each.slug == "p2" else "") for each in one.photographs)
    shown = replace(seen, photos=(replace(one, photographs=told),))
    text = filter_page(views(shown, pictures)[0], frame)
    assert re.findall(r'class=crop viewBox="([^"]*)"[^>]*><image href=(\S*)', text) == [
        ("176 0 48 48", "../photos/world/p2.avif")
    ]
    pages = {view.head.path: photo_page(view, frame) for view in photo_views(shown, pictures)}
    assert [path for path, page in pages.items() if "<img src=p2.avif " in page] == ["photos/world/p2.html"]


def test_maps_lie_over_the_crops_of_what_is_shown_and_only_where_some_are_kept(
    seen: Atlas, pictures: Pictures, frame: Frame
) -> None:
    (one,) = seen.photos
    told = tuple(replace(each, picture="ab" if each.slug in ("p2", "p7") else "") for each in one.photographs)
    shown = replace(seen, photos=(replace(one, photographs=told),))
    (bare,) = views(shown, pictures)[0].photographs
    assert not bare.mapped
    assert [each.crop.veil for each in bare.nine if each.crop] == [None, None]
    told = tuple(replace(each, maps="cd" if each.slug == "p7" else "") for each in told)
    mapped = replace(seen, photos=(replace(one, photographs=told),))
    (found,) = views(mapped, pictures)[0].photographs
    assert found.mapped
    assert [bool(each.crop) for each in found.nine] == [False, True, True, False]
    veils = [each.crop.veil for each in found.nine if each.crop and each.crop.veil]
    assert [(veil.sprite.src, veil.sprite.width, veil.sprite.height) for veil in veils] == [
        ("photos/world/maps/block3_conv1/000.webp", 30, 15)
    ] * 2
    assert [(veil.left, veil.top, veil.side, veil.start) for veil in veils] == [(168, -4, 60, 0), (168, -4, 60, 15)]
    text = filter_page(views(mapped, pictures)[0], frame)
    assert text.count('viewBox="15 0 15 15"') == 1
    assert text.count("Dark where the filter is silent") == 1


def test_what_a_place_sees_is_marked_where_its_crop_has_room_around_it(seen: Atlas, pictures: Pictures) -> None:
    (one,) = seen.photos
    told = tuple(replace(each, picture="ab") for each in one.photographs)
    shown = replace(seen, photos=(replace(one, photographs=told),))
    (found,) = views(shown, pictures)[0].photographs
    assert found.nine[0].crop is not None
    assert found.nine[0].crop.box == "176 0 48 48"
    assert found.nine[0].crop.field == ((210, 14), (0, 14))
