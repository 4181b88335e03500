"""Digests of everything that a file of the site is made from: numbers, texts, templates, and our own code."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import __version__ as pillow_version

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_BYTES: Final = 8

_PICTURE_CODE: Final = ("publish/pictures.py", "workflows/_encoding.py")
_PAGE_CODE: Final = (
    "render",
    "publish/data.py",
    "publish/addresses.py",
    "workflows",
    "records.py",
    "recipes.py",
    "catalogue.py",
)
_FIGURE_CODE: Final = ("figures", "publish/pictures.py", "workflows/_figures.py")


def digest(*parts: object) -> str:
    """Return 16 hex digits over plain values: texts, numbers, tuples and dataclasses of them, arrays.

    An array may stand as a part or as a field of a dataclass that is a part, no deeper: `repr` shortens arrays.
    """
    summed = blake2b(digest_size=_BYTES)
    for part in parts:
        for value in _values(part):
            data = _data(value)
            summed.update(len(data).to_bytes(8))
            summed.update(data)
    return summed.hexdigest()


@lru_cache
def picture_code() -> str:
    """Return the digest of what decides a picture's bytes beside its pixels: our code and the encoders' version."""
    return digest(pillow_version, _sources(_PICTURE_CODE))


@lru_cache
def figure_code(drawn_by: str) -> str:
    """Return the digest of what decides a figure's bytes beside its numbers; `drawn_by` names the drawing library."""
    return digest(drawn_by, pillow_version, _sources(_FIGURE_CODE))


@lru_cache
def page_code() -> str:
    """Return the digest of the code that decides the pages and the data files."""
    return _sources(_PAGE_CODE)


def folder_digest(folder: Path, ending: str) -> str:
    """Return the digest of the files in `folder` and below whose names end in `ending`, with their places."""
    return _files(folder, sorted(folder.rglob(f"*{ending}")))


def _sources(names: Iterable[str]) -> str:
    found = (path for name in names for path in _python_files(_PACKAGE / name))
    return _files(_PACKAGE, sorted(found))


def _python_files(path: Path) -> Iterable[Path]:
    return [path] if path.suffix else path.rglob("*.py")


def _files(root: Path, paths: Iterable[Path]) -> str:
    return digest(*((path.relative_to(root).as_posix(), path.read_bytes()) for path in paths))


def _values(part: Any) -> Iterable[object]:
    """Return the values to digest: those of a dataclass field by field, with its name, anything else as it is."""
    if is_dataclass(part) and not isinstance(part, type):
        return (type(part).__qualname__, *(getattr(part, field.name) for field in fields(part)))
    return (part,)


def _data(value: object) -> bytes:
    if isinstance(value, np.ndarray):
        return repr((value.dtype.str, value.shape)).encode() + np.ascontiguousarray(value).tobytes()
    return repr(value).encode("utf-8", "backslashreplace")
