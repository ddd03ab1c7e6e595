"""Read queries: what can be read from the record within one transaction.

Queries about one subject, such as versions or stories, have modules of their own beside this one.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

import numpy as np

from index.language.words import beginnings_of, space_out, split_words
from index.record.checksums import TABLES, sound
from index.record.rows import (
    AT_REST,
    PIPELINE,
    ArticleState,
    ArticleSummary,
    Generation,
    IdVector,
    InconsistentRecordError,
    LibraryStatistics,
    PassagePlace,
    article_columns,
    check_sound,
    decode_vectors,
    details_columns,
    digest_content,
    read_date,
    summary_columns,
    to_article,
    to_columns,
    to_summary,
    to_verified_article,
)
from index.record.schema import DETAILS_VERSION, describe_schema, expected_schema
from index.types import (
    Article,
    EncoderIdentity,
    Filter,
    FloatMatrix,
    Passage,
    Sentence,
    replace_surrogates,
)


def filter_to_sql(only: Filter, *, has_details: bool = True) -> tuple[str, list[object]]:
    """Return a SQL condition on the articles ``a``, and its values.

    Args:
        only: What they must satisfy.
        has_details: Whether the record has languages and authors; an older one knows them of no
            article.
    """
    given: object = only
    if not isinstance(given, Filter):
        raise TypeError(f"articles are chosen by a Filter, not by {type(given).__name__}")
    conditions, values = ["TRUE"], list[object]()
    if only.sources:
        # folded() is ours, see index.record.database: SQLite itself folds ASCII only.
        one = "instr(folded(a.outlet), ?) > 0 OR instr(folded(a.source), ?) > 0"
        conditions.append("(" + " OR ".join([one] * len(only.sources)) + ")")
        values += [name.casefold() for name in only.sources for _ in range(2)]
    if only.outlets:
        conditions.append(f"folded(a.outlet) IN ({_marks(only.outlets)})")
        values += [name.casefold() for name in only.outlets]
    if only.since is not None:
        conditions.append("a.published >= ?")
        values.append(date.isoformat(only.since))
    if only.until is not None:
        conditions.append("a.published <= ?")
        values.append(date.isoformat(only.until))
    if only.languages:
        column = "a.language" if has_details else "''"
        conditions.append(f"{column} IN ({_marks(only.languages)})")
        values += [code.casefold() for code in only.languages]
    if only.authors:
        column = "a.author" if has_details else "''"
        one = f"instr(folded({column}), ?) > 0"
        conditions.append("(" + " OR ".join([one] * len(only.authors)) + ")")
        values += [name.casefold() for name in only.authors]
    if only.articles is not None:
        conditions.append("a.article_id IN (SELECT CAST(value AS TEXT) FROM json_each(?))")
        # No stored id has a null character, after which SQLite would read no further.
        values.append(json.dumps([name for name in only.articles if "\0" not in name]))
    return " AND ".join(conditions), values


def _marks(names: tuple[str, ...]) -> str:
    return ", ".join("?" * len(names))


_USER_TABLES = ("articles", "editions", "edits", "feedback", "feeds", "removals")
_VECTOR_ROWS = 2048
_ALL = 2**63 - 1
_MATCHING = "SELECT rowid FROM passage_terms WHERE passage_terms MATCH ?"
_UNENCODED = """FROM passages p
    LEFT JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?
    LEFT JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?
    WHERE (v.passage_id IS NULL OR s.passage_id IS NULL)"""


class ReadTransaction:
    """Reads one state of the record; valid while the transaction of its connection lasts.

    Attributes:
        tables: Those whose rows have checksums.
    """

    tables: tuple[str, ...] = TABLES

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._version: int | None = None

    @property
    def version(self) -> int:
        """The version of the record's tables."""
        if self._version is None:
            self._version = int(self._row("PRAGMA user_version")[0])
        return self._version

    @property
    def has_details(self) -> bool:
        """Whether the record has authors, languages, moments, edits and versions."""
        return self.version >= DETAILS_VERSION

    def refresh(self) -> None:
        """Go on with the newest state of SQLite's record instead of the one read so far."""
        self.connection.execute("ROLLBACK")
        self.connection.execute("BEGIN")
        self._version = None

    def generation(self) -> Generation:
        """Return which state of the record is being read."""
        row = self._one(
            "SELECT generation, token FROM generations ORDER BY generation DESC LIMIT 1"
        )
        if row is None:
            raise InconsistentRecordError("it has no generation")
        return Generation(row[0], row[1])

    def has_generation(self, generation: Generation) -> bool:
        """Return whether a generation is the present or a past state of this record."""
        row = self._one(
            "SELECT 1 FROM generations WHERE generation = ? AND token = ?",
            (generation.number, generation.token),
        )
        return row is not None

    def meta(self, key: str) -> str | None:
        """Return a setting of the library, or None."""
        row = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else row[0]

    def has_table(self, name: str) -> bool:
        """Return whether there is a table; a record of an older version lacks the later ones."""
        return self._one("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)) is not None

    def library_id(self) -> bytes:
        """Return the library's identity, 16 bytes."""
        value = self.meta("library_id")
        try:
            return bytes.fromhex(value or "none")
        except ValueError as error:
            raise InconsistentRecordError("it has no identity") from error

    def outlets(self) -> list[tuple[str, int]]:
        """Return the outlets and how many articles each has, the largest first.

        Articles whose outlet is unknown come last, under an empty name.
        """
        rows = self.connection.execute(
            f"SELECT min(outlet), count(*), {self.sound_of_extreme('articles', 'a')}"
            " FROM articles a GROUP BY folded(outlet)"
            " ORDER BY folded(outlet) = '', count(*) DESC, folded(outlet)"
        ).fetchall()
        for row in rows:
            check_sound(row[2], "the details of an article")
        return [(row[0], row[1]) for row in rows]

    def encoder(self) -> tuple[int, EncoderIdentity] | None:
        """Return the active encoder with its key, or None if there is none yet."""
        row = self._one("SELECT encoder_id, name, revision, dim FROM encoders WHERE active = 1")
        return None if row is None else (row[0], EncoderIdentity(row[1], row[2], row[3]))

    def article_state(self, article_id: str) -> ArticleState | None:
        """Return what is stored under an id, or None."""
        columns = details_columns(has_details=self.has_details)
        row = self._one(
            f"SELECT a.content_sha256, a.pipeline, a.origin, {columns} FROM articles a"
            " WHERE a.article_id = ?",
            (article_id,),
        )
        return None if row is None else ArticleState(row[0], row[1], tuple(row[3:]), row[2])

    def article(self, article_id: str, *, verify: bool = True) -> Article | None:
        """Return an article by its id, or None.

        Args:
            article_id: Its id.
            verify: Whether its text must be what was added.

        Raises:
            InconsistentRecordError: If it is not.
        """
        columns = article_columns(self.version)
        row = self._one(f"SELECT {columns} FROM articles a WHERE a.article_id = ?", (article_id,))
        if row is None:
            return None
        return to_verified_article(row) if verify else to_article(row)

    def is_sound(self, article_id: str) -> bool:
        """Return whether an article, which must be there, is what was stored."""
        try:
            return self.article(article_id) is not None
        except InconsistentRecordError:
            return False

    def article_key(self, article_id: str) -> int | None:
        """Return the key of an article, or None."""
        row = self._one("SELECT article_key FROM articles WHERE article_id = ?", (article_id,))
        return None if row is None else row[0]

    def added_at(self, article_id: str) -> datetime:
        """Return when an article, which must be there, was added, in UTC."""
        row = self._row("SELECT added_at FROM articles WHERE article_id = ?", (article_id,))
        return datetime.fromisoformat(row[0])

    def articles_at(self, address: str) -> Iterator[Article]:
        """Yield the articles at an address, unverified; see ``index.text.addresses``."""
        # The second condition lets SQLite use the index, which leaves out articles without one.
        for row in self.connection.execute(
            f"SELECT {article_columns(self.version)} FROM articles a"
            " WHERE a.address = ? AND a.address != ''",
            (address,),
        ):
            yield to_article(row)

    def articles_by_key(
        self, keys: Iterable[int], *, verify: bool = True
    ) -> Iterator[tuple[int, Article]]:
        """Yield articles one at a time, so that no more than one text need be held.

        Args:
            keys: Which.
            verify: Whether the texts must be what was added.

        Raises:
            InconsistentRecordError: If one is missing or not what was added.
        """
        columns = article_columns(self.version)
        for key in keys:
            row = self._one(f"SELECT {columns} FROM articles a WHERE a.article_key = ?", (key,))
            if row is None:
                raise InconsistentRecordError("an article is missing")
            yield key, to_verified_article(row) if verify else to_article(row)

    def article_rows(self) -> Iterator[Sequence[Any]]:
        """Yield the rows of all articles, as ``index.record.rows.article_columns`` orders them."""
        yield from self.stream(f"SELECT {article_columns(self.version)} FROM articles a")

    def summaries(self, only: Filter) -> Iterator[ArticleSummary]:
        """Yield the articles that pass a filter, in the order in which they were added."""
        where, values = filter_to_sql(only, has_details=self.has_details)
        columns = summary_columns(self.version)
        for row in self.stream(
            f"SELECT {columns} FROM articles a WHERE {where} ORDER BY a.article_key", values
        ):
            yield to_summary(row)

    def passages(self, article: Article, *, limit: int = _ALL) -> tuple[Passage, ...]:
        """Return the passages of an article in order, all of them or the first ones."""
        key = self.article_key(article.article_id)
        places = [] if key is None else self.places_in(key, limit=limit)
        return tuple(self.passage(place, article.text) for place in places)

    def places_in(self, article_key: int, *, limit: int = _ALL) -> list[PassagePlace]:
        """Return where the passages of an article stand, all of them or the first ones."""
        rows = self.connection.execute(
            f"SELECT passage_id, article_key, start, end, {self.sound('passages', 'p')}"
            " FROM passages p WHERE article_key = ? ORDER BY ordinal LIMIT ?",
            (article_key, limit),
        )
        return [_to_place(row) for row in rows]

    def passage(self, place: PassagePlace, text: str) -> Passage:
        """Return a passage with its sentences, cut from its article's text."""
        rows = self.connection.execute(
            "SELECT start, end, is_heading, starts_paragraph,"
            f" {self.sound('sentences', 's')} FROM sentences s"
            " WHERE passage_id = ? ORDER BY ordinal",
            (place.passage_id,),
        ).fetchall()
        check_sound(all(row[4] for row in rows), "the sentences of a passage")
        sentences = tuple(Sentence(a, b, text[a:b], bool(h), bool(s)) for a, b, h, s, _ in rows)
        return Passage(place.start, place.end, text[place.start : place.end], sentences)

    def sentences_of(self, article_key: int, text: str) -> list[Sentence]:
        """Return the sentences of an article in order, cut from its text.

        Raises:
            InconsistentRecordError: If their places are not what was stored.
        """
        rows = self.connection.execute(
            "SELECT DISTINCT s.start, s.end, s.is_heading, s.starts_paragraph,"
            f" {self.sound('sentences', 's')} AND {self.sound('passages', 'p')} FROM passages p"
            " JOIN sentences s USING (passage_id) WHERE p.article_key = ? ORDER BY s.start",
            (article_key,),
        ).fetchall()
        check_sound(all(row[4] for row in rows), "the sentences of an article")
        return [Sentence(a, b, text[a:b], bool(h), bool(p)) for a, b, h, p, _ in rows]

    def places(self, passage_ids: IdVector) -> list[PassagePlace]:
        """Return where passages stand, those of one article in a row."""
        rows = self.connection.execute(
            f"SELECT p.passage_id, p.article_key, p.start, p.end, {self.sound('passages', 'p')}"
            " FROM json_each(?) AS wanted"
            " JOIN passages p ON p.passage_id = wanted.value ORDER BY p.article_key, p.ordinal",
            (_to_json(passage_ids),),
        )
        return [_to_place(row) for row in rows]

    def passing_ids(self, only: Filter) -> IdVector:
        """Return the ids of the passages whose article passes a filter, rising."""
        where, values = filter_to_sql(only, has_details=self.has_details)
        # Sorted here: in an order, SQLite would read the articles instead of their index.
        return np.sort(
            self._ids(
                "SELECT passage_id FROM passages WHERE article_key IN"
                f" (SELECT a.article_key FROM articles a WHERE {where})",
                values,
            )
        )

    def passing_keys(self, only: Filter) -> IdVector:
        """Return the keys of the articles that pass a filter, rising."""
        where, values = filter_to_sql(only, has_details=self.has_details)
        return np.sort(self._ids(f"SELECT a.article_key FROM articles a WHERE {where}", values))

    def match(
        self, terms: Sequence[str], *, limit: int, also: IdVector, allowed: IdVector | None = None
    ) -> dict[int, float]:
        """Return BM25 scores, higher is better, of passages that hold any of the terms.

        Args:
            terms: Words; whatever they hold is looked for and never understood as syntax.
            limit: How many of the best to return.
            also: Further passages whose scores are wanted, if they match at all.
            allowed: Passages to choose from; None for all.
        """
        if not terms:
            return {}
        # Materialised, since FTS5 counts the documents of every term anew for each query.
        rows = self.connection.execute(
            "WITH matched AS MATERIALIZED ("
            " SELECT rowid AS passage_id, bm25(passage_terms) AS rank FROM passage_terms"
            " WHERE passage_terms MATCH ?1"
            " AND (?2 IS NULL OR +rowid IN (SELECT value FROM json_each(?2))))"
            " SELECT * FROM (SELECT * FROM matched ORDER BY rank, passage_id LIMIT ?3)"
            " UNION SELECT * FROM matched WHERE passage_id IN (SELECT value FROM json_each(?4))",
            (
                " OR ".join(map(quote_term, terms)),
                None if allowed is None else _to_json(allowed),
                limit,
                _to_json(also),
            ),
        )
        return {row[0]: -row[1] for row in rows}

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return for each term the number of passages that hold it or an inflection of it."""
        sql = "SELECT count(*) FROM passage_terms WHERE passage_terms MATCH ?"
        return {term: self._row(sql, (quote_term(term),))[0] for term in terms}

    def passages_with(self, words: Sequence[str], *, is_last_begun: bool) -> tuple[str, list[Any]]:
        """Return a query for the ids of the passages that hold all of some words, and its values.

        Args:
            words: At least one; whatever they hold is never understood as syntax.
            is_last_begun: Whether the last one may go on.
        """
        return _MATCHING, [quote_words(words, is_last_begun=is_last_begun)]

    def texts_with(self, words: Sequence[str], *, limit: int) -> list[str]:
        """Return title and text of some passages that hold any of some words, as indexed."""
        rows = self.connection.execute(
            "SELECT title || ' ' || text FROM passage_texts WHERE passage_id IN"
            f" ({_MATCHING} LIMIT ?)",
            (" OR ".join(map(quote_term, words)), limit),
        )
        return [row[0] for row in rows]

    def stems(self, beginning: str) -> list[str]:
        """Return the stems of the full-text index that begin so, the most frequent first."""
        # The vocabulary is a table that each connection makes for itself, in memory.
        self.connection.execute("PRAGMA query_only = OFF")
        try:
            self.connection.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary"
                " USING fts5vocab('main', 'passage_terms', 'row')"
            )
        finally:
            self.connection.execute("PRAGMA query_only = ON")
        rows = self.connection.execute(
            "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ? ORDER BY doc DESC",
            (beginning, beginning + "\U0010ffff"),
        )
        return [row[0] for row in rows]

    def vector_ids(self, encoder_id: int) -> IdVector:
        """Return the ids of the passages that have a vector, rising."""
        return self._ids(
            "SELECT passage_id FROM passage_vectors WHERE encoder_id = ? ORDER BY passage_id",
            (encoder_id,),
        )

    def passage_ids(self, *, after: int = 0, until: int | None = None) -> IdVector:
        """Return the ids of the passages beyond one, up to another if it is given, rising."""
        return self._ids(
            "SELECT passage_id FROM passages WHERE passage_id > ?1"
            " AND (?2 IS NULL OR passage_id <= ?2) ORDER BY passage_id",
            (after, until),
        )

    def has_many_passages(self, limit: int) -> bool:
        """Return whether there are more passages than a limit, counting no further than that."""
        return self._one("SELECT 1 FROM passages LIMIT 1 OFFSET ?", (limit,)) is not None

    def stream_vectors(
        self, encoder_id: int, dim: int, ids: IdVector | None = None
    ) -> Iterator[tuple[IdVector, FloatMatrix]]:
        """Yield passage vectors a few thousand at a time, all of them or those of some ids."""
        if ids is None:
            cursor = self.connection.execute(
                "SELECT passage_id, vector FROM passage_vectors WHERE encoder_id = ?", (encoder_id,)
            )
            while rows := cursor.fetchmany(_VECTOR_ROWS):
                yield to_columns(rows, dim)
            return
        for first in range(0, len(ids), _VECTOR_ROWS):
            rows = self.connection.execute(
                "SELECT v.passage_id, v.vector FROM json_each(?) AS wanted JOIN passage_vectors v"
                " ON v.passage_id = wanted.value AND v.encoder_id = ?",
                (_to_json(ids[first : first + _VECTOR_ROWS]), encoder_id),
            ).fetchall()
            if rows:
                yield to_columns(rows, dim)

    def vectors(
        self, encoder_id: int, dim: int, ids: IdVector
    ) -> tuple[FloatMatrix, list[FloatMatrix]]:
        """Return passage vectors, and the sentence vectors of each passage, as they are stored.

        Args:
            encoder_id: The encoder that made them.
            dim: Components of a vector.
            ids: Passages.

        Returns:
            float32, shape (n, dim), in the order of the ids; for each, shape (n_sentences, dim).

        Raises:
            InconsistentRecordError: If one is missing or damaged.
        """
        rows = self.connection.execute(
            "SELECT v.passage_id, v.vector, s.vectors FROM json_each(?) AS wanted"
            " JOIN passage_vectors v ON v.passage_id = wanted.value AND v.encoder_id = ?"
            " JOIN sentence_vectors s USING (passage_id, encoder_id)",
            (_to_json(ids), encoder_id),
        )
        found = {row[0]: row[1:] for row in rows}
        try:
            blobs = [found[passage_id] for passage_id in ids.tolist()]
        except KeyError as error:
            raise InconsistentRecordError("a passage has no vectors") from error
        passages = decode_vectors([blob for blob, _ in blobs], dim)
        if len(passages) != len(ids):
            raise InconsistentRecordError("a vector has the wrong length")
        sentences = decode_vectors([blob for _, blob in blobs], dim)
        counts = [len(blob) // (dim * AT_REST.itemsize) for _, blob in blobs]
        return passages, np.split(sentences, np.cumsum(counts)[:-1])

    def vectors_of_same_content(
        self, article: Article, passages: Sequence[Passage]
    ) -> list[tuple[bytes, bytes]] | None:
        """Return stored vectors for an article, of another one with the same title and text.

        A renamed file gives an article of another id, and a copy is another article too: neither
        needs the encoder again.

        Args:
            article: What is to be written.
            passages: Its passages, in order.

        Returns:
            For each passage its vector and those of its sentences, as ``encode_passages`` gives
            them, of the active encoder; None if any is missing.
        """
        active = self.encoder()
        if active is None or not passages:
            return None
        rows = self.connection.execute(
            "SELECT p.start, p.end, v.vector, s.vectors FROM passages p"
            " JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?1"
            " JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?1"
            " WHERE p.article_key = (SELECT article_key FROM articles"
            "  WHERE content_sha256 = ?2 AND pipeline = ?3 AND language = ?4 LIMIT 1)"
            " ORDER BY p.ordinal",
            (active[0], digest_content(article), PIPELINE, article.language),
        ).fetchall()
        spans = [(start, end) for start, end, _, _ in rows]
        if spans != [(passage.start, passage.end) for passage in passages]:
            return None
        return [(vector, vectors) for _, _, vector, vectors in rows]

    def unencoded(self, encoder_id: int, *, after: int, limit: int) -> list[int]:
        """Return passages that lack vectors of an encoder, rising from beyond an id."""
        rows = self.connection.execute(
            f"SELECT p.passage_id {_UNENCODED} AND p.passage_id > ? ORDER BY p.passage_id LIMIT ?",
            (encoder_id, encoder_id, after, limit),
        )
        return [row[0] for row in rows]

    def count_unencoded(self, encoder_id: int) -> int:
        """Count the passages that lack vectors of an encoder."""
        count: int = self._row(f"SELECT count(*) {_UNENCODED}", (encoder_id, encoder_id))[0]
        return count

    def titled_passages(self, passage_ids: Sequence[int]) -> list[tuple[str, Passage]]:
        """Return passages in the order of their ids, each with its article's title."""
        places = self.places(np.array(passage_ids, dtype=np.int64))
        found: dict[int, tuple[str, Passage]] = {}
        for key, run in groupby(places, key=lambda place: place.article_key):
            for _, article in self.articles_by_key([key]):
                for place in run:
                    found[place.passage_id] = article.title, self.passage(place, article.text)
        return [found[passage_id] for passage_id in passage_ids]

    def holds_anything(self) -> bool:
        """Return whether anything of a user is in the library: articles, edits, feeds and so on."""
        return any(self._one(f"SELECT 1 FROM {table} LIMIT 1") for table in _USER_TABLES)

    def languages(self) -> list[tuple[str, int]]:
        """Return the languages and how many articles each has, the largest first.

        Articles whose language is not known come last, under an empty code.
        """
        if not self.has_details:
            total = self.count_articles()
            return [("", total)] if total else []
        return self.connection.execute(
            "SELECT language, count(*) FROM articles GROUP BY language"
            " ORDER BY language = '', count(*) DESC, language"
        ).fetchall()

    def count_articles(self) -> int:
        """Return how many articles there are."""
        count: int = self._row("SELECT count(*) FROM articles")[0]
        return count

    def count_passages(self) -> int:
        """Return how many passages there are."""
        count: int = self._row("SELECT count(*) FROM passages")[0]
        return count

    def statistics(self) -> LibraryStatistics:
        """Count what there is."""
        articles, characters, outlets, undated = self._row(
            "SELECT count(*), coalesce(sum(characters), 0), count(DISTINCT nullif(outlet, '')),"
            " count(*) - count(published) FROM articles"
        )
        earliest, latest = self.first_and_last_day()
        encoder = self.encoder()
        return LibraryStatistics(
            articles=articles,
            passages=self.count_passages(),
            sentences=self._row("SELECT count(*) FROM sentences")[0],
            characters=characters,
            outlets=outlets,
            undated=undated,
            earliest=earliest,
            latest=latest,
            encoder=None if encoder is None else encoder[1],
            generation=self.generation().number,
            versions=self._row("SELECT count(*) FROM editions")[0] if self.has_details else 0,
        )

    def first_and_last_day(
        self, where: str = "TRUE", values: Sequence[object] = ()
    ) -> tuple[date | None, date | None]:
        """Return the first and the last date of the articles ``a`` that meet a SQL condition."""
        # Each on its own, as ``sound_of_extreme`` needs it.
        days = []
        for extreme in ("min", "max"):
            day, is_sound = self._row(
                f"SELECT {extreme}(a.published), {self.sound_of_extreme('articles', 'a')}"
                f" FROM articles a WHERE a.published IS NOT NULL AND {where}",
                values,
            )
            if day is not None:
                check_sound(is_sound, "the details of an article")
            days.append(read_date(day))
        return days[0], days[1]

    def sound(self, table: str, alias: str) -> str:
        """Return a SQL expression that tells whether a row is what was written."""
        return sound(table, alias, version=self.version)

    def sound_of_extreme(self, table: str, alias: str) -> str:
        """Return that expression for the row of the one ``min`` or ``max`` beside it.

        That is where SQLite takes the other columns from.
        """
        return self.sound(table, alias)

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Yield the rows of a large result, without holding them all."""
        yield from self.connection.execute(sql, values)

    # --- checks: what is wrong, for ``index.record.checks`` and ``index.doctor`` ---------------

    def find_page_faults(self) -> list[str]:
        """Return what SQLite finds wrong with the file's pages, and broken references."""
        found = [str(row[0]) for row in self.connection.execute("PRAGMA integrity_check(10)")]
        # Newer versions look into the full-text index as well, which has a check of its own.
        faults = [line for line in found if line != "ok" and "passage_terms" not in line]
        broken = self.connection.execute("PRAGMA foreign_key_check").fetchmany(10)
        for table, _, parent, _ in broken:
            faults.append(f"a row of '{table}' has lost its row of '{parent}'")
        return faults

    def find_changed_schema(self) -> list[str]:
        """Return the names of tables, indexes and views that are not what this program makes."""
        found = describe_schema(self.connection)
        expected = expected_schema(self.version)
        return sorted(name for name, text in expected.items() if found.get(name) != text)

    def count_damaged(self, table: str) -> int:
        """Return how many rows of a table are not what was written."""
        sql = f"SELECT count(*) FROM {table} AS t WHERE NOT {self.sound(table, 't')}"
        count: int = self._row(sql)[0]
        return count

    def _one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.connection.execute(sql, values).fetchone()
        return row

    def _row(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self.connection.execute(sql, values).fetchone()
        return row

    def _ids(self, sql: str, values: Sequence[object]) -> IdVector:
        rows = self.connection.execute(sql, values)
        return np.fromiter((row[0] for row in rows), dtype=np.int64)


def _to_place(row: Sequence[Any]) -> PassagePlace:
    *place, is_sound = row
    check_sound(is_sound, "the ends of a passage")
    return PassagePlace(*place)


def _to_json(ids: IdVector) -> str:
    return json.dumps(ids.tolist())


def quote_term(term: str) -> str:
    """Return a term, whatever it holds, in the full-text search's language; see ``phrases_of``."""
    phrases = [_quote(text) + "*" * is_beginning for text, is_beginning in phrases_of(term)]
    return phrases[0] if len(phrases) == 1 else f"({' OR '.join(phrases)})"


def quote_words(words: Sequence[str], *, is_last_begun: bool) -> str:
    """Return words that must all be there, in the full-text search's language.

    Args:
        words: At least one; whatever they hold is never understood as syntax.
        is_last_begun: Whether the last one may go on.
    """
    terms = list(map(quote_term, words))
    if is_last_begun and terms[-1].endswith('"'):
        terms[-1] += "*"
    return " AND ".join(terms)


def phrases_of(term: str) -> list[tuple[str, bool]]:
    """Return what is looked for in place of a term: phrases, and whether each is a beginning.

    Of a Cyrillic or Arabic word, these are its inflections; of one that is written without
    spaces, what ``space_out`` makes of it.
    """
    beginnings = beginnings_of(term)
    if beginnings:
        return [(beginning, True) for beginning in beginnings]
    words = [] if space_out(term) is None else split_words(term)
    if not words:
        return [(term, False)]
    return [(" ".join(words), len(words[-1]) == 1)]


def _quote(text: str) -> str:
    return '"' + replace_surrogates(text).replace('"', '""') + '"'
