"""Checksums of rows: what the disk did to a row since it was written is seen when it is read.

Every row of ours has one over all its columns. The text of an article is left out, since the digest
of its content is among them: a row is checked without reading its text. Triggers of the writing
connection keep the checksums. Changing a damaged row does not make it sound.
"""

# ruff: noqa: S608 - statements are put together from names of tables and columns of ours

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache

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


def sound(table: str, alias: str, *, version: int = schema.CHECKSUMS_VERSION) -> str:
    """Return a SQL expression, 1 if a row is what was written and 0 if not.

    Args:
        table: One of ``TABLES``.
        alias: By which the query calls it.
        version: The record's; rows of an older one than ``CHECKSUMS_VERSION`` are believed.
    """
    if version < schema.CHECKSUMS_VERSION:
        return "1"
    return f"({alias}.checksum IS {_checksum(table, alias)})"


def watch(connection: sqlite3.Connection) -> None:
    """Let a connection that is about to write keep the checksums, if the record has them."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < schema.CHECKSUMS_VERSION:
        return
    for table in TABLES:
        columns, keys = _columns()[table]
        renew = (
            f"UPDATE {table} SET checksum = {_checksum(table, 'NEW')}"
            f" WHERE {' AND '.join(f'{key} = NEW.{key}' for key in keys)}"
        )
        connection.execute(
            f"CREATE TEMP TRIGGER seal_new_{table} AFTER INSERT ON main.{table} BEGIN {renew}; END"
        )
        connection.execute(
            f"CREATE TEMP TRIGGER seal_changed_{table} AFTER UPDATE OF {', '.join(columns)}"
            f" ON main.{table} WHEN {sound(table, 'OLD')} BEGIN {renew}; END"
        )


def count_damaged(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Yield the tables with damaged rows, and how many these are."""
    for table in TABLES:
        (count,) = connection.execute(
            f"SELECT count(*) FROM {table} AS t WHERE NOT {sound(table, 't')}"
        ).fetchone()
        if count:
            yield table, count


def _checksum(table: str, alias: str) -> str:
    columns, _ = _columns()[table]
    return f"row_checksum({', '.join(f'CAST({alias}.{name} AS BLOB)' for name in columns)})"


@cache
def _columns() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return for each table the columns that its checksums are made from, and those of its key."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.migrate(connection, version=0)
        found = {
            table: connection.execute(f"PRAGMA table_info({table})").fetchall() for table in TABLES
        }
    return {
        table: (
            tuple(row[1] for row in rows if row[1] not in _left_out(table)),
            tuple(row[1] for row in rows if row[5]),
        )
        for table, rows in found.items()
    }


def _left_out(table: str) -> set[str]:
    return {"checksum", "text"} if table in _BY_CONTENT else {"checksum"}
