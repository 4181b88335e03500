"""Judge settings by pictures of a fixed sample of filters: python tests/bench/judge_recipes.py PHOTOS [SET ...].

For each layer and set of settings, means over the sample: agreement with the photographs and, beside it, the centred
likeness (agreement can be had by being like photographs at large; with every filter's mean rank over the photographs
taken away, it cannot), kept when turned by 5 degrees, beyond, displayed mean, processor seconds a picture, and the
share of pictures that still rise. With --sheet the pictures stand below each other, a row for each set.

Half of the photographs are read, those that `measure_spectrum.py` leaves out.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from generator.catalogue import LAYERS, layer_named
from generator.measure.agreement import Alike, chosen, earlier, likeness, one_number
from generator.measure.kept import kept_of
from generator.measure.peaks import PeakReader, joined
from generator.measure.photo_folder import photo_folder
from generator.measure.photographs import fitted, read_content
from generator.recipes import RECIPES, Settings, settled, usual_batch_size
from generator.records import AscentResult, AscentTask, EditionRecord
from generator.vgg.machine import measured_device
from generator.vgg.weights import load_weights
from generator.workflows._networks import Network, network_of
from generator.workflows.compute import run_task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SAMPLE = ("block3_conv3", "block4_conv3", "block5_conv1", "block5_conv3")
FILTERS = 24
SEED = 17
READ_AT_ONCE = 8

FORMER: dict[str, Any] = {"canvas": "fourier", "learning_rate": 0.05, "sharing": 0.75, "room": None, "fall": None}

SETS: dict[str, dict[str, Any]] = {
    "natural": {},
    "without-pull": {"pull": None},
    "former": FORMER | {"pull": None},
}
"""What each set changes of `natural`, in every layer; --change adds to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Photographs:
    """Peaks and means of the filters on the photographs, by layer: shape (photographs, filters)."""

    peaks: Mapping[str, NDArray[np.float32]]
    means: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Means over the sample of one layer."""

    layer: str
    agreement: float
    centred: float
    kept: float
    beyond: float
    displayed_mean: float
    processor_s: float
    rising: float


def photographs_of(folder: Path, network: Network, readings: Path | None) -> Photographs:
    """Read every second photograph, or take what was read before from the file `readings`."""
    if readings is None or not readings.exists():
        reader, files = PeakReader(network.trunk("float32")), photo_folder(folder).files[1::2]
        images = np.stack([fitted(read_content(file.path), str(file.path)) for file in files])
        batches = [reader.read(images[at : at + READ_AT_ONCE]) for at in range(0, len(images), READ_AT_ONCE)]
        found = joined(batches)
        peaks, means = ({name: getattr(each, what) for name, each in found.items()} for what in ("peaks", "means"))
        if readings is None:
            return Photographs(peaks, means)
        arrays = {f"peaks/{name}": peaks[name] for name in peaks} | {f"means/{name}": means[name] for name in means}
        np.savez(readings, allow_pickle=False, **arrays)
    with np.load(readings) as stored:
        peaks, means = ({layer.name: stored[f"{what}/{layer.name}"] for layer in LAYERS} for what in ("peaks", "means"))
    return Photographs(peaks, means)


def sampled(layer: str, count: int) -> tuple[int, ...]:
    """Return the first `count` filters of a draw of the layer's filters that is always the same."""
    return tuple(np.random.default_rng(SEED).permutation(layer_named(layer).filters)[:count].tolist())


def judged(
    network: Network, photographs: Photographs, layer: str, settings: Settings, count: int
) -> tuple[Judgement, NDArray[np.uint8]]:
    """Make the sample's pictures and judge them; return the pictures too."""
    numbers = sampled(layer, count)
    edition = EditionRecord("judged", "judged", "", "")
    task = AscentTask(layer, numbers, settings, edition, batch_size=usual_batch_size(layer, settings.size_px))
    before = time.process_time()
    outcomes = {one.filter: one for one in run_task(task, tensors=network.tensors) if isinstance(one, AscentResult)}
    spent = time.process_time() - before
    results = [outcomes[number] for number in numbers]
    images = np.stack([result.image for result in results])
    gauge = network.gauge(layer, settings.preprocessing, settings.size_px, settings.size_px)
    kept = [one for one in kept_of(gauge, images, numbers) if one is not None]
    means = np.concatenate([gauge.earlier_means(image[np.newaxis].astype(np.float32)) for image in images])
    strongest = photographs.peaks[layer].max(axis=0)[list(numbers)]
    agreement, centred = _agreements(layer, numbers, means, photographs)
    judgement = Judgement(
        layer,
        agreement,
        centred,
        float(np.mean([one.turned for one in kept])),
        float(np.median([one.peak for one in kept] / strongest)),
        float(np.mean([result.displayed_mean for result in results])),
        spent / len(numbers),
        float(np.mean([result.slope is not None and result.slope > 0.01 for result in results])),
    )
    return judgement, images


