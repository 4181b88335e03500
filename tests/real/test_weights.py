"""The true ImageNet weights."""

from __future__ import annotations

import pytest

from generator.vgg.tensors import IMAGENET_DIGESTS, IMAGENET_FINGERPRINT, digest, fingerprint
from generator.vgg.weights import load_weights
from generator.workflows.weights import weights_report

pytestmark = pytest.mark.real


def test_all_26_tensors_have_the_digests_of_keras_applications() -> None:
    weights = load_weights("imagenet")
    assert {name: digest(tensor) for name, tensor in weights.tensors.items()} == IMAGENET_DIGESTS
    assert fingerprint(weights.tensors) == weights.fingerprint == IMAGENET_FINGERPRINT
    assert weights.is_imagenet


def test_the_first_kernel_looks_at_colours_as_vgg16_does() -> None:
    kernel = load_weights().tensors["block1_conv1/kernel"]
    assert kernel[0, 0, 0, 0] == pytest.approx(0.42947057)
    assert float(abs(kernel).max()) < 1


def test_the_report_says_that_they_are_the_expected_ones() -> None:
    report = weights_report("imagenet")
    assert report.exit_code == 0
    assert report.as_dict()["is_imagenet"] is True
    assert report.as_dict()["fingerprint"] == report.as_dict()["expected"]
    assert any("ImageNet weights" in line for line in report.lines())
