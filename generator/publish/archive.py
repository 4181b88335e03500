"""A published site read as an archive: foreign input, of which only that is believed which its checksums bear out."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping  # noqa: TC003 - dataclasses' fields are resolved when they are read
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
import numpy as np

from generator.addresses import MANIFEST
from generator.catalogue import LAYERS
from generator.errors import BadSite, DamagedFile
from generator.files import digest_of, read_file
from generator.publish.data import FORMAT
from generator.publish.folder import checked_address, has_plain_folders
from generator.publish.ledger import is_ours, read_sums
from generator.records import KERNEL_LEVELS, SET_NAME, EditionRecord, StartRecord

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Change = int | float | str | None

MAXIMUM_BYTES: Final = 32 * 2**20
"""Largest file of a site that is read, but for matrices that are known to be larger."""

_MOST_HEAD_BYTES: Final = 4096
"""What a NumPy file has before its numbers."""

HIGHEST: Final = float(np.finfo(np.float32).max)
Finite = Annotated[float, msgspec.Meta(ge=0, le=HIGHEST)]
"""What can be read off maps after the ReLU, in float32."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
SetName = Annotated[str, msgspec.Meta(pattern=f"^{SET_NAME}$")]

Level = Annotated[int, msgspec.Meta(ge=-KERNEL_LEVELS, le=KERNEL_LEVELS)]
Kernel = tuple[Level, Level, Level, Level, Level, Level, Level, Level, Level]
"""The weights of a kernel, row by row."""

_LAYERS: Final = {layer.name: layer for layer in LAYERS}
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class ArchivedMaps:
    """The filters whose maps a picture's sprite shows, and what its brightest level stands for."""

    filters: tuple[int, ...]
    peak: float