def _agreements(
    layer: str, numbers: Sequence[int], means: NDArray[np.float32], photographs: Photographs
) -> tuple[float, float]:
    target = layer_named(layer)
    top, others = (places[list(numbers)] for places in chosen(photographs.peaks[layer]))
    plain, centred = {}, {}
    for each in earlier(target):
        known, seen = photographs.means[each.name], means[:, each.span]
        plain[each.name] = likeness(seen, known, top, others)
        centred[each.name] = _centred(seen, known, top, others)
    found = (one_number(target, plain), one_number(target, centred))
    plain_number, centred_number = (float(np.nanmean(each)) for each in found if each is not None)
    return plain_number, centred_number


def _centred(
    seen: NDArray[np.float32], known: NDArray[np.float32], top: NDArray[np.int64], others: NDArray[np.int64]
) -> Alike:
    """Return what `likeness` does, with each filter's mean rank over the photographs taken from the ranks."""
    ranks = _ranks(known)
    usual = ranks.mean(axis=0)
    pictures, photographs = _unit(_ranks(seen) - usual), _unit(ranks - usual)
    best = photographs[top].mean(axis=1)
    count = top.shape[1]
    among = (np.square(best).sum(axis=1) * count - 1) / (count - 1)
    return Alike((pictures * best).sum(axis=1), (photographs[others].mean(axis=1) * best).sum(axis=1), among)


def _ranks(means: NDArray[np.float32]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    found: NDArray[np.float64] = rankdata(means, axis=1)
    return found


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def _sheet(rows: Sequence[NDArray[np.uint8]], file: Path, pictures: int) -> None:
    side = max(row.shape[1] for row in rows)
    tall = [np.stack([np.asarray(Image.fromarray(one).resize((side, side))) for one in row[:pictures]]) for row in rows]
    Image.fromarray(np.concatenate([np.concatenate(list(row), axis=1) for row in tall])).save(file)


def _change(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def main() -> None:
    """Judge the sets of settings, print a table, and with --sheet write the pictures of each layer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("sets", nargs="*", default=["natural"], metavar="SET", help=f"of {', '.join(SETS)}")
    parser.add_argument("--change", nargs="*", default=[], type=_change, help="NAME=VALUE, for every set")
    parser.add_argument("--layers", nargs="*", default=list(SAMPLE))
    parser.add_argument("--filters", type=int, default=FILTERS)
    parser.add_argument("--sheet", type=Path, help="where to write the pictures: LAYER is put before the name")
    parser.add_argument("--readings", type=Path, help="a file that keeps what was read off the photographs")
    asked = parser.parse_args()
    network = network_of("imagenet", load_weights("imagenet").tensors)
    photographs = photographs_of(asked.photographs, network, asked.readings)
    precision = measured_device().precision
    print(f"{'':13}{'':28} agree centred  kept beyond displayed   s/pic rising")
    for layer in asked.layers:
        rows = []
        for name in asked.sets:
            base = RECIPES["natural"].settings_for(layer)
            settings = settled(replace(base, **(SETS[name] | dict(asked.change))), precision)
            one, images = judged(network, photographs, layer, settings, asked.filters)
            rows.append(images)
            said = name + "".join(f" {key}={value}" for key, value in asked.change)
            print(
                f"{layer:13}{said:28} {one.agreement:5.2f} {one.centred:7.2f} {one.kept:5.0%} {one.beyond:6.2f}"
                f" {one.displayed_mean:9.1f} {one.processor_s:7.2f} {one.rising:6.0%}",
                flush=True,
            )
        if asked.sheet:
            _sheet(rows, asked.sheet.with_name(f"{layer}_{asked.sheet.name}"), 8)


if __name__ == "__main__":
    main()
