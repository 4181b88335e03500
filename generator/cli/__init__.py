"""The command line `atlas`: parse, run one workflow, print its report, return its exit code."""

from __future__ import annotations

from generator.cli.program import main, run

__all__ = ["main", "run"]
