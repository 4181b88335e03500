"""One task of the atlas: climb its filters, measure their pictures, say what became of each.

This is the function that executors are handed; it composes the ascent, the network and the measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from generator.ascent.loop import Ascent, Climb, Start, fastest_ascent
from generator.ascent.start import article_starts
from generator.measure import statistics
from generator.measure.bounds import upper_bounds
from generator.measure.maps import shown_filters, tiles
from generator.records import AscentResult, FilterFailure
from generator.vgg.forward import IMAGENET_MEAN_BGR, Trunk
from generator.vgg.gauge import Gauge
from generator.vgg.machine import use_share_of_cores
from generator.vgg.tensors import fingerprint
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import AscentTask, StartRecord

    Tensors = Mapping[str, NDArray[np.float32]]

MEASURED_AT_ONCE = 8
"""Pictures that are measured in one forward pass."""

NETWORKS_KEPT = 2
"""Sets of weights that stay in memory: enough to compare two; each takes some hundred megabytes."""

EXTRA_SEEDS = 2
PLAIN_COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
    "yellow": (255, 255, 0),
}
"""Further starts for a filter that stays at zero on its own."""


def run_task(task: AscentTask, *, tensors: Tensors | None = None) -> Iterator[AscentResult | FilterFailure]:
    """Compute the filters of a task and yield each as it is finished, in any order.

    Args:
        task: what to compute.
        tensors: the weights, when they were sent along; None loads those that `task.weights` names.

    Raises:
        BadWeights: the weights cannot be had.

    """
    network = _network(task.weights, tensors)
    settings = task.settings
    work = _Work(network, *network.compiled(task.layer, settings), task.batch_size)
    # What waits to be measured, or to be woken, is lost with the process: never more than was climbed side by side.
    together = min(MEASURED_AT_ONCE, work.batch)
    starts = [Start(number, settings.seed) for number in task.filters]
    for climbs in _grouped(work.ascent.climb(starts, work.batch), together):
        asleep = []
        for climb, measured in zip(climbs, _measured(climbs, work.gauge), strict=True):
            silent = statistics.status_of(climb.losses, float(measured.means[climb.start.filter])) == "dead"
            if silent and settings.warm_start and climb.stop_reason != "error":
                asleep.append((climb, measured))
            else:
                yield _outcome(work, climb, measured)
        for climb, measured in asleep:
            yield _insisted(work, climb, measured)


def starts_of(weights: str, *, tensors: Tensors | None = None) -> tuple[StartRecord, ...]:
    """Return the article's start for all layers; `weights` and `tensors` as in `run_task`."""
    return _network(weights, tensors).starts()


class _Network:
    """One set of weights in this process, with what was made from it."""

    def __init__(self, tensors: Tensors) -> None:
        use_share_of_cores()
        self.tensors = tensors
        self._trunks: dict[str, Trunk] = {}
        self._compiled: dict[tuple[str, Settings], tuple[Ascent, Gauge]] = {}
        self._starts: tuple[StartRecord, ...] = ()
        self._bounds: dict[str, dict[str, NDArray[np.float64]]] = {}

    def trunk(self, precision: str) -> Trunk:
        if precision not in self._trunks:
            self._trunks[precision] = Trunk(self.tensors, precision)
        return self._trunks[precision]

    def compiled(self, layer: str, settings: Settings) -> tuple[Ascent, Gauge]:
        # Tasks of one layer follow each other; graphs of earlier ones would only fill the memory.
        if (layer, settings) not in self._compiled:
            ascent = fastest_ascent(self.trunk(settings.precision), layer, settings)
            self._compiled = {(layer, settings): (ascent, Gauge(self.trunk("float32"), layer, settings.preprocessing))}
        return self._compiled[layer, settings]

    def starts(self) -> tuple[StartRecord, ...]:
        if not self._starts:
            self._starts = article_starts(self.trunk("float32"))
        return self._starts

    def dead_at_start(self, layer: str, number: int) -> bool:
        losses = next(start.first_losses for start in self.starts() if start.layer == layer)
        return not losses[number] > 0

    def bound(self, layer: str, number: int, preprocessing: str) -> float:
        if preprocessing not in self._bounds:
            mean = np.array(IMAGENET_MEAN_BGR) if preprocessing == "imagenet" else np.zeros(3)
            self._bounds[preprocessing] = upper_bounds(self.tensors, 0.0 - mean, 255.0 - mean)
        return float(self._bounds[preprocessing][layer][number])


_RECENT: dict[str, _Network] = {}
"""The networks last used, by their weights' fingerprints, the latest last."""


