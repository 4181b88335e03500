"""The real ImageNet weights, read once."""

from __future__ import annotations

import pytest

from generator.vgg.weights import Weights, load_weights


@pytest.fixture(scope="session")
def imagenet() -> Weights:
    return load_weights("imagenet")
