"""Checksums of rows: what the disk did to a row since it was written is seen when it is read.

Every row of ours has one over all its columns. The text of an article is left out, since the digest
of its content is among them: a row is checked without reading its text. Triggers of the writing
connection keep the checksums. Changing a damaged row does not make it sound.
"""

# ruff: noqa: S608 - statements are put together from names of tables and columns of ours

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import NamedTuple

from index.record import schema

TABLES = (
    *("meta", "generations", "encoders", "articles", "passages", "sentences"),
    *("passage_vectors", "sentence_vectors", "spaced_passages", "editions", "edits", "unedited"),
    *("removals", "removed_articles", "removed_passages", "feedback", "sources"),
    *("source_articles", "fetches", "feeds", "fingerprints", "fingerprinted", "anchors"),
    "near_copies",
)
"""All tables but those of the full-text index, which checks itself."""

_BY_CONTENT = {"articles", "editions", "removed_articles"}  # their text has a digest


class Columns(NamedTuple):
    """The columns of a table.

    Attributes:
        checked: Those that its checksums are made from.
        keys: Those of its key.
    """

    checked: tuple[str, ...]
    keys: tuple[str, ...]


def sound(table: str, alias: str, *, version: int = schema.CHECKSUMS_VERSION) -> str:
    """Return a SQL expression, 1 if a row is what was written and 0 if not.

    Args:
        table: One of ``TABLES``.
        alias: By which the query calls it.
        version: The record's; rows of an older one than ``CHECKSUMS_VERSION`` are believed.
    """
    return "1" if version < schema.CHECKSUMS_VERSION else is_sound(read_columns()[table], alias)


def is_sound(columns: Columns, alias: str) -> str:
    """Return a SQL expression as ``sound`` does, for a table of any database."""
    return f"({alias}.checksum IS {_checksum(columns, alias)})"


def watch(connection: sqlite3.Connection) -> None:
    """Let a connection that is about to write keep the checksums, if the record has them."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= schema.CHECKSUMS_VERSION:
        for table in TABLES:
            keep_checksums(connection, table, read_columns()[table])


def keep_checksums(connection: sqlite3.Connection, table: str, columns: Columns) -> None:
    """Let a connection that is about to write keep the checksums of a table."""
    renew = (
        f"UPDATE {table} SET checksum = {_checksum(columns, 'NEW')}"
        f" WHERE {' AND '.join(f'{key} = NEW.{key}' for key in columns.keys)}"
    )
    connection.execute(
        f"CREATE TEMP TRIGGER seal_new_{table} AFTER INSERT ON main.{table} BEGIN {renew}; END"
    )
    connection.execute(
        f"CREATE TEMP TRIGGER seal_changed_{table} AFTER UPDATE OF {', '.join(columns.checked)}"
        f" ON main.{table} WHEN {is_sound(columns, 'OLD')} BEGIN {renew}; END"
    )


def _checksum(columns: Columns, alias: str) -> str:
    values = ", ".join(f"CAST({alias}.{name} AS BLOB)" for name in columns.checked)
    return f"row_checksum({values})"


@cache
def read_columns() -> dict[str, Columns]:
    """Return the columns of each table of ``TABLES``."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.migrate(connection, version=0)
        return {table: find_columns(connection, table) for table in TABLES}


def find_columns(connection: sqlite3.Connection, table: str) -> Columns:
    """Return the columns of a table, which must be there."""
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    left_out = {"checksum", "text"} if table in _BY_CONTENT else {"checksum"}
    return Columns(
        tuple(row[1] for row in rows if row[1] not in left_out),
        tuple(row[1] for row in rows if row[5]),
    )
