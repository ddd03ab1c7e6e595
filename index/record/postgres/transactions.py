"""What PostgreSQL does otherwise within one transaction: full text, and the nearest vectors."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from index.language.words import space_out
from index.record.postgres import schema
from index.record.postgres.dialect import TranslatingConnection
from index.record.postgres.full_text import find_hits, list_phrases, read_terms, score_hits
from index.record.reads import ReadTransaction
from index.record.rows import AT_REST, IdVector, InconsistentRecordError
from index.record.writes import WriteTransaction
from index.types import FloatVector

if TYPE_CHECKING:
    import sqlite3

_INSERT_VECTOR = """INSERT INTO passage_vectors (passage_id, encoder_id, vector, point)
    VALUES (?, ?, ?, ?::halfvec) ON CONFLICT (passage_id, encoder_id) DO UPDATE
    SET vector = excluded.vector, point = excluded.point, checksum = excluded.checksum"""
_SET_SEARCH = """SELECT set_config('hnsw.ef_search', ?, true), set_config('enable_indexscan', ?,
    true), set_config('hnsw.iterative_scan', 'strict_order', true)"""
_MOST_INDEXED = 1_000
"""The most neighbours that pgvector's index can be asked for; for more, all are compared."""
_FEW = 20_000
"""Passages that pass a filter and are compared one by one, which is quicker than the index."""


class PostgresReader(ReadTransaction):
    """Reads one state of the record in PostgreSQL."""

    tables = schema.SEALED

    def __init__(self, connection: TranslatingConnection) -> None:
        ReadTransaction.__init__(self, cast("sqlite3.Connection", connection))  # its methods too
        self._server = connection

    @property
    def version(self) -> int:
        """The version of the tables as SQLite's record counts it: one of today's."""
        return schema.SAME_AS

    def has_table(self, name: str) -> bool:
        """Return True: there is no older record than one with all tables."""
        return True

    def sound_of_extreme(self, table: str, alias: str) -> str:
        """Return an expression that is true: PostgreSQL gives no row beside an extreme."""
        return "TRUE"

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Yield the rows of a large result, some hundreds at a time."""
        return self._server.stream(sql, values)

    def count_passages(self) -> int:
        """Return how many passages there are."""
        count: int = self._row("SELECT passages FROM totals")[0]
        return count

    # --- full text -----------------------------------------------------------------------------

    def match(
        self, terms: Sequence[str], *, limit: int, also: IdVector, allowed: IdVector | None = None
    ) -> dict[int, float]:
        """Return BM25 scores of passages that hold any of the terms; see ``ReadTransaction``."""
        hits, values = find_hits(list_phrases(terms))
        if not hits:
            return {}
        n = len(values)
        rows = self.connection.execute(
            f"{score_hits(hits)}, found AS MATERIALIZED (SELECT passage_id, score FROM scores"
            f" WHERE ${n + 1}::bigint[] IS NULL OR passage_id = ANY (${n + 1}))"
            f" (SELECT * FROM found ORDER BY score::real DESC, passage_id LIMIT ${n + 2})"
            f" UNION SELECT * FROM found WHERE passage_id = ANY (${n + 3}::bigint[])",
            (*values, None if allowed is None else allowed.tolist(), limit, also.tolist()),
        )
        return dict(rows.fetchall())

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return for each term the number of passages that hold it or an inflection of it."""
        return {term: self._count_hits(term) for term in terms}

    def passages_with(self, words: Sequence[str], *, is_last_begun: bool) -> tuple[str, list[Any]]:
        """Return a query for the passages that hold all of some words; see ``ReadTransaction``."""
        found: list[np.ndarray[Any, Any]] = []
        for place, word in enumerate(words, 1):
            phrases = list(list_phrases([word]))
            if is_last_begun and place == len(words):
                phrases = [(text, True) for text, _ in phrases]
            hits, values = find_hits(phrases)
            if hits:
                found.append(self._ids(f"SELECT DISTINCT passage_id FROM ({hits}) AS hits", values))
        ids = found[0] if found else np.empty(0, dtype=np.int64)
        for others in found[1:]:
            ids = np.intersect1d(ids, others)
        return "SELECT unnest(?::bigint[])", [ids.tolist()]

    def texts_with(self, words: Sequence[str], *, limit: int) -> list[str]:
        """Return title and text of some passages that hold any of some words, as indexed."""
        hits, values = find_hits(list_phrases(words))
        if not hits:
            return []
        rows = self.connection.execute(
            'SELECT title, substr(text, start::int + 1, (p."end" - start)::int) FROM passages p'
            " JOIN articles USING (article_key) WHERE passage_id IN (SELECT DISTINCT passage_id"
            f" FROM ({hits}) AS hits ORDER BY passage_id LIMIT {limit:d})",
            values,
        )
        return [f"{space_out(title) or title} {space_out(text) or text}" for title, text in rows]

    def stems(self, beginning: str) -> list[str]:
        """Return the stems of the full-text index that begin so, the most frequent first."""
        rows = self.connection.execute(
            "SELECT term FROM postings WHERE term >= ? AND term < ? GROUP BY term"
            " ORDER BY count(*) DESC, term",
            (beginning, beginning + "\U0010ffff"),
        )
        return [row[0] for row in rows]

    def _count_hits(self, term: str) -> int:
        hits, values = find_hits(list_phrases([term]))
        if not hits:
            return 0
        count: int = self._row(f"SELECT count(DISTINCT passage_id) FROM ({hits}) AS hits", values)[
            0
        ]
        return count

    # --- vectors -------------------------------------------------------------------------------

    def nearest(
        self, encoder_id: int, vector: FloatVector, limit: int, allowed: IdVector | None
    ) -> tuple[IdVector, FloatVector]:
        """Return the passages whose vectors are nearest to one.

        Args:
            encoder_id: The active encoder.
            vector: Of unit length, float32, shape (dim,).
            limit: How many, at least 1.
            allowed: Passages to choose from; None for all.

        Returns:
            At most ``limit`` ids, the nearest first, and their cosines, float32.
        """
        is_few = allowed is not None and len(allowed) <= _FEW
        indexed = "off" if limit > _MOST_INDEXED or is_few else "on"
        self.connection.execute(_SET_SEARCH, (str(max(1, min(2 * limit, _MOST_INDEXED))), indexed))
        chosen = "" if allowed is None else "AND passage_id = ANY (?3::bigint[]) "
        dim = len(vector)
        distance = f"(point::halfvec({dim:d})) <#> ?1::halfvec({dim:d})"
        rows = self.connection.execute(
            f"SELECT passage_id, -({distance}) FROM passage_vectors"
            f" WHERE encoder_id = {encoder_id:d} {chosen}ORDER BY {distance} LIMIT ?2",
            (_write_point(vector), limit, *([] if allowed is None else [allowed.tolist()])),
        ).fetchall()
        self.connection.execute("SET LOCAL enable_indexscan = on")
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        return ids, np.array([row[1] for row in rows], dtype=np.float32)

    # --- checks --------------------------------------------------------------------------------

    def find_page_faults(self) -> list[str]:
        """Return nothing: PostgreSQL checks its own pages and references."""
        return []

    def find_changed_schema(self) -> list[str]:
        """Return the names of tables whose columns are not what this program makes."""
        return schema.find_changed(self._server)


