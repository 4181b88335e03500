"""`atlas probe`: which filters answer to a photograph, as a page of its own or as numbers; nothing is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from generator import __version__
from generator.addresses import filter_path
from generator.catalogue import ARTICLE_SIZE_PX
from generator.errors import BadInput, WorkFailed
from generator.figures.overlays import OVERLAY_PX, encoded, overlay
from generator.files import write_file
from generator.measure.photographs import fitted, read_content
from generator.measure.unusual import most_unusual
from generator.publish.ledger import is_ours
from generator.publish.site import read_site
from generator.records import TOP, Progress, unheard
from generator.records.probed import ProbedLayer, ProbedPhotograph
from generator.render.probing import ProbeCard, ProbeSection, ProbeView, probe_page
from generator.render.wording import TIMES, figure
from generator.vgg.sources import IMAGENET
from generator.vgg.weights import load_weights
from generator.workflows._probe_units import background
from generator.workflows._report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from generator.records import Event
    from generator.records.probed import ProbedFilter
    from generator.render.trying import TryLayer
    from generator.vgg.forward import Trunk
    from generator.vgg.weights import Weights
    from generator.workflows._probe_units import Background

ENDING = ".probe.html"


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """What `atlas probe` was asked for. output: of the one page; None names each after its photograph.

    pages: whether pages are written at all.
    """

    photographs: tuple[Path, ...]
    layers: tuple[str, ...]
    cache: Path
    site: Path
    weights: str = IMAGENET
    output: Path | None = None
    pages: bool = True


@dataclass(frozen=True, slots=True)
class ProbeReport(Report):
    """What was seen in each photograph, and a sentence for each that could not be read."""

    photographs: tuple[ProbedPhotograph, ...]
    left_out: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 when a photograph could not be read, else 0."""
        return 1 if self.left_out else 0


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A layer's filters that answer most, with the map of each."""

    told: TryLayer
    layer: ProbedLayer
    maps: Mapping[int, NDArray[np.float32]]


def probe(request: ProbeRequest, on_event: Callable[[Event], None] = unheard) -> ProbeReport:
    """Look at photographs and write a page for each; one that cannot be read does not keep the others.

    Raises:
        BadInput: no photograph could be read, or a page cannot be where it was wanted; nothing was written.
        BadWeights: the weights cannot be had.
        BadCache, BadSite: a folder cannot be read.
        WorkFailed: the disk refused; pages written before stay.

    """
    targets = _targets(request)
    pictures, left_out = _read(request.photographs)
    if not pictures:
        raise BadInput(" ".join(left_out))
    weights = load_weights(request.weights)
    pages = read_site(request.site) if is_ours(request.site) else {}
    from generator.workflows._networks import network_of  # noqa: PLC0415 - imports TensorFlow

    trunk = network_of(request.weights, weights.tensors).trunk("float32")
    found = []
    with background(request.cache, request.site, weights.fingerprint, request.layers) as known:
        for path, picture in pictures.items():
            seen = _look(trunk, picture, known, request.layers)
            if request.pages:
                view = _view(path, picture, seen, known, weights, _links(request.site, targets[path], pages))
                _write(targets[path], probe_page(view))
            page = str(targets[path]) if request.pages else None
            found.append(ProbedPhotograph(str(path), page, tuple(one.layer for one in seen)))
            on_event(Progress("photographs", len(found), len(pictures)))
    return ProbeReport(tuple(found), left_out)


def _targets(request: ProbeRequest) -> dict[Path, Path]:
    """Return where the page of each photograph goes."""
    if request.output is not None and len(request.photographs) > 1:
        raise BadInput(f"one page cannot show {len(request.photographs)} photographs; leave --output out.")
    targets = {path: request.output or Path(f"{path.stem}{ENDING}") for path in request.photographs}
    for target in targets.values():
        if target.is_dir() or not target.parent.is_dir():
            raise BadInput(f"{target} cannot be written; name a file in a folder that exists.")
    if len(set(targets.values())) < len(targets):
        raise BadInput("two of the photographs have the same name, and so would their pages; look at one at a time.")
    return targets


def _read(paths: Sequence[Path]) -> tuple[dict[Path, NDArray[np.uint8]], tuple[str, ...]]:
    pictures, left_out = {}, []
    for path in dict.fromkeys(paths):
        try:
            pictures[path] = fitted(read_content(path), str(path))
        except BadInput as error:
            left_out.append(str(error))
    return pictures, tuple(left_out)


def _look(trunk: Trunk, picture: NDArray[np.uint8], known: Background, layers: Collection[str]) -> list[_Seen]:
    from generator.vgg.maps import maps_of  # noqa: PLC0415 - as above

    told, seen = {one.name: one for one in known.network.layers}, []
    for name, maps in maps_of(trunk, picture):
        if name in layers:
            filters = most_unusual(maps, told[name].units, TOP)
            layer = ProbedLayer(name, told[name].words, filters)
            seen.append(_Seen(told[name], layer, {one.filter: maps[..., one.filter].copy() for one in filters}))
    return seen


def _links(site: Path, target: Path, pages: Collection[str]) -> Callable[[str], str | None]:
    """Return what leads from the page at `target` to an address of the site; None where the site has no such page."""
    way = PurePath(os.path.relpath(site.resolve(), target.parent.resolve())).as_posix()
    return lambda address: f"{quote(way)}/{address}" if address in pages else None


def _view(
    path: Path,
    picture: NDArray[np.uint8],
    seen: Sequence[_Seen],
    known: Background,
    weights: Weights,
    link: Callable[[str], str | None],
) -> ProbeView:
    def card(one: _Seen, answer: ProbedFilter) -> ProbeCard:
        name = one.layer.layer
        return ProbeCard(
            answer.filter,
            figure(answer.answer) + ("" if one.told.unit == "none" else f" {TIMES}"),
            overlay(picture, one.maps[answer.filter]),
            known.picture(name, answer.filter),
            link(filter_path(name, answer.filter)),
        )

    return ProbeView(
        name=path.name,
        version=__version__,
        weights=weights.described,
        photograph=encoded(picture),
        side_px=ARTICLE_SIZE_PX,
        overlay_px=OVERLAY_PX,
        site=link("index.html"),
        sections=tuple(
            ProbeSection(one.layer.layer, one.layer.unit, tuple(card(one, each) for each in one.layer.filters))
            for one in seen
        ),
    )


def _write(target: Path, text: str) -> None:
    """Write a page whole or not at all."""
    try:
        write_file(target, text.encode())
    except OSError as trouble:
        raise WorkFailed(f"cannot write {target}: {trouble.strerror or trouble}.") from trouble
