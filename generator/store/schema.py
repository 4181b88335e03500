"""The index's schema, as the steps that lead to it from an empty file."""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE editions (
        name TEXT PRIMARY KEY, recipe TEXT NOT NULL, weights_fingerprint TEXT NOT NULL, weights TEXT NOT NULL
    );
    CREATE TABLE changes (
        edition TEXT NOT NULL, layer TEXT NOT NULL, changes TEXT NOT NULL, PRIMARY KEY (edition, layer)
    );
    CREATE TABLE starts (
        weights_fingerprint TEXT NOT NULL, layer TEXT NOT NULL, first_losses BLOB NOT NULL,
        PRIMARY KEY (weights_fingerprint, layer)
    );
    CREATE TABLE results (
        edition TEXT NOT NULL, layer TEXT NOT NULL, filter INTEGER NOT NULL, algorithm INTEGER NOT NULL,
        sha256 TEXT, record TEXT NOT NULL, cross_row BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (edition, layer, filter)
    );
    CREATE INDEX results_by_master ON results (sha256);
    """,
)
"""Entry n takes an index from schema n to schema n + 1; an empty file is schema 0."""

SCHEMA: Final = len(MIGRATIONS)
"""The schema this program writes; it stands in the file as SQLite's `user_version`."""


def steps_from(schema: int) -> tuple[str, ...]:
    """Return the statements that take an index from `schema` to the present one, in order."""
    return tuple(
        statement.strip() for script in MIGRATIONS[schema:] for statement in script.split(";") if statement.strip()
    )
