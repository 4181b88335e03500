"""The page of a photograph that was looked at on the command line: one file with all its pictures inside."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from generator.render.environment import template, templates_folder


@dataclass(frozen=True, slots=True)
class ProbeCard:
    """A filter that answers: where, as a picture, and a picture that excites it; pictures are files, links relative."""

    number: int
    answer: str
    overlay: bytes
    picture: tuple[str, bytes] | None
    href: str | None


@dataclass(frozen=True, slots=True)
class ProbeSection:
    """A layer's filters that answer most, and what their answers are counted in."""

    layer: str
    words: str
    cards: tuple[ProbeCard, ...]


@dataclass(frozen=True, slots=True)
class ProbeView:
    """The page of one photograph; `weights` says where the network's come from, `site` leads to an atlas of it."""

    name: str
    version: str
    weights: str
    photograph: bytes
    side_px: int
    overlay_px: int
    site: str | None
    sections: tuple[ProbeSection, ...]


def probe_page(view: ProbeView) -> str:
    """Return the page; its policy allows what stands in it and nothing else."""
    style = (templates_folder() / "probe.css").read_text(encoding="utf-8")
    allowed = b64encode(sha256(style.encode()).digest()).decode("ascii")
    return template("pages/probe.html").render(v=view, style=style, allowed=allowed, data=data_address)


def data_address(kind: str, content: bytes) -> str:
    """Return a picture file of a `kind` such as "webp" as an address."""
    return f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"
