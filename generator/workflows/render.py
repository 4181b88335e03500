"""`atlas render`: from the store to the site, through views and pages; only what changed is made and written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from generator.addresses import layer_data
from generator.catalogue import LAYER_NAMES
from generator.errors import BadInput, SiteInUse
from generator.publish.site import open_site
from generator.records import Fact, Note, unheard
from generator.render.inputs import Atlas, Pictures
from generator.store import open_store
from generator.store.networks import has_network
from generator.workflows._adoption import check_kept, check_sets, shown_filters
from generator.workflows._encoding import encode_pictures, picture_files
from generator.workflows._figures import draw_figures, figures_of
from generator.workflows._pages import publish_pages, surroundings
from generator.workflows._photo_sets import photo_sets
from generator.workflows._report import Report
from generator.workflows._tried import publish_networks
from generator.workflows._veils import publish_veils

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from generator.publish.site import Site, SiteChanges
    from generator.records import Event, FilterRecord, LayerRecord, StartRecord
    from generator.store import Store

LAST_S: Final = 120.0
"""How long the last publication of a command waits for another program that holds the site."""

ENCODERS_AT_ONCE: Final = 2
"""Encoders release Python's lock; the machine's other cores are for the ascent."""


@dataclass(frozen=True, slots=True)
class PublishReport(Report):
    """What one publication changed: addresses in the site, and how many files were left alone.

    damaged: a sentence for each picture that could not be shown because its file is damaged.
    """

    site: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int
    damaged: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 when a picture could not be shown, else 0."""
        return 1 if self.damaged else 0


def render_site(cache: Path, site: Path, on_event: Callable[[Event], None] = unheard) -> PublishReport:
    """Bring the site up to date with everything that the cache holds.

    Raises:
        BadInput: the cache holds nothing.
        BadCache, BadSite, SiteInUse, WorkFailed: a folder cannot be used.

    """
    with open_store(cache, write=False) as store:
        if not holds_pictures(store):
            raise BadInput(
                f"there is nothing to show yet: the cache {cache} holds no picture; run `atlas build` first."
            )
        check_kept(store, site, shown_filters(site))
        check_sets(store, site)
        return publish_site(store, site, on_event=on_event)


def holds_pictures(store: Store) -> bool:
    """Tell whether there is anything to show."""
    return any(store.layer(edition.name, name) for edition in store.editions() for name in LAYER_NAMES)


def publish_site(
    store: Store,
    site_folder: Path,
    *,
    layers: Collection[str] | None = None,
    only_add: bool = False,
    without: str | None = None,
    wait_s: float = 0.0,
    on_event: Callable[[Event], None] = unheard,
) -> PublishReport:
    """Bring a site up to date with the store.

    With `layers`, a layer that the site does not show yet appears only if it is one of them: a build names those that
    are complete. What the site shows already is always brought up to date, so every link of it leads somewhere. With
    `only_add` nothing is taken off the site, whatever the store lacks. The photographs of a set called `without`
    are not shown.

    Raises:
        BadSite, WorkFailed: the folder cannot be used, or the disk refused; the old site is intact.
        SiteInUse: another program is publishing there, still after `wait_s` seconds.

    """
    with open_site(site_folder, wait_s=wait_s) as site, ThreadPoolExecutor(ENCODERS_AT_ONCE) as pool:
        atlas = read_atlas(
            store,
            lambda edition, layer: layers is None or layer in layers or _is_shown(site, edition, layer),
            on_event,
        )
        atlas = replace(atlas, photos=tuple(one for one in atlas.photos if one.name != without))
        for one in store.photos.recovered:
            on_event(Note(str(one)))
        records = [record for layer in atlas.layers.values() for record in layer.filters]
        damaged = encode_pictures(store, site, records, pool, on_event)
        atlas = _without(atlas, damaged)
        draw_figures(store, site, tuple(atlas.layers.values()), pool, on_event)
        atlas = replace(atlas, networks=publish_networks(store.cache, site, atlas.starts))
        publish_veils(store, site, atlas)
        publish_pages(site, atlas, pictures_of(atlas), surroundings(), store.photos, on_event)
        return _report(site_folder, site.commit(only_add=only_add), tuple(damaged.values()))


