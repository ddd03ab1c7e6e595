"""Articles that are removed, and put back with their passages and vectors.

A removal that can be undone moves rows into tables of their own, so that nothing is encoded
again to undo it and a search never sees what was removed. The newest removals are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from index.curation.versions import forget_orphans, place_version
from index.errors import RemovalNotFoundError
from index.open_library import find_article
from index.record.reads import ReadTransaction
from index.record.rows import LATER, article_columns, to_article
from index.stories.grouping import delete_article, enter_text
from index.types import AddReport, Article, Skip

if TYPE_CHECKING:
    from index.open_library import OpenLibrary
    from index.record.writes import WriteTransaction


MAX_REMOVALS = 20
"""Removals that can be undone; an older one is forgotten."""

_COLUMNS = ", ".join(
    (
        *("article_key", "article_id", "title", "text", "source", "outlet", "published", "origin"),
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
    if not _has_tables(reader):
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


def set_aside(writer: WriteTransaction, article_ids: Sequence[str]) -> int:
    """Move articles out of the library; return the removal's id.

    Args:
        writer: Of a transaction of its own.
        article_ids: Articles that are there, each once.
    """
    connection = writer.connection
    removed_at = datetime.now(UTC).isoformat(timespec="seconds")
    removal_id = connection.execute(
        "INSERT INTO removals (removed_at) VALUES (?)", (removed_at,)
    ).lastrowid
    if removal_id is None:
        raise RuntimeError("SQLite gave a new removal no id")
    active = writer.encoder()
    encoder_id = None if active is None else active[0]
    for article_id in article_ids:
        connection.execute(
            f"INSERT INTO removed_articles (removal_id, {_COLUMNS})"  # noqa: S608 - a literal
            f" SELECT ?, {_COLUMNS} FROM articles WHERE article_id = ?",
            (removal_id, article_id),
        )
        connection.execute(
            "INSERT INTO removed_passages SELECT ?1, ?2, p.ordinal, p.start, p.end,"
            " (SELECT json_group_array(json_array(start, end, is_heading, starts_paragraph))"
            " FROM (SELECT * FROM sentences WHERE passage_id = p.passage_id ORDER BY ordinal)),"
            " ?3, v.vector, s.vectors FROM passages p JOIN articles a USING (article_key)"
            " LEFT JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?3"
            " LEFT JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?3"
            " WHERE a.article_id = ?2",
            (removal_id, article_id, encoder_id),
        )
        delete_article(writer, article_id)
    connection.execute("DELETE FROM removals WHERE removal_id <= ?", (removal_id - MAX_REMOVALS,))
    return removal_id


@dataclass(frozen=True, slots=True)
class Restoration:
    """What came of putting a removal back.

    Attributes:
        restored: Ids of the articles that are back.
        taken: Ids that another article has taken since, or articles that have been added anew
            under another id; these stay removed.
        unencoded: Articles whose vectors another encoder made: they are to be added again.
        superseded: Pairs as in ``AddReport``, where there are other versions meanwhile.
    """

    restored: tuple[str, ...]
    taken: tuple[str, ...]
    unencoded: tuple[Article, ...]
    superseded: tuple[tuple[str, str], ...] = ()


def put_back(writer: WriteTransaction, removal_id: int) -> Restoration:
    """Move the articles of a removal back into the library, as they were and where they were.

    Args:
        writer: Of a transaction of its own.
        removal_id: The removal; nothing is put back for one that is not known.
    """
    rows = writer.connection.execute(
        f"SELECT {_COLUMNS} FROM removed_articles WHERE removal_id = ?"  # noqa: S608 - a literal
        " ORDER BY article_key",
        (removal_id,),
    ).fetchall()
    active = writer.encoder()
    restored: list[str] = []
    taken: list[str] = []
    unencoded: list[Article] = []
    superseded: list[tuple[str, str]] = []
    for row in rows:
        article_id = row[1]
        passages = writer.connection.execute(
            "SELECT ordinal, start, end, sentences, encoder_id, vector, vectors"
            " FROM removed_passages WHERE removal_id = ? AND article_id = ? ORDER BY ordinal",
            (removal_id, article_id),
        ).fetchall()
        if writer.known(article_id) is not None:
            taken.append(article_id)
        elif active is None or any(p[4] != active[0] or p[5] is None for p in passages):
            unencoded.append(_read_article(writer, removal_id, article_id))
        else:
            placement = place_version(writer, _read_article(writer, removal_id, article_id))
            if placement.copy_of:
                taken.append(article_id)
                continue
            if placement.superseded is not None:
                superseded.append(placement.superseded)
            if placement.is_latest:
                _put_article(writer, row, passages)
            restored.append(article_id)
    for article_id in restored:
        forget_article(writer, article_id, removal_id=removal_id)
    earlier = {name for name, _ in superseded}
    return Restoration(
        tuple(name for name in restored if name not in earlier),
        tuple(taken),
        tuple(unencoded),
        tuple(superseded),
    )


def forget_article(
    writer: WriteTransaction, article_id: str, *, removal_id: int | None = None
) -> None:
    """Delete what is kept of an article, in one removal or, for None, in all of them."""
    writer.connection.execute(
        "DELETE FROM removed_articles WHERE article_id = ?1 AND (?2 IS NULL OR removal_id = ?2)",
        (article_id, removal_id),
    )
    writer.connection.execute(
        "DELETE FROM removals WHERE removal_id NOT IN (SELECT removal_id FROM removed_articles)"
    )


def forget_all(writer: WriteTransaction) -> int:
    """Delete all that is kept of removed articles; return how many they were."""
    count: int = writer.connection.execute("SELECT count(*) FROM removed_articles").fetchone()[0]
    writer.connection.execute("DELETE FROM removals")
    return count


def _put_article(
    writer: WriteTransaction, row: Sequence[Any], passages: Sequence[Sequence[Any]]
) -> None:
    connection = writer.connection
    is_free = not connection.execute(
        "SELECT 1 FROM articles WHERE article_key = ?", (row[0],)
    ).fetchone()
    key = connection.execute(
        f"INSERT INTO articles ({_COLUMNS})"  # noqa: S608 - a literal
        f" VALUES ({', '.join('?' * len(row))})",
        (row[0] if is_free else None, *row[1:]),
    ).lastrowid
    for ordinal, start, end, sentences, encoder_id, vector, vectors in passages:
        # A new id, never the old one: that is how the search structure learns of it.
        passage_id = connection.execute(
            "INSERT INTO passages (article_key, ordinal, start, end) VALUES (?, ?, ?, ?)",
            (key, ordinal, start, end),
        ).lastrowid
        if passage_id is None:
            raise RuntimeError("SQLite gave a new passage no id")
        connection.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?)",
            ((passage_id, n, *sentence) for n, sentence in enumerate(json.loads(sentences))),
        )
        writer.put_vectors(encoder_id, passage_id, vector, vectors)
    writer.index_terms(key)
    if key is not None:
        enter_text(writer, key, row[3])


def _read_article(writer: WriteTransaction, removal_id: int, article_id: str) -> Article:
    row = writer.connection.execute(
        f"SELECT {article_columns()} FROM removed_articles a"  # noqa: S608 - a literal
        " WHERE a.removal_id = ? AND a.article_id = ?",
        (removal_id, article_id),
    ).fetchone()
    return to_article(row)


def _has_tables(reader: ReadTransaction) -> bool:
    """Return whether the record is of a version that has them; an older one is read as it is."""
    return reader.has_table("removals")


Add = Callable[[Sequence[Article]], AddReport]
"""Adds articles to the same library."""


def remove_articles(
    held: OpenLibrary, article_ids: str | Iterable[str], *, wait_seconds: float
) -> tuple[Article, ...]:
    """Remove articles for good, their earlier versions with them; see ``Library.remove``."""
    ids = _to_ids(article_ids)
    if not ids:
        return ()
    with held.writing(wait_seconds):
        with held.database.writing() as writer:
            # Unverified, so that a damaged article can be removed too.
            look_up = partial(writer.article, verify=False)
            removed = tuple(find_article(held.path, look_up, name) for name in ids)
            for article_id in ids:
                delete_article(writer, article_id)
                forget_article(writer, article_id)
            forget_orphans(writer)
        held.vector_cache.publish()
    return removed


def set_articles_aside(
    held: OpenLibrary, article_ids: str | Iterable[str], *, wait_seconds: float
) -> Removal:
    """Remove articles so that they can be put back; see ``Library.set_aside``."""
    ids = _to_ids(article_ids)
    if not ids:
        raise ValueError("no article to remove")
    with held.writing(wait_seconds):
        with held.database.writing() as writer:
            for article_id in ids:
                find_article(held.path, writer.known, article_id)
            set_aside(writer, ids)
            forget_orphans(writer)
            removal = find_removals(writer)[0]
        held.vector_cache.publish()
    return removal


def restore_articles(
    held: OpenLibrary, removal_id: int | None, *, add: Add, wait_seconds: float
) -> AddReport:
    """Put articles back that were set aside; see ``Library.restore``.

    Args:
        held: The library.
        removal_id: The removal to undo; the newest when None.
        add: Adds what has to be encoded again.
        wait_seconds: How long to wait for another writer.
    """
    with held.writing(wait_seconds):
        with held.database.writing() as writer:
            found = [removal.removal_id for removal in find_removals(writer)]
            if not found or (removal_id is not None and removal_id not in found):
                raise RemovalNotFoundError(held.path, removal_id)
            removal_id = found[0] if removal_id is None else removal_id
            done = put_back(writer, removal_id)
        if done.restored or done.superseded:
            held.vector_cache.publish()
    added = AddReport()
    if done.unencoded:  # rare, and it may take a while: a later repetition finishes it
        added = add(done.unencoded)
        with held.writing(wait_seconds), held.database.writing() as writer:
            for article_id in added.added + added.unchanged:
                forget_article(writer, article_id, removal_id=removal_id)
    taken = tuple(Skip(name, "another article has taken this id since") for name in done.taken)
    return AddReport(
        added=done.restored + added.added,
        unchanged=added.unchanged,
        skipped=taken + added.skipped,
        passages=added.passages,
        seconds=added.seconds,
        superseded=done.superseded + added.superseded,
    )


def forget_removals(held: OpenLibrary, *, wait_seconds: float) -> int:
    """Delete for good what was set aside; see ``Library.forget_removals``."""
    with held.writing(wait_seconds), held.database.writing() as writer:
        count = forget_all(writer)
        forget_orphans(writer)
    return count


def _to_ids(article_ids: str | Iterable[str]) -> list[str]:
    return [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
