"""The rows of whole tables, in the order of their keys: what a copy of a library is made of."""

# ruff: noqa: S608 - statements are put together from names of ours, values are bound

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from index.record.checksums import TABLES, read_columns
from index.record.reads import ReadTransaction
from index.record.rows import check_sound, digest_texts
from index.record.writes import WriteTransaction

VECTORS = "passage_vectors"
"""Stands for the vectors of sentences too."""

COPIED = tuple(
    table
    for table in TABLES
    if table not in {"meta", "generations", "sentence_vectors", "spaced_passages"}
)
"""The tables whose rows are copied as they are, each after those that it refers to."""

ROWS = 500
_TEXTS = {"articles", "editions", "removed_articles"}

Row = tuple[Any, ...]


def read_rows(reader: ReadTransaction, table: str, *, after: Row | None) -> list[Row]:
    """Return some hundred rows of a table by their keys.

    Args:
        reader: One state of the record.
        table: One of ``COPIED``; of vectors, those of the active encoder.
        after: The key beyond which to begin; None for the first row.

    Returns:
        The values of each row's columns, its key first.

    Raises:
        InconsistentRecordError: If one is not what was written.
    """
    keys, names, source = _describe(reader, table)
    beyond = f"({', '.join(keys)}) > ({', '.join('?' * len(keys))})" if after else "TRUE"
    is_sound = reader.sound(table, "t")
    if table == VECTORS:
        is_sound += f" AND {reader.sound('sentence_vectors', 's')}"
    rows = reader.connection.execute(
        f"SELECT {', '.join(names)}, {is_sound} FROM {source} AND {beyond}"
        f" ORDER BY {', '.join(keys)} LIMIT ?",
        (*(after or ()), ROWS),
    ).fetchall()
    is_intact = all(row[-1] for row in rows)
    if table in _TEXTS:
        title, text, digest = (names.index(f"t.{n}") for n in ("title", "text", "content_sha256"))
        is_intact &= all(digest_texts(row[title], row[text]) == row[digest] for row in rows)
    check_sound(is_intact, f"a row of '{table}'")
    return [tuple(row[:-1]) for row in rows]


def find_last_key(reader: ReadTransaction, table: str) -> Row | None:
    """Return the key of the last row of a table, or None."""
    keys, _, source = _describe(reader, table)
    backwards = ", ".join(f"{key} DESC" for key in keys)
    row = reader.connection.execute(
        f"SELECT {', '.join(keys)} FROM {source} ORDER BY {backwards} LIMIT 1"
    ).fetchone()
    return None if row is None else tuple(row)


def key_of(table: str, row: Row) -> Row:
    """Return the key of a row as ``read_rows`` gives it."""
    return row[: 1 if table == VECTORS else len(read_columns()[table].keys)]


def put_rows(writer: WriteTransaction, table: str, rows: Sequence[Row]) -> None:
    """Store rows as ``read_rows`` gives them; the vectors as the active encoder's."""
    if table == VECTORS:
        if encoder := writer.encoder():
            for passage_id, vector, vectors in rows:
                writer.put_vectors(encoder[0], passage_id, vector, vectors)
        return
    _, names, _ = _describe(writer, table)
    columns = ", ".join(name.removeprefix("t.") for name in names)
    marks = ", ".join("?" * len(names))
    writer.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def count_rows(reader: ReadTransaction, table: str) -> int:
    """Return how many rows of a table are copied."""
    _, _, source = _describe(reader, table)
    (count,) = reader.connection.execute(f"SELECT count(*) FROM {source}").fetchone() or (0,)
    return int(count)


def find_long_id(reader: ReadTransaction, table: str, *, most: int) -> str:
    """Return an article's id with more bytes than may be; empty if there is none."""
    rows = reader.connection.execute(
        f"SELECT article_id FROM {table} WHERE length(article_id) > ?",
        (most // 4,),  # a character has at most four bytes
    )
    return next((str(name) for (name,) in rows if len(name.encode()) > most), "")


def digest_rows(
    reader: ReadTransaction, table: str, *, tell: Callable[[int], None] = lambda _: None
) -> tuple[int, bytes]:
    """Return how many rows a table has, and a digest of them all.

    Args:
        reader: One state of the record.
        table: One of ``COPIED``.
        tell: Called with how many more have been read, now and then.
    """
    digest, n_rows, last = sha256(), 0, None
    while rows := read_rows(reader, table, after=last):
        for row in rows:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
        n_rows += len(rows)
        tell(len(rows))
        last = key_of(table, rows[-1])
    return n_rows, digest.digest()


def _describe(reader: ReadTransaction, table: str) -> tuple[list[str], list[str], str]:
    """Return a table's keys and all its columns, keys first, and what they are selected from."""
    if table == VECTORS:
        encoder = reader.encoder()
        source = (
            f"{table} t JOIN sentence_vectors s USING (passage_id, encoder_id)"
            f" WHERE encoder_id = {encoder[0] if encoder else -1:d}"
        )
        return ["passage_id"], ["passage_id", "t.vector", "s.vectors"], source
    columns = read_columns()[table]
    keys = [f"t.{name}" for name in columns.keys]
    more = ["text"] if table in _TEXTS else []
    others = [f"t.{name}" for name in (*columns.checked, *more) if name not in columns.keys]
    return keys, [*keys, *others], f"{table} t WHERE TRUE"


def finish(writer: WriteTransaction) -> None:
    """Make what follows from the copied rows."""
    encoder = writer.encoder()
    if encoder is not None:
        writer.activate_encoder(encoder[0])
    writer.settle_numbers()
    writer.rebuild_terms()
    writer.has_changed = True
