"""Removed articles as they are stored: with their passages and vectors, apart from the others.

A search never sees them. ``index.curation.removals`` decides what is removed and put back.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from index.record.checksums import sound
from index.record.rows import (
    LATER,
    article_columns,
    check_sound,
    now_as_stored,
    to_verified_article,
)
from index.record.writes import PUT_PASSAGE, PUT_SENTENCE

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction
    from index.types import Article

_COLUMNS = ", ".join(
    (
        *("article_id", "title", "text", "source", "outlet", "published", "origin"),
        *("characters", "content_sha256", "pipeline", "added_at", "address", *LATER),
    )
)


@dataclass(frozen=True, slots=True)
class Removal:
    """Articles that were removed together.

    Attributes:
        removal_id: Rises from one removal to the next.
        removed_at: When, in UTC.
        articles: Id and title of each, in the order in which they had been added.
    """

    removal_id: int
    removed_at: datetime
    articles: tuple[tuple[str, str], ...]


def find_removals(reader: ReadTransaction) -> tuple[Removal, ...]:
    """Return the removals that can be undone, the newest first."""
    if not reader.has_table("removals"):
        return ()
    rows = reader.connection.execute(
        "SELECT removal_id, removed_at FROM removals ORDER BY removal_id DESC"
    ).fetchall()
    return tuple(
        Removal(
            removal_id,
            datetime.fromisoformat(removed_at),
            tuple(
                reader.connection.execute(
                    "SELECT article_id, title FROM removed_articles WHERE removal_id = ?"
                    " ORDER BY article_key",
                    (removal_id,),
                ).fetchall()
            ),
        )
        for removal_id, removed_at in rows
    )


def put_removal(writer: WriteTransaction) -> int:
    """Begin a removal; return its id."""
    removal_id: int = writer.connection.execute(
        "INSERT INTO removals (removed_at) VALUES (?) RETURNING removal_id", (now_as_stored(),)
    ).fetchone()[0]
    return removal_id


def copy_to_removal(writer: WriteTransaction, removal_id: int, article_id: str) -> None:
    """Copy an article, with its passages and vectors, before it is deleted."""
    active = writer.encoder()
    writer.connection.execute(
        f"INSERT INTO removed_articles (removal_id, article_key, {_COLUMNS})"
        f" SELECT ?, article_key, {_COLUMNS} FROM articles WHERE article_id = ?",
        (removal_id, article_id),
    )
    writer.connection.execute(
        "INSERT INTO removed_passages (removal_id, article_id, ordinal, start, end, sentences,"
        " encoder_id, vector, vectors) SELECT ?1, ?2, p.ordinal, p.start, p.end,"
        " (SELECT json_group_array(json_array(start, end, is_heading, starts_paragraph))"
        " FROM (SELECT * FROM sentences WHERE passage_id = p.passage_id ORDER BY ordinal) AS s),"
        " ?3, v.vector, s.vectors FROM passages p JOIN articles a USING (article_key)"
        " LEFT JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?3"
        " LEFT JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?3"
        " WHERE a.article_id = ?2",
        (removal_id, article_id, None if active is None else active[0]),
    )
    _carry_damage(writer, removal_id, article_id)


def _carry_damage(writer: WriteTransaction, removal_id: int, article_id: str) -> None:
    """Mark copies of damaged rows as damaged: their checksums are new."""
    values = (removal_id, article_id)
    writer.connection.execute(
        "UPDATE removed_articles SET checksum = NULL WHERE removal_id = ?1 AND article_id = ?2"
        f" AND NOT (SELECT {sound('articles', 'a')} FROM articles a WHERE a.article_id = ?2)",
        values,
    )
    writer.connection.execute(
        "UPDATE removed_passages AS r SET checksum = NULL WHERE removal_id = ?1"
        f" AND article_id = ?2 AND EXISTS (SELECT 1 FROM passages p"
        " JOIN articles a USING (article_key) LEFT JOIN sentences s USING (passage_id)"
        " WHERE a.article_id = ?2 AND p.ordinal = r.ordinal"
        f" AND NOT ({sound('passages', 'p')} AND {sound('sentences', 's')}))",
        values,
    )


def delete_removals_before(writer: WriteTransaction, removal_id: int) -> None:
    """Delete all removals older than one."""
    writer.connection.execute("DELETE FROM removals WHERE removal_id < ?", (removal_id,))


def find_removed_articles(reader: ReadTransaction, removal_id: int) -> list[Article]:
    """Return the articles of a removal in the order in which they had been added."""
    rows = reader.connection.execute(
        f"SELECT {article_columns(reader.version, 'removed_articles')} FROM removed_articles a"
        " WHERE a.removal_id = ?"
        " ORDER BY a.article_key",
        (removal_id,),
    )
    return [to_verified_article(row) for row in rows]


def has_active_vectors(reader: ReadTransaction, removal_id: int, article_id: str) -> bool:
    """Return whether a removed article has vectors of the active encoder for every passage."""
    active = reader.encoder()
    if active is None:
        return False
    lacking = reader.connection.execute(
        "SELECT 1 FROM removed_passages WHERE removal_id = ? AND article_id = ?"
        " AND (encoder_id IS NOT ? OR vector IS NULL) LIMIT 1",
        (removal_id, article_id, active[0]),
    )
    return lacking.fetchone() is None


def copy_from_removal(writer: WriteTransaction, removal_id: int, article_id: str) -> int:
    """Copy a removed article back, to its former place where that is free; return its key."""
    connection = writer.connection
    key: int = connection.execute(
        f"INSERT INTO articles (article_key, {_COLUMNS}) SELECT"
        " CASE WHEN article_key IN (SELECT article_key FROM articles) THEN NULL"
        f" ELSE article_key END, {_COLUMNS} FROM removed_articles"
        " WHERE removal_id = ? AND article_id = ? RETURNING article_key",
        (removal_id, article_id),
    ).fetchone()[0]
    passages = connection.execute(
        "SELECT ordinal, start, end, sentences, encoder_id, vector, vectors,"
        f" {sound('removed_passages', 'r')} FROM removed_passages r"
        " WHERE removal_id = ? AND article_id = ? ORDER BY ordinal",
        (removal_id, article_id),
    ).fetchall()
    for ordinal, start, end, sentences, encoder_id, vector, vectors, is_sound in passages:
        check_sound(is_sound, "the passages of the removed article", article_id)
        # A new id, never the old one: that is how the search structure learns of it.
        (passage_id,) = connection.execute(PUT_PASSAGE, (key, ordinal, start, end)).fetchone()
        connection.executemany(
            PUT_SENTENCE,
            ((passage_id, n, *sentence) for n, sentence in enumerate(json.loads(sentences))),
        )
        writer.put_vectors(encoder_id, passage_id, vector, vectors)
    writer.index_terms(key)
    return key


def delete_removed_article(
    writer: WriteTransaction, article_id: str, *, removal_id: int | None = None
) -> None:
    """Delete what is kept of an article, in one removal or, for None, in all of them."""
    chosen = ("", ()) if removal_id is None else (" AND removal_id = ?", (removal_id,))
    writer.connection.execute(
        f"DELETE FROM removed_articles WHERE article_id = ?{chosen[0]}", (article_id, *chosen[1])
    )
    writer.connection.execute(
        "DELETE FROM removals WHERE removal_id NOT IN (SELECT removal_id FROM removed_articles)"
    )


def delete_all_removals(writer: WriteTransaction) -> int:
    """Delete all that is kept of removed articles; return how many they were."""
    count: int = writer.connection.execute("SELECT count(*) FROM removed_articles").fetchone()[0]
    writer.connection.execute("DELETE FROM removals")
    return count
