"""Read VGG16's convolution base from an ONNX file: initializers only, nothing of the graph is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.errors import BadWeights, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_INITIALIZER: Final = re.compile(r"/(block\d_conv\d)(?:_\d+)?/(convolution/ReadVariableOp|Squeeze):\d+$")
_ONNX_TO_HWIO: Final = (2, 3, 1, 0)
"""ONNX keeps a kernel as output channels x input channels x height x width."""


def read_onnx(path: Path, described: str) -> dict[str, NDArray[np.float32]]:
    """Return the float32 tensors of the file that are named like VGG16's convolutions, kernels as HWIO.

    Raises:
        MissingExtra: the library `onnx` is not installed.
        BadWeights: the file is damaged.

    """
    try:
        import onnx  # noqa: PLC0415  # an optional dependency, and only needed here
        from onnx import numpy_helper  # noqa: PLC0415
    except ImportError:
        raise MissingExtra(f"{described} needs the library onnx to be read") from None
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # noqa: BLE001  # protobuf's own exceptions differ between its implementations
        raise BadWeights(f"{described} holds a damaged ONNX file ({type(error).__name__}).") from None
    tensors = {}
    for initializer in model.graph.initializer:
        match = _INITIALIZER.search(f"/{initializer.name}")
        if match is None or initializer.data_type != onnx.TensorProto.FLOAT or initializer.external_data:
            continue
        array = numpy_helper.to_array(initializer)
        is_kernel = match[2].startswith("convolution")
        if is_kernel and array.ndim != len(_ONNX_TO_HWIO):
            continue
        name = f"{match[1]}/{'kernel' if is_kernel else 'bias'}"
        tensors[name] = np.ascontiguousarray(array.transpose(_ONNX_TO_HWIO) if is_kernel else array)
    return tensors
