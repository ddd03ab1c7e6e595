"""Texts and stories as they are stored: which article has which text, and which texts are alike.

A text is stored once, however many articles have it, and belongs to one story, which is a number
that it shares with its near copies. ``index.stories.grouping`` decides which texts these are.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from index.record.reads import filter_to_sql
from index.record.rows import check_sound, read_date, read_moment

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction
    from index.types import Filter

_ANCHOR = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """One article of a story.

    Attributes:
        outlet: Empty where unknown.
        words: How many its text has.
        text_key: Key of its text; articles with the same words share it.
    """

    article_key: int
    article_id: str
    title: str
    outlet: str
    published: date | None
    published_at: datetime | None
    words: int
    text_key: int


@dataclass(frozen=True, slots=True)
class StoredText:
    """What is stored of a text.

    Attributes:
        words: How many words it has.
        digest: SHA-256 of its words.
        story_key: Its story.
    """

    words: int
    digest: bytes
    story_key: int


def has_stories(reader: ReadTransaction) -> bool:
    """Return whether the record is of a version that groups articles."""
    return reader.has_table("fingerprints")


def count_ungrouped(reader: ReadTransaction) -> int:
    """Return how many articles have not been compared with others yet."""
    if not has_stories(reader):
        return reader.count_articles()
    (count,) = reader.connection.execute("SELECT count(*) FROM fingerprinted").fetchone()
    return reader.count_articles() - int(count)


def find_missing(reader: ReadTransaction, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Return key and text of articles that have not been compared, by rising key after one."""
    return reader.connection.execute(
        "SELECT article_key, text FROM articles WHERE article_key > ? AND article_key"
        " NOT IN (SELECT article_key FROM fingerprinted) ORDER BY article_key LIMIT ?",
        (after, limit),
    ).fetchall()


def find_copies(reader: ReadTransaction, article_ids: Sequence[str]) -> tuple[str, ...]:
    """Return those of some articles that are copies of another one, in their order."""
    return tuple(
        article_id
        for article_id in article_ids
        if reader.connection.execute(
            "SELECT 1 FROM articles a JOIN fingerprinted f USING (article_key)"
            " JOIN fingerprints p USING (fingerprint_key)"
            " JOIN fingerprints q USING (story_key)"
            " JOIN fingerprinted g ON g.fingerprint_key = q.fingerprint_key"
            " WHERE a.article_id = ? AND g.article_key != f.article_key LIMIT 1",
            (article_id,),
        ).fetchone()
    )


def find_story_key(reader: ReadTransaction, article_key: int) -> int | None:
    """Return the key of an article's story; None if it has not been compared yet."""
    row = reader.connection.execute(
        "SELECT story_key FROM fingerprinted JOIN fingerprints USING (fingerprint_key)"
        " WHERE article_key = ?",
        (article_key,),
    ).fetchone()
    return None if row is None else row[0]


def find_shared_stories(reader: ReadTransaction) -> list[int]:
    """Return the keys of the stories that have two articles or more."""
    rows = reader.connection.execute(
        "SELECT story_key FROM fingerprints JOIN fingerprinted USING (fingerprint_key)"
        " GROUP BY story_key HAVING count(*) > 1"
    )
    return [row[0] for row in rows]


def read_story(reader: ReadTransaction, story_key: int, only: Filter) -> list[StoryArticle]:
    """Return the articles of a story that pass a filter, in no particular order."""
    where, values = filter_to_sql(only)
    rows = reader.connection.execute(
        "SELECT a.article_key, a.article_id, a.title, a.outlet, a.published, a.published_at,"
        f" p.words, p.fingerprint_key, {reader.sound('articles', 'a')} FROM fingerprints p"
        " JOIN fingerprinted USING (fingerprint_key) JOIN articles a USING (article_key)"
        f" WHERE p.story_key = ? AND {where}",
        (story_key, *values),
    )
    found = []
    for key, article_id, title, outlet, day, at, words, text, is_sound in rows:
        check_sound(is_sound, "the details of an article", article_id)
        moment = read_moment(at)
        found.append(
            StoryArticle(key, article_id, title, outlet, read_date(day), moment, words, text)
        )
    return found


def find_text(reader: ReadTransaction, digest: bytes) -> int | None:
    """Return the key of the text with some words, or None."""
    row = reader.connection.execute(
        "SELECT fingerprint_key FROM fingerprints WHERE text_sha256 = ?", (digest,)
    ).fetchone()
    return None if row is None else row[0]


def read_stored_text(reader: ReadTransaction, text_key: int) -> StoredText:
    """Return what is stored of a text."""
    row = reader.connection.execute(
        "SELECT words, text_sha256, story_key FROM fingerprints WHERE fingerprint_key = ?",
        (text_key,),
    ).fetchone()
    return StoredText(*row)


