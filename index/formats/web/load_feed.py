"""Feeds: RSS and Atom, read safely; the entries of a saved feed as articles."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import struct_time
from typing import Any

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile, read_file
from index.formats.left_out import describe_left_out, describe_missing
from index.formats.metadata import MAX_NAME_CHARS, MAX_TITLE_CHARS, Metadata, make_article
from index.formats.web.page import parse_page, strip_comments
from index.formats.web.page_dates import read_moment
from index.formats.web.page_furniture import remove_furniture, remove_link_blocks
from index.formats.web.page_text import render_text
from index.language.detection import parse_language
from index.text.addresses import absolute_address, host_of
from index.text.clean import clean_line, normalise_characters, tidy_lines
from index.text.clock import believable_now
from index.text.encodings import decode_page
from index.types import Article, Loaded, Skip

MIN_ENTRY_CHARS = 200
"""Less text is a summary; more is read as an article, whatever the feed calls it."""

_MAX_ENTRIES = 10_000
_MAX_ENTRY_CHARS = 5_000_000

# Feeds that are not well-formed are read by patterns, which takes long on large ones.
_MAX_BROKEN_BYTES = 5_000_000

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,300}\?>")
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_ROOT = re.compile(r"<(?:\w+:)?(?P<name>rss|feed|rdf)\b", re.IGNORECASE)
_HEAD_CHARS = 20_000
_TAG = re.compile(r"<[a-zA-Z!/]|&(?:#\d+|\w+);")
# How a summary ends if the text continues elsewhere.
_CUT = re.compile(
    r"\s*(?:\[?(?:…|\.\.\.|&#8230;)\]?|\[\+\]|(?:read|continue) (?:more|reading)\b.{0,80}|»|→)\s*$",
    re.IGNORECASE,
)
_APPEARED = re.compile(r"^(?:The post|L'article|El cargo|Der Beitrag) .{1,300}\.$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed.

    Attributes:
        url: Absolute address of the page that it announces; empty if none.
        title: One line; empty if none.
        published_at: With its time zone if stated; None if the entry is not dated.
        updated_at: The stated moment of the last change, or None.
        entry_id: Its own stable id (``guid``, ``id``); empty if none.
        language: ISO 639-1 code of the entry, else of the feed; empty if unknown.
        content: HTML or plain text of the entry: the whole article in some feeds, a summary in
            others; empty if none.
        author: Several are separated by commas; empty if unknown.
        is_summary: True if the feed marks ``content`` as a summary.
        other: The summary of an entry whose ``content`` is its text, or the other way round.
    """

    url: str
    title: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    entry_id: str = ""
    language: str = ""
    content: str = ""
    author: str = ""
    is_summary: bool = True
    other: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed and its entries.

    Attributes:
        url: The address that it was fetched from, else the one that it states; empty if none.
        title: Its name, which is the outlet of its entries; empty if none.
        language: ISO 639-1 code; empty if unknown.
        entries: In the feed's order.
    """

    url: str
    title: str
    language: str
    entries: tuple[FeedEntry, ...]


def load_feed(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the articles that a saved feed holds in full; a line is an entry's number."""
    data = read_file(file, max_bytes=max_bytes)
    feed = parse_feed(data, url=file.url, name=file.name)
    if not feed.entries:
        raise ArticleFormatError(file.name, "a feed without entries")
    for number, entry in enumerate(feed.entries, start=1):
        place = Place(file.name, number)
        try:
            yield place, _entry_article(file, feed, entry, place)
        except ArticleFormatError as error:
            yield place, Skip(str(place), error.reason)


def parse_feed(data: bytes, *, url: str, name: str = "") -> Feed:
    """Read an RSS or Atom feed.

    Args:
        data: The feed as received.
        url: Its address, for relative addresses; empty if unknown.
        name: Its name in an error; empty for the address.

    Raises:
        ArticleFormatError: If it is not a feed, declares entities, or is large and not well-formed.
    """
    name = name or url or "feed"
    text = decode_page(data, name=name)
    if _ENTITY.search(text):
        raise ArticleFormatError(name, "XML that declares its own entities")
    if not _ROOT.search(text, 0, _HEAD_CHARS):
        raise ArticleFormatError(name, "not an RSS or Atom feed")
    encoded = _DECLARATION.sub("", text).encode("utf-8", "replace")
    if len(encoded) > _MAX_BROKEN_BYTES and not _is_well_formed(encoded):
        reason = f"XML that is not well-formed, of more than {_MAX_BROKEN_BYTES:,} bytes"
        raise ArticleFormatError(name, reason)
    found = _parse(encoded, url)
    channel = found.feed
    language = parse_language(_text(channel, "language"))
    links = (_text(channel, "link"), _text(channel, "id"))
    own = next(filter(None, (absolute_address(link, url) for link in links)), "")
    return Feed(
        url=url or own,
        title=_line(_text(channel, "title")),
        language=language,
        entries=tuple(
            _entry(entry, url or own, language) for entry in found.entries[:_MAX_ENTRIES]
        ),
    )


