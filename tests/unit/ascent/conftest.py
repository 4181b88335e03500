"""A network of VGG16's shape with random weights: as real as the ascent can tell, without the ImageNet tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from generator.vgg.tensors import TENSOR_SHAPES

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.fixture(scope="session")
def random_tensors() -> dict[str, NDArray[np.float32]]:
    """Return weights scaled as He et al. do it, so that activations neither vanish nor explode."""
    generator = np.random.default_rng(7)
    return {
        name: (
            generator.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / np.prod(shape[:-1])))
            if name.endswith("kernel")
            else np.zeros(shape, np.float32)
        )
        for name, shape in TENSOR_SHAPES.items()
    }
