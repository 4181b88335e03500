"""Seconds a step and picture of the notebook's loop, tf-keras-vis, Lucent and this program, on one machine in one run.

    python tests/bench/compare_libraries.py

The libraries are optional (extra `compare`); one that is not installed is left out and said so. All climb the same
filter of the same weights at 224 px. This program takes several pictures at once, as the others cannot.
"""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from generator.ascent.notebook import keras_model
from generator.ascent.rates import ascent_seconds, notebook_seconds
from generator.catalogue import ARTICLE_SIZE_PX, LAYERS
from generator.recipes import RECIPES, usual_batch_size
from generator.vgg.forward import Trunk
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


def tf_keras_vis_seconds(tensors: Tensors, layer: str) -> float:
    """Return the seconds of a step of tf-keras-vis' activation maximisation, with its defaults."""
    from tf_keras_vis.activation_maximization import ActivationMaximization

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


def main() -> None:
    tensors = load_weights().tensors
    others = {"tf-keras-vis": ("tf_keras_vis", tf_keras_vis_seconds), "Lucent": ("lucent", lucent_seconds)}
    absent = [name for name, (module, _) in others.items() if importlib.util.find_spec(module) is None]
    if absent:
        print(f"not installed, left out: {', '.join(absent)}")
    for layer in COMPARED:
        article = RECIPES["article"].settings_for(layer)
        seconds = {"notebook loop": notebook_seconds(tensors, layer, article)}
        seconds |= {name: measure(tensors, layer) for name, (_, measure) in others.items() if name not in absent}
        for precision in ("float32", "bfloat16"):
            batch = usual_batch_size(layer, article.size_px)
            seconds[f"atlas, {precision}"] = ascent_seconds(Trunk(tensors, precision), layer, article, batch)
        print(f"{layer}: " + ", ".join(f"{name} {value:.4f} s" for name, value in seconds.items()), flush=True)


if __name__ == "__main__":
    main()
