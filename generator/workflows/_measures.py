"""Measurements of published pictures of one size, whatever their kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generator.measure.kept import kept_of
from generator.measure.kinds import WITH_PHOTOGRAPHS
from generator.measure.links import links_of
from generator.measure.response import responses
from generator.records import KEPT, LINKS, PROFILE, RESPONSE, kept_measurement, profile_measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.recipes import Settings
    from generator.records import Measurement, Response
    from generator.workflows._networks import Network

MEASURED_AT_ONCE = 8
"""Pictures that are measured in one forward pass."""


def measured(
    network: Network,
    layer: str,
    settings: Settings,
    kinds: Sequence[str],
    images: NDArray[np.uint8],
    digests: Sequence[str],
    filters: Sequence[int],
    known: Sequence[Response] | None = None,
) -> list[tuple[Measurement, ...]]:
    """Return the measurements of each picture, one a kind.

    Args:
        network: of the weights that the pictures were made with.
        layer: name of their layer.
        settings: that they were made with.
        kinds: what to take.
        images: uint8 RGB, shape (n, size, size, 3): the published files, decoded.
        digests: of these files.
        filters: that the pictures were made for.
        known: the responses, where they have been taken already.

    """
    gauge, taken = network.gauge(layer, settings.preprocessing, *images.shape[1:3]), []
    for kind in kinds:
        version = WITH_PHOTOGRAPHS[kind]
        if kind == RESPONSE:
            found = responses(gauge, images, filters) if known is None else known
            taken.append([one.measurement(layer, version, sha256) for one, sha256 in zip(found, digests, strict=True)])
        if kind == LINKS:
            links = links_of(network.trunk("float32"), layer, filters, images, settings.preprocessing)
            each = zip(links, filters, digests, strict=True)
            taken.append([one.measurement(layer, number, version, sha256) for one, number, sha256 in each])
        if kind == KEPT:
            kept = zip(kept_of(gauge, images, filters), filters, digests, strict=True)
            taken.append([kept_measurement(one, layer, number, version, sha256) for one, number, sha256 in kept])
        if kind == PROFILE:
            means = zip(gauge.earlier_means(images.astype(np.float32)), filters, digests, strict=True)
            taken.append([profile_measurement(row, layer, number, version, sha256) for row, number, sha256 in means])
    return list(zip(*taken, strict=True))
