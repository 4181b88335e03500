"""What every workflow returns to whoever called it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any


class Report:
    """What a workflow did, in the fields of a frozen dataclass."""

    __slots__ = ()

    @property
    def exit_code(self) -> int:
        """The program's: 0 when all went well, 1 when some of the work failed."""
        return 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # each report is a dataclass