@dataclass(frozen=True, slots=True)
class ArchivedLinks:
    """What a layer's data file says of the links of one filter beside the row of its amounts."""

    bias: float
    kernels: tuple[Kernel, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchivedKept:
    """The share of a filter's mean that each move of its picture leaves."""

    turned: Finite
    smaller: Finite
    larger: Finite
    mirrored: Finite


@dataclass(frozen=True, slots=True)
class ArchivedFilter:
    """What a layer's data file says of one filter, as far as its picture does not say it better."""

    filter: int
    sha256: str | None = None
    image: str | None = None
    maps: ArchivedMaps | None = None
    links: ArchivedLinks | None = None
    kept: ArchivedKept | None = None
    peak: Finite | None = None
    response_version: int | None = None
    error: Mapping[str, int | float | str] | None = None
    settings: Mapping[str, bool | int | float | str | None] | None = None


@dataclass(frozen=True, slots=True)
class ArchivedLayer:
    """A layer's data file. measured: version by kind, of most of its filters."""

    layer: str
    edition: str
    settings: Mapping[str, bool | int | float | str | None]
    filters: tuple[ArchivedFilter, ...]
    measured: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchivedPlace:
    """Where the data files of one layer are, and the user's own settings of it."""

    layer: str
    data: str
    cross: str
    links: str | None = None
    changes: Mapping[str, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Edition:
    name: str
    recipe: str
    weights: str
    weights_fingerprint: str
    layers: tuple[ArchivedPlace, ...]
    starts: str | None = None


@dataclass(frozen=True, slots=True)
class ArchivedPhotoLayer:
    """Where the data files of what photographs say of one layer are; arrays of very many photographs are nowhere."""

    layer: str
    data: str
    peaks: str = ""
    ranks: str = ""
    sums: str = ""


@dataclass(frozen=True, slots=True)
class ArchivedPhotos:
    """A set of photographs, and where its data files are."""

    name: SetName
    weights_fingerprint: Digest
    data: str
    layers: tuple[ArchivedPhotoLayer, ...]

    @property
    def has_arrays(self) -> bool:
        """Whether what the photographs do to every filter is told, so that a cache can go on from it."""
        return all(one.peaks and one.ranks and one.sums for one in self.layers)


@dataclass(frozen=True, slots=True)
class _Versions:
    algorithm: int


@dataclass(frozen=True, slots=True)
class _Format:
    format: int


@dataclass(frozen=True, slots=True)
class _Manifest:
    versions: _Versions
    editions: tuple[_Edition, ...]
    photos: tuple[ArchivedPhotos, ...] = ()


@dataclass(frozen=True, slots=True)
class Archive:
    """A site that can be gone on from: its editions with their layers, and the digest of each of its files."""

    root: Path
    sums: Mapping[str, str]
    editions: tuple[_Edition, ...]
    photos: tuple[ArchivedPhotos, ...] = ()

    def read(self, address: str, maximum_bytes: int = MAXIMUM_BYTES) -> bytes:
        """Return the bytes of a file of the site, held against its checksum.

        Raises:
            DamagedFile: it is missing, not a plain file within the site, too large, or not what was published.

        """
        try:
            checked_address(address)
        except BadSite as error:
            raise DamagedFile("is no address within a site") from error
        if address not in self.sums:
            raise DamagedFile("is not among the site's checksums")
        if not has_plain_folders(self.root, address):
            raise DamagedFile("is missing")
        try:
            data = read_file(self.root / address, maximum_bytes)
        except FileNotFoundError as error:
            raise DamagedFile("is missing") from error
        except OSError as error:
            raise DamagedFile(f"cannot be read ({error.strerror or error})") from error
        if digest_of(data) != self.sums[address]:
            raise DamagedFile("is not what was published")
        return data

    def layer(self, edition: str, layer: str, address: str) -> ArchivedLayer:
        """Return a layer's data file; raise `DamagedFile`, also where it is another layer's."""
        found = decoded(self.read(address), ArchivedLayer)
        if (found.edition, found.layer) != (edition, layer):
            raise DamagedFile("is of another layer")
        if layer not in _LAYERS or any(not 0 <= one.filter < _LAYERS[layer].filters for one in found.filters):
            raise DamagedFile("names filters that VGG16 does not have")
        return found

    def cross(self, address: str, layer: ArchivedLayer) -> NDArray[np.float32]:
        """Return a layer's cross-activation, float32, row = picture; raise `DamagedFile`, also for a wrong shape."""
        return self.matrix(address, np.float32, (len(layer.filters), _LAYERS[layer.layer].filters))

    def links(self, address: str, layer: ArchivedLayer) -> NDArray[np.float32]:
        """Return the amounts of a layer's links, float32, row = picture; raise `DamagedFile`, as `cross` does."""
        shape = len(layer.filters), _LAYERS[layer.layer].in_channels
        return self.matrix(address, np.float16, shape).astype(np.float32)

    def matrix(self, address: str, dtype: type[np.number[Any]], shape: tuple[int, ...]) -> NDArray[Any]:
        """Return a matrix of finite numbers; raise `DamagedFile`, also for another type or shape."""
        most = max(MAXIMUM_BYTES, _MOST_HEAD_BYTES + np.dtype(dtype).itemsize * math.prod(shape))
        try:
            found = np.load(io.BytesIO(self.read(address, most)), allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise DamagedFile("is no matrix") from error
        if found.dtype != dtype or found.shape != shape or not np.isfinite(found).all():
            raise DamagedFile(f"is no matrix of finite {np.dtype(dtype).name} of shape {shape}")
        return np.asarray(found)

    def starts(self, address: str) -> tuple[StartRecord, ...]:
        """Return the mean of every filter on the article's start, in the catalogue's order; raise `DamagedFile`."""
        means = decoded(self.read(address), dict[str, list[float]])
        for name, found in means.items():
            if (
                name not in _LAYERS
                or len(found) != _LAYERS[name].filters
                or not all(0 <= mean <= HIGHEST for mean in found)
            ):
                raise DamagedFile(f"has not one mean for each filter of {name!r}")
        layers = [layer.name for layer in LAYERS if layer.name in means]
        return tuple(StartRecord(name, np.asarray(means[name], np.float32)) for name in layers)


def open_archive(root: Path) -> Archive:
    """Return the site in `root` as an archive.

    Raises:
        BadSite: it is no site of ours, its manifest is damaged, or it is of a version that cannot be gone on from.

    """
    if root.is_symlink() or not root.is_dir() or not is_ours(root):
        raise BadSite(f"{root} holds no atlas; name the folder of a published site.")
    archive = Archive(root, read_sums(root), ())
    try:
        data = archive.read(MANIFEST)
        found = decoded(data, _Format).format
        if found < FORMAT:
            raise BadSite(
                f"the site {root} was published by version 0.1, whose data hold too little to go on from;"
                " build its pictures again with `atlas build`."
            )
        if found > FORMAT:
            raise BadSite(f"the site {root} has data of format {found}, not {FORMAT}; use a newer program.")
        manifest = decoded(data, _Manifest)
    except DamagedFile as error:
        raise BadSite(f"the site {root} cannot be gone on from: its {MANIFEST} {error}.") from error
    return Archive(root, archive.sums, manifest.editions, manifest.photos)


def edition_of(archived: _Edition) -> EditionRecord:
    """Return an archived edition as a record."""
    return EditionRecord(archived.name, archived.recipe, archived.weights_fingerprint, archived.weights)


def decoded(data: bytes, kind: type[_Read]) -> _Read:
    """Return what JSON says, as `kind`; raise `DamagedFile` where it does not say that."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DamagedFile(f"does not say what it should ({error})") from error
