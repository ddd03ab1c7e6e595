"""The metadata of an article, and the article made from its text and metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TypeVar

from index.errors import ArticleFormatError
from index.formats.left_out import describe_missing
from index.formats.publication_date import settle_date
from index.language.date_words import BYLINE_WORD
from index.language.detection import detect_language, parse_language
from index.language.words import word_ranks
from index.text.addresses import MAX_ADDRESS_CHARS, host_of, normalise_address
from index.text.clean import (
    clean_line,
    clean_text,
    normalise_characters,
    part_captions,
    shorten,
)
from index.text.datelines import find_wire
from index.text.dates import find_byline, is_ambiguous, is_date_line, parse_date, parse_moment
from index.text.encodings import repair_encoding
from index.text.tables import label_tables
from index.types import Article

_T = TypeVar("_T")

_TITLE = ("title", "headline")
_PUBLISHED = (
    *("date", "published", "publishedat", "publishedon", "pubdate", "datepublished"),
    *("publicationdate", "publishdate", "publisheddate", "publishedtime", "publishtime", "issued"),
    *("articlepublishedtime", "dcdate", "dctermsissued", "datetime"),
)
_UPDATED = (
    *("updated", "updatedat", "updatedon", "modified", "modifiedat", "datemodified"),
    *("lastmodified", "lastupdated", "articlemodifiedtime", "dctermsmodified"),
)
_OUTLET = ("outlet", "publisher", "site", "sitename", "publication")
_AUTHOR = ("author", "authors", "byline", "creator", "dccreator")
_LANGUAGE = ("language", "lang", "inlanguage", "dclanguage", "locale")
_URL = ("url", "link", "permalink", "canonicalurl", "canonical")
_CANONICAL = ("canonicalurl", "canonical", "canonicallink")
"""Names of fields; the first that is present counts."""

MAX_TITLE_CHARS = 300
MAX_NAME_CHARS = 200
"""The longest title, and the longest name of an outlet, that is kept."""

_MAX_AUTHOR_CHARS = 500
_MAX_AUTHORS = 50

# If the first line is a paragraph, its first sentence is the title, cut to this length.
_MAX_SENTENCE_TITLE_CHARS = 120
_MIN_SENTENCE_TITLE_CHARS = 20

_FIRST_SENTENCE = re.compile(
    rf".{{{_MIN_SENTENCE_TITLE_CHARS},{_MAX_SENTENCE_TITLE_CHARS}}}?"
    r"(?<=[^\W_]{3})[.!?][\"”’)]*(?=\s|$)"  # not after an initial or an abbreviation
)
_LETTER = re.compile(r"[^\W\d_]")
_JOINTS = re.compile(r"[\s_:.-]+")
_BY = re.compile(r"^by[:\s]\s*", re.IGNORECASE)
_BYLINE_WORD = re.compile(rf"^{BYLINE_WORD}\s?[:：/／|｜]?\s*", re.IGNORECASE)  # noqa: RUF001
_BYLINE_LINES = 5
_LEAST_TAKEN = 40
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file or a collection says about an article.

    Attributes:
        title: Empty if not stated.
        published: None if not stated or not understood.
        outlet: The publisher; empty if not stated.
        source: The source as the collection states it; empty if it does not.
        url: Its address; empty if not stated.
        author: Empty if not stated.
        language: ISO 639-1 code; empty if not stated.
        canonical_url: The address that it names as canonical; empty if none.
        published_at: The moment of publication if a time of day is stated, else None.
        updated_at: The moment of the last change, or None.
        date_basis: How ``published`` is known, one of ``DATE_BASES``.
        unsettled: A stated date of which the day or the month may come first; empty if none.
        made: The day on which its file was made or saved, which is shown and is never the day of
            publication.
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
    unsettled: str = ""
    made: date | None = None

    @classmethod
    def from_mapping(cls, fields: Mapping[str, object]) -> Metadata:
        """Read the fields of a front matter or of a record.

        The names of ``_TITLE`` and the lists after it are recognised in any case and however their
        words are joined: ``published_at``, ``publishedAt`` and ``Published at`` are the same. A
        field of an unexpected type is ignored. If no outlet is stated, the host of the address is
        used, else a source that is neither an address nor a path.
        """
        known: dict[str, object] = {}
        for key, value in fields.items():
            known.setdefault(_JOINTS.sub("", str(key).lower()), value)
        source = _address(known.get("source"))
        url = _first(map(_address, _values(known, _URL)))
        outlet = _line(known, _OUTLET, max_chars=MAX_NAME_CHARS)
        is_name = bool(source) and not re.search(r"[/\\]", source)
        published = _first(map(parse_date, _values(known, _PUBLISHED)))
        moments = map(parse_moment, _values(known, _PUBLISHED))
        unsettled = _first(v for v in _values(known, _PUBLISHED) if is_ambiguous(v))
        return cls(
            title=_line(known, _TITLE, max_chars=MAX_TITLE_CHARS),
            published=published,
            outlet=outlet
            or host_of(url or "")
            or (shorten(source, MAX_NAME_CHARS) if is_name else host_of(source)),
            source=source,
            url=url or "",
            author=read_author(_first(_values(known, _AUTHOR))),
            language=_first(map(parse_language, _values(known, _LANGUAGE))) or "",
            canonical_url=_web(_first(map(_address, _values(known, _CANONICAL))) or ""),
            published_at=_first(m for m in moments if m and m.date() == published),
            updated_at=_first(map(_read_update, _values(known, _UPDATED))),
            date_basis="stated" if published else "",
            unsettled="" if published or not isinstance(unsettled, str) else unsettled,
        )


def make_article(
    raw: str,
    metadata: Metadata,
    *,
    article_id: str,
    source: str,
    origin: str,
    fallback_title: str,
    has_markup: bool = True,
) -> Article:
    """Make an article from a raw text; a missing title or date is looked for in the text.

    ``fallback_title`` is the title if the text offers none. For ``has_markup`` see ``clean_text``,
    for the rest ``Article``.

    Raises:
        ArticleFormatError: If nothing is left of the text after cleaning.
    """
    text = clean_text(
        label_tables(repair_encoding(raw)), word_ranks=word_ranks(), has_markup=has_markup
    )
    if not text:
        raise ArticleFormatError(source, "no text is left after cleaning")
    name = clean_line(fallback_title, max_chars=MAX_TITLE_CHARS)
    lines = [line for line in text.split("\n") if line]
    language = metadata.language or detect_language(text)
    dated = settle_date(metadata, lines, language)
    taken = describe_missing(_cleaned_away(raw, text), [text, metadata.title])
    return Article(
        article_id=article_id,
        title=repair_encoding(metadata.title) or _title_of(lines) or name or "Untitled",
        text=text,
        source=source,
        published=dated.published,
        outlet=repair_encoding(metadata.outlet) or find_wire(lines),
        origin=origin,
        author=repair_encoding(metadata.author) or find_author(lines),
        language=language,
        url=_web(metadata.url),
        canonical_url=_web(metadata.canonical_url),
        published_at=dated.published_at,
        updated_at=metadata.updated_at,
        date_basis=dated.basis,
        notes=(*dated.notes, taken) if taken else dated.notes,
    )


def _cleaned_away(raw: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of a raw text, if cleaning has taken a sentence or more out of it."""
    if len(raw) > len(text) + _LEAST_TAKEN:
        for paragraph in part_captions(raw).split("\n\n"):
            yield "what looked like the furniture of a page", _TAG.sub(" ", paragraph)


