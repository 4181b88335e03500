"""Networks with 8-bit weights, for a site's page that answers to a picture of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.addresses import network_script
from generator.catalogue import LAYER_NAMES
from generator.records.quantised import QUANTISED_VERSION, quantised_layers
from generator.render.scripts import WEIGHTS_SCRIPT, weights_script
from generator.store.networks import put_network, read_network
from generator.vgg.quantised import quantised
from generator.workflows._digests import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from generator.executors.protocol import Tensors
    from generator.publish.site import Site


def keep_network(cache: Path, weights_fingerprint: str, tensors: Callable[[], Tensors]) -> None:
    """See that the cache holds the network with these weights, undamaged; `tensors` are asked for only if it does not.

    Raises:
        WorkFailed: the disk refused.

    """
    if read_network(cache, weights_fingerprint) is None:
        put_network(cache, weights_fingerprint, quantised(tensors()))


def publish_networks(cache: Path, site: Site, weights_fingerprints: Iterable[str]) -> tuple[str, ...]:
    """Bring the weights' scripts up to date in the site and return the fingerprints of those that it holds.

    What stands there already stays, whether the cache holds it or not: it can only be the same.
    """
    return tuple(one for one in dict.fromkeys(weights_fingerprints) if _publish(cache, site, one))


def _publish(cache: Path, site: Site, weights_fingerprint: str) -> bool:
    inputs = digest(weights_fingerprint, QUANTISED_VERSION, WEIGHTS_SCRIPT)
    addresses = {layer: network_script(weights_fingerprint, layer) for layer in LAYER_NAMES}
    if all(address in site.before and site.fresh(address, inputs) for address in addresses.values()):
        return True
    network = read_network(cache, weights_fingerprint)
    if network is None:
        return False
    for layer, weights in quantised_layers(network).items():
        site.write(addresses[layer], weights_script(layer, weights), inputs)
    return True
