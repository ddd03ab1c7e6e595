"""Rows of the record: articles, passages and vectors, turned into objects and back.

A record of an older version lacks the later columns. It is read as it is: the query states the
values that they would have after an upgrade.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from index.record.checksums import sound
from index.record.schema import CHECKSUMS_VERSION, DETAILS_VERSION
from index.types import DATE_BASES, Article, EncoderIdentity, FloatMatrix


class InconsistentRecordError(Exception):
    """The record contradicts itself; ``index.record.database`` reports it as a damaged library."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of the record.

    Attributes:
        number: Rises by one with every change that a reader can see.
        token: Random, so that two histories with the same number differ.
    """

    number: int
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
        versions: Number of earlier versions that are kept.
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
    versions: int = 0


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
        generation: Number of changes since the library was made.
        versions: Earlier versions of articles, which are kept and not searched.
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
    versions: int = 0


@dataclass(frozen=True, slots=True)
class ArticleState:
    """What is stored of an article, enough to see whether another one differs.

    Attributes:
        content_sha256: Digest of its title and text.
        pipeline: Version of splitting and encoding that it went through.
        details: What can change without encoding again, see ``index.record.rows.DETAILS``.
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


PIPELINE = "2"
"""Version of splitting and of the encoder's input. Raise it when either changes: adding the same
articles again then splits and encodes them anew."""

LATER = {
    "author": "''",
    "language": "''",
    "url": "''",
    "canonical_url": "''",
    "published_at": "NULL",
    "updated_at": "NULL",
    "date_basis": "''",
    "pages": "'[]'",
}
"""Columns that records of the versions 1 and 2 lack, with what they hold after an upgrade."""

DETAILS = ("source", "outlet", "published", *LATER)
"""What can change without encoding an article again."""

MAX_LINE_CHARS = 1_000
MAX_ADDRESS_CHARS = 2_000
MAX_PAGES = 100_000

_CORE = ("article_id", "title", "text", "origin", "content_sha256")
_SUMMARY = (
    *("article_id", "title", "source", "outlet", "published", "origin", "characters", "added_at"),
    *("author", "language", "url", "canonical_url", "published_at", "updated_at", "date_basis"),
)
_LANGUAGE = re.compile(r"(?:[a-z]{2,3})?")
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


def article_columns(version: int = CHECKSUMS_VERSION, table: str = "articles") -> str:
    """Return the columns of the articles ``a`` that ``to_article`` reads, for a query.

    Args:
        version: The record's; one before ``DETAILS_VERSION`` lacks the columns of ``LATER``.
        table: Where the articles are; ``editions`` and ``removed_articles`` have these columns too.
    """
    has_details = version >= DETAILS_VERSION
    columns = [_column(name, has_details=has_details) for name in (*_CORE, *DETAILS)]
    return ", ".join((*columns, sound(table, "a", version=version)))


def summary_columns(version: int = CHECKSUMS_VERSION) -> str:
    """Return the columns of the articles ``a`` that ``to_summary`` reads; see above."""
    has_details = version >= DETAILS_VERSION
    columns = [sound("articles", "a", version=version)]
    columns += [_column(name, has_details=has_details) for name in _SUMMARY]
    columns.append("(SELECT count(*) FROM passages p WHERE p.article_key = a.article_key)")
    columns.append(
        "(SELECT count(*) FROM editions e WHERE e.article_id = a.article_id)"
        if has_details
        else "0"
    )
    return ", ".join(columns)


def details_columns(*, has_details: bool = True) -> str:
    """Return the columns of the articles ``a`` whose values ``details_of`` gives."""
    return ", ".join(_column(name, has_details=has_details) for name in DETAILS)


def details_of(article: Article) -> tuple[str | None, ...]:
    """Return an article's values of ``DETAILS``, as they are stored."""
    published = article.published
    return (
        article.source,
        article.outlet,
        # Called on the class, so that a datetime gives its date too.
        None if published is None else date.isoformat(published),
        article.author,
        article.language,
        article.url,
        article.canonical_url,
        write_moment(article.published_at),
        write_moment(article.updated_at),
        article.date_basis,
        json.dumps(article.pages, separators=(",", ":")),
    )


