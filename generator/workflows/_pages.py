"""Views, pages, data scripts and data files of an atlas: rendered and written only where their inputs changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from generator import __version__
from generator.addresses import (
    ATLAS_SCRIPT,
    MANIFEST,
    TRY_SCRIPT,
    PhotoArray,
    cross_data,
    edition_table,
    layer_data,
    links_data,
    photo_array,
    photo_layer_data,
    photo_picture,
    photos_data,
    starts_data,
)
from generator.publish.assets import Asset, fingerprinted
from generator.publish.data import cross_npy, layer_json, links_npy, manifest_json, starts_json, table_csv, table_rows
from generator.publish.photo_data import PhotoArrays, peaks_npy, photo_layer_json, photos_json, ranks_npy, sums_npy
from generator.records import LARGE, Note, PhotoSet, Progress
from generator.render import pages, scripts
from generator.render.cross_activation import cross_views
from generator.render.dead_filters import dead_view
from generator.render.environment import templates_folder
from generator.render.families import families_views
from generator.render.filters import filter_views
from generator.render.frame import frame_of
from generator.render.inputs import Frame
from generator.render.lookup import holders
from generator.render.method import method_view, not_found_view
from generator.render.network import index_view
from generator.render.photo_pages import photo_views
from generator.render.trying import try_view
from generator.render.walls import layer_views
from generator.render.words import find_view
from generator.workflows._digests import code_digest, digest, folder_digest
from generator.workflows._likeness import likeness_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from generator.publish.site import Site
    from generator.records import Event, LayerRecord
    from generator.render.inputs import Atlas, Pictures
    from generator.render.views import Head


class HasHead(Protocol):
    """A view of a page."""

    @property
    def head(self) -> Head:
        """Where the page stands."""


View = TypeVar("View", bound=HasHead)

Made = tuple[str, str, "Callable[[], str | bytes]"]
"""A file that may have to be made: its address, the digest of its inputs, and how it is made."""

_ARRAYS: Final[dict[PhotoArray, Callable[[PhotoSet, str, PhotoArrays], bytes]]] = {
    "peaks": peaks_npy,
    "ranks": ranks_npy,
    "sums": sums_npy,
}

ALWAYS: Final = ""
"""In place of a digest: the file is made every time, and written where its bytes differ."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every page depends on beside its own view: assets and frame, and a digest of frame, templates and code."""

    assets: tuple[Asset, ...]
    frame: Frame
    digest: str

    def of(self, atlas: Atlas) -> Surroundings:
        """Return these surroundings with the frame that leads to the atlas' layers."""
        frame = frame_of(self.frame.version, self.frame.assets, atlas)
        return replace(self, frame=frame, digest=digest(frame, self.digest))


def surroundings() -> Surroundings:
    """Return what every page depends on, as the templates' folder is now."""
    folder = templates_folder()
    assets = fingerprinted(folder / "assets")
    frame = Frame(__version__, {asset.name: asset.address for asset in assets})
    return Surroundings(assets, frame, digest(frame, folder_digest(folder, ".html"), code_digest(__name__)))


def page_text(atlas: Atlas, pictures: Pictures, around: Surroundings, address: str) -> str | None:
    """Return the page at `address` without writing anything; None when there is no such page."""
    layer, around = address.partition("/")[0], around.of(atlas)
    files = _layer_files(atlas.part(layer), layer, pictures.part(layer), around) if layer in atlas.present() else None
    for found, _, make in files or _common_files(atlas, pictures, around):
        if found == address and found.endswith(".html"):
            return str(make())
    return None


def publish_pages(
    site: Site,
    atlas: Atlas,
    pictures: Pictures,
    around: Surroundings,
    photos: PhotoArrays,
    on_event: Callable[[Event], None],
) -> None:
    """Bring every asset, page, data script and data file up to date in the site, the index last."""
    around = around.of(atlas)
    for asset in around.assets:
        site.write(asset.address, asset.data)
    names = atlas.present()
    for done, name in enumerate(names, start=1):
        part, shown = atlas.part(name), pictures.part(name)
        group = digest(part, shown, around.digest)
        if not site.fresh_group(group):
            _make(site, _layer_files(part, name, shown, around), group)
        on_event(Progress("pages", done, len(names)))
    for done, one in enumerate(atlas.photos, start=1):
        if one.is_large:
            on_event(
                Note(
                    f"the photographs {one.name} get no pages, and what they do to every filter stays out of"
                    f" the site: they are more than {LARGE:,}"
                )
            )
        _make(site, _photo_files(one, photos))
        on_event(Progress("data of photographs", done, len(atlas.photos)))
    _make(site, _common_files(atlas, pictures, around))