def _network(weights: str, tensors: Tensors | None) -> _Network:
    # A worker is sent the same mapping with every task; a file may have been written anew since it was last read.
    for known in _RECENT.values():
        if known.tensors is tensors:
            return known
    if tensors is None:
        loaded = load_weights(weights)
        tensors, key = loaded.tensors, loaded.fingerprint
    else:
        key = fingerprint(tensors)
    network = _RECENT.pop(key, None) or _Network(tensors)
    while len(_RECENT) >= NETWORKS_KEPT:
        del _RECENT[next(iter(_RECENT))]
    _RECENT[key] = network
    return network


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What all filters of a task share."""

    network: _Network
    ascent: Ascent
    gauge: Gauge
    batch: int


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Means on the finished picture, and the picture as displayed with its own mean and feature maps."""

    means: NDArray[np.float32]
    image: NDArray[np.uint8]
    displayed_mean: float
    map_filters: tuple[int, ...]
    maps: NDArray[np.uint8]
    map_peak: float


def _grouped(climbs: Iterable[Climb], together: int) -> Iterator[list[Climb]]:
    group: list[Climb] = []
    for climb in climbs:
        group.append(climb)
        if len(group) == together:
            yield group
            group = []
    if group:
        yield group


def _measured(climbs: list[Climb], gauge: Gauge) -> list[_Measured]:
    finished = np.stack([climb.picture for climb in climbs])
    means = gauge.means(finished)
    images = np.rint(np.clip(np.nan_to_num(finished), 0, 255)).astype(np.uint8)
    shown = [shown_filters(climb.start.filter, row) for climb, row in zip(climbs, means, strict=True)]
    displayed, maps = gauge.means_and_maps(images.astype(np.float32), np.array(shown, np.int32))
    found = []
    for place, climb in enumerate(climbs):
        small, peak = tiles(maps[place])
        mean = float(displayed[place, climb.start.filter])
        found.append(_Measured(means[place], images[place], mean, shown[place], small, peak))
    return found


def _outcome(
    work: _Work, climb: Climb, measured: _Measured, tried: tuple[str, ...] = ()
) -> AscentResult | FilterFailure:
    layer, settings = work.ascent.layer, work.ascent.settings
    own, losses = climb.start.filter, climb.losses
    if climb.stop_reason == "error" or not np.isfinite(measured.means).all():
        return FilterFailure(layer, own, settings, f"the loss is not finite at step {len(losses)} ({losses[-1]}).")
    woke = statistics.woke_at(losses)
    image_mean = float(measured.means[own])
    status = statistics.status_of(losses, image_mean)
    if status == "active" and tried:
        status = "woken"  # only on a further start; on its own it was at zero
    if status == "woken" and not tried:
        tried = (f"it was zero on its start; climbing the mean before the ReLU woke it at step {woke}",)
    if status == "dead" and not tried:
        tried = ("it was zero on its start, and this recipe does not climb the mean before the ReLU",)
    return AscentResult(
        layer=layer,
        filter=own,
        image=measured.image,
        losses=losses,
        first_loss=losses[0],
        final_loss=losses[-1],
        image_mean=image_mean,
        displayed_mean=measured.displayed_mean,
        rank=statistics.rank_of(own, measured.means),
        steps_run=len(losses),
        stop_reason=climb.stop_reason,
        status=status,
        dead_at_start=work.network.dead_at_start(layer, own),
        settings=settings,
        cross=measured.means,
        maps=measured.maps,
        map_filters=measured.map_filters,
        map_peak=measured.map_peak,
        woke_at=woke,
        tried=tried,
        selectivity=statistics.selectivity_of(own, measured.means),
        slope=statistics.slope_of(losses),
    )


def _insisted(work: _Work, first: Climb, measured: _Measured) -> AscentResult | FilterFailure:
    """Try further starts for a filter that stayed at zero, and say what was tried."""
    own, settings = first.start.filter, work.ascent.settings
    tried = [f"{len(first.losses)} steps up the mean before the ReLU from noise of seed {settings.seed}"]
    bound = work.network.bound(work.ascent.layer, own, settings.preprocessing)
    if bound <= 0:
        proof = f"an interval bound over all pictures proves that its map never rises above {bound:.3g} before the ReLU"
        return _outcome(work, first, measured, (*tried, proof))
    starts = {
        f"noise of seed {settings.seed + extra}": Start(own, settings.seed + extra)
        for extra in range(1, EXTRA_SEEDS + 1)
    }
    starts |= {f"plain {name}": Start(own, settings.seed, colour) for name, colour in PLAIN_COLOURS.items()}
    climbs = {climb.start: climb for climb in work.ascent.climb(starts.values(), work.batch)}
    tried += [f"the same from {name}" for name in starts]
    best = max((climbs[start] for start in starts.values()), key=lambda climb: np.nan_to_num(climb.losses[-1]))
    if best.losses[-1] > 0:
        name = next(name for name, start in starts.items() if start == best.start)
        woke = statistics.woke_at(best.losses)
        tried.append(f"it woke from {name}" + ("" if woke is None else f" at step {woke}"))
        return _outcome(work, best, _measured([best], work.gauge)[0], tuple(tried))
    tried.append(f"an interval bound leaves room up to {bound:.3g} before the ReLU, so it is not proven dead")
    return _outcome(work, first, measured, tuple(tried))
