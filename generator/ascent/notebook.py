"""The article's loop, written as a notebook has it: one picture, one filter, Keras' model, tape and optimiser.

It is the reference that the ascent is compared with, in results and in speed; nothing else uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.ascent.canvas import PixelCanvas
from generator.catalogue import LAYERS
from generator.vgg.backend import tf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.vgg.operations import Tensor


def keras_model(tensors: Mapping[str, NDArray[np.float32]], layer: str) -> Tensor:
    """Return Keras' own VGG16 with these weights, cut after `layer`."""
    import keras  # noqa: PLC0415 - takes seconds, and only this reference needs it

    whole = keras.applications.VGG16(weights=None, include_top=False)
    for each in LAYERS:
        whole.get_layer(each.name).set_weights([tensors[f"{each.name}/kernel"], tensors[f"{each.name}/bias"]])
    return keras.Model(inputs=whole.inputs, outputs=whole.get_layer(layer).output)


def climb(model: Tensor, filter_number: int, settings: Settings) -> tuple[NDArray[np.float32], list[float]]:
    """Climb the mean of one filter's map as the article does.

    Returns:
        The picture after the last update, float32 of shape (size, size, 3), and the loss before each update.

    """
    import keras  # noqa: PLC0415 - see keras_model

    start = PixelCanvas(settings.size_px).start(settings.seed, LAYERS[0].name, filter_number)
    picture = tf.Variable(start[np.newaxis])
    optimizer = keras.optimizers.Adam(settings.learning_rate)
    losses = []
    for _ in range(settings.steps):
        with tf.GradientTape() as tape:
            activation = model(picture)
            loss = tf.reduce_mean(activation[:, :, :, filter_number])
        gradient = tape.gradient(loss, picture)
        optimizer.apply_gradients([(-gradient, picture)])
        losses.append(float(loss))
        if losses[-1] <= 0 or (settings.threshold is not None and losses[-1] >= settings.threshold):
            break
    finished: NDArray[np.float32] = picture.numpy()[0]
    return finished, losses