def publish_stored(
    store: Store, site_folder: Path, on_event: Callable[[Event], None], *, without: str | None = None
) -> int:
    """Bring the whole site up to date and return how many files were written; raises as `publish_site` does."""
    report = publish_site(store, site_folder, without=without, wait_s=LAST_S, on_event=on_event)
    for damage in report.damaged:
        on_event(Note(damage))
    return len(report.written)


def publish_or_leave(store: Store, site_folder: Path, on_event: Callable[[Event], None]) -> int:
    """Publish as `publish_stored` does, or leave it to `atlas render` where another program holds the site."""
    try:
        return publish_stored(store, site_folder, on_event)
    except SiteInUse as error:
        on_event(Note(f"everything is stored, but the pages are not up to date: {error} Then run `atlas render`."))
        return 0


def read_atlas(
    store: Store,
    is_wanted: Callable[[str, str], bool] = lambda *_: True,
    on_event: Callable[[Event], None] = unheard,
) -> Atlas:
    """Return what the store holds of the wanted (edition, layer) pairs, layers in the catalogue's order."""
    editions = store.editions()
    held = {
        (edition.name, name): layer
        for edition in editions
        for name in LAYER_NAMES
        if is_wanted(edition.name, name) and (layer := store.layer(edition.name, name)) is not None
    }
    shown = tuple(edition for edition in editions if any(name == edition.name for name, _ in held))
    starts = {edition.weights_fingerprint: store.starts(edition.weights_fingerprint) for edition in shown}
    known = {(edition.name, start.layer): start for edition in shown for start in starts[edition.weights_fingerprint]}
    layers = {place: _with_start(layer, known.get(place)) for place, layer in held.items()}
    changes = {place: values for place in held if (values := store.changes(*place))}
    return Atlas(
        shown,
        layers,
        starts,
        changes=changes,
        photos=photo_sets(store, shown, layers, on_event),
        networks=tuple(fingerprint for fingerprint in starts if has_network(store.cache, fingerprint)),
    )


def _with_start(layer: LayerRecord, start: StartRecord | None) -> LayerRecord:
    """Return the layer with its failed filters dead at the start where they are: their own work never got to say so."""
    if start is None or all(record.status != "failed" for record in layer.filters):
        return layer

    def told(record: FilterRecord) -> FilterRecord:
        dead = not start.first_losses[record.filter] > 0
        return replace(record, dead_at_start=dead) if record.status == "failed" else record

    return replace(layer, filters=tuple(map(told, layer.filters)))


def _is_shown(site: Site, edition: str, layer: str) -> bool:
    return layer_data(edition, layer) in site.before


def _without(atlas: Atlas, damaged: Mapping[FilterRecord, str]) -> Atlas:
    """Return the atlas with the filters whose pictures are damaged shown as failed ones that say why."""
    if not damaged:
        return atlas

    def mended(layer: LayerRecord) -> LayerRecord:
        return replace(layer, filters=tuple(told(record) for record in layer.filters))

    def told(record: FilterRecord) -> FilterRecord:
        if record not in damaged:
            return record
        error = Fact.of("damaged", reason=damaged[record])
        return replace(record, status="failed", sha256=None, response_version=None, kept=None, error=error)

    return replace(atlas, layers={place: mended(layer) for place, layer in atlas.layers.items()})


def pictures_of(atlas: Atlas) -> Pictures:
    """Return where the pictures of an atlas are in its site."""
    figures = {place: figures_of(layer) for place, layer in atlas.layers.items()}
    return Pictures(picture_files(atlas.layers.values()), figures)


def _report(folder: Path, changes: SiteChanges, damaged: tuple[str, ...]) -> PublishReport:
    return PublishReport(str(folder), changes.written, changes.removed, changes.kept, damaged)