def language_of(details: Sequence[str | None]) -> str:
    """Return the language among an article's values of ``DETAILS``."""
    return details[DETAILS.index("language")] or ""


def to_article(row: Sequence[Any]) -> Article:
    """Return the article of a row of ``article_columns``.

    Raises:
        InconsistentRecordError: If a date or the pages are invalid.
    """
    values = _read_values((*_CORE, *DETAILS), row[:-1])
    del values["content_sha256"]
    return Article(**values)


def digest_of(row: Sequence[Any]) -> bytes:
    """Return the digest in a row of ``article_columns``: that of what was added."""
    digest: bytes = row[4]
    return digest


def is_sound(row: Sequence[Any]) -> bool:
    """Return whether a row of ``article_columns`` is what was written, but for its text."""
    return bool(row[-1])


def to_verified_article(row: Sequence[Any]) -> Article:
    """Return an article that is what was stored, whatever the disk did to it since.

    Raises:
        InconsistentRecordError: If it is not.
    """
    check_sound(row[-1], "the details of an article", row[0])
    article = to_article(row)
    if digest_content(article) != digest_of(row):
        raise InconsistentRecordError("the text of an article is not what was added")
    return article


def check_sound(sound: object, what: str, which: str = "") -> None:
    """Refuse a row that is not what was written.

    Args:
        sound: What ``index.record.checksums.sound`` gave for it.
        what: It is, for the message.
        which: Its id; empty where it has none.

    Raises:
        InconsistentRecordError: If it is not.
    """
    if not sound:
        of = f" '{which}'" if which else ""
        raise InconsistentRecordError(f"{what}{of} are not what was stored")


def digest_content(article: Article) -> bytes:
    """Return the SHA-256 of what the vectors and the full-text index are made from."""
    return digest_texts(article.title, article.text)


def digest_texts(title: str, text: str) -> bytes:
    """Return the SHA-256 of an article's title and text."""
    digest = sha256()
    for part in (title, text):
        raw = part.encode("utf-8")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.digest()


def to_summary(row: Sequence[Any]) -> ArticleSummary:
    """Return the article of a row of ``summary_columns``, without its text.

    Raises:
        InconsistentRecordError: If a date is invalid, or the row is not what was written.
    """
    check_sound(row[0], "the details of an article", row[1])
    return ArticleSummary(**_read_values((*_SUMMARY, "passages", "versions"), row[1:]))


def read_date(value: str | None) -> date | None:
    """Return a stored date.

    Raises:
        InconsistentRecordError: If it is invalid.
    """
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as error:
        raise InconsistentRecordError("a stored date is invalid") from error


def read_moment(value: str | None) -> datetime | None:
    """Return a stored moment.

    Raises:
        InconsistentRecordError: If it is invalid.
    """
    try:
        return None if value is None else datetime.fromisoformat(value)
    except ValueError as error:
        raise InconsistentRecordError("a stored moment is invalid") from error


def write_moment(value: datetime | None) -> str | None:
    """Return a moment as it is stored: ISO 8601, with the offset of its zone if it has one."""
    return None if value is None else value.isoformat()


