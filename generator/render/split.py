"""A mean split into its parts, in numbers that add up as they are printed."""

from __future__ import annotations

from dataclasses import dataclass

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

    def sentence(self) -> str:
        """Return `587.0 = 874.4 - 287.4 - 0.0 of the bias`."""
        bias, sign = self.units(self.bias), MINUS if self.bias < 0 else "+"
        parts = f"{self._plain(self.positive)} {MINUS} {self._plain(self.negative)} {sign} {self._plain(bias)}"
        return f"{self._plain(self.units(self.mean))} = {parts} of the bias"

    def _plain(self, units: int) -> str:
        return f"{abs(units) / 10**self.digits:,.{self.digits}f}"
