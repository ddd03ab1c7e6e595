"""Web addresses and feeds -> files in memory, for the loaders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from index.errors import FetchError
from index.fetching.feeds import Announced, find_entries, make_fetched, open_feed_loader
from index.fetching.page_fetcher import Fetcher, NotModified
from index.fetching.web_address import read_address, show_address
from index.formats.files import SourceFile
from index.types import Skip

if TYPE_CHECKING:
    from index.fetching.page_validators import PageValidators

__all__ = ["NotModified", "fetch_sources"]


def fetch_sources(
    urls: Sequence[str],
    *,
    feeds: Sequence[str] = (),
    since: date | None = None,
    allow_private: bool = False,
    record: PageValidators | None = None,
    progress: Callable[[str], None] | None = None,
    fetcher: Fetcher | None = None,
) -> Iterator[SourceFile | NotModified | Skip]:
    """Fetch pages, and the pages that feeds announce, one by one as they are consumed.

    No host receives two requests at once, and there is a pause between requests. An address that
    comes up twice is fetched once.

    Args:
        urls: Addresses of pages.
        feeds: Addresses of feeds, or of pages that link to their feed.
        since: Only entries of feeds from this day on.
        allow_private: Also fetch from this machine and its network, and from any port.
        record: What the library remembers; without it every page is fetched in full. The caller
            stores it after committing the articles.
        progress: Called with an address before it is fetched, in the thread that consumes pages.
        fetcher: Fetches the pages; by default one with the usual limits.

    Yields:
        For every page a file in memory, whose ``url`` and ``location`` are its address after
        redirects and whose suffix follows from its media type; ``NotModified`` if the library has
        the page already; a skip, with the reason, if it cannot be fetched.
    """
    fetcher = fetcher or Fetcher(allow_private=allow_private)
    tell = progress or (lambda url: None)
    asked: set[str] = set()
    delivered: set[str] = set()
    with open_feed_loader() as loader:
        announced = (
            find_entries(fetcher, feed, loader, since=since, progress=tell)
            for feed in dict.fromkeys(feeds)
        )
        for item in chain((Announced(url) for url in urls), chain.from_iterable(announced)):
            if not isinstance(item, Announced):
                yield item
                continue
            try:
                url = str(read_address(item.url))
                if url in asked:
                    continue
                asked.add(url)
                tell(show_address(url))
                found = _fetch(fetcher, url, item, record)
            except FetchError as error:
                yield Skip(error.source, error.reason)
                continue
            if found.url in delivered:
                shown = show_address(found.url)
                yield Skip(show_address(url), f"it leads to '{shown}', which was read already")
                continue
            delivered.add(found.url)
            yield found


def _fetch(
    fetcher: Fetcher, url: str, announced: Announced, record: PageValidators | None
) -> SourceFile | NotModified:
    page = fetcher.get(url, known=record.find(url) if record else None)
    if isinstance(page, NotModified):
        return page
    if record:
        record.note(url, page.validators)
    return make_fetched(page.url, page.content, page.suffix, published=announced.published)
