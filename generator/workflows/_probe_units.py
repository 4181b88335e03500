"""What answers to a photograph are held against: an atlas in a cache, or else one that was published as a site."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from generator.addresses import TRY_SCRIPT, network_folder
from generator.catalogue import three_digits
from generator.errors import AtlasError
from generator.publish.folder import checked_address, read_plain
from generator.publish.ledger import is_ours
from generator.publish.site import read_site
from generator.render.inputs import Atlas, Pictures
from generator.render.trying import TryNetwork, held_filters, try_network
from generator.store import open_store
from generator.store.files import INDEX_NAME
from generator.workflows.render import pictures_of, read_atlas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Units and pictures of filters. picture: kind and content of a filter's picture, None without one."""

    network: TryNetwork
    picture: Callable[[str, int], tuple[str, bytes] | None]


class _Script(msgspec.Struct):
    networks: tuple[TryNetwork, ...]


@contextmanager
def background(cache: Path, site: Path, fingerprint: str, layers: Collection[str]) -> Iterator[Background]:
    """Find what is known of the network with these weights; where nothing is, answers have no unit and no picture.

    Raises:
        BadCache, BadSite: a folder cannot be read.

    """
    with ExitStack() as stack:
        yield (
            _of_cache(stack, cache, fingerprint, layers)
            or _of_site(site, fingerprint)
            or Background(try_network(Atlas((), {}, {}), fingerprint, Pictures({}, {})), lambda *_: None)
        )


def _of_cache(stack: ExitStack, cache: Path, fingerprint: str, layers: Collection[str]) -> Background | None:
    if not (cache / INDEX_NAME).exists():
        return None
    store = stack.enter_context(open_store(cache, write=False))
    names = {edition.name for edition in store.editions() if edition.weights_fingerprint == fingerprint}
    atlas = read_atlas(store, lambda edition, layer: edition in names and layer in layers)
    if not atlas.editions:
        return None
    records = {(layer, one.filter): one for layer in layers for one in held_filters(atlas, fingerprint, layer)}

    def picture(layer: str, number: int) -> tuple[str, bytes] | None:
        record = records.get((layer, number))
        try:
            return None if record is None or record.sha256 is None else ("avif", store.file(record))
        except AtlasError:
            return None

    return Background(try_network(atlas, fingerprint, pictures_of(atlas)), picture)


def _of_site(site: Path, fingerprint: str) -> Background | None:
    script = read_plain(site / TRY_SCRIPT) if is_ours(site) and TRY_SCRIPT in read_site(site) else None
    try:
        told = msgspec.json.decode((script or b"").partition(b"=")[2].rstrip(b";\n"), type=_Script)
    except msgspec.MsgspecError:
        return None
    network = next((one for one in told.networks if one.folder == network_folder(fingerprint)), None)
    if network is None:
        return None
    patterns = {layer.name: layer.thumb for layer in network.layers}

    def picture(layer: str, number: int) -> tuple[str, bytes] | None:
        address = patterns[layer].replace("{}", three_digits(number))
        content = read_plain(site / checked_address(address)) if address else None
        return None if content is None else (address.rpartition(".")[2], content)

    return Background(network, picture)
