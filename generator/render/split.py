"""A mean split into its parts, in numbers that add up as they are printed."""

from __future__ import annotations

from dataclasses import dataclass

from generator.render.filter_view import SumRow
from generator.render.wording import MINUS


@dataclass(frozen=True, slots=True)
class Split:
    """A mean as excitation, inhibition (<= 0) and the bias's part; what is printed are whole `units` of the last digit.

    The excitation is printed as what the other three leave, since rounding each alone would not add up.
    """

    mean: float
    inhibition: float
    bias: float

    @property
    def digits(self) -> int:
        """Digits after the point, by the mean."""
        return 1 if self.mean >= 10 else 2 if self.mean >= 1 else 3  # noqa: PLR2004 - decided here

    def units(self, value: float) -> int:
        """Return a value in units of the last digit that is printed."""
        return round(value * 10.0**self.digits)

    @property
    def negative(self) -> int:
        """The inhibition in units."""
        return self.units(self.inhibition)

    @property
    def positive(self) -> int:
        """The excitation in units."""
        return self.units(self.mean) - self.negative - self.units(self.bias)

    def signed(self, units: int) -> str:
        """Return a part with its sign."""
        return f"{MINUS if units < 0 else '+'}{self._plain(units)}"

    def rows(self) -> tuple[SumRow, ...]:
        """Return the mean as rows that add up, each bar from where the one above ended."""
        signs = (("what excites", self.positive), ("what holds back", self.negative))
        rows = [*(row for row in signs if row[1]), ("bias", self.units(self.bias))]
        ends, at = [0], 0
        for _, units in rows:
            at += units
            ends.append(at)
        least, most = min(ends), max(ends)
        scale = 100 / (most - least or 1)
        found = [
            SumRow(
                name,
                self.signed(units),
                round((min(before, after) - least) * scale),
                round(abs(units) * scale),
                "minus" if units < 0 else "plus",
            )
            for (name, units), before, after in zip(rows, ends, ends[1:], strict=False)
        ]
        whole = self.units(self.mean)
        start, width = round(-least * scale), round(whole * scale)
        return (*found, SumRow("mean on its picture", self._plain(whole), start, width, "total"))

    def _plain(self, units: int) -> str:
        return f"{abs(units) / 10**self.digits:,.{self.digits}f}"
