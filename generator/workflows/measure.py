"""`generator.measure`: how a layer answers to pictures of the user's own, and what the answers are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from generator.catalogue import layer_named
from generator.errors import BadInput
from generator.recipes import MAXIMUM_SIZE_PX
from generator.records import Progress, unheard
from generator.workflows.selection import check_filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from generator.records import Event, Kept, Links, Response
    from generator.workflows._networks import Network


@dataclass(frozen=True, slots=True, eq=False)
class PictureMeasurement:
    """What was measured on one picture.

    filter: the filter that was asked for, or else the one that answers most.
    response: how the whole layer answers. links: what the filter's mean is made of.
    kept: what is left of it when the picture is moved; None where it is zero.
    """

    layer: str
    filter: int
    response: Response
    links: Links
    kept: Kept | None


def measure(
    layer: str,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    filters: Sequence[int] | None = None,
    weights: str = "imagenet",
    on_event: Callable[[Event], None] = unheard,
) -> list[PictureMeasurement]:
    """Return how a layer answers to each picture, what one filter's answer is made of, and what moves leave of it.

    Args:
        layer: name of a convolution layer, as "block3_conv1".
        pictures: uint8 RGB, each of shape (height, width, 3), of any size that the layer can read.
        filters: one number for each picture; None takes the filter that answers most.
        weights: "imagenet", or the path of a weights file.
        on_event: told of the progress.

    Raises:
        BadInput: a picture or a number that cannot be used.
        BadWeights: the weights cannot be had.

    """
    images = [_checked(layer, place, picture) for place, picture in enumerate(pictures)]
    if filters is not None and len(filters) != len(images):
        raise BadInput(f"{len(images)} pictures need a filter each, and {len(filters)} are given.")
    check_filters([layer], filters or ())
    from generator.workflows._networks import network_of  # noqa: PLC0415 - imports TensorFlow

    network, found = network_of(weights, None), []
    for place, image in enumerate(images):
        found.append(_measured(network, layer, image, None if filters is None else int(filters[place])))
        on_event(Progress(layer, len(found), len(images)))
    return found


def _checked(layer: str, place: int, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image, least = np.asarray(picture), layer_named(layer).minimum_size_px
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:  # noqa: PLR2004 - height, width, RGB
        raise BadInput(
            f"picture {place} has type {image.dtype} and shape {image.shape}; it must be uint8 RGB, (height, width, 3)."
        )
    if min(image.shape[:2]) < least or max(image.shape[:2]) > MAXIMUM_SIZE_PX:
        raise BadInput(
            f"picture {place} is {image.shape[1]} x {image.shape[0]} px; for {layer} its sides must be from {least} to"
            f" {MAXIMUM_SIZE_PX} px."
        )
    return image


def _measured(network: Network, layer: str, image: NDArray[np.uint8], number: int | None) -> PictureMeasurement:
    from generator.measure.kept import kept_of  # noqa: PLC0415 - as above
    from generator.measure.links import links_of  # noqa: PLC0415
    from generator.measure.response import responses  # noqa: PLC0415

    gauge = network.gauge(layer, "imagenet", image.shape[0], image.shape[1])
    (response,) = responses(gauge, image[np.newaxis], [number or 0])
    if number is None:
        number = response.top[0][0]
        (response,) = responses(gauge, image[np.newaxis], [number])
    (links,) = links_of(network.trunk("float32"), layer, [number], image[np.newaxis], "imagenet")
    (kept,) = kept_of(gauge, image[np.newaxis], [number])
    return PictureMeasurement(layer, number, response, links, kept)
