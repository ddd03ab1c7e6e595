"""Grouping texts into stories when articles come and go.

A new text is compared with those that share enough of its anchors, and a pair of near copies is
stored for good. Which texts make a story follows from the pairs alone; so it is the same in
whatever order articles were added and removed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.stories.fingerprints import (
    Fingerprint,
    Wording,
    compare_wordings,
    fingerprint_text,
    read_wording,
)
from index.stories.lookup import WHOLE, count_missing

if TYPE_CHECKING:
    from index.record.database import Database
    from index.record.writes import WriteTransaction
    from index.types import Article, Passage

LEAST_ANCHORS = 2
LEAST_ANCHOR_SHARE = 0.2
"""Share of the anchors, of the text that has fewer, that another must have to be compared with it.
Near copies have a quarter or more; texts of one outlet share those of its furniture."""

MOST_HOLDERS = 200
"""Texts that one anchor proposes, the earliest known first."""

LEAST_KINSHIP = 0.2
"""Share of words that two short copies of a text have in common, or they are different items of a
round-up. Each is compared with so many others at most:"""

MOST_COMPARED = 8

_FILL_ROWS = 100
_ANCHOR = np.dtype("<i8")


def store_article(
    writer: WriteTransaction,
    article: Article,
    passages: Sequence[Passage],
    *,
    as_before: bool = False,
) -> list[int]:
    """Write an article and give it its place among the stories; see ``WriteTransaction``."""
    leave_text(writer, article.article_id)
    ids = writer.put_article(article, passages, as_before=as_before)
    (key,) = writer.connection.execute(
        "SELECT article_key FROM articles WHERE article_id = ?", (article.article_id,)
    ).fetchone()
    enter_text(writer, key, article.text)
    return ids


def delete_article(writer: WriteTransaction, article_id: str) -> bool:
    """Delete an article and its place among the stories; return whether there was one."""
    leave_text(writer, article_id)
    return writer.delete_article(article_id)


def enter_text(writer: WriteTransaction, article_key: int, text: str) -> None:
    """Give an article, which is new, its place among the stories."""
    mark = fingerprint_text(text)
    row = writer.connection.execute(
        "SELECT fingerprint_key FROM fingerprints WHERE text_sha256 = ?", (mark.digest,)
    ).fetchone()
    key = _put_fingerprint(writer.connection, mark) if row is None else row[0]
    writer.connection.execute(
        "INSERT INTO fingerprinted (article_key, fingerprint_key) VALUES (?, ?)",
        (article_key, key),
    )
    if row is None:
        _compare(writer.connection, key, mark, text)


def leave_text(writer: WriteTransaction, article_id: str) -> None:
    """Take an article, which is about to be deleted, out of its story."""
    connection = writer.connection
    row = connection.execute(
        "SELECT article_key, fingerprint_key FROM fingerprinted JOIN articles USING (article_key)"
        " WHERE article_id = ?",
        (article_id,),
    ).fetchone()
    if row is None:
        return
    connection.execute("DELETE FROM fingerprinted WHERE article_key = ?", (row[0],))
    if not connection.execute(
        "SELECT 1 FROM fingerprinted WHERE fingerprint_key = ?", (row[1],)
    ).fetchone():
        _delete_fingerprint(connection, row[1])


def fill_missing(database: Database) -> int:
    """Enter the articles that an older program added; return how many they were.

    A batch is one transaction, so that an interruption loses little; the caller holds the
    write lock, and the record is of the current version.
    """
    with database.reading() as reader:
        filled = 0
        if not count_missing(reader):
            return filled
    last = -1
    while True:
        with database.writing() as writer:
            rows = writer.connection.execute(
                "SELECT article_key, text FROM articles WHERE article_key > ? AND article_key"
                " NOT IN (SELECT article_key FROM fingerprinted) ORDER BY article_key LIMIT ?",
                (last, _FILL_ROWS),
            ).fetchall()
            for article_key, text in rows:
                enter_text(writer, article_key, text)
        filled += len(rows)
        if len(rows) < _FILL_ROWS:
            return filled
        last = rows[-1][0]


def _put_fingerprint(connection: sqlite3.Connection, mark: Fingerprint) -> int:
    """Store what is kept of a text, which is as yet a story by itself; return its key."""
    anchors = np.array(mark.anchors, dtype=_ANCHOR)
    key = connection.execute(
        "INSERT INTO fingerprints (text_sha256, words, anchors, story_key) VALUES (?, ?, ?, 0)",
        (mark.digest, mark.words, anchors.tobytes()),
    ).lastrowid
    if key is None:
        raise RuntimeError("SQLite gave a new fingerprint no key")
    return key


def _compare(connection: sqlite3.Connection, key: int, mark: Fingerprint, text: str) -> None:
    """Compare a new text with its like, and group them anew."""
    near = _find_near(connection, mark, text)
    connection.executemany(
        "INSERT INTO anchors (anchor, fingerprint_key) VALUES (?, ?)",
        ((anchor, key) for anchor in mark.anchors),
    )
    connection.executemany(
        "INSERT INTO near_copies (fingerprint_key, other_key) VALUES (?, ?)",
        [pair for other in near for pair in ((key, other), (other, key))],
    )
    _group(connection, [key])


def _delete_fingerprint(connection: sqlite3.Connection, key: int) -> None:
    near = _read_near(connection, key)
    (blob,) = connection.execute(
        "SELECT anchors FROM fingerprints WHERE fingerprint_key = ?", (key,)
    ).fetchone()
    connection.executemany(
        "DELETE FROM anchors WHERE anchor = ? AND fingerprint_key = ?",
        ((anchor, key) for anchor in np.frombuffer(blob, dtype=_ANCHOR).tolist()),
    )
    connection.executemany(
        "DELETE FROM near_copies WHERE fingerprint_key = ? AND other_key = ?",
        [pair for other in near for pair in ((key, other), (other, key))],
    )
    connection.execute("DELETE FROM fingerprints WHERE fingerprint_key = ?", (key,))
    _group(connection, near)


def _find_near(connection: sqlite3.Connection, mark: Fingerprint, text: str) -> list[int]:
    """Return the texts that a new one is a near copy of, or that are copies of it."""
    shared: Counter[int] = Counter()
    for anchor in mark.anchors:
        shared.update(
            row[0]
            for row in connection.execute(
                "SELECT fingerprint_key FROM anchors WHERE anchor = ?"
                " ORDER BY fingerprint_key LIMIT ?",
                (anchor, MOST_HOLDERS),
            )
        )
    found: list[int] = []
    wording: Wording | None = None
    for other, count in shared.items():
        if count < LEAST_ANCHORS:
            continue
        (n_bytes,) = connection.execute(
            "SELECT length(anchors) FROM fingerprints WHERE fingerprint_key = ?", (other,)
        ).fetchone()
        fewer = min(len(mark.anchors), n_bytes // _ANCHOR.itemsize)
        if count < LEAST_ANCHOR_SHARE * fewer:
            continue
        wording = wording or read_wording(text)
        if compare_wordings(wording, _read_wording(connection, other)).is_near_copy():
            found.append(other)
    return found


def _read_near(connection: sqlite3.Connection, key: int) -> list[int]:
    rows = connection.execute("SELECT other_key FROM near_copies WHERE fingerprint_key = ?", (key,))
    return [row[0] for row in rows]


def _read_wording(connection: sqlite3.Connection, key: int) -> Wording:
    (text,) = connection.execute(
        "SELECT text FROM articles WHERE article_key ="
        " (SELECT min(article_key) FROM fingerprinted WHERE fingerprint_key = ?)",
        (key,),
    ).fetchone()
    return read_wording(text)


def _group(connection: sqlite3.Connection, seeds: Iterable[int]) -> None:
    """Divide what is connected with some texts into stories, and store which is whose."""
    near: dict[int, set[int]] = {}
    waiting = list(seeds)
    while waiting:
        key = waiting.pop()
        if key not in near:
            near[key] = set(_read_near(connection, key))
            waiting.extend(near[key])
    rows = {key: _read_mark(connection, key) for key in near}
    for group in _divide(connection, near, rows):
        story_key = min(group)
        connection.executemany(
            "UPDATE fingerprints SET story_key = ? WHERE fingerprint_key = ?",
            [(story_key, key) for key in group if rows[key][2] != story_key],
        )


def _read_mark(connection: sqlite3.Connection, key: int) -> tuple[int, bytes, int]:
    """Return a text's words, digest and story."""
    row: tuple[int, bytes, int] = connection.execute(
        "SELECT words, text_sha256, story_key FROM fingerprints WHERE fingerprint_key = ?", (key,)
    ).fetchone()
    return row


def _divide(
    connection: sqlite3.Connection,
    near: dict[int, set[int]],
    rows: dict[int, tuple[int, bytes, int]],
) -> Iterator[list[int]]:
    """Yield the stories that some connected texts make.

    A story is a text and its near copies, never the copies of copies: a text that changes step
    by step would end as another story. Its middle is the text with the most near copies.
    """
    left = set(near)
    while left:
        middle = max(left, key=lambda key: (len(near[key] & left), rows[key][:2]))
        group = [middle]
        copies = sorted(near[middle] & left, key=lambda key: rows[key][:2], reverse=True)
        short: list[Wording] = []
        for key in copies:
            if rows[key][0] < WHOLE * rows[middle][0]:
                # Two short ones that share nothing are items of a round-up, not its copies.
                wording = _read_wording(connection, key)
                if not all(_are_kin(wording, other) for other in short[:MOST_COMPARED]):
                    continue
                short.append(wording)
            group.append(key)
        yield group
        left.difference_update(group)


def _are_kin(one: Wording, other: Wording) -> bool:
    return compare_wordings(one, other).share >= LEAST_KINSHIP