def now_as_stored() -> str:
    """Return the present moment as it is stored: in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def find_detail_fault(article: Article) -> str:
    """Return why an article's details cannot be stored, or an empty string.

    Raises:
        TypeError: If one has the wrong type.
    """
    _check_types(article)
    for name, limit in (
        ("author", MAX_LINE_CHARS),
        ("url", MAX_ADDRESS_CHARS),
        ("canonical_url", MAX_ADDRESS_CHARS),
    ):
        value = getattr(article, name)
        if any(unicodedata.category(c) in _CONTROL for c in value):
            return f"its {name} holds a line break or another control character"
        if len(value) > limit:
            return f"its {name} is longer than {limit:,} characters"
    if not _LANGUAGE.fullmatch(article.language):
        return "its language is not a code of two or three letters, such as 'en'"
    if article.date_basis and article.date_basis not in DATE_BASES:
        return f"its date_basis is not one of {', '.join(DATE_BASES)}"
    moment, day = article.published_at, article.published
    if moment is not None and (day is None or date.isoformat(day) != moment.date().isoformat()):
        return "its moment of publication is not on its date of publication"
    return _find_page_fault(article)


def _column(name: str, *, has_details: bool) -> str:
    return f"a.{name}" if has_details or name not in LATER else f"{LATER[name]} AS {name}"


def _read_pages(value: str) -> tuple[int, ...]:
    try:
        pages = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InconsistentRecordError("a stored list of pages is invalid") from error
    if not isinstance(pages, list) or not all(type(page) is int for page in pages):
        raise InconsistentRecordError("a stored list of pages is invalid")
    return tuple(pages)


_READ: dict[str, Callable[[str], Any]] = {
    "published": read_date,
    "published_at": read_moment,
    "updated_at": read_moment,
    "added_at": datetime.fromisoformat,
    "pages": _read_pages,
}


def _read_values(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return the values of a row by their names, dates and pages read."""
    pairs = zip(names, row, strict=True)
    return {name: _READ[name](value) if name in _READ else value for name, value in pairs}


def _find_page_fault(article: Article) -> str:
    pages = article.pages
    if len(pages) > MAX_PAGES:
        return f"it has more than {MAX_PAGES:,} pages"
    if any(later < earlier for earlier, later in pairwise(pages)):
        return "its pages are not in order"
    if pages and not 0 <= pages[0] <= pages[-1] <= len(article.text):
        return "a page of it starts outside its text"
    return ""


def _check_types(article: Article) -> None:
    for name in ("author", "language", "url", "canonical_url", "date_basis"):
        value = getattr(article, name)
        if not isinstance(value, str):
            raise TypeError(f"an article's {name} is a string, not {type(value).__name__}")
    for name in ("published_at", "updated_at"):
        value = getattr(article, name)
        if not isinstance(value, datetime | None):
            raise TypeError(f"an article's {name} is a datetime, not {type(value).__name__}")
    pages: object = article.pages
    if not isinstance(pages, tuple) or not all(type(page) is int for page in pages):
        raise TypeError("an article's pages are a tuple of integers")


IdVector: TypeAlias = npt.NDArray[np.int64]
"""int64, shape (n,): passage ids."""

AT_REST = np.dtype("<f2")
"""How vectors are stored: float16, little-endian."""

_UNIT_TOLERANCE = 2e-3  # the encoder's and what float16 adds to it


def decode_vectors(blobs: Sequence[bytes], dim: int) -> FloatMatrix:
    """Return stored vectors as float32, shape (n, dim), unit rows.

    Raises:
        InconsistentRecordError: If a blob is not a whole number of unit vectors.
    """
    if any(len(blob) % (dim * AT_REST.itemsize) for blob in blobs):
        raise InconsistentRecordError("a vector has the wrong length")
    matrix = np.frombuffer(b"".join(blobs), dtype=AT_REST).reshape(-1, dim).astype(np.float32)
    if not has_unit_rows(matrix, tolerance=_UNIT_TOLERANCE):
        raise InconsistentRecordError("a vector is not of length one")
    return matrix


def has_unit_rows(matrix: FloatMatrix, *, tolerance: float) -> bool:
    """Return whether every row has length one; one that is not finite has not."""
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.linalg.norm(matrix, axis=1)
    return bool(np.all(np.abs(norms - 1.0) <= tolerance))


def to_columns(rows: Sequence[tuple[int, bytes]], dim: int) -> tuple[IdVector, FloatMatrix]:
    """Return rows of passage ids and stored vectors as arrays: shapes (n,) and (n, dim).

    Raises:
        InconsistentRecordError: If a row does not hold one unit vector.
    """
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    matrix = decode_vectors([row[1] for row in rows], dim)
    if len(matrix) != len(ids):
        raise InconsistentRecordError("a vector has the wrong length")
    return ids, matrix
