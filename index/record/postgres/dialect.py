"""The record's statements, written for SQLite, as PostgreSQL understands them.

Both understand nearly all of them alike; the few constructs that differ are listed here, each with
what PostgreSQL calls it. Placeholders become ``$1``. A statement is translated once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from index.record.checksums import read_columns
from index.time_limit import check_time

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

_Replacement = str | Callable[[re.Match[str]], str]

_RAW = r"CAST\(([\w.]+) AS BLOB\)"


def _seal(found: re.Match[str]) -> str:
    """A row's digest is made from its values as PostgreSQL writes out a row."""
    return f"row_checksum(ROW({', '.join(re.findall(_RAW, found[1]))})::text)"


def _replace_row(found: re.Match[str]) -> str:
    """The trigger before an INSERT has computed the new checksum, whichever row it goes into."""
    table, names, values = found.groups()
    keys = read_columns()[table].keys
    changed = [name for name in names.split(", ") if name not in keys]
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*changed, "checksum"))
    return (
        f"INSERT INTO {table} ({names}) {values}"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
    )


_RULES: tuple[tuple[re.Pattern[str], _Replacement], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"INSERT OR REPLACE INTO (\w+) \(([^)]*)\)\s+(VALUES \([^)]*\))", _replace_row),
        (rf"row_checksum\(((?:{_RAW}(?:, )?)+)\)", _seal),
        (r"\bIS row_checksum", "IS NOT DISTINCT FROM row_checksum"),
        (r"\bIS NOT \?", "IS DISTINCT FROM ?"),
        (r"\bfolded\(((?:\w+\.)?\w+)\)", r"\1_folded"),
        (r"\binstr\(", "strpos("),
        (
            r"\bCAST\(value AS TEXT\) FROM json_each\(\?\)",
            "json_array_elements_text(?::json)",
        ),
        (r"\bjson_each\(", "read_ids("),
        (r"\bjson_group_array\(", "json_agg("),
        (r"\bjson_array\(", "json_build_array("),
        (r'(?<![\w"])end(?![\w"])', '"end"'),
    )
)
_PLACEHOLDER = re.compile(r"\?(\d*)")


@lru_cache(maxsize=1024)
def to_postgres(sql: str) -> str:
    """Return a statement in PostgreSQL's words.

    Examples:
        >>> to_postgres("SELECT start, end FROM passages WHERE ordinal > ? LIMIT ?")
        'SELECT start, "end" FROM passages WHERE ordinal > $1 LIMIT $2'
        >>> to_postgres("DELETE FROM edits WHERE article_id = ?1 AND edit_id IS NOT ?2")
        'DELETE FROM edits WHERE article_id = $1 AND edit_id IS DISTINCT FROM $2'
    """
    for pattern, replacement in _RULES:
        sql = pattern.sub(replacement, sql)
    numbers = count(1)
    return _PLACEHOLDER.sub(lambda found: f"${found[1] or next(numbers)}", sql)


class TranslatingConnection:
    """A connection that takes the record's statements; it has the methods of one to SQLite.

    Args:
        raw: The connection to PostgreSQL, whose cursors take ``$1`` for a placeholder.
    """

    def __init__(self, raw: Connection[Any]) -> None:
        self.raw = raw

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor[Any]:
        """Execute a statement; see ``sqlite3.Connection.execute``."""
        check_time()
        return self.raw.cursor(binary=True).execute(to_postgres(sql).encode(), _to_row(values))

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement for each of some rows; see ``sqlite3.Connection.executemany``."""
        with self.raw.cursor() as cursor:
            cursor.executemany(to_postgres(sql).encode(), map(_to_row, rows))

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a large result, of which some hundreds are held at a time."""
        name = f"rows_{next(_CURSORS)}"
        self.raw.execute(f"DECLARE {name} CURSOR FOR {to_postgres(sql)}".encode(), _to_row(values))
        fetch = f"FETCH {_ROWS} FROM {name}".encode()
        while rows := self.raw.cursor(binary=True).execute(fetch).fetchall():
            yield from rows  # the cursor ends with its transaction


_CURSORS = count()
_ROWS = 500


def _to_row(values: Sequence[object]) -> list[object]:
    """Return values as PostgreSQL takes them."""
    return list(map(_to_value, values))


def _to_value(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    # What is stored has no null character, so what is looked for need not be found.
    return value.replace("\0", "\uffff") if isinstance(value, str) else value
