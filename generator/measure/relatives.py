"""Relatives: which filters of a layer answer to the same places of photographs, and families of these.

Kind `relatives`. At each place (one of 16 parts of one photograph) x[f] = log(1 + peak of filter f), less the mean of x
over the layer there, which is how much goes on in that place; filters are alike as x correlates over the places. What
is kept of a set adds up over photographs and workers.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from generator.records import Sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

VERSION: Final = 1

NEAREST: Final = 8
"""How many relatives are named of each filter."""

DUPLICATES: Final = 0.8
"""Two filters that correlate more than this are near-duplicates."""

FAMILY_DISTANCE: Final = 0.8
"""A family is cut where the average distance, 1 - correlation, of its two halves is greater than this."""


def sums_of(parts: NDArray[np.float32]) -> Sums:
    """Return the sums over places.

    Args:
        parts: shape (..., filters), >= 0: the peak of every filter at each place, as `LayerPeaks.parts`.

    """
    x = np.log1p(parts.reshape(-1, parts.shape[-1]).astype(np.float64))
    x -= x.mean(axis=1, keepdims=True)
    return Sums(len(x), x.sum(axis=0), x.T @ x)


def sums_of_cross(cross: NDArray[np.float32]) -> Sums:
    """Return sums from a layer's cross-activation matrix, where there are no photographs: each filter is a place.

    Args:
        cross: shape (filters, filters), >= 0: row = picture, column = filter; a row tells how its filter's picture
            looks to every filter, as the parts of photographs tell how every filter sees them.

    """
    return sums_of(cross.T)


def correlations(sums: Sums) -> NDArray[np.float64]:
    """Return the correlation of each two filters: float64, shape (filters, filters), -1 to 1, 1 with itself.

    A filter that is the same at every place is like no other: 0.
    """
    mean = sums.values / max(sums.places, 1)
    covariance = sums.products / max(sums.places, 1) - np.outer(mean, mean)
    variance = np.diag(covariance)
    # What is left of a constant's variance is rounding, of float32 in published sums.
    varies = variance > 1e-6 * np.maximum(np.diag(sums.products) / max(sums.places, 1), 1e-12)
    scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1.0)), 0.0)
    found = np.clip(covariance * np.outer(scale, scale), -1.0, 1.0)
    symmetric: NDArray[np.float64] = (found + found.T) / 2
    np.fill_diagonal(symmetric, 1.0)
    return symmetric


def nearest(correlation: NDArray[np.float64], count: int = NEAREST) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Return for each filter the `count` others it correlates with most, as (filter, correlation), nearest first."""
    others = correlation.copy()
    np.fill_diagonal(others, -np.inf)
    order = np.argsort(-others, axis=1, kind="stable")[:, : min(count, len(others) - 1)]
    return tuple(
        tuple((int(other), float(row[other])) for other in places) for row, places in zip(others, order, strict=True)
    )


def near_duplicates(correlation: NDArray[np.float64], above: float = DUPLICATES) -> tuple[tuple[int, int, float], ...]:
    """Return the pairs that correlate more than `above`, as (lower filter, higher, correlation), most alike first."""
    pairs = zip(*np.nonzero(np.triu(correlation > above, 1)), strict=True)
    found = [(int(one), int(other), float(correlation[one, other])) for one, other in pairs]
    return tuple(sorted(found, key=lambda pair: (-pair[2], pair)))


def firmness(correlation: NDArray[np.float64], families: Sequence[Sequence[int]]) -> tuple[float, ...]:
    """Return for each family the mean correlation of each two of its filters; 1 of one alone."""
    found = []
    for family in families:
        own, many = correlation[np.ix_(family, family)], len(family)
        found.append(float(own.sum() - many) / (many * (many - 1)) if many > 1 else 1.0)
    return tuple(found)


class Kinship:
    """A layer's filters by likeness: average linkage over 1 - correlation, as SciPy makes it."""

    def __init__(self, correlation: NDArray[np.float64]) -> None:
        from scipy.cluster.hierarchy import linkage  # noqa: PLC0415 - SciPy takes seconds to import, and pages ...
        from scipy.spatial.distance import squareform  # noqa: PLC0415 - ... are made of what is kept

        distance = squareform(1.0 - correlation, checks=False)
        self._tree: NDArray[np.float64] = linkage(distance, "average", optimal_ordering=True)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """All filters, each beside what it is like (Bar-Joseph et al. 2001, optimal leaf ordering)."""
        from scipy.cluster.hierarchy import leaves_list  # noqa: PLC0415 - as above

        return tuple(int(leaf) for leaf in leaves_list(self._tree))

    def families(self, distance: float = FAMILY_DISTANCE) -> tuple[tuple[int, ...], ...]:
        """Return the families that are left when the tree is cut at `distance`, in `order`; one of its own counts."""
        from scipy.cluster.hierarchy import fcluster  # noqa: PLC0415 - as above

        number = fcluster(self._tree, distance, "distance")
        found: dict[int, list[int]] = {}
        for leaf in self.order:
            found.setdefault(int(number[leaf]), []).append(leaf)
        return tuple(tuple(family) for family in found.values())
