"""Read VGG16's convolution base from an HDF5 file that nobody vouches for.

The whole file is surveyed before a value of it is read: every link and every dataset must be of the plain kind that
Keras writes. `generator.vgg.hdf5_names` says which tensor a dataset is. The model's description, which a legacy file
may hold as JSON or code, is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import h5py
import numpy as np

from generator.errors import BadWeights
from generator.vgg.hdf5_names import place_of
from generator.vgg.tensors import TENSOR_SHAPES, said_shape, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_MAXIMUM_DEPTH: Final = 8
_MAXIMUM_LINKS: Final = 2000
_PLAIN_FILTERS: Final = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32})
"""Filters that are part of HDF5 itself; any other would load a plug-in from the user's machine."""


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
        place = place_of(parts, file)
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
