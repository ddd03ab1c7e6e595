"""The record's tables: the steps from one version of them to the next, in ``migrations/``.

A step, once released, is never edited: a library in the field was made by it. A change of the
tables is a further file there.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from index.language.words import space_out

APPLICATION_ID = 0x4F6E5263
"""Marks an SQLite file as a record of ours ("OnRc")."""

DETAILS_VERSION = 3
"""The first version that has authors, languages, moments, edits and versions."""

CHECKSUMS_VERSION = 5
"""The first version whose rows have checksums, see ``index.record.checksums``."""

OLDEST_READABLE = 1
"""A record of this version or a later one is read as it is; the first write brings it up to date.

Reading a library then never changes it, and an older program can go on reading it as well."""


def _read_statements(version: int) -> tuple[str, ...]:
    text = files("index.record").joinpath("migrations", f"{version}.sql").read_text("utf-8")
    return tuple(text.removesuffix(";\n").split(";\n"))


MIGRATIONS = tuple(map(_read_statements, (1, 2, 3, 4, 5, 6)))
"""Statements that lead from version i to version i + 1."""


def current_version() -> int:
    """Return the version that this program makes and uses."""
    return len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, *, version: int, target: int | None = None) -> None:
    """Run the steps that are missing, from a version, 0 for an empty database, to the current one.

    The caller holds a write transaction. ``target`` is another version to stop at.
    """
    target = current_version() if target is None else target
    add_functions(connection)
    for step in MIGRATIONS[version:target]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {max(version, target)}")


def add_functions(connection: sqlite3.Connection) -> None:
    """Register the SQL functions that our statements call."""
    connection.create_function("folded", 1, str.casefold, deterministic=True)
    connection.create_function("space_out", 1, space_out, deterministic=True)
    connection.create_function("row_checksum", -1, _digest_row, deterministic=True)


def _digest_row(*values: bytes | None) -> bytes:
    """Return the digest of a row, 8 bytes, from its values as blobs."""
    digest = blake2b(digest_size=8)
    for value in values:
        digest.update(b"-" if value is None else b"%d:" % len(value))
        digest.update(value or b"")
    return digest.digest()


def find_names(connection: sqlite3.Connection) -> set[str]:
    """Return the names of a record's tables, indexes and views."""
    return {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema")}


@cache
def expected_names(version: int) -> frozenset[str]:
    """Return the names that a record of a version has at least.

    FTS5 makes tables for itself, which are left out: which ones depends on its version.
    """
    return frozenset(expected_schema(version))


def describe_schema(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the statements of a record's tables, indexes and views by name, spaces evened out."""
    rows = connection.execute("SELECT name, coalesce(sql, '') FROM sqlite_schema")
    return {name: " ".join(sql.split()) for name, sql in rows}


@cache
def expected_schema(version: int) -> dict[str, str]:
    """Return what ``describe_schema`` gives for a record of a version.

    FTS5 makes tables for itself, which are left out: which ones depends on its version.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, version=0, target=version)
        found = describe_schema(connection)
    return {name: sql for name, sql in found.items() if not name.startswith("passage_terms_")}
