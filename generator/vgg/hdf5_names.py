"""Which of VGG16's tensors a dataset of a Keras weights file is, told from its place in the file.

Keras 3 and late Keras 2 (`.weights.h5`): `layers/conv2d_3/vars/0`, where the group `vars` may name the layer in an
attribute, or `layers/block2_conv2/vars/0`. Legacy (`.h5`): `block2_conv2/block2_conv2_W_1:0` or
`block2_conv2/block2_conv2/kernel:0`, in a whole model under `model_weights`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import h5py

from generator.catalogue import LAYERS
from generator.vgg.tensors import is_top

if TYPE_CHECKING:
    from collections.abc import Sequence

_IGNORED_ROOTS: Final = frozenset({"optimizer", "optimizer_weights"})
_KERAS_ROOTS: Final = frozenset({"layers", "_layer_checkpoint_dependencies"})
_LEGACY_ROOT: Final = "model_weights"
_BY_CLASS: Final = re.compile(r"conv2d(?:_(\d{1,4}))?")
_DENSE_BY_CLASS: Final = re.compile(r"dense(?:_[12])?")
_PARTS: Final = {"0": "kernel", "1": "bias"}
_LEGACY_KERNEL: Final = re.compile(r"(?:kernel|.*_W(?:_\d+)?)(?::\d+)?")
_LEGACY_BIAS: Final = re.compile(r"(?:bias|.*_b(?:_\d+)?)(?::\d+)?")


def tensor_name(parts: Sequence[str], file: h5py.File) -> str | None:
    """Return the name of the tensor at the place `parts` ("block1_conv1/kernel"), None when it is of no use here.

    A place that no layout of Keras has gives itself as the name, which is none of VGG16's.
    """
    root, place = parts[0], "/".join(parts)
    if root in _IGNORED_ROOTS:
        return None
    name = _keras(parts, file) if root in _KERAS_ROOTS else _legacy(parts[1:] if root == _LEGACY_ROOT else parts)
    if name is None:
        return place
    return None if is_top(name) else name


def _keras(parts: Sequence[str], file: h5py.File) -> str | None:
    """Read `layers/<layer>/vars/<0 or 1>`."""
    match parts:
        case [root, entry, "vars", index] if index in _PARTS:
            layer = _said_name(file[f"{root}/{entry}/vars"]) or _name_of_entry(entry)
            return f"{layer}/{_PARTS[index]}"
    return None


def _name_of_entry(entry: str) -> str:
    """Return the layer behind the name of a group: its own, or by the class and its place among its kind."""
    by_class = _BY_CLASS.fullmatch(entry)
    if by_class and int(by_class[1] or 0) < len(LAYERS):
        return LAYERS[int(by_class[1] or 0)].name
    return "predictions" if _DENSE_BY_CLASS.fullmatch(entry) else entry


def _said_name(group: h5py.Group) -> str | None:
    """Return the attribute `name` of a group when it is one string."""
    if "name" not in group.attrs:
        return None
    attribute = group.attrs.get_id("name")
    if attribute.shape != () or h5py.check_string_dtype(attribute.dtype) is None:
        return None
    value = group.attrs["name"]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _legacy(parts: Sequence[str]) -> str | None:
    """Read `<layer>/<tensor>`, with groups of any scope between them."""
    if len(parts) < 2:  # noqa: PLR2004  # a layer and a tensor
        return None
    layer, leaf = parts[0], parts[-1]
    if _LEGACY_KERNEL.fullmatch(leaf):
        return f"{layer}/kernel"
    return f"{layer}/bias" if _LEGACY_BIAS.fullmatch(leaf) else None
