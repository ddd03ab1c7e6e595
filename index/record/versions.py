"""Earlier versions of articles as they are stored, each under the id of the latest one.

They are read and never searched; ``index.curation.versions`` decides what is a version of what.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from index.record.rows import (
    DETAILS,
    InconsistentRecordError,
    article_columns,
    check_sound,
    details_of,
    digest_content,
    digest_of,
    is_sound,
    to_article,
)
from index.types import Article

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction

_COLUMNS = (
    *("article_id", "edition", "former_id", "title", "text", "origin", "content_sha256"),
    *("seen_at", *DETAILS),
)
_INSERT = f"INSERT INTO editions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_KEPT = "(SELECT article_id FROM articles UNION SELECT article_id FROM removed_articles)"


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """One version of an article.

    Attributes:
        number: Versions are numbered from the oldest that was ever kept.
        article: The version, under the id that it has or had.
        seen_at: When it was added, in UTC.
        current_id: The id of the article that answers now.
        is_latest: Whether it is that article.
    """

    number: int
    article: Article
    seen_at: datetime
    current_id: str
    is_latest: bool


def find_earlier_versions(reader: ReadTransaction, article_id: str) -> tuple[ArticleVersion, ...]:
    """Return the earlier versions of an article, the oldest first."""
    if not reader.has_details:
        return ()
    rows = reader.connection.execute(
        f"{_select(reader)} WHERE a.article_id = ? ORDER BY a.edition", (article_id,)
    )
    return tuple(map(_to_version, rows))


def find_versions(reader: ReadTransaction, article: Article) -> tuple[ArticleVersion, ...]:
    """Return the versions of an article, the oldest first; the last one is the article itself."""
    earlier = find_earlier_versions(reader, article.article_id)
    number = earlier[-1].number + 1 if earlier else 1
    seen_at = reader.added_at(article.article_id)
    latest = ArticleVersion(number, article, seen_at, article.article_id, is_latest=True)
    return (*earlier, latest)


def find_former(reader: ReadTransaction, former_id: str) -> ArticleVersion | None:
    """Return the newest version that once was an article of an id, or None."""
    if not reader.has_details:
        return None
    row = reader.connection.execute(
        f"{_select(reader)} WHERE a.former_id = ?"
        " AND a.article_id IN (SELECT article_id FROM articles)"
        " ORDER BY a.seen_at DESC, a.edition DESC LIMIT 1",
        (former_id,),
    ).fetchone()
    return None if row is None else _to_version(row)


def is_known_version(reader: ReadTransaction, article: Article) -> bool:
    """Return whether an article, under its id and with its text, is kept as an earlier version."""
    if not reader.has_details:
        return False
    row = reader.connection.execute(
        "SELECT 1 FROM editions WHERE former_id = ? AND article_id != former_id"
        " AND content_sha256 = ? AND article_id IN (SELECT article_id FROM articles)",
        (article.article_id, digest_content(article)),
    ).fetchone()
    return row is not None


def find_damaged_versions(reader: ReadTransaction) -> list[str]:
    """Return the ids of articles with an earlier version that is not what was added."""
    if not reader.has_details:
        return []
    rows = reader.connection.execute(
        f"SELECT {_columns(reader)} FROM editions a ORDER BY a.article_id, a.edition"
    )
    damaged = (
        row[0]
        for row in rows
        if not is_sound(row) or digest_content(to_article(row)) != digest_of(row)
    )
    return list(dict.fromkeys(damaged))


def last_number(reader: ReadTransaction, article_id: str) -> int:
    """Return the number of the newest earlier version of an article; 0 if it has none."""
    number: int = reader.connection.execute(
        "SELECT coalesce(max(edition), 0) FROM editions WHERE article_id = ?", (article_id,)
    ).fetchone()[0]
    return number


def put_version(
    writer: WriteTransaction,
    article_id: str,
    version: Article,
    *,
    number: int,
    seen_at: datetime,
    is_sound: bool = True,
) -> None:
    """Store an earlier version of an article; those from its number on move up by one.

    The version has the id that it had; ``article_id`` is that of the article that answers now. One
    that is not sound stays so.
    """
    for sql in ("edition = -edition - 1", "edition = -edition"):  # no two share a number meanwhile
        writer.connection.execute(
            f"UPDATE editions SET {sql} WHERE article_id = ? AND (edition >= ? OR edition < 0)",
            (article_id, number),
        )
    values = (
        article_id,
        number,
        version.article_id,
        version.title,
        version.text,
        version.origin,
        digest_content(version),
        seen_at.isoformat(timespec="seconds"),
        *details_of(version),
    )
    writer.connection.execute(_INSERT, values)
    if not is_sound:
        writer.connection.execute(
            "UPDATE editions SET checksum = NULL WHERE article_id = ? AND edition = ?",
            (article_id, number),
        )
    writer.has_changed = True


def move_versions(writer: WriteTransaction, article_id: str, *, to: str) -> None:
    """Give the earlier versions of an article to another one, behind those that it has."""
    writer.connection.execute(
        "UPDATE editions SET article_id = ?, edition = edition + ? WHERE article_id = ?",
        (to, last_number(writer, to), article_id),
    )


def trim_versions(writer: WriteTransaction, article_id: str, *, keep: int) -> None:
    """Delete the oldest versions of an article beyond some number of them."""
    writer.connection.execute(
        "DELETE FROM editions WHERE article_id = ?1 AND edition NOT IN (SELECT edition"
        " FROM editions WHERE article_id = ?1 ORDER BY edition DESC LIMIT ?2)",
        (article_id, keep),
    )


def delete_orphans(writer: WriteTransaction) -> None:
    """Delete the versions of articles that are neither in the library nor removed for now."""
    writer.connection.execute(f"DELETE FROM editions WHERE article_id NOT IN {_KEPT}")


def _columns(reader: ReadTransaction) -> str:
    return article_columns(reader.version, "editions")


def _select(reader: ReadTransaction) -> str:
    # The alias is what ``article_columns`` expects.
    return f"SELECT {_columns(reader)}, a.edition, a.former_id, a.seen_at FROM editions a"


def _to_version(row: tuple[Any, ...]) -> ArticleVersion:
    *columns, number, former_id, seen_at = row
    check_sound(is_sound(columns), "the details of an earlier version")
    article = to_article(columns)
    if digest_content(article) != digest_of(columns):
        raise InconsistentRecordError("the text of an earlier version is not what was added")
    return ArticleVersion(
        number=number,
        article=replace(article, article_id=former_id),
        seen_at=datetime.fromisoformat(seen_at),
        current_id=article.article_id,
        is_latest=False,
    )
