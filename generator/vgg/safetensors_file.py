"""Read VGG16's convolution base from a safetensors file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.errors import BadWeights, MissingExtra
from generator.vgg.tensors import TENSOR_SHAPES, is_top, said_shape, shown

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def read_safetensors(path: Path, described: str) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of the file under VGG16's names; `block1_conv1.kernel` is as good as `block1_conv1/kernel`.

    Raises:
        MissingExtra: the library `safetensors` is not installed.
        BadWeights: the file is damaged, or holds a tensor with an unexpected name, shape or type.

    """
    try:
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415  # an optional dependency
    except ImportError:
        raise MissingExtra(
            f"{described} needs the extra `safetensors` to be read: pip install 'vgg-atlas[safetensors]'."
        ) from None
    try:
        with safe_open(path, framework="numpy") as file:
            wanted = {}
            for stored in file.keys():  # noqa: SIM118  # not a mapping
                name = stored.replace(".", "/")
                part = file.get_slice(stored)
                if not is_top(name):
                    _check(name, tuple(part.get_shape()), part.get_dtype(), described)
                    wanted[name] = stored
            return {name: file.get_tensor(stored) for name, stored in wanted.items()}
    except SafetensorError as error:
        raise BadWeights(f"{described} is a damaged safetensors file ({error}).") from None
    except OSError as error:
        raise BadWeights(f"{described} cannot be read ({error.strerror or error}).") from None


def _check(name: str, shape: tuple[int, ...], dtype: str, described: str) -> None:
    expected = TENSOR_SHAPES.get(name)
    if expected is None:
        raise BadWeights(
            f"{described} holds a tensor {shown(name)}, which is not VGG16's; its are named like block1_conv1/kernel."
        )
    if shape != expected:
        raise BadWeights(f"{described}: {name} has shape {said_shape(shape)}; VGG16's is {said_shape(expected)}.")
    if dtype != "F32":
        raise BadWeights(f"{described}: {name} holds {dtype}; it must be float32.")
