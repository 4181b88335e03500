"""What is said of filters in few words: which one, what became of it, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["active", "woken", "dead", "failed"]
StopReason = Literal["steps", "threshold", "zero", "error"]


@dataclass(frozen=True, slots=True, order=True)
class FilterId:
    """One filter of one layer, numbered from 0."""

    layer: str
    filter: int

    def __str__(self) -> str:
        """Return the name people use: `block3_conv1/42`."""
        return f"{self.layer}/{self.filter}"


FactValue = int | float | str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, as a code with its values; pages and the command line put it into words.

    What was tried on a filter that slept: `unwoken`, `woke` (step), `woke_at_the_end`, `climbed` (steps, seed),
    `bound_proves` (bound), `bound_leaves` (bound), `again_from_noise` (seed), `again_from_colour` (colour),
    `woke_from_noise` (seed, step), `woke_from_colour` (colour, step). With what one began that had answered more to
    another's picture: `again_from_picture` (filter, sha256). Why one failed: `loss_not_finite` (step, loss),
    `mean_not_finite`, `not_finite` (name), `raised` (error), `no_result`, `workers_lost` (count, reason), `damaged`
    (reason). A text of an earlier version: `said` (text).
    """

    code: str
    values: tuple[tuple[str, FactValue], ...] = ()

    @classmethod
    def of(cls, code: str, /, **values: FactValue) -> Fact:
        """Return the fact `code` with `values` by name."""
        return cls(code, tuple(values.items()))

    def as_dict(self) -> dict[str, FactValue]:
        """Return the code and the values by name, as plain JSON values."""
        return {"code": self.code, **dict(self.values)}

    @property
    def named(self) -> dict[str, FactValue]:
        """The values by name."""
        return dict(self.values)


Changes = dict[str, int | float | str | None]
"""A user's changed settings by name, as `recipes.checked_changes` gives them."""
