"""An atlas of VGG16: for each convolution filter a picture that excites it, with evidence and honest numbers.

In a notebook: `generator.ascend("block5_conv3", [1, 441])`. On the command line: `atlas build`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.recipes import Recipe
    from generator.records import AscentResult
    from generator.workflows.ascend import ascend
    from generator.workflows.measure import measure
    from generator.workflows.opened import open_atlas

__version__ = "0.2.0"
__all__ = ["AscentResult", "Recipe", "ascend", "measure", "open_atlas"]

_HOMES = {
    "AscentResult": "generator.records",
    "Recipe": "generator.recipes",
    "ascend": "generator.workflows.ascend",
    "measure": "generator.workflows.measure",
    "open_atlas": "generator.workflows.opened",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import generator` alone must stay quick and free of TensorFlow."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)


class _Package(ModuleType):
    """This package, in which `measure` stays the function although a subpackage has the same name."""

    @property
    def measure(self) -> Any:
        return __getattr__("measure")

    @measure.setter
    def measure(self, subpackage: ModuleType) -> None:
        """Take no notice of the import system, which puts every subpackage into its parent."""


sys.modules[__name__].__class__ = _Package
