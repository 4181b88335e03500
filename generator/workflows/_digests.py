"""Digests of everything that a file of the site is made from: numbers, texts, templates, and our own code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from generator.records import PhotoLayer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_BYTES: Final = 8
_PACKER: Final = msgspec.msgpack.Encoder(order="deterministic")
_DISTRIBUTIONS: Final = {"PIL": "pillow"}
"""Distributions that are not called like the package that they bring."""


def digest(*parts: object) -> str:
    """Return 16 hex digits over plain values: texts, numbers, arrays, and tuples, mappings and dataclasses of them.

    The same in every process: sets, too, are told in one order. What a cache keeps is found again by digests of texts,
    numbers, tuples and mappings, so these may never be told differently. A dataclass that holds arrays is told field
    by field if it compares by identity (`eq=False`), else by its `repr`, which shortens them. What photographs say of
    a layer is told by what it was derived from, where that is known: there are a million values of it.
    """
    summed = blake2b(digest_size=_BYTES)
    for data in _told(parts):
        summed.update(len(data).to_bytes(8))
        summed.update(data)
    return summed.hexdigest()


@lru_cache
def code_digest(module: str) -> str:
    """Return the digest of what a module does: its source, that of all it imports of ours, and the libraries' versions.

    `module` is a module of this package, by its full name. An import within a function counts, one for type checking
    alone does not.
    """
    ours, libraries = _imported(module)
    versions = sorted(f"{name} {version(_DISTRIBUTIONS.get(name, name))}" for name in libraries)
    return digest(versions, [(name, path.read_bytes()) for name, path in sorted(ours.items())])


def folder_digest(folder: Path, ending: str) -> str:
    """Return the digest of the files in `folder` and below whose names end in `ending`, with their places."""
    found = sorted(folder.rglob(f"*{ending}"))
    return digest(*((path.relative_to(folder).as_posix(), path.read_bytes()) for path in found))


def _imported(module: str) -> tuple[dict[str, Path], set[str]]:
    """Return the modules of ours that `module` needs, itself among them, by name, and the libraries that they need."""
    ours: dict[str, Path] = {}
    libraries: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if path is None:
            libraries |= {name.partition(".")[0]} - sys.stdlib_module_names - {_PACKAGE.name}
        elif name not in ours:
            ours[name] = path
            waiting.extend(_names(ast.parse(path.read_bytes()).body))
    return ours, libraries


def _source(name: str) -> Path | None:
    """Return the file of a module or package of ours, None for the name of anything else."""
    place = _PACKAGE.parent.joinpath(*name.split("."))
    found = (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())
    return next(found, None) if name.partition(".")[0] == _PACKAGE.name else None


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield what is imported, as module and, since `from a import b` may mean either, as module and name."""
    for node in nodes:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from _names(node.orelse)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _names(ast.iter_child_nodes(node))


def _told(value: Any) -> Iterator[bytes]:
    """Yield the pieces of a value, each container with its kind and its length, so that no two values tell the same."""
    if isinstance(value, np.ndarray):
        yield repr((value.dtype.str, value.shape)).encode() + np.ascontiguousarray(value).tobytes()
    elif isinstance(value, Mapping):
        yield from _all_told("mapping", list(value.items()))
    elif isinstance(value, tuple | list):
        yield from _all_told(type(value).__name__, value)
    elif isinstance(value, frozenset):
        yield from _all_told("frozenset", sorted(value))
    elif isinstance(value, PhotoLayer) and value.content:
        yield from _all_told("PhotoLayer", (value.layer, value.content, value.agreements))
    elif is_dataclass(value) and (plain := _plain(value)):
        yield type(value).__qualname__.encode() + plain
    elif is_dataclass(value) and type(value).__eq__ is object.__eq__:
        yield from _all_told(type(value).__qualname__, [getattr(value, field.name) for field in fields(value)])
    else:
        yield repr(value).encode("utf-8", "backslashreplace")


def _plain(value: object) -> bytes:
    """Return a dataclass that holds no arrays, packed: a page's view in a tenth of the time that its `repr` takes."""
    try:
        return _PACKER.encode(value)
    except (TypeError, ValueError, OverflowError):  # of an array, of a lone surrogate, of a large number
        return b""


def _all_told(kind: str, values: Iterable[object]) -> Iterator[bytes]:
    held = list(values)
    yield f"{kind} of {len(held)}".encode()
    for value in held:
        yield from _told(value)
