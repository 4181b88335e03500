"""A folder's `credits.csv`: what each photograph shows, who took it, and whether a page may show it."""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from generator.errors import BadInput, did_you_mean
from generator.records import Credit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMNS: Final = ("file", "label", "group", "author", "author_page", "page", "licence", "show")
_LINKS: Final = ("author_page", "page")
_MAX_BYTES: Final = 64 * 2**20
_MAX_CHARACTERS: Final = 1000
_SHOW: Final = {"yes": True, "no": False, "": False}
_WORDS: Final = ("label", "group", "author", "licence")
"""Columns of plain text, in which what is left of another file's escapes is undone."""

_BYTES: Final = re.compile(r"(?:\\[23][0-7]{2})+")
_REFERENCE: Final = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")


def read_credits(path: Path) -> dict[str, Credit]:
    """Return each file's credit by its path inside the folder, with `/` between folders.

    All columns of `COLUMNS` but `file` may be missing or empty; what does not say `yes` under `show` is not shown.

    Raises:
        BadInput: the file cannot be read or is no such table; the sentence names the line.

    """
    found: dict[str, Credit] = {}
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True, restval="")
    try:
        _check_columns(path, reader.fieldnames or ())
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row:
                raise BadInput(f"{where}: it has more values than the table has columns.")
            plain = {name: unescaped(value) if name in _WORDS else value for name, value in row.items()}
            values = {name: _clean(value, where) for name, value in plain.items()}
            file = values.pop("file").removeprefix("./")
            if not file or file in found:
                raise BadInput(f"{where}: the file {file!r} is {'named twice' if file else 'missing'}.")
            found[file] = _credit(values, where)
    except csv.Error as error:
        raise BadInput(
            f"{path}, line {reader.line_num}: it is not a table of comma-separated values: {error}."
        ) from None
    return found


def checked_credit(credit: Credit, where: str) -> Credit:
    """Return a stranger's credit, its texts plain and its links links; raise `BadInput`, which begins with `where`."""
    values = {name: _clean(getattr(credit, name), where) for name in COLUMNS if name not in ("file", "show")}
    return replace(_credit(values, where), show=credit.show)


def unescaped(text: str) -> str:
    r"""Return a text with bytes in octal that are UTF-8 (as `\303\265`) and HTML references (`&amp;`) undone."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), _BYTES.sub(_decoded, text))


def _decoded(found: re.Match[str]) -> str:
    data = bytes(int(each, 8) for each in found[0].split("\\")[1:])
    try:
        return data.decode()
    except UnicodeDecodeError:
        return found[0]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"the credits {path} cannot be read: {error.strerror or error}.") from None
    if len(content) > _MAX_BYTES:
        raise BadInput(f"the credits {path} are larger than {_MAX_BYTES // 2**20} MiB.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"the credits {path} are not UTF-8 text (byte {error.start}).") from None


def _check_columns(path: Path, names: Sequence[str]) -> None:
    unknown = next((name for name in names if name not in COLUMNS), None)
    if unknown is not None:
        valid = ", ".join(COLUMNS)
        raise BadInput(
            f"the credits {path} have a column {unknown!r}; its columns are {valid}.{did_you_mean(unknown, COLUMNS)}"
        )
    if "file" not in names:
        raise BadInput(f"the credits {path} have no column 'file', which says whose line it is.")
    if len(set(names)) < len(names):
        raise BadInput(f"the credits {path} have a column twice.")


def _clean(value: str, where: str) -> str:
    text = " ".join(value.split())
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise BadInput(f"{where}: {text[:40]!r} holds control characters.")
    if len(text) > _MAX_CHARACTERS:
        raise BadInput(f"{where}: a value is longer than {_MAX_CHARACTERS:,} characters.")
    return text


def _credit(values: Mapping[str, str], where: str) -> Credit:
    for column in _LINKS:
        if not _is_link(values.get(column, "")):
            raise BadInput(f"{where}: {column} is {values[column][:80]!r}; a link begins with http:// or https://.")
    show = values.get("show", "").lower()
    if show not in _SHOW:
        raise BadInput(f"{where}: show is {values['show'][:40]!r}; it is 'yes' or 'no'.")
    return Credit(**{name: value for name, value in values.items() if name != "show"}, show=_SHOW[show])


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return not text or (parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text)
