"""`atlas weights`: load the weights, check them, and tell what they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from generator.vgg.tensors import IMAGENET_FINGERPRINT, TENSOR_SHAPES
from generator.vgg.weights import load_weights


@dataclass(frozen=True, slots=True)
class WeightsReport:
    """Weights that were loaded and checked. `expected` is the fingerprint of the ImageNet weights."""

    source: str
    described: str
    fingerprint: str
    expected: str
    is_imagenet: bool
    tensors: int
    exit_code: ClassVar[int] = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)


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
