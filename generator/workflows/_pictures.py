"""Pictures of some filters: climb, wake those that sleep, encode, and say what became of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from generator.ascent.loop import Ascent, Climb, Start
from generator.files import digest_of
from generator.measure import statistics
from generator.measure.response import responses
from generator.recipes import ALGORITHM
from generator.records import AscentResult, Fact, FilterFailure, PictureRecord, Response
from generator.store.keys import result_key
from generator.store.pictures import Facts, compression_of, decode_image, encode_picture
from generator.workflows._measures import MEASURED_AT_ONCE, measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from generator.records import AscentTask
    from generator.vgg.gauge import Gauge
    from generator.workflows._networks import Network

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


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What all filters of a task share."""

    task: AscentTask
    network: Network
    ascent: Ascent
    gauge: Gauge
    batch: int


@dataclass(frozen=True, slots=True, eq=False)
class _Finished:
    """A climb with its filter's mean on the finished picture, and what was tried if that began at zero."""

    climb: Climb
    image_mean: float
    tried: tuple[Fact, ...] = ()

    @property
    def filter(self) -> int:
        return self.climb.start.filter


def made(network: Network, task: AscentTask) -> Iterator[AscentResult | FilterFailure]:
    """Make the pictures of a task and yield each as it is finished."""
    settings = task.settings
    gauge = network.gauge(task.layer, settings.preprocessing, settings.size_px, settings.size_px)
    work = _Work(task, network, network.ascent(task.layer, settings), gauge, task.batch_size)
    # What waits to be measured, or to be woken, is lost with the process: never more than was climbed side by side.
    starts = [_start(task, number) for number in task.filters]
    for climbs in _grouped(work.ascent.climb(starts, work.batch), min(MEASURED_AT_ONCE, work.batch)):
        finished, asleep = [], []
        for one in _read(work, climbs):
            if _is_broken(one):
                yield _failure(work, one)
            elif one.filter in task.origins:
                finished.append(_better(work, one))
            elif settings.warm_start and statistics.status_of(one.climb.losses, one.image_mean) == "dead":
                asleep.append(one)
            else:
                finished.append(one)
        yield from _published(work, finished)
        for one in asleep:
            yield from _published(work, [_insisted(work, one)])


def _start(task: AscentTask, number: int) -> Start:
    origin = task.origins.get(number)
    return Start(number, task.settings.seed, picture=None if origin is None else decode_image(origin.file))


def _better(work: _Work, again: _Finished) -> _Finished:
    """Return a climb that began with another filter's picture, or that picture itself where it was the better one."""
    origin, begun = work.task.origins[again.filter], again.climb.start.picture
    found = replace(again, tried=(origin.told,))
    if begun is None:
        return found
    picture = begun.astype(np.float32)
    mean = float(work.gauge.filter_means(picture[np.newaxis], [again.filter])[0])
    if again.image_mean >= mean:
        return found
    return replace(found, climb=replace(again.climb, picture=picture), image_mean=mean)


def _grouped(climbs: Iterable[Climb], together: int) -> Iterator[list[Climb]]:
    group: list[Climb] = []
    for climb in climbs:
        group.append(climb)
        if len(group) == together:
            yield group
            group = []
    if group:
        yield group


def _read(work: _Work, climbs: Sequence[Climb], tried: tuple[Fact, ...] = ()) -> list[_Finished]:
    pictures = np.stack([climb.picture for climb in climbs])
    means = work.gauge.filter_means(pictures, [climb.start.filter for climb in climbs])
    return [_Finished(climb, float(mean), tried) for climb, mean in zip(climbs, means, strict=True)]


def _is_broken(one: _Finished) -> bool:
    return one.climb.stop_reason == "error" or not np.isfinite(one.image_mean)


def _failure(work: _Work, one: _Finished) -> FilterFailure:
    losses, error = one.climb.losses, Fact.of("mean_not_finite")
    if one.climb.stop_reason == "error":
        error = Fact.of("loss_not_finite", step=len(losses), loss=str(losses[-1]))
    return FilterFailure(work.task.layer, one.filter, work.task.settings, error)


def _published(work: _Work, finished: Sequence[_Finished]) -> Iterator[AscentResult]:
    """Encode each picture at the first quality at which its file keeps enough of the mean; yield what it became.

    On a canvas that may leave 0-255 the mean to be kept is that of the clipped and rounded picture: what clipping takes
    away is part of the picture's story, what compression takes away is not.
    """
    if not finished:
        return
    images = np.rint(np.clip(np.nan_to_num([one.climb.picture for one in finished]), 0, 255)).astype(np.uint8)
    numbers = [one.filter for one in finished]
    compression = compression_of(work.task.settings)
    aims = compression.share * work.gauge.filter_means(images.astype(np.float32), numbers)
    records = [_record(work, one) for one in finished]
    chosen: dict[int, tuple[bytes, NDArray[np.uint8], Response]] = {}
    for quality in compression.qualities:
        pending = [place for place in range(len(finished)) if place not in chosen]
        if not pending:
            break
        files = _encoded([(images[place], _facts(work, records[place]), quality) for place in pending])
        shown = np.stack([decode_image(file) for file in files])
        found = responses(work.gauge, shown, [numbers[place] for place in pending])
        for place, *made_of in zip(pending, files, shown, found, strict=True):
            file, image, response = made_of
            if response.displayed_mean >= aims[place] or quality == compression.qualities[-1]:
                chosen[place] = file, image, response
    yield from _results(work, records, [chosen[place] for place in range(len(finished))])


