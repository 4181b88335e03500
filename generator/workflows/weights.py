"""`atlas weights`: load the weights, check them, and tell what they are."""

from __future__ import annotations

from dataclasses import dataclass

from generator.vgg.tensors import IMAGENET_FINGERPRINT, TENSOR_SHAPES
from generator.vgg.weights import load_weights
from generator.workflows._report import Report


@dataclass(frozen=True, slots=True)
class WeightsReport(Report):
    """Weights that were loaded and checked. `expected` is the fingerprint of the ImageNet weights."""

    source: str
    described: str
    fingerprint: str
    expected: str
    is_imagenet: bool
    tensors: int


def weights_report(source: str) -> WeightsReport:
    """Load the weights called `source` and report on them.

    Raises:
        BadWeights: they are not to be had, or are refused.

    """
    weights = load_weights(source)
    return WeightsReport(
        source=source,
        described=weights.described,
        fingerprint=weights.fingerprint,
        expected=IMAGENET_FINGERPRINT,
        is_imagenet=weights.is_imagenet,
        tensors=len(TENSOR_SHAPES),
    )
