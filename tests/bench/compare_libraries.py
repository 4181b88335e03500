"""Seconds a step and picture of the notebook's loop, tf-keras-vis, Lucent and this program, on one machine in one run.

    python tests/bench/compare_libraries.py

The libraries are optional (extra `compare`); one that is not installed is left out and said so. All climb the same
filter of the same weights at 224 px. This program takes several pictures at once, as the others cannot. Each is
measured in a process of its own: TensorFlow and PyTorch in one process end in a fault.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.catalogue import ARTICLE_SIZE_PX, LAYERS
from generator.recipes import RECIPES, usual_batch_size
from generator.vgg.weights import load_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[np.float32]]

COMPARED = ("block1_conv2", "block3_conv3", "block5_conv3")
FILTER = 1
STEPS = 6
TORCH_PLACES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""Where the thirteen convolutions stand in torchvision's `vgg16().features`."""


def notebook_seconds(tensors: Tensors, layer: str) -> float:
    """Return the seconds of a step of the article's loop."""
    from generator.ascent import rates

    return rates.notebook_seconds(tensors, layer, RECIPES["article"].settings_for(layer))


def atlas_seconds(tensors: Tensors, layer: str, precision: str) -> float:
    """Return the seconds of a step and picture of this program, in a batch of the usual size."""
    from generator.ascent.rates import ascent_seconds
    from generator.vgg.forward import Trunk

    settings = RECIPES["article"].settings_for(layer)
    return ascent_seconds(Trunk(tensors, precision), layer, settings, usual_batch_size(layer, settings.size_px))


def tf_keras_vis_seconds(tensors: Tensors, layer: str) -> float:
    """Return the seconds of a step of tf-keras-vis' activation maximisation, with its defaults."""
    from tf_keras_vis.activation_maximization import ActivationMaximization

    from generator.ascent.notebook import keras_model

    visualize = ActivationMaximization(keras_model(tensors, layer), clone=False)
    seed = np.random.default_rng(0).uniform(0, 255, (1, ARTICLE_SIZE_PX, ARTICLE_SIZE_PX, 3)).astype(np.float32)
    return per_step(lambda steps: visualize(lambda output: output[..., FILTER], seed_input=seed, steps=steps))


def lucent_seconds(tensors: Tensors, layer: str) -> float:
    """Return the seconds of a step of Lucent's `render_vis`, with its defaults at 224 px."""
    import torch
    from lucent.optvis import param, render
    from torchvision.models import vgg16

    model = vgg16(weights=None).eval()
    for place, each in zip(TORCH_PLACES, LAYERS, strict=True):
        kernel = np.ascontiguousarray(tensors[f"{each.name}/kernel"].transpose(3, 2, 0, 1))
        model.features[place].weight.data = torch.from_numpy(kernel)
        model.features[place].bias.data = torch.from_numpy(np.array(tensors[f"{each.name}/bias"]))
    place = TORCH_PLACES[[each.name for each in LAYERS].index(layer)]

    def climb(steps: int) -> Any:
        canvas = {"param_f": lambda: param.image(ARTICLE_SIZE_PX), "fixed_image_size": ARTICLE_SIZE_PX}
        return render.render_vis(
            model, f"features_{place}:{FILTER}", thresholds=(steps,), show_image=False, progress=False, **canvas
        )

    return per_step(climb)


def per_step(climb: Callable[[int], Any]) -> float:
    """Return the seconds of one more step, so that what is done once for a picture does not count."""
    climb(1)
    spans = []
    for steps in (1, 1 + STEPS):
        begun = time.perf_counter()
        climb(steps)
        spans.append(time.perf_counter() - begun)
    return (spans[1] - spans[0]) / STEPS


WAYS: dict[str, tuple[str, Callable[[Tensors, str], float]]] = {
    "notebook loop": ("keras", notebook_seconds),
    "tf-keras-vis": ("tf_keras_vis", tf_keras_vis_seconds),
    "Lucent": ("lucent", lucent_seconds),
    "atlas, float32": ("tensorflow", lambda tensors, layer: atlas_seconds(tensors, layer, "float32")),
    "atlas, bfloat16": ("tensorflow", lambda tensors, layer: atlas_seconds(tensors, layer, "bfloat16")),
}
"""For each way its name, the module it needs, and how it is measured."""


def measured_alone(way: str, layer: str) -> float:
    """Measure one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--layer", layer]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1])


def main() -> None:
    """Print a line for each layer, or one figure where a way and a layer are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--layer", choices=[layer.name for layer in LAYERS])
    arguments = parser.parse_args()
    layers = [arguments.layer] if arguments.layer else COMPARED
    if arguments.way:
        if not arguments.layer:
            parser.error("--way needs a --layer")
        print(WAYS[arguments.way][1](load_weights().tensors, layers[0]))
        return
    absent = [way for way, (module, _) in WAYS.items() if importlib.util.find_spec(module) is None]
    if absent:
        print(f"not installed, left out: {', '.join(absent)}")
    for layer in layers:
        seconds = {way: measured_alone(way, layer) for way in WAYS if way not in absent}
        print(f"{layer}: " + ", ".join(f"{way} {value:.4f} s" for way, value in seconds.items()), flush=True)


if __name__ == "__main__":
    main()