def mark_unpublished(article: Article, status: str) -> Article:
    """Return an article that is not on record, with a title that says so and without a day."""
    title = shorten(article.title, MAX_TITLE_CHARS - len(status) - 3)
    return replace(
        article,
        title=f"{title} ({status})",
        published=None,
        published_at=None,
        date_basis="",
    )


def read_author(value: object) -> str:
    """Return the authors of an article on one line, separated by commas, without a leading "By".

    Args:
        value: A name, a byline, a list of names, or of objects with a ``name``; anything else gives
            an empty string.
    """
    values = value if isinstance(value, list | tuple) else [value]
    names = (
        _BY.sub("", clean_line(name, max_chars=MAX_NAME_CHARS))
        for name in map(_name_of, values[:_MAX_AUTHORS])
    )
    return shorten(", ".join(dict.fromkeys(filter(None, names))), _MAX_AUTHOR_CHARS)


def find_author(lines: Sequence[str]) -> str:
    """Return the author in a byline among the first lines, empty if there is none."""
    found = next(filter(None, map(find_byline, lines[:_BYLINE_LINES])), "")
    return read_author(_BYLINE_WORD.sub("", found).strip(" ,|"))


def _title_of(lines: list[str]) -> str:
    """Return a title from the first line with words that is not just a date or a byline."""
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
    """Return an address, a path or a name on one line, otherwise unchanged."""
    if not isinstance(value, str):
        return ""
    return " ".join(normalise_characters(value[:MAX_ADDRESS_CHARS]).split())


def _web(address: str) -> str:
    """Return an address if it is a web address, else an empty string."""
    return address if normalise_address(address) and address.isprintable() else ""


def _values(known: Mapping[str, object], names: Sequence[str]) -> Iterator[object]:
    return (known[name] for name in names if known.get(name) is not None)


def _first(found: Iterable[_T | None]) -> _T | None:
    return next((value for value in found if value), None)


def _name_of(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _read_update(value: object) -> datetime | None:
    """Return the moment of an update: the start of its day if no time is stated."""
    if moment := parse_moment(value):
        return moment
    day = parse_date(value)
    return datetime.combine(day, time()) if day else None


def _line(known: Mapping[str, object], names: Sequence[str], *, max_chars: int) -> str:
    """Return the first of some fields with a text or a number, as one clean line."""
    values = (clean_line(_name_of(v), max_chars=max_chars) for v in _values(known, names))
    return _first(values) or ""
