"""Data scripts: what the pages' scripts need, as classic scripts, since a page from a disk may not fetch a file."""

from __future__ import annotations

import json
import zlib
from codecs import BOM_UTF16_LE
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from generator.catalogue import LAYERS, three_digits
from generator.render.lookup import holders, paged_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from generator.render.inputs import Atlas
    from generator.render.trying import TryView
    from generator.render.views import CrossView, LayerView

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LEVELS = 4095
"""Levels of a matrix cell above zero: two base-64 digits."""
DECADES = 6
"""Powers of ten between the strongest cell and the weakest that is told from zero: levels 0.34 % apart."""

WEIGHTS_SCRIPT = 2
"""Version of the form in which a page is handed weights."""
UNIT_BITS = 15
"""What a UTF-16 unit carries of them."""
FIRST_UNIT = 0x3400
"""The unit that carries zero: from here on all stand for characters that a script may hold as they are."""


def atlas_script(atlas: Atlas) -> str:
    """Return what the find box knows: which filters of which layers have a page.

    A layer is `[name, short name, filters, ranges]`. first: the edition whose wall has the layer's plain address.
    """
    layers = [[layer.name, layer.short, layer.filters, _ranges(paged_filters(atlas, layer.name))] for layer in LAYERS]
    first = {name: holders(atlas, name)[0][0].name for name in atlas.present()}
    return _assigned("ATLAS", {"layers": layers, "first": first})


def wall_script(view: LayerView) -> str:
    """Return the numbers of a wall's filters, by column, and the column that each order goes by."""
    columns = {name: list(values) for name, values in view.columns.items()}
    if len(set(columns["status"])) == 1:
        columns["status"] = columns["status"][:1]
    told = {"layer": view.layer, "edition": view.edition, "orders": dict(view.orders), "columns": columns}
    return _assigned("ATLAS_WALL", told)


def matrix_script(view: CrossView) -> str:
    """Return the cross-activation matrix: each cell two base-64 digits of a logarithmic scale."""
    top = float(view.matrix.max(initial=0.0))
    return _assigned(
        "ATLAS_MATRIX",
        {
            "layer": view.layer,
            "edition": view.edition,
            "folder": "../" * (view.head.path.count("/") - 1),
            "pictures": list(view.numbers),
            "filters": int(view.matrix.shape[1]),
            "thumbs": _pattern(view),
            "missing": [number for number, src in zip(view.numbers, view.thumbs, strict=True) if src is None],
            "top": float(f"{top:.6g}"),
            "decades": DECADES,
            "likeness": view.likeness,
            "first": view.first or (view.numbers[0], 0),
            "cells": _digits(_levels(view.matrix, top)),
        },
    )


def try_script(view: TryView) -> str:
    """Return what `try.html` needs beside the weights: the layers of each network, and its filters' units."""
    return _assigned("ATLAS_TRY", {"count": view.count, "networks": [asdict(network) for network in view.networks]})


def weights_script(layer: str, weights: bytes) -> bytes:
    """Return the script that hands a layer's 8-bit weights to the page that asked for them, deflated.

    It is UTF-16, which browsers know by its first two bytes whatever a server says of it: a character carries 15 bits,
    where one of base64 carries 6 in half the room.
    """
    # Weights repeat nothing, so that looking for it would only take time.
    packer = zlib.compressobj(strategy=zlib.Z_HUFFMAN_ONLY)
    packed = packer.compress(weights) + packer.flush()
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))
    rows = np.pad(bits, (0, -len(bits) % UNIT_BITS)).reshape(-1, UNIT_BITS)
    units = np.packbits(np.pad(rows, ((0, 0), (1, 0))), axis=1).view(">u2")
    text = (units + FIRST_UNIT).astype("<u2").tobytes()
    head, tail = f'ATLAS_WEIGHTS["{layer}"]={{bytes:{len(packed)},text:"', '"};\n'
    return BOM_UTF16_LE + head.encode("utf-16-le") + text + tail.encode("utf-16-le")


def _assigned(name: str, value: object) -> str:
    return f"var {name}={json.dumps(value, separators=(',', ':'), allow_nan=False)};\n"


def _levels(matrix: NDArray[np.float32], top: float) -> NDArray[np.int64]:
    """Return the level of each cell: 0 for zero, else 1 to LEVELS, evenly spaced in the logarithm."""
    if top <= 0:
        return np.zeros(matrix.shape, np.int64)
    shares = np.maximum(matrix.astype(np.float64) / top, 10.0**-DECADES)
    levels = np.rint(LEVELS + np.log10(shares) / DECADES * (LEVELS - 1)).astype(np.int64)
    return np.where(matrix > 0, levels, 0)


def _digits(levels: NDArray[np.int64]) -> str:
    alphabet = np.frombuffer(DIGITS.encode("ascii"), np.uint8)
    pairs = np.stack([alphabet[levels.ravel() >> 6], alphabet[levels.ravel() & 63]], axis=1)
    return pairs.tobytes().decode("ascii")


def _pattern(view: CrossView) -> str:
    """Return the address of a row's thumbnail with `{}` for the three digits of its filter; empty without any."""
    for number, src in zip(view.numbers, view.thumbs, strict=True):
        if src is not None:
            before, _, after = src.rpartition(three_digits(number))
            return f"{before}{{}}{after}"
    return ""


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Return ascending numbers as [first, last] stretches without a gap."""
    if not numbers:
        return []
    gaps = [place for place, (a, b) in enumerate(pairwise(numbers), start=1) if b != a + 1]
    edges = [0, *gaps, len(numbers)]
    return [[numbers[first], numbers[last - 1]] for first, last in pairwise(edges)]
