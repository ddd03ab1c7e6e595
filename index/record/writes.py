"""Write statements: what can be changed in the record within one transaction."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Sequence

from index.record.checksums import watch
from index.record.reads import ReadTransaction
from index.record.rows import DETAILS, PIPELINE, details_of, digest_content, now_as_stored
from index.text.addresses import address_of
from index.types import Article, EncoderIdentity, Passage

_COLUMNS = (
    *("article_key", "article_id", "title", "text", "origin", "characters", "content_sha256"),
    *("pipeline", "added_at", "address", *DETAILS),
)
_INSERT = (
    f"INSERT INTO articles ({', '.join(_COLUMNS)})"  # noqa: S608 - names of ours
    f" VALUES ({', '.join('?' * len(_COLUMNS))}) RETURNING article_key"
)
_SPACE_OUT_PASSAGES = """INSERT INTO spaced_passages (passage_id, title, text)
    SELECT passage_id, space_out(title), space_out(text) FROM passage_texts
    WHERE (space_out(title) IS NOT NULL OR space_out(text) IS NOT NULL)"""
PUT_PASSAGE = (
    "INSERT INTO passages (article_key, ordinal, start, end) VALUES (?, ?, ?, ?)"
    " RETURNING passage_id"
)
PUT_SENTENCE = (
    "INSERT INTO sentences (passage_id, ordinal, start, end, is_heading, starts_paragraph)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_CHANGED = ", ".join(f"{name} = ?" for name in (*DETAILS, "origin", "address"))


class WriteTransaction(ReadTransaction):
    """Reads and changes the record; the changes last once the transaction commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.has_changed = False
        watch(connection)

    def begin_generation(self) -> None:
        """Begin a new generation: something that a reader can see has changed."""
        self.connection.execute(
            "INSERT INTO generations (generation, token, committed_at)"
            " SELECT coalesce(max(generation), 0) + 1, ?, ? FROM generations",
            (secrets.token_bytes(16), now_as_stored()),
        )

    def put_meta(self, key: str, value: str) -> None:
        """Set a setting of the library."""
        self.connection.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value)
        )

    def delete_meta(self, key: str) -> None:
        """Forget a setting of the library."""
        self.connection.execute("DELETE FROM meta WHERE key = ?", (key,))
        self.has_changed = True

    def put_encoder(self, identity: EncoderIdentity) -> int:
        """Return the key of an encoder, registering it if it is new."""
        values = (identity.name, identity.revision, identity.dim)
        self.connection.execute(
            "INSERT INTO encoders (name, revision, dim) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            values,
        )
        key: int = self._row(
            "SELECT encoder_id FROM encoders WHERE name = ? AND revision = ? AND dim = ?", values
        )[0]
        return key

    def activate_encoder(self, encoder_id: int) -> None:
        """Make an encoder the one that is searched with, and drop the vectors of all others."""
        others = (encoder_id,)
        self.connection.execute("DELETE FROM passage_vectors WHERE encoder_id != ?", others)
        self.connection.execute("DELETE FROM sentence_vectors WHERE encoder_id != ?", others)
        self.connection.execute("DELETE FROM encoders WHERE encoder_id != ?", others)
        self.connection.execute(
            "UPDATE encoders SET active = 1 WHERE encoder_id = ?", (encoder_id,)
        )
        self.has_changed = True

    def put_article(
        self, article: Article, passages: Sequence[Passage], *, as_before: bool = False
    ) -> tuple[int, list[int]]:
        """Add an article, or replace the one of that id, and index its words.

        Args:
            article: The article.
            passages: Its passages.
            as_before: Keep the place and the date of adding of the article that it replaces.

        Returns:
            Its key, and the ids of its passages in order, whose vectors are still to be stored.
        """
        former = None
        if as_before:
            former = self._one(
                "SELECT article_key, added_at FROM articles WHERE article_id = ?",
                (article.article_id,),
            )
        self.delete_article(article.article_id)
        key, added_at = former or (None, now_as_stored())
        values = (
            key,
            article.article_id,
            article.title,
            article.text,
            article.origin,
            len(article.text),
            digest_content(article),
            PIPELINE,
            added_at,
            address_of(article),
            *details_of(article),
        )
        key = self._row(_INSERT, values)[0]
        ids = [self._put_passage(key, number, passage) for number, passage in enumerate(passages)]
        self.index_terms(key)
        return key, ids

    def index_terms(self, article_key: int) -> None:
        """Enter the words of an article, whose passages are new, into the full-text index."""
        of_article = "passage_id IN (SELECT passage_id FROM passages WHERE article_key = ?)"
        self.connection.execute(f"{_SPACE_OUT_PASSAGES} AND {of_article}", (article_key,))
        self.connection.execute(
            "INSERT INTO passage_terms (rowid, title, text)"  # noqa: S608 - a literal above
            f" SELECT passage_id, title, text FROM passage_texts WHERE {of_article}",
            (article_key,),
        )
        self.has_changed = True

    def put_details(self, article: Article) -> None:
        """Change the details and the origin of an article, whose title and text stay."""
        self.connection.execute(
            f"UPDATE articles SET {_CHANGED} WHERE article_id = ?",  # noqa: S608 - names of ours
            (*details_of(article), article.origin, address_of(article), article.article_id),
        )
        self.has_changed = True

    def put_vectors(
        self, encoder_id: int, passage_id: int, passage: bytes, sentences: bytes
    ) -> None:
        """Store the vectors of a passage, as ``index.encoding.encode`` gives them."""
        values = (passage_id, encoder_id)
        self.connection.execute(
            "INSERT OR REPLACE INTO passage_vectors (passage_id, encoder_id, vector)"
            " VALUES (?, ?, ?)",
            (*values, passage),
        )
        self.connection.execute(
            "INSERT OR REPLACE INTO sentence_vectors (passage_id, encoder_id, vectors)"
            " VALUES (?, ?, ?)",
            (*values, sentences),
        )

    def delete_vectors(self, encoder_id: int, passage_ids: Iterable[int]) -> None:
        """Delete the vectors of passages that are to be encoded again."""
        values = [(passage_id, encoder_id) for passage_id in passage_ids]
        self.connection.executemany(
            "DELETE FROM passage_vectors WHERE passage_id = ? AND encoder_id = ?", values
        )
        self.connection.executemany(
            "DELETE FROM sentence_vectors WHERE passage_id = ? AND encoder_id = ?", values
        )

    def settle_numbers(self) -> None:
        """Do nothing: SQLite numbers new rows from the largest number on by itself."""

    def merge_terms(self) -> None:
        """Merge the full-text index into one piece, which drops the words of deleted passages."""
        self.connection.execute("INSERT INTO passage_terms (passage_terms) VALUES ('optimize')")

    def check_terms(self) -> None:
        """Compare the full-text index with the passages; changes nothing.

        Raises:
            sqlite3.DatabaseError: If they differ.
        """
        self.connection.execute(
            "INSERT INTO passage_terms (passage_terms, rank) VALUES ('integrity-check', 1)"
        )

    def rebuild_terms(self) -> None:
        """Build the full-text index anew from the articles."""
        self.connection.execute("DELETE FROM spaced_passages")
        self.connection.execute(_SPACE_OUT_PASSAGES)
        self.connection.execute("INSERT INTO passage_terms (passage_terms) VALUES ('rebuild')")
        self.has_changed = True

    def delete_article(self, article_id: str) -> bool:
        """Delete an article with everything that belongs to it; return whether there was one."""
        # The index is told what to forget while the view still shows it.
        self.connection.execute(
            "INSERT INTO passage_terms (passage_terms, rowid, title, text)"
            " SELECT 'delete', passage_id, title, text FROM passage_texts WHERE passage_id IN"
            " (SELECT passage_id FROM passages JOIN articles USING (article_key)"
            " WHERE article_id = ?)",
            (article_id,),
        )
        cursor = self.connection.execute("DELETE FROM articles WHERE article_id = ?", (article_id,))
        self.has_changed |= cursor.rowcount > 0
        return cursor.rowcount > 0

    def _put_passage(self, article_key: int, ordinal: int, passage: Passage) -> int:
        passage_id: int = self._row(
            PUT_PASSAGE, (article_key, ordinal, passage.start, passage.end)
        )[0]
        self.connection.executemany(
            PUT_SENTENCE,
            (
                (passage_id, number, s.start, s.end, s.is_heading, s.starts_paragraph)
                for number, s in enumerate(passage.sentences)
            ),
        )
        return passage_id