def _make(site: Site, files: Iterator[Made], group: str = "") -> None:
    for address, inputs, make in files:
        if not site.fresh(address, inputs, group):
            made = make()
            site.write(address, made.encode() if isinstance(made, str) else made, inputs, group)


def _layer_files(atlas: Atlas, name: str, pictures: Pictures, around: Surroundings) -> Iterator[Made]:
    """Yield the files of one layer; `atlas` and `pictures` are its parts, so that a digest of them covers them all."""
    code = code_digest(__name__)
    atlas = replace(atlas, likeness=likeness_of(atlas, name))
    for families_view in families_views(atlas, name, pictures):
        yield _page(families_view, around, pages.families_page)
    for wall in layer_views(atlas, name, pictures):
        yield _page(wall, around, pages.layer_page)
        yield wall.script, digest(wall, code), partial(scripts.wall_script, wall)
    for cross_view in cross_views(atlas, name, pictures):
        yield _page(cross_view, around, pages.cross_page)
        yield cross_view.script, digest(cross_view, code), partial(scripts.matrix_script, cross_view)
    for filter_view in filter_views(atlas, name, pictures):
        yield _page(filter_view, around, pages.filter_page)
    for _, layer in holders(atlas, name):
        inputs = digest(layer, code)
        yield layer_data(layer.edition, layer.layer), inputs, partial(layer_json, layer)
        yield cross_data(layer.edition, layer.layer), inputs, partial(cross_npy, layer)
        if layer.links:
            yield links_data(layer.edition, layer.layer), inputs, partial(links_npy, layer)


def _common_files(atlas: Atlas, pictures: Pictures, around: Surroundings) -> Iterator[Made]:
    """Yield the files that tell of all layers. Tables take no longer to make than to compare with what they tell."""
    layers = [layer for name in atlas.present() for _, layer in holders(atlas, name)]
    yield _page(dead_view(atlas, pictures), around, pages.dead_page)
    words = find_view(atlas, pictures)
    if words:
        yield _page(words, around, pages.find_page)
    yield _page(method_view(atlas), around, pages.method_page)
    yield _page(not_found_view(), around, pages.not_found_page)
    for photo_view in photo_views(atlas, pictures):
        yield _page(photo_view, around, pages.photo_page)
    for edition in atlas.editions:
        own = [layer for layer in layers if layer.edition == edition.name]
        yield edition_table(edition.name), ALWAYS, partial(_table, own)
    started = {fingerprint: starts for fingerprint, starts in atlas.starts.items() if starts}
    for fingerprint, starts in started.items():
        yield starts_data(fingerprint), ALWAYS, partial(starts_json, starts)
    if atlas.networks:
        trying = try_view(atlas, pictures)
        yield _page(trying, around, pages.try_page)
        yield TRY_SCRIPT, ALWAYS, partial(scripts.try_script, trying)
    yield (
        MANIFEST,
        ALWAYS,
        partial(manifest_json, __version__, atlas.editions, layers, atlas.changes, started, atlas.photos),
    )
    yield ATLAS_SCRIPT, ALWAYS, partial(scripts.atlas_script, atlas)
    yield _page(index_view(atlas, pictures), around, pages.index_page)


def _photo_files(one: PhotoSet, photos: PhotoArrays) -> Iterator[Made]:
    """Yield the data files of a set of photographs; its arrays are read, a layer at a time, only to be written."""
    code = code_digest(__name__)
    read = digest(code, one.name, one.weights_fingerprint, one.measured, [each.sha256 for each in one.photographs])
    for each in one.photographs:
        if each.picture:
            make_picture = partial(photos.thumbnail, one.name, each.sha256)
            yield photo_picture(one.name, each.slug), digest(each.picture), make_picture
    yield photos_data(one.name), digest(read, one.photographs), partial(photos_json, one)
    for name, layer in one.layers.items():
        yield photo_layer_data(one.name, name), digest(read, layer), partial(photo_layer_json, one, name, photos)
        for kind, make in () if one.is_large else _ARRAYS.items():
            yield photo_array(one.name, name, kind), read, partial(make, one, name, photos)


def _page(view: View, around: Surroundings, render: Callable[[View, Frame], str]) -> Made:
    return view.head.path, digest(view, around.digest), partial(render, view, around.frame)


def _table(layers: Sequence[LayerRecord]) -> bytes:
    return table_csv(table_rows(layers))