def read_full_text(reader: ReadTransaction, text_key: int) -> str:
    """Return a text as the first article that has it writes it."""
    (text,) = reader.connection.execute(
        "SELECT text FROM articles WHERE article_key ="
        " (SELECT min(article_key) FROM fingerprinted WHERE fingerprint_key = ?)",
        (text_key,),
    ).fetchone()
    return str(text)


def find_by_anchor(reader: ReadTransaction, anchor: int, *, limit: int) -> list[int]:
    """Return the keys of texts that have an anchor, the earliest known first."""
    rows = reader.connection.execute(
        "SELECT fingerprint_key FROM anchors WHERE anchor = ? ORDER BY fingerprint_key LIMIT ?",
        (anchor, limit),
    )
    return [row[0] for row in rows]


def count_anchors(reader: ReadTransaction, text_key: int) -> int:
    """Return how many anchors a text has."""
    (n_bytes,) = reader.connection.execute(
        "SELECT length(anchors) FROM fingerprints WHERE fingerprint_key = ?", (text_key,)
    ).fetchone()
    return int(n_bytes) // _ANCHOR.itemsize


def find_near_copies(reader: ReadTransaction, text_key: int) -> list[int]:
    """Return the keys of the near copies of a text."""
    rows = reader.connection.execute(
        "SELECT other_key FROM near_copies WHERE fingerprint_key = ?", (text_key,)
    )
    return [row[0] for row in rows]


def put_text(writer: WriteTransaction, digest: bytes, words: int, anchors: Sequence[int]) -> int:
    """Store what is kept of a text, which has no story yet; return its key.

    The text cannot be found by its anchors until ``put_anchors``.
    """
    key: int = writer.connection.execute(
        "INSERT INTO fingerprints (text_sha256, words, anchors, story_key) VALUES (?, ?, ?, 0)"
        " RETURNING fingerprint_key",
        (digest, words, np.array(anchors, dtype=_ANCHOR).tobytes()),
    ).fetchone()[0]
    return key


def put_anchors(writer: WriteTransaction, text_key: int, anchors: Iterable[int]) -> None:
    """Let a text be found by its anchors."""
    writer.connection.executemany(
        "INSERT INTO anchors (anchor, fingerprint_key) VALUES (?, ?)",
        ((anchor, text_key) for anchor in anchors),
    )


def put_near_copies(writer: WriteTransaction, text_key: int, others: Iterable[int]) -> None:
    """Store that a text and some others are near copies of each other."""
    writer.connection.executemany(
        "INSERT INTO near_copies (fingerprint_key, other_key) VALUES (?, ?)",
        [pair for other in others for pair in ((text_key, other), (other, text_key))],
    )


def put_story(writer: WriteTransaction, story_key: int, text_keys: Iterable[int]) -> None:
    """Store which story some texts belong to."""
    writer.connection.executemany(
        "UPDATE fingerprints SET story_key = ? WHERE fingerprint_key = ?",
        [(story_key, key) for key in text_keys],
    )


def link_text(writer: WriteTransaction, article_key: int, text_key: int) -> None:
    """Store which text an article has."""
    writer.connection.execute(
        "INSERT INTO fingerprinted (article_key, fingerprint_key) VALUES (?, ?)",
        (article_key, text_key),
    )


def unlink_text(writer: WriteTransaction, article_id: str) -> int | None:
    """Part an article from its text; return the text's key if no article has it any more."""
    row = writer.connection.execute(
        "SELECT article_key, fingerprint_key FROM fingerprinted JOIN articles USING (article_key)"
        " WHERE article_id = ?",
        (article_id,),
    ).fetchone()
    if row is None:
        return None
    article_key, text_key = row
    writer.connection.execute("DELETE FROM fingerprinted WHERE article_key = ?", (article_key,))
    is_shared = writer.connection.execute(
        "SELECT 1 FROM fingerprinted WHERE fingerprint_key = ?", (text_key,)
    ).fetchone()
    return None if is_shared else text_key


def delete_all_texts(writer: WriteTransaction) -> None:
    """Delete all that is kept of texts, so that every article is to be compared anew."""
    for table in ("fingerprinted", "near_copies", "anchors", "fingerprints"):
        writer.connection.execute(f"DELETE FROM {table}")


def delete_text(writer: WriteTransaction, text_key: int) -> None:
    """Delete what is stored of a text: its anchors and near copies too."""
    connection = writer.connection
    (blob,) = connection.execute(
        "SELECT anchors FROM fingerprints WHERE fingerprint_key = ?", (text_key,)
    ).fetchone()
    connection.executemany(
        "DELETE FROM anchors WHERE anchor = ? AND fingerprint_key = ?",
        ((anchor, text_key) for anchor in np.frombuffer(blob, dtype=_ANCHOR).tolist()),
    )
    connection.executemany(
        "DELETE FROM near_copies WHERE fingerprint_key = ? AND other_key = ?",
        [
            pair
            for other in find_near_copies(writer, text_key)
            for pair in ((text_key, other), (other, text_key))
        ],
    )
    connection.execute("DELETE FROM fingerprints WHERE fingerprint_key = ?", (text_key,))
