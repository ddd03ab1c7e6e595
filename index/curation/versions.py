"""Versions of an article: which articles are versions of one another, and which is the latest.

Two articles are versions of one if one took over the other's id, or if they have the same address
and much of their text in common. The latest one is an article like any other; the earlier ones are
kept and can be read, but are never searched. Which is the latest follows from the moments that
they state, or else from the order in which they were added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from index.curation.changes import SentenceChange, compare_fields, compare_texts
from index.errors import VersionNotFoundError
from index.record.rows import digest_content
from index.record.versions import (
    ArticleVersion,
    find_earlier_versions,
    last_number,
    move_versions,
    put_version,
    trim_versions,
)
from index.stories.grouping import delete_article
from index.text.addresses import address_of
from index.text.clock import believable_now
from index.types import Article

if TYPE_CHECKING:
    from index.record.writes import WriteTransaction
    from index.types import LibraryPlace

MAX_VERSIONS = 50
"""Most earlier versions kept of an article; beyond that, the oldest are deleted."""

MIN_SHARED = 0.3
"""Share of the shorter text's word triples that two versions at one address have in common."""
MIN_SHARED_IN_FILE = 0.5
"""The same for articles of one file, which itself presents them as different ones."""

_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_MAX_WORDS = 20_000
_FEW_TRIPLES = 8
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Latest:
    """The article is the latest of its versions, to be stored as an article.

    Attributes:
        former_id: Id of the article that has become an earlier version of it; often empty.
    """

    former_id: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The article is an earlier version of another one, and has been stored as such.

    Attributes:
        latest_id: Id of the article that answers use.
    """

    latest_id: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The article is the same as another one at the same address, and not to be stored.

    Attributes:
        article_id: Id of the other one.
    """

    article_id: str


VersionOutcome: TypeAlias = "Latest | Earlier | Duplicate"


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two versions.

    Attributes:
        older: The version that is compared with.
        newer: The version that is compared.
        fields: Name, value before and value after of each field that differs, except the text.
        sentences: All sentences of both, in reading order.
    """

    older: ArticleVersion
    newer: ArticleVersion
    fields: tuple[tuple[str, str, str], ...]
    sentences: tuple[SentenceChange, ...]


def choose_version(
    folder: LibraryPlace, versions: Sequence[ArticleVersion], article_id: str, number: int
) -> ArticleVersion:
    """Return one of the versions of an article by its number; the folder is for the message.

    Raises:
        VersionNotFoundError: If there is none.
    """
    for version in versions:
        if version.number == number:
            return version
    raise VersionNotFoundError(folder, article_id, number)


def find_changes(
    folder: LibraryPlace,
    versions: Sequence[ArticleVersion],
    article_id: str,
    older: int | None,
    newer: int | None,
) -> Changes:
    """Return what changed between two of the versions of an article; see ``Library.changes``."""
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


def settle_version(writer: WriteTransaction, article: Article) -> VersionOutcome:
    """Find the place of an article to be stored among its versions; keep the one it replaces."""
    stored = writer.article_state(article.article_id)
    if stored is not None:
        if stored.content_sha256 != digest_content(article):
            _keep(writer, article.article_id, under=article.article_id)
        return Latest()
    other = _find_version(writer, article)
    if other is None:
        return Latest()
    if digest_content(other) == digest_content(article):
        return Duplicate(other.article_id)
    if is_earlier(article, other):
        _insert(writer, other.article_id, article, seen_at=datetime.now(UTC))
        return Earlier(other.article_id)
    # After any that the new one has from before it was removed and put back.
    move_versions(writer, other.article_id, to=article.article_id)
    _keep(writer, other.article_id, under=article.article_id)
    delete_article(writer, other.article_id)
    return Latest(former_id=other.article_id)


def is_earlier(article: Article, other: Article) -> bool:
    """Return whether an article states an earlier moment than another one.

    What counts is when it was last changed, or else published. If either states only a day, or no
    time zone, days are compared; a moment in the future is not believed.
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
    """Return how much of the shorter of two texts also occurs in the other one.

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
    """Return the article at the same address that has most in common with this one, or None."""
    address = address_of(article)
    best, most = None, 0.0
    for other in writer.articles_at(address) if address else ():
        shared = share_words(article.text, other.text)
        is_other = other.article_id != article.article_id
        if is_other and shared > most and _is_version(article, other, shared):
            best, most = other, shared
    return best


def _is_version(article: Article, other: Article, shared: float) -> bool:
    if not article.origin or article.origin != other.origin:
        return shared >= MIN_SHARED
    # A collection may hold parts of one page, each under the page's address.
    return shared >= MIN_SHARED_IN_FILE and (
        is_earlier(article, other) or is_earlier(other, article)
    )


def _keep(writer: WriteTransaction, article_id: str, *, under: str) -> None:
    """Copy an article that is about to be deleted to the versions of another one or its own."""
    article = writer.article(article_id, verify=False)
    if article is not None:
        seen_at, is_sound = writer.added_at(article_id), writer.is_sound(article_id)
        _insert(writer, under, article, seen_at=seen_at, is_sound=is_sound)


def _insert(
    writer: WriteTransaction,
    article_id: str,
    article: Article,
    *,
    seen_at: datetime,
    is_sound: bool = True,
) -> None:
    """Insert a version after all others, or before the first later one with another id."""
    later = [
        version
        for version in find_earlier_versions(writer, article_id)
        # Whatever took its own id came later, regardless of what it states.
        if version.article.article_id != article.article_id and is_earlier(article, version.article)
    ]
    number = later[0].number if later else last_number(writer, article_id) + 1
    put_version(writer, article_id, article, number=number, seen_at=seen_at, is_sound=is_sound)
    trim_versions(writer, article_id, keep=MAX_VERSIONS)


def _stated_moment(article: Article) -> date | None:
    """Return when an article was last changed, or else published, as it states it."""
    for moment in (article.updated_at, article.published_at, article.published):
        if moment is not None and _day_of(moment) <= (believable_now() + _AHEAD).date():
            return moment
    return None


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _triples(text: str) -> set[int]:
    words = _WORD.findall(text.casefold())[:_MAX_WORDS]
    if len(words) < 3:  # noqa: PLR2004 - a triple
        return {hash(tuple(words))}
    return {hash(triple) for triple in zip(words, words[1:], words[2:], strict=False)}
