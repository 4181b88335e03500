"""Views, pages, data scripts and data files of an atlas: rendered and written only where their inputs changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from generator import __version__
from generator.publish.addresses import MANIFEST, cross_data, edition_table, layer_data
from generator.publish.assets import Asset, fingerprinted
from generator.publish.data import cross_npy, layer_json, manifest_json, table_csv, table_rows
from generator.records import Progress
from generator.render import pages, scripts
from generator.render.addresses import ATLAS_SCRIPT
from generator.render.crosses import cross_views
from generator.render.deaths import dead_view
from generator.render.environment import templates_folder
from generator.render.filters import filter_views
from generator.render.inputs import Frame
from generator.render.lookup import holders, paged_filters, present_layers
from generator.render.method import method_view, not_found_view
from generator.render.network import index_view
from generator.render.walls import layer_views
from generator.workflows._digests import digest, folder_digest, page_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from generator.publish.site import Site
    from generator.records import Event, FilterRecord, LayerRecord
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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every page depends on beside its own view: assets and frame, and a digest of frame, templates and code."""

    assets: tuple[Asset, ...]
    frame: Frame
    digest: str


def surroundings() -> Surroundings:
    """Return what every page depends on, as the templates' folder is now."""
    folder = templates_folder()
    assets = fingerprinted(folder / "assets")
    frame = Frame(__version__, {asset.name: asset.address for asset in assets})
    return Surroundings(assets, frame, digest(frame, folder_digest(folder, ".html"), page_code()))


def page_text(atlas: Atlas, pictures: Pictures, around: Surroundings, address: str) -> str | None:
    """Return the page at `address` without writing anything; None when there is no such page."""
    layer = address.partition("/")[0]
    files = _layer_files(atlas, layer, pictures, around) if layer in present_layers(atlas) else None
    for found, _, make in files or _common_files(atlas, pictures, around):
        if found == address and found.endswith(".html"):
            return str(make())
    return None


def publish_pages(
    site: Site, atlas: Atlas, pictures: Pictures, around: Surroundings, on_event: Callable[[Event], None]
) -> None:
    """Bring every asset, page, data script and data file up to date in the site, the index last."""
    for asset in around.assets:
        site.write(asset.address, asset.data)
    names = present_layers(atlas)
    for done, name in enumerate(names, start=1):
        group = layer_group(atlas, name, around)
        if not site.fresh_group(group):
            _make(site, _layer_files(atlas, name, pictures, around), group)
        on_event(Progress("pages", done, len(names)))
    _make(site, _common_files(atlas, pictures, around))


def _make(site: Site, files: Iterator[Made], group: str = "") -> None:
    for address, inputs, make in files:
        if not site.fresh(address, inputs, group):
            made = make()
            site.write(address, made.encode() if isinstance(made, str) else made, inputs, group)


def _layer_files(atlas: Atlas, name: str, pictures: Pictures, around: Surroundings) -> Iterator[Made]:
    for wall in layer_views(atlas, name, pictures):
        yield _page(wall, around, pages.layer_page)
        yield wall.script, digest(wall, page_code()), partial(scripts.wall_script, wall)
    for cross_view in cross_views(atlas, name, pictures):
        yield _page(cross_view, around, pages.cross_page)
        yield cross_view.script, digest(cross_view, page_code()), partial(scripts.matrix_script, cross_view)
    for filter_view in filter_views(atlas, name, pictures):
        yield _page(filter_view, around, pages.filter_page)
    for _, layer in holders(atlas, name):
        inputs = digest(_identity(layer), layer.cross, page_code())
        yield layer_data(layer.edition, layer.layer), inputs, partial(layer_json, layer)
        yield cross_data(layer.edition, layer.layer), inputs, partial(cross_npy, layer)


def _common_files(atlas: Atlas, pictures: Pictures, around: Surroundings) -> Iterator[Made]:
    layers = [layer for name in present_layers(atlas) for _, layer in holders(atlas, name)]
    yield _page(dead_view(atlas, pictures), around, pages.dead_page)
    yield _page(method_view(atlas), around, pages.method_page)
    yield _page(not_found_view(), around, pages.not_found_page)
    for edition in atlas.editions:
        own = [layer for layer in layers if layer.edition == edition.name]
        inputs = digest([_identity(layer) for layer in own], page_code())
        yield edition_table(edition.name), inputs, partial(_table, own)
    inputs = digest(__version__, atlas.editions, [_identity(layer) for layer in layers], page_code())
    yield MANIFEST, inputs, partial(manifest_json, __version__, atlas.editions, layers)
    yield ATLAS_SCRIPT, digest(inputs), partial(scripts.atlas_script, atlas)
    yield _page(index_view(atlas, pictures), around, pages.index_page)


def _page(view: View, around: Surroundings, render: Callable[[View, Frame], str]) -> Made:
    return view.head.path, digest(view, around.digest), partial(render, view, around.frame)


def _table(layers: Sequence[LayerRecord]) -> bytes:
    return table_csv(table_rows(layers))


def layer_group(atlas: Atlas, name: str, around: Surroundings) -> str:
    """Return the digest of everything that the pages and data of one layer are made from.

    That is its results in every edition and its dead at the start, what the other layers have pages for, and the
    surroundings; a layer whose group stands in the site needs no views.
    """
    found = holders(atlas, name)
    shape = [(other, paged_filters(atlas, other), _editions(atlas, other)) for other in present_layers(atlas)]
    starts = [
        (start.first_losses > 0).tobytes()
        for edition, _ in found
        for start in atlas.starts.get(edition.weights_fingerprint, ())
        if start.layer == name
    ]
    results = [_identity(layer) for _, layer in found]
    return digest(name, around.digest, atlas.editions, shape, starts, results)


def _identity(layer: LayerRecord) -> list[object]:
    return [layer.edition, layer.layer, *map(_record_identity, layer.filters)]


def _record_identity(record: FilterRecord) -> tuple[object, ...]:
    """Return what tells one result from another: the master's digest covers the pixels and every number."""
    return record.filter, record.key, record.status, record.sha256, record.error


def _editions(atlas: Atlas, name: str) -> list[str]:
    return [edition.name for edition, _ in holders(atlas, name)]
