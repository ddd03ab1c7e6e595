"""Feeds that are followed: an address -> the pages that its feed announces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

from index.containment.contain import Container
from index.errors import FetchError
from index.fetching.feed_entries import MAX_ENTRIES, read_entries
from index.fetching.fetcher import Fetcher, NotModified, Page
from index.fetching.web_address import read_address, show_address
from index.formats.files import SourceFile
from index.formats.web.load_feed import Feed, FeedEntry
from index.types import Article, Skip

# What a page of our own making around an entry's text says of it.
_PAGE = """<!DOCTYPE html>
<html{language}><head><meta charset="utf-8"><title>{title}</title></head>
<body><article><h1>{title}</h1>
{content}
</article></body></html>
"""

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_HEAD_BYTES = 512_000
_MAX_LINKS = 200
# One element at a time: on a whole page made to be slow, the parser is.
_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
_XML_STARTS = (b"<?xml", b"<rss", b"<feed", b"<rdf:rdf")

# How a date may be known that a feed knows better: by reading the text or the file.
_WEAKER = frozenset({"", "dateline", "file"})


@dataclass(frozen=True, slots=True)
class Announced:
    """A page that is to be fetched.

    Attributes:
        url: Its address.
        published: When the feed that announces it says it was published, or None.
    """

    url: str
    published: datetime | None = None


def find_entries(
    fetcher: Fetcher,
    url: str,
    container: Container,
    *,
    since: date | None = None,
    progress: Callable[[str], None] = lambda url: None,
) -> Iterator[Announced | SourceFile | Skip]:
    """Fetch a feed, and yield what it announces, in its order.

    Args:
        fetcher: Fetches it.
        url: The feed's address, or that of a page that names its feed.
        container: Reads the feed; from ``index.fetching.feed_entries``.
        since: Only entries of this day or later. An entry without a date is then skipped.
        progress: Called with an address before it is fetched.

    Yields:
        Pages to fetch; files in memory for entries that are articles without a page; skips.
    """
    try:
        feed = _read_feed(fetcher, url, container, progress)
    except FetchError as error:
        yield Skip(error.source, error.reason)
        return
    shown = show_address(feed.url)
    if not feed.entries:
        yield Skip(shown, "the feed has no entries")
    for number, entry in enumerate(feed.entries[:MAX_ENTRIES], start=1):
        moment = entry.published_at or entry.updated_at
        if since is not None and moment is None:
            label = show_address(entry.url) or f"{shown}#{number}"
            yield Skip(label, "its feed does not date it, so '--since' leaves it out")
        elif since is None or moment is None or moment.date() >= since:
            yield _announce(feed, entry, number)
    if len(feed.entries) > MAX_ENTRIES:
        yield Skip(shown, f"its entries beyond the first {MAX_ENTRIES:,}")


def make_fetched(
    url: str, content: bytes, suffix: str, *, published: datetime | None = None
) -> SourceFile:
    """Return what was fetched as a file in memory.

    Args:
        url: Where from, after redirects; its articles are known by it.
        content: What it holds.
        suffix: Chooses its loader.
        published: See ``SourceFile``.
    """
    return SourceFile(
        path=Path("/"),
        name=show_address(url),
        suffix=suffix,
        label=url,
        identity=b"url\0" + url.encode("utf-8", "replace"),
        content=content,
        url=url,
        published=published,
    )


def with_feed_date(article: Article, file: SourceFile) -> Article:
    """Return an article with the date that its feed gave, where its page gave none as good.

    Args:
        article: As its loader made it.
        file: What it was read from.
    """
    moment = file.published
    if moment is None or (article.published is not None and article.date_basis not in _WEAKER):
        return article
    return replace(article, published=moment.date(), published_at=moment, date_basis="feed")


def find_feed_link(page: bytes, url: str) -> str:
    """Return the address of the feed that an HTML page names first, empty where it names none."""
    base = read_address(url)
    head = page[:_HEAD_BYTES].decode("utf-8", "replace")
    for found in islice(_LINK.finditer(head), _MAX_LINKS):
        parser = _FeedLink()
        parser.feed(found[0])
        with suppress(FetchError):
            if parser.href:
                return str(read_address(parser.href, base=base))
    return ""


class _FeedLink(HTMLParser):
    """Reads one ``link`` element; its ``href`` stays empty unless that is of a feed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if (
            tag == "link"
            and "alternate" in given.get("rel", "").lower().split()
            and given.get("type", "").strip().lower() in _FEED_TYPES
        ):
            self.href = given.get("href", "")


def _read_feed(
    fetcher: Fetcher, url: str, container: Container, progress: Callable[[str], None]
) -> Feed:
    """Return the feed at an address, or the one that the page there names.

    Raises:
        FetchError: If there is none that can be read.
    """
    page = _fetch(fetcher, url, progress)
    if not _is_feed(page):
        linked = find_feed_link(page.content, page.url) if page.suffix == ".html" else ""
        if not linked:
            raise FetchError(show_address(page.url), "it is no feed and names none")
        page = _fetch(fetcher, linked, progress)
    return read_entries(make_fetched(page.url, page.content, page.suffix), container)


def _fetch(fetcher: Fetcher, url: str, progress: Callable[[str], None]) -> Page:
    progress(show_address(url))
    page = fetcher.get(url)
    if isinstance(page, NotModified):
        raise FetchError(show_address(url), "the server answered HTTP 304 to a first request")
    return page


def _is_feed(page: Page) -> bool:
    start = page.content[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    is_html = page.suffix == ".html" and b"<html" in page.content[:2_000].lower()
    return page.suffix == ".xml" or (start.startswith(_XML_STARTS) and not is_html)


def _announce(feed: Feed, entry: FeedEntry, number: int) -> Announced | SourceFile | Skip:
    """Return the page of an entry, or the file that its own text makes where it has none."""
    if entry.url:
        return Announced(entry.url, entry.published_at)
    url = f"{feed.url}#{entry.entry_id or number}"
    if not entry.content:
        return Skip(show_address(url), "the feed gives neither an address nor a text for it")
    page = _PAGE.format(
        language=f' lang="{escape(entry.language)}"' if entry.language else "",
        title=escape(entry.title),
        content=entry.content,
    )
    return make_fetched(url, page.encode("utf-8", "replace"), ".html", published=entry.published_at)
