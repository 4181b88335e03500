"""Read VGG16's convolution base from an HDF5 file that nobody vouches for.

The whole file is surveyed before a value of it is read: every link and every dataset must be of the plain kind that
Keras writes. The model's description, which a legacy file may hold as JSON or code, is never looked at.

Which tensor a dataset is, is told from its place. Keras 3 and late Keras 2 (`.weights.h5`): `layers/conv2d_3/vars/0`,
where the group `vars` may name the layer in an attribute, or `layers/block2_conv2/vars/0`. Legacy (`.h5`):
`block2_conv2/block2_conv2_W_1:0` or `block2_conv2/block2_conv2/kernel:0`, in a whole model under `model_weights`. Where
the network is a layer of another model, the same stand below its own group: `layers/functional/layers/conv2d_3/vars/0`,
`model_weights/vgg16/block2_conv2/kernel`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import h5py
import numpy as np

from generator.catalogue import LAYERS
from generator.errors import BadWeights
from generator.vgg.tensors import TENSOR_SHAPES, said_shape, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MAXIMUM_DEPTH: Final = 8
_MAXIMUM_LINKS: Final = 2000
_PLAIN_FILTERS: Final = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32})
"""Filters that are part of HDF5 itself; any other would load a plug-in from the user's machine."""

_OPTIMISERS: Final = frozenset({"optimizer", "optimizer_weights"})
_LAYER: Final = re.compile(r"block\d+_conv\d+")
_BY_CLASS: Final = re.compile(r"conv2d(?:_(\d{1,4}))?")
_PARTS: Final = {"0": "kernel", "1": "bias"}
_LEGACY_KERNEL: Final = re.compile(r"(?:kernel|.*_W(?:_\d+)?)(?::\d+)?")
_LEGACY_BIAS: Final = re.compile(r"(?:bias|.*_b(?:_\d+)?)(?::\d+)?")


@dataclass(frozen=True, slots=True)
class _Place:
    """A tensor `name` ("block1_conv1/kernel") of the network whose layers stand in the group `network`.

    The name may be one that VGG16 does not have: the layers of its kin are called in the same manner.
    """

    network: tuple[str, ...]
    name: str


def read_hdf5(path: Path, described: str) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of a Keras 3 `.weights.h5` or a legacy `.h5` file under VGG16's names.

    Raises:
        BadWeights: the file is damaged, is not VGG16's, or holds anything but plain groups and datasets.

    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            datasets = _surveyed(file, described)
            return {name: _read(dataset, name, described) for name, dataset in datasets.items()}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, UnicodeError, MemoryError, OverflowError) as error:
        # Whatever h5py raises on a damaged file, it is not the user's business how HDF5 put it.
        raise BadWeights(f"{described} is a damaged HDF5 file ({type(error).__name__}).") from None


def _surveyed(file: h5py.File, described: str) -> dict[str, h5py.Dataset]:
    """Return the datasets of the file's VGG16 by their tensors' names; a model around it is looked over and left."""
    networks: dict[tuple[str, ...], list[tuple[str, h5py.Dataset]]] = {}
    for parts, dataset in _walk(file, (), described, [0]):
        _check_plain(dataset, "/".join(parts), described)
        place = _place_of(parts, file)
        if place:
            networks.setdefault(place.network, []).append((place.name, dataset))
    # A lone convolution of a model's head may look like the first of another network.
    entries, *others = sorted(networks.values(), key=len, reverse=True) or [[]]
    if others and len(others[0]) == len(entries):
        raise BadWeights(f"{described} holds more than one VGG network; give the weights of one.")
    found: dict[str, h5py.Dataset] = {}
    for name, dataset in entries:
        if name not in TENSOR_SHAPES:
            raise BadWeights(f"{described} holds {shown(name)}, which is not one of VGG16's tensors.")
        if name in found:
            raise BadWeights(f"{described} holds {name} twice.")
        _check_kind(dataset, name, described)
        found[name] = dataset
    return found


def _walk(
    group: h5py.Group, above: tuple[str, ...], described: str, count: list[int]
) -> Iterator[tuple[tuple[str, ...], h5py.Dataset]]:
    if len(above) > _MAXIMUM_DEPTH:
        raise BadWeights(f"{described} nests groups more than {_MAXIMUM_DEPTH} deep; VGG16's weights do not.")
    for key in group:
        count[0] += 1
        if count[0] > _MAXIMUM_LINKS:
            raise BadWeights(f"{described} holds more than {_MAXIMUM_LINKS} entries; VGG16's weights do not.")
        parts = (*above, key)
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise BadWeights(f"{described} is refused: {shown('/'.join(parts))} is a link to somewhere else.")
        entry = group[key]
        if isinstance(entry, h5py.Group):
            yield from _walk(entry, parts, described, count)
        elif isinstance(entry, h5py.Dataset):
            yield parts, entry
        else:
            raise BadWeights(f"{described} is refused: {shown('/'.join(parts))} is neither a group nor a dataset.")


def _check_plain(dataset: h5py.Dataset, place: str, described: str) -> None:
    creation = dataset.id.get_create_plist()
    filters = {creation.get_filter(index)[0] for index in range(creation.get_nfilters())}
    if dataset.is_virtual:
        what = "is a virtual dataset, which reads other files"
    elif creation.get_external_count():
        what = "keeps its values in another file"
    elif not filters <= _PLAIN_FILTERS:
        what = "is compressed with a filter that is not part of HDF5"
    else:
        return
    raise BadWeights(f"{described} is refused: {shown(place)} {what}.")


def _check_kind(dataset: h5py.Dataset, name: str, described: str) -> None:
    expected = TENSOR_SHAPES[name]
    if dataset.shape != expected or dataset.maxshape != expected:
        shape = said_shape(dataset.shape or ())
        raise BadWeights(f"{described}: {name} has shape {shape}; VGG16's is {said_shape(expected)}.")
    if dataset.dtype != np.dtype("<f4"):
        raise BadWeights(f"{described}: {name} holds {shown(str(dataset.dtype))}; it must be float32.")
    if not dataset.id.get_storage_size():
        raise BadWeights(f"{described}: {name} is declared, but no values are stored for it.")


def _read(dataset: h5py.Dataset, name: str, described: str) -> NDArray[np.float32]:
    values: Any = np.empty(TENSOR_SHAPES[name], np.float32)
    try:
        dataset.read_direct(values)
    except OSError:
        raise BadWeights(f"{described} is damaged: {name} cannot be read, the file may be cut short.") from None
    return values  # type: ignore[no-any-return]


def _place_of(parts: Sequence[str], file: h5py.File) -> _Place | None:
    """Return what the dataset at `parts` is; None for anything but a value of a VGG network's convolution."""
    match parts:
        case [root, *_] if root in _OPTIMISERS:
            return None
        case [*network, entry, "vars", index]:
            layer = _layer_of(entry, file["/".join(parts[:-1])])
            return _Place(tuple(network), f"{layer}/{_PARTS.get(index, index)}") if layer else None
        case [*_, leaf]:
            start = next((place for place, part in enumerate(parts[:-1]) if _LAYER.fullmatch(part)), None)
            return None if start is None else _Place(tuple(parts[:start]), f"{parts[start]}/{_legacy_part(leaf)}")
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
