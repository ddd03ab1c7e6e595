"""The tables in PostgreSQL: how they are made, and which version of them this program knows.

A step, once released, is never edited, as with SQLite's; a change of the tables is a further file
in ``migrations/``, and ``SAME_AS`` says which version of SQLite's tables it is equal to.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from index.record.checksums import TABLES, read_columns

if TYPE_CHECKING:
    import psycopg

    from index.record.postgres.dialect import TranslatingConnection

SCHEMA = "onrecord"
"""The schema, in PostgreSQL's sense, that holds the library; a database holds one."""

SAME_AS = 6
"""The version of SQLite's record whose tables and columns these are."""

SEALED = tuple(table for table in TABLES if table != "spaced_passages")
"""The tables whose rows have checksums; PostgreSQL's full-text index needs no spaced passages."""

_STEPS = 1
_FIND_TABLES = b"SELECT to_regnamespace('onrecord'), to_regclass('onrecord.schema_version')"


def current_version() -> int:
    """Return the version that this program makes and uses."""
    return _STEPS


def read_version(raw: psycopg.Connection[Any]) -> int | None:
    """Return the version of the tables; None if there are none of ours, 0 if they are foreign."""
    (schema, table) = raw.execute(_FIND_TABLES).fetchone() or (None, None)
    if table is None:
        return None if schema is None else 0
    return read_known_version(raw)


def read_known_version(raw: psycopg.Connection[Any]) -> int:
    """Return the version of the tables, which are there.

    Raises:
        psycopg.errors.UndefinedTable: If they are not.
    """
    row = raw.execute(b"SELECT version FROM onrecord.schema_version").fetchone()
    return int(row[0]) if row else 0


def migrate(raw: psycopg.Connection[Any], *, version: int) -> None:
    """Run the steps that are missing, from a version, 0 for none, to the current one.

    The caller holds a write transaction.
    """
    if not version:
        for statement in _functions():
            raw.execute(statement.encode())
        raw.execute(b"CREATE TABLE schema_version (version bigint NOT NULL)")
        raw.execute(b"INSERT INTO schema_version VALUES (0)")
    for step in range(version + 1, _STEPS + 1):
        text = files("index.record.postgres").joinpath("migrations", f"{step}.sql")
        raw.execute(text.read_text("utf-8").encode())
    if not version:
        for table in SEALED:
            raw.execute(_watch(table).encode())
    raw.execute(b"UPDATE schema_version SET version = $1", [_STEPS])


def find_changed(connection: TranslatingConnection) -> list[str]:
    """Return the names of tables whose columns are not what this program makes."""
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?",
        (SCHEMA,),
    ):
        found.setdefault(table, set()).add(column)
    columns = read_columns()
    return [
        table
        for table in sorted(SEALED)
        if not {*columns[table].checked, "checksum"} <= found.get(table, set())
    ]


def _watch(table: str) -> str:
    """Return statements that make a table's triggers, which keep the checksums of its rows."""
    names = [f'"{name}"' for name in read_columns()[table].checked]
    row = f"row_checksum(ROW({', '.join(f'{{0}}.{name}' for name in names)})::text)"
    number = (
        "IF NEW.article_key IS NULL THEN NEW.article_key :="
        " nextval(pg_get_serial_sequence('articles', 'article_key')); END IF;"
        if table == "articles"
        else ""
    )
    return f"""
        ALTER TABLE {table} ADD COLUMN checksum bytea;
        CREATE FUNCTION seal_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {number} NEW.checksum := {row.format("NEW")}; RETURN NEW;
        END $$;
        CREATE TRIGGER seal_new BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION seal_{table}();
        CREATE TRIGGER seal_changed BEFORE UPDATE OF {", ".join(names)} ON {table}
            FOR EACH ROW WHEN (OLD.checksum = {row.format("OLD")})
            EXECUTE FUNCTION seal_{table}();
    """


def _functions() -> tuple[str, ...]:
    """Return statements that make the functions which our statements call."""
    single, several = _read_folds()
    sources, targets = "".join(single), "".join(single.values())
    pairs = ", ".join(f"['{char}', '{folded}']" for char, folded in several.items())
    return (
        """CREATE FUNCTION row_checksum(written text) RETURNS bytea LANGUAGE sql
            STABLE STRICT PARALLEL SAFE
            RETURN substr(sha256(convert_to(written, 'UTF8')), 1, 8)""",
        """CREATE FUNCTION read_ids(ids text) RETURNS TABLE (value bigint) LANGUAGE sql
            IMMUTABLE STRICT PARALLEL SAFE
            AS $$ SELECT value::bigint FROM json_array_elements_text(ids::json) $$""",
        f"""CREATE FUNCTION folded(written text) RETURNS text LANGUAGE plpgsql
            IMMUTABLE STRICT PARALLEL SAFE AS $$
            DECLARE pair text[];
            BEGIN
                IF octet_length(written) = length(written) THEN
                    RETURN lower(written COLLATE "C");
                END IF;
                written := translate(written, '{sources}', '{targets}');
                IF written ~ '[{"".join(several)}]' THEN
                    FOREACH pair SLICE 1 IN ARRAY ARRAY[{pairs}] LOOP
                        written := replace(written, pair[1], pair[2]);
                    END LOOP;
                END IF;
                RETURN written;
            END $$""",
    )


@cache
def _read_folds() -> tuple[dict[str, str], dict[str, str]]:
    """Return how Python folds characters: to another one, and to several."""
    folds = {
        char: char.casefold()
        for char in map(chr, range(sys.maxunicode + 1))
        if char.casefold() != char
    }
    single = {char: folded for char, folded in folds.items() if len(folded) == 1}
    return single, {char: folded for char, folded in folds.items() if char not in single}
