"""Feeds that are followed: an address -> the pages that its feed announces.

Feeds are parsed in the process that parses foreign formats. That process returns articles and
skips, so an entry is passed as an article, whose text is the entry's own and whose address is that
of the page to fetch.
"""

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

from index.containment.isolated_loader import IsolatedLoader
from index.errors import FetchError
from index.fetching.page_fetcher import FetchedPage, Fetcher, NotModified
from index.fetching.web_address import read_address, show_address
from index.formats.files import Place, SourceFile
from index.formats.limits import MAX_FILE_BYTES
from index.formats.web.load_feed import Feed, FeedEntry, parse_feed
from index.types import Article, Loaded, Skip

# The page that is made around the text of an entry without a page.
_PAGE = """<!DOCTYPE html>
<html{language}><head><meta charset="utf-8"><title>{title}</title></head>
<body><article><h1>{title}</h1>
{content}
</article></body></html>
"""

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_HEAD_BYTES = 512_000
_MAX_LINKS = 200
# Elements are parsed one by one: a page can be made so that parsing all of it is slow.
_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
_XML_STARTS = (b"<?xml", b"<rss", b"<feed", b"<rdf:rdf")

# Bases of dates that are weaker than a feed's: the text or the file.
_WEAKER = frozenset({"", "dateline", "file"})


@dataclass(frozen=True, slots=True)
class Announced:
    """A page to fetch.

    Attributes:
        url: Its address.
        published: The moment of publication in the feed that announces it, or None.
    """

    url: str
    published: datetime | None = None


def find_entries(
    fetcher: Fetcher,
    url: str,
    loader: IsolatedLoader,
    *,
    since: date | None = None,
    progress: Callable[[str], None] = lambda url: None,
) -> Iterator[Announced | SourceFile | Skip]:
    """Fetch a feed, and yield what it announces, in its order.

    Args:
        fetcher: Fetches it.
        url: The address of the feed, or of a page that links to it.
        loader: Reads the feed; from ``index.fetching.feeds``.
        since: Only entries of this day or later. An entry without a date is then skipped.
        progress: Called with an address before it is fetched.

    Yields:
        Pages to fetch; files in memory for entries that are articles without a page; skips.
    """
    try:
        feed = _read_feed(fetcher, url, loader, progress)
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
            yield Skip(label, "its feed gives no date, so '--since' excludes it")
        elif since is None or moment is None or moment.date() >= since:
            yield _announce(feed, entry, number)
    if len(feed.entries) > MAX_ENTRIES:
        yield Skip(shown, f"only the first {MAX_ENTRIES:,} entries are read")


def make_fetched(
    url: str, content: bytes, suffix: str, *, published: datetime | None = None
) -> SourceFile:
    """Return fetched bytes as a file in memory; the address, after redirects, is its identity."""
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
    """Return an article with the date from its file's feed, unless its page gave a better one."""
    moment = file.published
    if moment is None or (article.published is not None and article.date_basis not in _WEAKER):
        return article
    return replace(article, published=moment.date(), published_at=moment, date_basis="feed")


def find_feed_link(page: bytes, url: str) -> str:
    """Return the address of the first feed that an HTML page links to, empty if none."""
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
    """Reads one ``link`` element; ``href`` stays empty unless it leads to a feed."""

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
    fetcher: Fetcher, url: str, loader: IsolatedLoader, progress: Callable[[str], None]
) -> Feed:
    """Return the feed at an address, or the one that the page there links to."""
    page = _fetch(fetcher, url, progress)
    if not _is_feed(page):
        linked = find_feed_link(page.content, page.url) if page.suffix == ".html" else ""
        if not linked:
            raise FetchError(show_address(page.url), "neither a feed nor a page that links to one")
        page = _fetch(fetcher, linked, progress)
    return _read_entries(make_fetched(page.url, page.content, page.suffix), loader)


def _fetch(fetcher: Fetcher, url: str, progress: Callable[[str], None]) -> FetchedPage:
    progress(show_address(url))
    page = fetcher.get(url)
    if isinstance(page, NotModified):
        raise FetchError(show_address(url), "the server answered HTTP 304 to a first request")
    return page


def _is_feed(page: FetchedPage) -> bool:
    start = page.content[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    is_html = page.suffix == ".html" and b"<html" in page.content[:2_000].lower()
    return page.suffix == ".xml" or (start.startswith(_XML_STARTS) and not is_html)


def _announce(feed: Feed, entry: FeedEntry, number: int) -> Announced | SourceFile | Skip:
    """Return the page of an entry, or a file with its text if it has no page."""
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


MAX_ENTRIES = 1_000
"""Entries of one feed that are read."""

_MAX_URL_CHARS = 3_000  # longer than an address may be, so that it is refused with that reason
_MAX_LINE_CHARS = 1_000


def open_feed_loader() -> IsolatedLoader:
    """Return what parses feeds; the caller closes it."""
    return IsolatedLoader(loader=f"{__name__}:load_entries")


def load_entries(
    file: SourceFile,
    max_bytes: int,
    *,
    entering: Callable[[SourceFile], bool] | None = None,
) -> Iterator[tuple[Place, Loaded]]:
    """Yield the entries of a feed as articles, at most one more than ``MAX_ENTRIES``.

    A longer text than ``max_bytes`` is dropped. ``entering`` is not used: a feed holds no files.

    Raises:
        ArticleFormatError: If it is not a feed.
    """
    feed = parse_feed(file.content or b"", url=file.url, name=file.name)
    for number, entry in enumerate(feed.entries[: MAX_ENTRIES + 1], start=1):
        yield (
            Place(file.name, number),
            Article(
                article_id=entry.entry_id[:_MAX_LINE_CHARS],
                title=entry.title[:_MAX_LINE_CHARS],
                text=entry.content if len(entry.content) <= max_bytes else "",
                outlet=feed.title[:_MAX_LINE_CHARS],
                origin=file.location,
                author=entry.author[:_MAX_LINE_CHARS],
                language=entry.language,
                url=entry.url[:_MAX_URL_CHARS],
                published_at=entry.published_at,
                updated_at=entry.updated_at,
            ),
        )


def _read_entries(file: SourceFile, loader: IsolatedLoader) -> Feed:
    """Return a feed, parsed in the process of ``open_feed_loader``.

    Raises:
        FetchError: If it is not a feed, or its parser had to be stopped.
    """
    entries: list[FeedEntry] = []
    title = ""
    for _, loaded in loader.load(file, MAX_FILE_BYTES):
        if isinstance(loaded, Skip):
            raise FetchError(file.name, loaded.reason)
        title = loaded.outlet
        entries.append(
            FeedEntry(
                url=loaded.url,
                title=loaded.title,
                published_at=loaded.published_at,
                updated_at=loaded.updated_at,
                entry_id=loaded.article_id,
                language=loaded.language,
                content=loaded.text,
                author=loaded.author,
            )
        )
    return Feed(file.url, title, "", tuple(entries))
