"""Libraries as older programs left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index.record.connection_pool import RECORD_FILE
from index.record.schema import current_version, expected_names, find_names, migrate


def make_old_version(folder: Path, version: int) -> None:
    """Make a record what an older program made: one without the later tables and columns."""
    later = expected_names(current_version()) - expected_names(version)
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as model,
        closing(sqlite3.connect(folder / RECORD_FILE, isolation_level=None)) as connection,
    ):
        migrate(model, version=0, target=version)
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_schema").fetchall())
        for name in sorted(later, key=lambda name: kinds[name] != "index"):
            if kinds[name] in {"table", "index"} and not name.startswith("sqlite_"):
                connection.execute(f"DROP {kinds[name]} {name}")
        for name, statement in model.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'view'"
        ):
            connection.execute(f"DROP VIEW {name}")
            connection.execute(statement)
        for (table,) in model.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            if "passage_terms" not in table and not table.startswith("sqlite_"):
                for column in columns_of(connection, table) - columns_of(model, table):
                    connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
                assert columns_of(connection, table) == columns_of(model, table)
        connection.execute(f"PRAGMA user_version = {version}")
        assert find_names(connection) >= expected_names(version)
        assert not find_names(connection) & later


def columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
