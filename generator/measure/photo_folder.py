"""A folder of photographs: which files it holds, what is said of each, and what is left out and why."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from generator.errors import BadInput
from generator.measure.credits import read_credits
from generator.records import Credit, Photograph

CREDITS_NAME: Final = "credits.csv"
ENDINGS: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file that may be a photograph, not opened yet, and what is said of it."""

    path: Path
    credit: Credit

    def photograph(self, sha256: str) -> Photograph:
        """Return the photograph that this file is once its content is known by its digest."""
        return Photograph(**asdict(self.credit), stem=self.path.stem, sha256=sha256)


@dataclass(frozen=True, slots=True)
class PhotoFolder:
    """The files of a folder in the order of their paths; `left_out` has one sentence for each that is not followed."""

    files: tuple[PhotoFile, ...]
    left_out: tuple[str, ...]


def photo_folder(folder: Path, credits_file: Path | None = None) -> PhotoFolder:
    """Return the photographs in a folder and its sub-folders, by their names' endings.

    A sub-folder's name labels what lies in it, as in ImageNet's layout, unless the credits give a label. Without
    credits the folder is a person's own, and every photograph may be shown. Hidden files are passed over; a symbolic
    link is followed only to a file in the folder itself.

    Args:
        folder: where they are.
        credits_file: the credits; by default `credits.csv` in the folder, where there is one.

    Raises:
        BadInput: the folder is none, holds no photograph, or the credits cannot be used.

    """
    if not folder.is_dir():
        raise BadInput(
            f"{folder} is not a folder of photographs: {'it is a file' if folder.exists() else 'no such folder'}."
        )
    table = credits_file or folder / CREDITS_NAME
    known = read_credits(table) if credits_file or table.exists() else None
    root, files, left_out = folder.resolve(), list[PhotoFile](), list[str]()
    for path in _paths(folder):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
            left_out.append(f"{path} is left out: it leads out of the folder.")
        else:
            files.append(PhotoFile(path, _credit(path.relative_to(folder), known)))
    if not files:
        raise BadInput(f"{folder} holds no photographs: no file there ends in {', '.join(ENDINGS)}.")
    return PhotoFolder(tuple(files), tuple(left_out))


def _paths(folder: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in names if name.lower().endswith(ENDINGS) and not name.startswith(".")]
    return sorted(found)


def _credit(inside: Path, known: dict[str, Credit] | None) -> Credit:
    own = Credit(show=True) if known is None else known.get(inside.as_posix(), Credit())
    return own if own.label else replace(own, label=inside.parent.name)
