"""An atlas of VGG16: the picture that excites each convolution filter most, with honest numbers.

In a notebook: `generator.ascend("block5_conv3", [1, 441])`. On the command line: `atlas build`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.recipes import Recipe
    from generator.records import AscentResult
    from generator.workflows.ascend import ascend

__version__ = "0.1.0"
__all__ = ["AscentResult", "Recipe", "ascend"]

_HOMES = {
    "AscentResult": "generator.records",
    "Recipe": "generator.recipes",
    "ascend": "generator.workflows.ascend",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import generator` alone must stay quick and free of TensorFlow."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)