def _encoded(pictures: Sequence[tuple[NDArray[np.uint8], Facts | None, int]]) -> list[bytes]:
    """Encode pictures side by side: each is the work of one thread."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(encode_picture, *zip(*pictures, strict=True)))


def _results(
    work: _Work, records: Sequence[PictureRecord], chosen: Sequence[tuple[bytes, NDArray[np.uint8], Response]]
) -> Iterator[AscentResult]:
    files, images, found = zip(*chosen, strict=True)
    digests, numbers = [digest_of(file) for file in files], [record.filter for record in records]
    kinds = work.task.kinds
    taken = measured(
        work.network, work.task.layer, work.task.settings, kinds, np.stack(images), digests, numbers, found
    )
    for place, record in enumerate(records):
        known = record.made | {"sha256": digests[place]}
        measurements = taken[place] if kinds else ()
        yield AscentResult(
            **known, image=images[place], file=files[place], response=found[place], measurements=measurements
        )


def _facts(work: _Work, record: PictureRecord) -> Facts:
    return Facts(work.task.edition, work.task.changes, ALGORITHM, record)


def _record(work: _Work, one: _Finished) -> PictureRecord:
    task, losses = work.task, tuple(map(_rounded, one.climb.losses))
    settings, edition, woke = task.settings, task.edition, statistics.woke_at(losses)
    status, tried = statistics.status_of(losses, one.image_mean), one.tried
    if status == "active" and tried and one.filter not in task.origins:
        status = "woken"  # only on a further start; on its own it was at zero
    if status == "woken" and not tried:
        tried = (Fact.of("woke_at_the_end") if woke is None else Fact.of("woke", step=woke),)
    if status == "dead" and not tried:
        tried = (Fact.of("unwoken"),)
    return PictureRecord(
        edition=edition.name,
        layer=task.layer,
        filter=one.filter,
        settings=settings,
        key=result_key(edition.weights_fingerprint, task.layer, one.filter, settings),
        status=status,
        dead_at_start=work.network.dead_at_start(task.layer, one.filter),
        first_loss=losses[0],
        final_loss=losses[-1],
        image_mean=_rounded(one.image_mean),
        steps_run=len(losses),
        stop_reason=one.climb.stop_reason,
        losses=losses,
        woke_at=woke,
        tried=tried,
        slope=statistics.slope_of(losses),
    )


def _rounded(value: float) -> float:
    """Return seven significant digits, which is what float32 holds: they go into every picture's file."""
    return float(f"{value:.7g}")


def _insisted(work: _Work, first: _Finished) -> _Finished:
    """Try further starts for a filter that stayed at zero, and note what was tried."""
    own, settings = first.filter, work.task.settings
    tried = [Fact.of("climbed", steps=len(first.climb.losses), seed=settings.seed)]
    bound = work.network.bound(work.task.layer, own, settings.preprocessing)
    if bound <= 0:
        return replace(first, tried=(*tried, Fact.of("bound_proves", bound=bound)))
    starts = [Start(own, settings.seed + extra) for extra in range(1, EXTRA_SEEDS + 1)]
    tried += [Fact.of("again_from_noise", seed=start.seed) for start in starts]
    starts += [Start(own, settings.seed, colour) for colour in PLAIN_COLOURS.values()]
    tried += [Fact.of("again_from_colour", colour=name) for name in PLAIN_COLOURS]
    climbs = {climb.start: climb for climb in work.ascent.climb(starts, work.batch)}
    best = max((climbs[start] for start in starts), key=lambda climb: np.nan_to_num(climb.losses[-1]))
    if best.losses[-1] > 0:
        return _read(work, [best], (*tried, _waking(best)))[0]
    return replace(first, tried=(*tried, Fact.of("bound_leaves", bound=bound)))


def _waking(climb: Climb) -> Fact:
    """Return from where a filter woke, and at which step where it began at zero there too."""
    step = statistics.woke_at(climb.losses)
    at = {} if step is None else {"step": step}
    if climb.start.colour is None:
        return Fact.of("woke_from_noise", seed=climb.start.seed, **at)
    name = next(name for name, colour in PLAIN_COLOURS.items() if colour == climb.start.colour)
    return Fact.of("woke_from_colour", colour=name, **at)
