"""Networks in this process: one set of weights with what was made from it, kept from one task to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.ascent.loop import Ascent, fastest_ascent
from generator.ascent.start import article_starts
from generator.measure.bounds import upper_bounds
from generator.measure.peaks import PeakReader
from generator.vgg.forward import IMAGENET_MEAN_BGR, Trunk
from generator.vgg.gauge import Gauge
from generator.vgg.machine import use_share_of_cores
from generator.vgg.tensors import fingerprint
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import StartRecord

    Tensors = Mapping[str, NDArray[np.float32]]


NETWORKS_KEPT = 2
"""Sets of weights that stay in memory: enough to compare two; each takes some hundred megabytes."""


class Network:
    """One set of weights in this process, with what was made from it."""

    def __init__(self, tensors: Tensors) -> None:
        use_share_of_cores()
        self.tensors = tensors
        self._trunks: dict[str, Trunk] = {}
        self._ascents: dict[tuple[str, Settings], Ascent] = {}
        self._gauges: dict[tuple[str, str, int, int], Gauge] = {}
        self._reader: PeakReader | None = None
        self._starts: tuple[StartRecord, ...] = ()
        self._bounds: dict[str, dict[str, NDArray[np.float64]]] = {}

    def trunk(self, precision: str) -> Trunk:
        """Return the trunk in one precision."""
        if precision not in self._trunks:
            self._trunks[precision] = Trunk(self.tensors, precision)
        return self._trunks[precision]

    def ascent(self, layer: str, settings: Settings) -> Ascent:
        """Return the compiled ascent of a layer; only the last one is kept."""
        # Tasks of one layer follow each other; graphs of earlier ones would only fill the memory.
        if (layer, settings) not in self._ascents:
            self._ascents = {(layer, settings): fastest_ascent(self.trunk(settings.precision), layer, settings)}
        return self._ascents[layer, settings]

    def gauge(self, layer: str, preprocessing: str, height: int, width: int) -> Gauge:
        """Return the compiled gauge of a layer for pictures of one size; only the last one is kept."""
        wanted = layer, preprocessing, height, width
        if wanted not in self._gauges:
            self._gauges = {wanted: Gauge(self.trunk("float32"), *wanted)}
        return self._gauges[wanted]

    def reader(self) -> PeakReader:
        """Return the compiled reader of photographs."""
        if self._reader is None:
            self._reader = PeakReader(self.trunk("float32"))
        return self._reader

    def starts(self) -> tuple[StartRecord, ...]:
        """Return the article's start of every layer."""
        if not self._starts:
            self._starts = article_starts(self.trunk("float32"))
        return self._starts

    def dead_at_start(self, layer: str, number: int) -> bool:
        """Say whether a filter is at zero on the article's start."""
        losses = next(start.first_losses for start in self.starts() if start.layer == layer)
        return not losses[number] > 0

    def bound(self, layer: str, number: int, preprocessing: str) -> float:
        """Return an upper bound of a filter's map before the ReLU, on any picture."""
        if preprocessing not in self._bounds:
            mean = np.array(IMAGENET_MEAN_BGR) if preprocessing == "imagenet" else np.zeros(3)
            self._bounds[preprocessing] = upper_bounds(self.tensors, 0.0 - mean, 255.0 - mean)
        return float(self._bounds[preprocessing][layer][number])


_RECENT: dict[str, Network] = {}
"""The networks last used, by their weights' fingerprints, the latest last."""


def network_of(weights: str, tensors: Tensors | None) -> Network:
    """Return the network of the weights that were sent along, or else of those that `weights` names."""
    # A worker is sent the same mapping with every task; a file may have been written anew since it was last read.
    for known in _RECENT.values():
        if known.tensors is tensors:
            return known
    if tensors is None:
        loaded = load_weights(weights)
        tensors, key = loaded.tensors, loaded.fingerprint
    else:
        key = fingerprint(tensors)
    network = _RECENT.pop(key, None) or Network(tensors)
    while len(_RECENT) >= NETWORKS_KEPT:
        del _RECENT[next(iter(_RECENT))]
    _RECENT[key] = network
    return network
