"""The index's schema, as the steps that lead to it from an empty file."""

from __future__ import annotations

from typing import Final

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "editions": ("name", "recipe", "weights_fingerprint", "weights"),
    "changes": ("edition", "layer", "changes"),
    "starts": ("weights_fingerprint", "layer", "first_losses"),
    "pictures": ("edition", "layer", "filter", "algorithm", "sha256", "record"),
    "failures": ("edition", "layer", "filter", "algorithm", "failure"),
    "measurements": ("edition", "layer", "filter", "kind", "version", "sha256", "measured"),
}
"""The columns of each table that its `digest` covers."""

SINGLE: Final = ("starts", "failures", "measurements")
"""The tables whose rows can be forgotten one by one: they are taken or tried again."""

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

# What was made and what was measured stand apart. `results` stays until each of its rows has been brought forward.
_PICTURES_AND_MEASUREMENTS = """
    DROP TABLE meta;
    CREATE TABLE pictures (
        edition TEXT NOT NULL, layer TEXT NOT NULL, filter INTEGER NOT NULL, algorithm INTEGER NOT NULL,
        sha256 TEXT NOT NULL, record TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (edition, layer, filter)
    );
    CREATE INDEX pictures_by_file ON pictures (sha256);
    CREATE TABLE failures (
        edition TEXT NOT NULL, layer TEXT NOT NULL, filter INTEGER NOT NULL, algorithm INTEGER NOT NULL,
        failure TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (edition, layer, filter)
    );
    CREATE TABLE measurements (
        edition TEXT NOT NULL, layer TEXT NOT NULL, filter INTEGER NOT NULL, kind TEXT NOT NULL,
        version INTEGER NOT NULL, sha256 TEXT NOT NULL, measured BLOB NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (edition, layer, kind, filter)
    );
"""

MIGRATIONS: Final[tuple[str, ...]] = (_CREATE, _DIGESTS_AND_STAMPS, _PICTURES_AND_MEASUREMENTS)
"""Entry n takes an index from schema n to schema n + 1; an empty file is schema 0."""

SCHEMA: Final = len(MIGRATIONS)
"""The schema this program writes; it stands in the file as SQLite's `user_version`."""


def steps_from(schema: int) -> tuple[str, ...]:
    """Return the statements that take an index from `schema` to the present one, in order."""
    return tuple(
        statement.strip() for script in MIGRATIONS[schema:] for statement in script.split(";") if statement.strip()
    )
