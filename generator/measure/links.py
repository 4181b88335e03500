"""Links: what each channel that a layer reads contributes to the mean of one of its filters on a picture.

With a the maps that the layer reads (pooled where a pooling stands before it), w the filter's kernel and z its map
before the ReLU, over N places:

    amount[c] = 1/N * sum over places p with z[p] > 0 of  sum over d of  w[d, c] * a[c, p + d]

This is activation times gradient (Shrikumar et al. 2016), exact here: the amounts and the bias's part, the bias times
the share of places above zero, add up to the mean after the ReLU. It takes one forward pass, and the products of the
last convolution once more: about half a step of the ascent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from generator.errors import BadInput
from generator.recipes import usual_batch_size
from generator.records import LINKS, Links, strongest_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.vgg.forward import Trunk

KIND: Final = LINKS
VERSION: Final = 1


def links_of(
    network: Trunk, layer: str, filters: Sequence[int], pictures: NDArray[np.uint8], preprocessing: str
) -> list[Links]:
    """Return the links of filter `filters[i]` on picture i, in the order given.

    Args:
        network: the trunk, in float32.
        layer: name of the layer.
        filters: one number for each picture, each of a filter that the layer has.
        pictures: RGB, shape (n, height, width, 3), no side smaller than the layer's stride.
        preprocessing: "raw" or "imagenet", as in `generator.vgg.forward.preprocess`.

    Raises:
        BadInput: there are not as many filters as pictures, or the network computes in another precision.

    """
    from generator.vgg.gauge import parts_reader  # noqa: PLC0415  # kind and version are read without TensorFlow

    if len(filters) != len(pictures):
        raise BadInput(f"links of {len(pictures)} pictures need a filter each, and {len(filters)} are given.")
    if network.dtype.name != "float32":
        raise BadInput(f"links are read in float32, whose parts add up; the network computes in {network.dtype.name}.")
    height, width = pictures.shape[1:3]
    read = parts_reader(network, layer, preprocessing, height, width)
    batch, numbers = usual_batch_size(layer, max(height, width)), np.array(filters, np.int32)
    found = list[Links]()
    for first in range(0, len(pictures), batch):
        part = slice(first, first + batch)
        amounts, biases, means, kernels = (tensor.numpy() for tensor in read(pictures[part], numbers[part]))
        for row, bias, mean, kernel in zip(amounts, biases.tolist(), means.tolist(), kernels, strict=True):
            shown = kernel[:, strongest_inputs(row)].T.reshape(-1, 3, 3).astype(np.float16)
            # Copied, so that one filter's row does not keep the whole batch in memory.
            found.append(Links(row.copy(), bias, mean, shown))
    return found