def _parse(encoded: bytes, url: str) -> Any:  # noqa: ANN401 (feedparser's own dictionary)
    import feedparser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # As a stream: bytes or a string could be taken for a path or an address to fetch.
        return feedparser.parse(
            io.BytesIO(encoded),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": url,
            },
            sanitize_html=False,  # only its text is used
            resolve_relative_uris=False,
        )


def _is_well_formed(encoded: bytes) -> bool:
    from index.formats.xml import parse_xml

    try:
        parse_xml(encoded, name="")
    except ArticleFormatError:
        return False
    return True


def _entry(entry: Any, base: str, language: str) -> FeedEntry:  # noqa: ANN401
    contents = [part for part in entry.get("content") or () if isinstance(part, dict)]
    texts = [str(part.get("value") or "") for part in contents]
    languages = [str(part.get("language") or "") for part in contents]
    summary = _text(entry, "summary")
    content = max(texts, key=len, default="")
    is_summary = not content or len(content) < len(summary)
    authors = [str(author.get("name") or "") for author in entry.get("authors") or () if author]
    entry_id = _text(entry, "id")
    return FeedEntry(
        url=absolute_address(_text(entry, "link"), base) or absolute_address(entry_id),
        title=_line(_text(entry, "title")),
        published_at=_moment(entry, "published") or _moment(entry, "created"),
        updated_at=_moment(entry, "updated"),
        entry_id=_line(entry_id, max_chars=MAX_NAME_CHARS),
        language=next(filter(None, map(parse_language, languages)), language),
        content=(summary if is_summary else content)[:_MAX_ENTRY_CHARS],
        author=_line(", ".join(filter(None, authors)) or _text(entry, "author"), MAX_NAME_CHARS),
        is_summary=is_summary,
        other=(content if is_summary else summary)[:_MAX_ENTRY_CHARS],
    )


def _text(fields: Any, key: str) -> str:  # noqa: ANN401
    # feedparser's own ``get`` returns the date of publication if there is none of a change.
    value = dict.get(fields, key)
    return value if isinstance(value, str) else ""


def _line(value: str, max_chars: int = MAX_TITLE_CHARS) -> str:
    return clean_line(value, max_chars=max_chars)


def _moment(entry: Any, key: str) -> datetime | None:  # noqa: ANN401
    """Return a moment with the time zone in the entry, which feedparser drops."""
    found = read_moment(_text(entry, key))
    if isinstance(found, datetime):
        return found
    parsed = dict.get(entry, f"{key}_parsed")
    if not isinstance(parsed, struct_time):
        return datetime.combine(found, datetime.min.time()) if found else None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _entry_article(file: SourceFile, feed: Feed, entry: FeedEntry, place: Place) -> Article:
    text = entry_text(entry.content, name=str(place))
    n_chars = len(text)
    if n_chars < MIN_ENTRY_CHARS or (entry.is_summary and _CUT.search(text)):
        where = f"add it by its address, {entry.url}" if entry.url else "it names no address"
        named = describe_left_out([("the summary", text)])
        raise ArticleFormatError(str(place), f"only a summary; {where}{named and f'; {named}'}")
    published = entry.published_at
    today = believable_now().date()
    if published and published.date() > today:
        published = None
    key = (entry.entry_id or entry.url or text).encode("utf-8", "surrogatepass")
    whose = (feed.url or feed.title).encode("utf-8", "surrogatepass")
    article = make_article(
        text,
        Metadata(
            title=entry.title,
            published=published.date() if published else None,
            published_at=published if published and published.time() != _MIDNIGHT else None,
            updated_at=entry.updated_at,
            outlet=feed.title or host_of(entry.url),
            author=entry.author,
            language=entry.language,
            url=entry.url,
            date_basis="feed" if published else "",
        ),
        article_id=hashlib.sha256(b"feed\0" + whose + b"\0" + key).hexdigest()[:12],
        source=entry.url or f"{file.location}:{place.line}",
        origin=file.location,
        fallback_title=f"{file.stem}, entry {place.line}",
        has_markup=False,
    )
    left_out = ""
    if entry.other:
        other = entry_text(entry.other, name=str(place))
        left_out = describe_missing([("the summary", other)], [article.text, article.title])
    return replace(article, notes=(*article.notes, left_out)) if left_out else article


_MIDNIGHT = datetime.min.time()


def entry_text(content: str, *, name: str) -> str:
    """Return the text of an entry's content, which is HTML or plain text.

    Raises:
        ArticleFormatError: If it is unreadable HTML.
    """
    if not _TAG.search(content):
        return remove_furniture(tidy_lines(normalise_characters(content)))
    tree = parse_page(f"<html><body>{content}</body></html>", name=name)
    strip_comments(tree)
    remove_link_blocks(tree)
    return _APPEARED.sub("", remove_furniture(render_text(tree))).strip()
