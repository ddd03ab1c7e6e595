"""Earlier versions of articles: kept, readable, and never searched.

Two articles are versions of one if one took the other's id, or if they have the same address and
their texts have much in common. The latest one is an article like any other; the earlier ones
hang on it. Which is latest is what they state, and the order of adding where they state nothing.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from index.curation.changes import SentenceChange, compare_fields, compare_texts
from index.errors import VersionNotFoundError
from index.record.rows import (
    DETAILS,
    InconsistentRecordError,
    article_columns,
    details_of,
    digest_content,
    digest_of,
    to_article,
)
from index.stories.grouping import delete_article
from index.text.addresses import address_of
from index.types import Article

if TYPE_CHECKING:
    from pathlib import Path

    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction

MAX_VERSIONS = 50
"""Earlier versions that are kept of an article; the oldest ones go."""

MIN_SHARED = 0.3
"""Share of the shorter text's word triples that two versions of one address have in common."""
MIN_SHARED_IN_FILE = 0.5
"""The same for articles of one file, which says itself that they are different ones."""

_COLUMNS = (
    *("article_id", "edition", "former_id", "title", "text", "origin", "content_sha256"),
    *("seen_at", *DETAILS),
)
_INSERT = f"INSERT INTO editions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_KEPT = "(SELECT article_id FROM articles UNION SELECT article_id FROM removed_articles)"
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_MAX_WORDS = 20_000
_FEW_TRIPLES = 8
_AHEAD = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article stands among the versions of its address.

    Attributes:
        is_latest: Whether it is to be stored as an article.
        copy_of: The id of an article that is the same, at the same address; mostly empty.
        superseded: Id of the version that is now an earlier one, and of the one that answers; or
            None.
    """

    is_latest: bool = True
    copy_of: str = ""
    superseded: tuple[str, str] | None = None


def find_versions(reader: ReadTransaction, article: Article) -> tuple[ArticleVersion, ...]:
    """Return the versions of an article, the oldest first; the last one is the article itself."""
    article_id = article.article_id
    earlier: tuple[ArticleVersion, ...] = ()
    if reader.has_details:
        rows = reader.connection.execute(
            f"SELECT {_version_columns()} WHERE a.article_id = ? ORDER BY a.edition", (article_id,)
        )
        earlier = tuple(map(_to_version, rows))
    (added_at,) = reader.connection.execute(
        "SELECT added_at FROM articles WHERE article_id = ?", (article_id,)
    ).fetchone()
    number = earlier[-1].number + 1 if earlier else 1
    seen_at = datetime.fromisoformat(added_at)
    return (*earlier, ArticleVersion(number, article, seen_at, article_id, is_latest=True))


def choose_version(
    folder: Path, versions: Sequence[ArticleVersion], article_id: str, number: int
) -> ArticleVersion:
    """Return the version of a number.

    Args:
        folder: The library, for the message.
        versions: All that there are.
        article_id: The article that was asked for.
        number: Which one is wanted.

    Raises:
        VersionNotFoundError: If there is none.
    """
    for version in versions:
        if version.number == number:
            return version
    raise VersionNotFoundError(folder, article_id, number)


def find_changes(
    folder: Path,
    versions: Sequence[ArticleVersion],
    article_id: str,
    older: int | None,
    newer: int | None,
) -> Changes:
    """Return what changed between two of the versions of an article; see ``Library.changes``.

    Args:
        folder: The library, for the message.
        versions: All that there are.
        article_id: The article that was asked for.
        older: Number of a version; the one before ``newer`` when None.
        newer: Number of another; the latest when None.

    Raises:
        VersionNotFoundError: If one is not there.
    """
    choose = partial(choose_version, folder, versions, article_id)
    after = versions[-1] if newer is None else choose(newer)
    if older is None:
        before = next((e for e in reversed(versions) if e.number < after.number), None)
        if before is None:
            raise VersionNotFoundError(folder, article_id, after.number - 1)
    else:
        before = choose(older)
    return Changes(
        before,
        after,
        compare_fields(before.article, after.article),
        compare_texts(before.article, after.article),
    )


def find_former(reader: ReadTransaction, former_id: str) -> ArticleVersion | None:
    """Return the newest version that once was an article of an id, or None."""
    if not reader.has_details:
        return None
    row = reader.connection.execute(
        f"SELECT {_version_columns()} WHERE a.former_id = ?"
        " AND a.article_id IN (SELECT article_id FROM articles)"
        " ORDER BY a.seen_at DESC, a.edition DESC LIMIT 1",
        (former_id,),
    ).fetchone()
    return None if row is None else _to_version(row)


def is_known_version(reader: ReadTransaction, article: Article) -> bool:
    """Tell whether an article, under its id and with its text, is kept as an earlier version."""
    if not reader.has_details:
        return False
    row = reader.connection.execute(
        "SELECT 1 FROM editions WHERE former_id = ? AND article_id != former_id"
        " AND content_sha256 = ? AND article_id IN (SELECT article_id FROM articles)",
        (article.article_id, digest_content(article)),
    ).fetchone()
    return row is not None


def place_version(writer: WriteTransaction, article: Article) -> Placement:
    """Find an article's place among the versions of it, and keep what it is later than.

    Args:
        writer: Of the transaction in which the article is put, if it is the latest.
        article: An article that is about to be put.
    """
    known = writer.known(article.article_id)
    if known is not None:
        if known.content_sha256 != digest_content(article):
            _keep(writer, article.article_id, under=article.article_id)
        return Placement()
    held = _find_version(writer, article)
    if held is None:
        return Placement()
    if digest_content(held) == digest_content(article):
        return Placement(is_latest=False, copy_of=held.article_id)
    if is_earlier(article, held):
        _insert(writer, held.article_id, article, seen_at=datetime.now(UTC))
        return Placement(is_latest=False, superseded=(article.article_id, held.article_id))
    # Behind those that the new one may have from before it was set aside.
    writer.connection.execute(
        "UPDATE editions SET article_id = ?, edition = edition + ? WHERE article_id = ?",
        (article.article_id, _last_number(writer, article.article_id), held.article_id),
    )
    _keep(writer, held.article_id, under=article.article_id)
    delete_article(writer, held.article_id)
    return Placement(superseded=(held.article_id, article.article_id))


def find_damaged_versions(reader: ReadTransaction) -> list[str]:
    """Return the articles of which an earlier version is not what was added."""
    if not reader.has_details:
        return []
    rows = reader.connection.execute(
        f"SELECT {article_columns()} FROM editions a ORDER BY a.article_id, a.edition"
    )
    damaged = (row[0] for row in rows if digest_content(to_article(row)) != digest_of(row))
    return list(dict.fromkeys(damaged))


def forget_orphans(writer: WriteTransaction) -> None:
    """Delete the versions of articles that are neither there nor set aside."""
    writer.connection.execute(f"DELETE FROM editions WHERE article_id NOT IN {_KEPT}")


def is_earlier(article: Article, other: Article) -> bool:
    """Tell whether an article states that it is of an earlier moment than another one.

    What counts is when it was changed last, else when it was published. Days are compared where
    one of them states no more, or no time zone; a moment that lies in the future is not believed.
    """
    mine, theirs = _stated_moment(article), _stated_moment(other)
    if mine is None or theirs is None:
        return False
    if isinstance(mine, datetime) and isinstance(theirs, datetime):
        if (mine.tzinfo is None) == (theirs.tzinfo is None):
            return mine < theirs
        mine, theirs = mine.date(), theirs.date()
    return _day_of(mine) < _day_of(theirs)


def share_words(text: str, other: str) -> float:
    """Return how much of the shorter of two texts stands in the other one too.

    Returns:
        Share of its word triples, from 0 to 1; single characters count as words in scripts
        that put no spaces between words.
    """
    mine, theirs = _triples(text), _triples(other)
    fewer = min(len(mine), len(theirs))
    if fewer < _FEW_TRIPLES:
        return float(mine == theirs)
    return len(mine & theirs) / fewer


def _find_version(writer: WriteTransaction, article: Article) -> Article | None:
    """Return the article of the same address that shares most with another one, or None."""
    address = address_of(article)
    if not address:
        return None
    rows = writer.connection.execute(
        # The second condition lets SQLite use the index, which holds no articles without address.
        f"SELECT {article_columns()} FROM articles a WHERE a.address = ? AND a.address != ''"
        " AND a.article_id != ?",
        (address, article.article_id),
    )
    best, most = None, 0.0
    for row in rows:
        held = to_article(row)
        shared = share_words(article.text, held.text)
        if shared > most and _is_version(article, held, shared):
            best, most = held, shared
    return best


def _is_version(article: Article, held: Article, shared: float) -> bool:
    if not article.origin or article.origin != held.origin:
        return shared >= MIN_SHARED
    # A collection may hold parts of one page, each under the page's address.
    return shared >= MIN_SHARED_IN_FILE and (is_earlier(article, held) or is_earlier(held, article))


def _keep(writer: WriteTransaction, article_id: str, *, under: str) -> None:
    """Copy an article, which is about to go, to the versions of another one or of itself."""
    row = writer.connection.execute(
        f"SELECT {article_columns()}, a.added_at FROM articles a WHERE a.article_id = ?",
        (article_id,),
    ).fetchone()
    *columns, added_at = row
    _insert(writer, under, to_article(columns), seen_at=datetime.fromisoformat(added_at))


def _insert(
    writer: WriteTransaction, article_id: str, article: Article, *, seen_at: datetime
) -> None:
    """Put a version behind all others, or in front of the first one of another id that is later."""
    rows = writer.connection.execute(
        f"SELECT {_version_columns()} WHERE a.article_id = ? ORDER BY a.edition", (article_id,)
    )
    later = [
        version
        for version in map(_to_version, rows)
        # What took its own id came later, whatever it states.
        if version.article.article_id != article.article_id and is_earlier(article, version.article)
    ]
    number = later[0].number if later else _last_number(writer, article_id) + 1
    for sql in ("edition = -edition - 1", "edition = -edition"):
        writer.connection.execute(
            f"UPDATE editions SET {sql} WHERE article_id = ? AND (edition >= ? OR edition < 0)",
            (article_id, number),
        )
    _put(writer, article_id, number, article, seen_at)
    _trim(writer, article_id)


def _put(
    writer: WriteTransaction, article_id: str, number: int, article: Article, seen_at: datetime
) -> None:
    values = (
        article_id,
        number,
        article.article_id,
        article.title,
        article.text,
        article.origin,
        digest_content(article),
        seen_at.isoformat(timespec="seconds"),
        *details_of(article),
    )
    writer.connection.execute(_INSERT, values)
    writer.has_changed = True


def _trim(writer: WriteTransaction, article_id: str) -> None:
    writer.connection.execute(
        "DELETE FROM editions WHERE article_id = ?1 AND edition NOT IN (SELECT edition"
        " FROM editions WHERE article_id = ?1 ORDER BY edition DESC LIMIT ?2)",
        (article_id, MAX_VERSIONS),
    )


def _last_number(reader: ReadTransaction, article_id: str) -> int:
    number: int = reader.connection.execute(
        "SELECT coalesce(max(edition), 0) FROM editions WHERE article_id = ?", (article_id,)
    ).fetchone()[0]
    return number


def _version_columns() -> str:
    """Return what ``_to_edition`` reads, and whence; the alias is what ``to_article`` expects."""
    return f"{article_columns()}, a.edition, a.former_id, a.seen_at FROM editions a"


def _to_version(row: tuple[Any, ...]) -> ArticleVersion:
    *columns, number, former_id, seen_at = row
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


def _stated_moment(article: Article) -> date | None:
    """Return when an article was changed last, or else published, as it states it."""
    for moment in (article.updated_at, article.published_at, article.published):
        if moment is not None and _day_of(moment) <= (datetime.now(UTC) + _AHEAD).date():
            return moment
    return None


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _triples(text: str) -> set[int]:
    words = _WORD.findall(text.casefold())[:_MAX_WORDS]
    if len(words) < 3:  # noqa: PLR2004 - three
        return {hash(tuple(words))}
    return {hash(triple) for triple in zip(words, words[1:], words[2:], strict=False)}


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two versions.

    Attributes:
        older: The version that is compared with.
        newer: The other one.
        fields: Name, value before and value after of what is different besides the text.
        sentences: All sentences of both, in reading order.
    """

    older: ArticleVersion
    newer: ArticleVersion
    fields: tuple[tuple[str, str, str], ...]
    sentences: tuple[SentenceChange, ...]
