"""What is known about an article besides its text, and the article made of both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from index.clean import clean_line, clean_text, normalise_characters, shorten
from index.dates import find_dateline, is_date_line, parse_date
from index.errors import ArticleFormatError
from index.types import Article
from index.words import word_ranks

_MAX_TITLE_CHARS = 300
_MAX_NAME_CHARS = 200
_MAX_ADDRESS_CHARS = 2_000

# A first line that is a paragraph gives its first sentence, or this much of it.
_MAX_SENTENCE_TITLE_CHARS = 120
_MIN_SENTENCE_TITLE_CHARS = 20

_FIRST_SENTENCE = re.compile(
    rf".{{{_MIN_SENTENCE_TITLE_CHARS},{_MAX_SENTENCE_TITLE_CHARS}}}?"
    r"(?<=[^\W_]{3})[.!?][\"”’)]*(?=\s|$)"  # not after an initial or an abbreviation
)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file or a collection says about an article.

    Attributes:
        title: Empty where it is not said.
        published: None where it is not said or not understood.
        outlet: Who published it; empty where it is not said.
        source: Where it comes from, as the collection puts it; empty where it does not.
        url: Its address; empty where it is not said.
        author: Who wrote it; empty where it is not said.
        language: ISO 639-1 code; empty where it is not said.
        canonical_url: The address that it names as the right one; empty where it names none.
        published_at: The moment of publication where a time of day is said, else None.
        updated_at: The moment of its last change, or None.
        date_basis: How ``published`` is known, one of ``DATE_BASES``.
    """

    title: str = ""
    published: date | None = None
    outlet: str = ""
    source: str = ""
    url: str = ""
    author: str = ""
    language: str = ""
    canonical_url: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    date_basis: str = ""

    @classmethod
    def from_mapping(cls, fields: Mapping[str, object]) -> Metadata:
        """Read the fields of a front matter or of a record.

        Known are ``title``; ``date`` or ``published``; ``outlet``, ``publisher`` or ``site``;
        ``source``; ``url`` or ``link``, in any case. A field of another type counts as absent.
        Without an outlet, the host of the address is one, else a source that is neither an
        address nor a path.
        """
        known = {str(key).lower(): value for key, value in fields.items()}
        source = _address(known.get("source"))
        url = _address(known.get("url")) or _address(known.get("link"))
        outlet = _line(known, "outlet", "publisher", "site", max_chars=_MAX_NAME_CHARS)
        is_name = bool(source) and not re.search(r"[/\\]", source)
        dates = (parse_date(known.get(key)) for key in ("date", "published"))
        return cls(
            title=_line(known, "title", max_chars=_MAX_TITLE_CHARS),
            published=next(filter(None, dates), None),
            outlet=outlet
            or _host(url)
            or (shorten(source, _MAX_NAME_CHARS) if is_name else _host(source)),
            source=source,
            url=url,
        )


def make_article(
    raw: str, metadata: Metadata, *, article_id: str, source: str, origin: str, fallback_title: str
) -> Article:
    """Clean a text and make it an article.

    Args:
        raw: The text as it was read.
        metadata: What else is known; a title or date that it lacks is looked for in the text.
        article_id: See ``Article``.
        source: See ``Article``.
        origin: See ``Article``.
        fallback_title: The title if the text offers none.

    Raises:
        ArticleFormatError: If nothing is left of the text after cleaning.
    """
    text = clean_text(raw, word_ranks=word_ranks())
    if not text:
        raise ArticleFormatError(source, "no text is left after cleaning")
    name = clean_line(fallback_title, max_chars=_MAX_TITLE_CHARS)
    lines = [line for line in text.split("\n") if line]
    return Article(
        article_id=article_id,
        title=metadata.title or _title_of(lines) or name or "Untitled",
        text=text,
        source=source,
        published=metadata.published or find_dateline(lines),
        outlet=metadata.outlet,
        origin=origin,
    )


def _title_of(lines: list[str]) -> str:
    """Return a title from the first line that has words and is more than a date or a byline."""
    for line in lines[:5]:
        if _LETTER.search(line) and not is_date_line(line):
            return _headline(line)
    return ""


def _headline(line: str) -> str:
    if len(line) <= _MAX_SENTENCE_TITLE_CHARS:
        return line
    sentence = _FIRST_SENTENCE.match(line)
    return sentence[0] if sentence else shorten(line, _MAX_SENTENCE_TITLE_CHARS)


def _address(value: object) -> str:
    """Return a field that is an address, a path or a name, as it is but printable."""
    if not isinstance(value, str):
        return ""
    return " ".join(normalise_characters(value[:_MAX_ADDRESS_CHARS]).split())


def _line(fields: Mapping[str, object], *keys: str, max_chars: int) -> str:
    """Return the first of some fields that holds a text or a number, as one clean line."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and (line := clean_line(value, max_chars=max_chars)):
            return line
    return ""


def _host(address: str) -> str:
    """Return the host of a web address without ``www.``, empty for anything else."""
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return ""
    return (host or "").removeprefix("www.")
