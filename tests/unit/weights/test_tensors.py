from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from generator.catalogue import LAYERS
from generator.vgg.tensors import (
    IMAGENET_DIGESTS,
    IMAGENET_FINGERPRINT,
    TENSOR_SHAPES,
    digest,
    fingerprint,
    shown,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_there_is_a_kernel_and_a_bias_for_each_layer_in_the_networks_order() -> None:
    assert list(TENSOR_SHAPES) == [f"{layer.name}/{part}" for layer in LAYERS for part in ("kernel", "bias")]
    assert TENSOR_SHAPES["block3_conv1/kernel"] == (3, 3, 128, 256)
    assert TENSOR_SHAPES["block3_conv1/bias"] == (256,)


def test_the_convolution_base_has_the_published_number_of_parameters() -> None:
    assert sum(int(np.prod(shape)) for shape in TENSOR_SHAPES.values()) == 14_714_688


def test_every_tensor_has_its_own_imagenet_digest() -> None:
    assert list(IMAGENET_DIGESTS) == list(TENSOR_SHAPES)
    assert len(set(IMAGENET_DIGESTS.values())) == 26


def test_the_fingerprint_is_the_digest_of_the_lines_of_names_and_digests(
    tensors: dict[str, NDArray[np.float32]],
) -> None:
    lines = b"".join(
        f"{name} {hashlib.sha256(tensors[name].tobytes()).hexdigest()}\n".encode() for name in TENSOR_SHAPES
    )
    assert fingerprint(tensors) == hashlib.sha256(lines).hexdigest()


def test_the_imagenet_fingerprint_follows_from_the_digests() -> None:
    lines = "".join(f"{name} {value}\n" for name, value in IMAGENET_DIGESTS.items())
    assert hashlib.sha256(lines.encode()).hexdigest() == IMAGENET_FINGERPRINT


def test_the_fingerprint_does_not_depend_on_order_in_the_mapping_or_in_memory(
    tensors: dict[str, NDArray[np.float32]], expected_fingerprint: str
) -> None:
    turned = {name: np.asfortranarray(tensors[name]) for name in reversed(tensors)}
    assert fingerprint(turned) == expected_fingerprint


def test_one_changed_value_changes_the_digest_of_its_tensor(tensors: dict[str, NDArray[np.float32]]) -> None:
    changed = tensors["block1_conv1/kernel"].copy()
    changed.flat[-1] += np.float32(2**-20)
    assert digest(changed) != digest(tensors["block1_conv1/kernel"])


def test_a_name_from_a_foreign_file_is_shown_printable_and_short() -> None:
    assert shown("a\x1b[31m\nb") == r"'a\x1b[31m\nb'"
    assert len(shown("x" * 10_000)) < 100
