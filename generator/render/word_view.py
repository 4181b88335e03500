"""What the index of words shows, as frozen views; see `views` for what a path and an href are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.render.inputs import Picture
    from generator.render.views import Head


@dataclass(frozen=True, slots=True)
class Found:
    """A filter that a word leads to, and why in few words; `name` as people type it."""

    href: str
    name: str
    picture: Picture | None
    pixelated: bool
    why: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word, the letter it is listed under, and the first of its filters, of `of` in all."""

    word: str
    letter: str
    found: tuple[Found, ...]
    of: int


@dataclass(frozen=True, slots=True)
class FindView:
    """The index of words."""

    head: Head
    photographs: str
    count: str
    words: tuple[Word, ...]
