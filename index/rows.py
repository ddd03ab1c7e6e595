"""What the record gives back besides articles and passages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from index.types import EncoderIdentity


class InconsistentRecordError(Exception):
    """The record contradicts itself; ``index.archive`` reports it as a damaged library."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which state of the record something belongs to.

    Attributes:
        generation: Rises by one with every change that a reader can see.
        token: Random, so that two histories with one number differ.
    """

    generation: int
    token: bytes


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text.

    Attributes:
        article_id: Its id.
        title: Its title.
        source: Where it comes from.
        outlet: Who published it; empty where unknown.
        published: Its date, or None.
        origin: The file that it was read from; empty for one made in Python.
        characters: Length of its text, in code points.
        passages: Number of its passages.
        added_at: When it was added, in UTC.
        author: Who wrote it; empty where unknown.
        language: ISO 639-1 code; empty where unknown.
        url: Its web address; empty where it has none.
        canonical_url: The address that its page names as the right one; empty where none is.
        published_at: The moment of publication where a time of day is known, or None.
        updated_at: The moment of its last change, or None.
        date_basis: How ``published`` is known, one of ``DATE_BASES``; empty where it is not.
        editions: Number of earlier versions that are kept.
    """

    article_id: str
    title: str
    source: str
    outlet: str
    published: date | None
    origin: str
    characters: int
    passages: int
    added_at: datetime
    author: str = ""
    language: str = ""
    url: str = ""
    canonical_url: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    date_basis: str = ""
    editions: int = 0


@dataclass(frozen=True, slots=True)
class LibraryStatistics:
    """How large a library is.

    Attributes:
        articles: Articles.
        passages: Passages.
        sentences: Sentences, headings included.
        characters: Code points of text.
        outlets: Different outlets that are known.
        undated: Articles without a date.
        earliest: First publication date, or None.
        latest: Last publication date, or None.
        encoder: What made the vectors; None while nothing was added.
        generation: Changes since the library was made.
        editions: Earlier versions of articles that are kept, and not searched.
    """

    articles: int
    passages: int
    sentences: int
    characters: int
    outlets: int
    undated: int
    earliest: date | None
    latest: date | None
    encoder: EncoderIdentity | None
    generation: int
    editions: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is held of an article, enough to tell whether another one differs.

    Attributes:
        content_sha256: Digest of its title and text.
        pipeline: Version of splitting and encoding that it went through.
        details: What can change without encoding again, see ``index.article_rows.DETAILS``.
        origin: The file that it was read from.
    """

    content_sha256: bytes
    pipeline: str
    details: tuple[str | None, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """Where a passage stands: its article's key and its span in that article's text."""

    passage_id: int
    article_key: int
    start: int
    end: int
