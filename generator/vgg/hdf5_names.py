"""Which of VGG16's tensors a dataset of a Keras weights file is, told from its place in the file.

Keras 3 and late Keras 2 (`.weights.h5`): `layers/conv2d_3/vars/0`, where the group `vars` may name the layer in an
attribute, or `layers/block2_conv2/vars/0`. Legacy (`.h5`): `block2_conv2/block2_conv2_W_1:0` or
`block2_conv2/block2_conv2/kernel:0`, in a whole model under `model_weights`. Where the network is a layer of another
model, the same stand below its own group: `layers/functional/layers/conv2d_3/vars/0`,
`model_weights/vgg16/block2_conv2/kernel`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import h5py

from generator.catalogue import LAYERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTIMISERS: Final = frozenset({"optimizer", "optimizer_weights"})
_LAYER: Final = re.compile(r"block\d+_conv\d+")
_BY_CLASS: Final = re.compile(r"conv2d(?:_(\d{1,4}))?")
_PARTS: Final = {"0": "kernel", "1": "bias"}
_LEGACY_KERNEL: Final = re.compile(r"(?:kernel|.*_W(?:_\d+)?)(?::\d+)?")
_LEGACY_BIAS: Final = re.compile(r"(?:bias|.*_b(?:_\d+)?)(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor `name` ("block1_conv1/kernel") of the network whose layers stand in the group `network`.

    The name may be one that VGG16 does not have: the layers of its kin are called in the same manner.
    """

    network: tuple[str, ...]
    name: str


def place_of(parts: Sequence[str], file: h5py.File) -> Place | None:
    """Return what the dataset at `parts` is; None for anything but a value of a VGG network's convolution."""
    match parts:
        case [root, *_] if root in _OPTIMISERS:
            return None
        case [*network, entry, "vars", index]:
            layer = _layer_of(entry, file["/".join(parts[:-1])])
            return Place(tuple(network), f"{layer}/{_PARTS.get(index, index)}") if layer else None
        case [*_, leaf]:
            start = next((place for place, part in enumerate(parts[:-1]) if _LAYER.fullmatch(part)), None)
            return None if start is None else Place(tuple(parts[:start]), f"{parts[start]}/{_legacy_part(leaf)}")
    return None


def _layer_of(entry: str, group: h5py.Group) -> str | None:
    """Return the layer behind the name of a group: the one that it says, its own, or its place among its kind."""
    said = _said_name(group)
    by_class = None if said else _BY_CLASS.fullmatch(entry)
    if by_class and int(by_class[1] or 0) < len(LAYERS):
        return LAYERS[int(by_class[1] or 0)].name
    name = said or entry
    return name if _LAYER.fullmatch(name) else None


def _said_name(group: h5py.Group) -> str | None:
    """Return the attribute `name` of a group when it is one string."""
    if "name" not in group.attrs:
        return None
    attribute = group.attrs.get_id("name")
    if attribute.shape != () or h5py.check_string_dtype(attribute.dtype) is None:
        return None
    value = group.attrs["name"]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _legacy_part(leaf: str) -> str:
    if _LEGACY_KERNEL.fullmatch(leaf):
        return "kernel"
    return "bias" if _LEGACY_BIAS.fullmatch(leaf) else leaf