class PostgresWriter(PostgresReader, WriteTransaction):
    """Reads and changes the record in PostgreSQL; its triggers keep the checksums."""

    def __init__(self, connection: TranslatingConnection) -> None:
        PostgresReader.__init__(self, connection)
        self.has_changed = False

    def activate_encoder(self, encoder_id: int) -> None:
        """Make an encoder the one that is searched with, and drop the vectors of all others."""
        super().activate_encoder(encoder_id)
        (dim,) = self._row("SELECT dim FROM encoders WHERE encoder_id = ?", (encoder_id,))
        self.connection.execute("DROP INDEX IF EXISTS nearest_points")
        self.connection.execute(
            "CREATE INDEX nearest_points ON passage_vectors USING hnsw"
            f" ((point::halfvec({dim:d})) halfvec_ip_ops) WHERE encoder_id = {encoder_id:d}"
        )

    def put_vectors(
        self, encoder_id: int, passage_id: int, passage: bytes, sentences: bytes
    ) -> None:
        """Store the vectors of a passage, as ``index.encoding.encode`` gives them."""
        point = _write_point(np.frombuffer(passage, dtype=AT_REST))
        self.connection.execute(_INSERT_VECTOR, (passage_id, encoder_id, passage, point))
        self.connection.execute(
            "INSERT OR REPLACE INTO sentence_vectors (passage_id, encoder_id, vectors)"
            " VALUES (?, ?, ?)",
            (passage_id, encoder_id, sentences),
        )

    def index_terms(self, article_key: int) -> None:
        """Enter the words of an article, whose passages are new, into the full-text index."""
        title, text = self._row(
            "SELECT title, text FROM articles WHERE article_key = ?", (article_key,)
        )
        places = self.places_in(article_key)
        found = read_terms([(title, text[place.start : place.end]) for place in places])
        with (
            self._server.raw.cursor() as cursor,
            cursor.copy(
                "COPY postings (term, passage_id, frequency, length, places)"
                " FROM STDIN (FORMAT BINARY)"
            ) as copy,
        ):
            copy.set_types(["text", "int8", "int4", "int4", "int4[]"])
            for place, one in zip(places, found, strict=True):
                for term, at in one.places.items():
                    copy.write_row((term, place.passage_id, len(at), one.length, at))
        self.connection.executemany(
            "INSERT INTO passage_lengths (passage_id, length) VALUES (?, ?)",
            [(place.passage_id, one.length) for place, one in zip(places, found, strict=True)],
        )
        self.connection.execute(
            "UPDATE totals SET passages = passages + ?, length = length + ?",
            (len(places), sum(one.length for one in found)),
        )
        self.has_changed = True

    def delete_article(self, article_id: str) -> bool:
        """Delete an article with everything that belongs to it; return whether there was one."""
        self.connection.execute(
            "UPDATE totals SET passages = totals.passages - gone.passages, length = totals.length"
            " - gone.length FROM (SELECT count(*) AS passages, coalesce(sum(l.length), 0) AS length"
            " FROM passage_lengths l JOIN passages USING (passage_id)"
            " JOIN articles USING (article_key) WHERE article_id = ?) AS gone",
            (article_id,),
        )
        cursor = self.connection.execute("DELETE FROM articles WHERE article_id = ?", (article_id,))
        self.has_changed |= cursor.rowcount > 0
        return cursor.rowcount > 0

    def settle_numbers(self) -> None:
        """Number new rows from the largest number on, where rows were stored with theirs."""
        for table, column in self.connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = ? AND is_identity = 'YES'",
            (schema.SCHEMA,),
        ).fetchall():
            self.connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
                f" max({column}) + 1, false) FROM {table} HAVING max({column}) IS NOT NULL"
            )

    def merge_terms(self) -> None:
        """Do nothing: the words of deleted passages went with them."""

    def rebuild_terms(self) -> None:
        """Build the full-text index anew from the articles."""
        self.connection.execute("DELETE FROM postings")
        self.connection.execute("DELETE FROM passage_lengths")
        self.connection.execute("UPDATE totals SET passages = 0, length = 0")
        for (key,) in self.connection.execute("SELECT article_key FROM articles").fetchall():
            self.index_terms(key)
        self.has_changed = True

    def check_terms(self) -> None:
        """Compare the full-text index with the passages; changes nothing.

        Raises:
            InconsistentRecordError: If they differ.
        """
        counts = self._row(
            "SELECT (SELECT passages FROM totals), (SELECT length FROM totals), count(*),"
            " coalesce(sum(length), 0), (SELECT count(*) FROM passages) FROM passage_lengths"
        )
        is_sound = counts[0] == counts[2] == counts[4] and counts[1] == counts[3]
        for key, title, text in self.stream("SELECT article_key, title, text FROM articles"):
            places = self.places_in(key)
            found = read_terms([(title, text[place.start : place.end]) for place in places])
            expected = {
                (term, place.passage_id, len(at), one.length, tuple(at))
                for place, one in zip(places, found, strict=True)
                for term, at in one.places.items()
            }
            rows = self.connection.execute(
                "SELECT term, passage_id, frequency, length, places FROM postings"
                " WHERE passage_id = ANY (?)",
                ([place.passage_id for place in places],),
            )
            is_sound &= expected == {(*row[:4], tuple(row[4])) for row in rows}
        if not is_sound:
            raise InconsistentRecordError("the full-text index does not show the passages")


def _write_point(vector: np.ndarray[Any, Any]) -> str:
    """Return a vector as pgvector reads it."""
    return f"[{','.join(map(_write_number, vector.tolist()))}]"


@lru_cache(maxsize=65_536)  # as many as there are numbers of 16 bits
def _write_number(value: float) -> str:
    return f"{value:.9g}"
