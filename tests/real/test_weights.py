"""The true ImageNet weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.cli.tell import weights_lines
from generator.vgg.tensors import IMAGENET_FINGERPRINT, fingerprint
from generator.workflows.weights import weights_report

if TYPE_CHECKING:
    from generator.vgg.weights import Weights

pytestmark = pytest.mark.real


def test_all_26_tensors_together_have_the_fingerprint_of_keras_applications(imagenet: Weights) -> None:
    assert fingerprint(imagenet.tensors) == imagenet.fingerprint == IMAGENET_FINGERPRINT
    assert imagenet.is_imagenet


def test_the_first_kernel_looks_at_colours_as_vgg16_does(imagenet: Weights) -> None:
    kernel = imagenet.tensors["block1_conv1/kernel"]
    assert kernel[0, 0, 0, 0] == pytest.approx(0.42947057)
    assert float(abs(kernel).max()) < 1


def test_the_report_says_that_they_are_the_expected_ones() -> None:
    report = weights_report("imagenet")
    assert report.exit_code == 0
    assert report.as_dict()["is_imagenet"] is True
    assert report.as_dict()["fingerprint"] == report.as_dict()["expected"]
    assert any("ImageNet weights" in line for line in weights_lines(report))
