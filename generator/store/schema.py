"""The index's schema, as the steps that lead to it from an empty file."""

from __future__ import annotations

from typing import Final

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "meta": ("name", "value"),
    "editions": ("name", "recipe", "weights_fingerprint", "weights"),
    "changes": ("edition", "layer", "changes"),
    "starts": ("weights_fingerprint", "layer", "first_losses"),
    "results": ("edition", "layer", "filter", "algorithm", "sha256", "record", "cross_row"),
}
"""The columns of each table that its `digest` covers. `results` also has `stamp`: size and time of its master."""

_CREATE = """
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
"""

_DIGESTS_AND_STAMPS = """
    ALTER TABLE meta ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE editions ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE changes ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE starts ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE results ADD COLUMN stamp TEXT NOT NULL DEFAULT '';
    UPDATE meta SET digest = row_digest(name, value);
    UPDATE editions SET digest = row_digest(name, recipe, weights_fingerprint, weights);
    UPDATE changes SET digest = row_digest(edition, layer, changes);
    UPDATE starts SET digest = row_digest(weights_fingerprint, layer, first_losses);
"""

MIGRATIONS: Final[tuple[str, ...]] = (_CREATE, _DIGESTS_AND_STAMPS)
"""Entry n takes an index from schema n to schema n + 1; an empty file is schema 0."""

SCHEMA: Final = len(MIGRATIONS)
"""The schema this program writes; it stands in the file as SQLite's `user_version`."""


def steps_from(schema: int) -> tuple[str, ...]:
    """Return the statements that take an index from `schema` to the present one, in order."""
    return tuple(
        statement.strip() for script in MIGRATIONS[schema:] for statement in script.split(";") if statement.strip()
    )
