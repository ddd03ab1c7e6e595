"""A fetched feed -> its entries, read in the process that parses foreign formats.

What comes back from that process is articles and skips, so an entry travels as an article: its
text is the entry's own, if it has any, and its address that of the page to fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from index.containment.contain import Container
from index.errors import FetchError
from index.formats.files import Place, SourceFile
from index.formats.limits import MAX_FILE_BYTES
from index.formats.web.load_feed import Feed, FeedEntry, parse_feed
from index.types import Article, Loaded, Skip

MAX_ENTRIES = 1_000
"""Entries of one feed that are looked at."""

_MAX_URL_CHARS = 3_000  # what is longer than an address may be is still to be refused as one
_MAX_LINE_CHARS = 1_000


def open_container() -> Container:
    """Return what reads feeds; the caller closes it."""
    return Container(loader=f"{__name__}:load_entries")


def load_entries(
    file: SourceFile,
    max_bytes: int,
    *,
    entering: Callable[[SourceFile], bool] | None = None,
) -> Iterator[tuple[Place, Loaded]]:
    """Yield the entries of a feed as articles, up to one beyond ``MAX_ENTRIES``.

    Args:
        file: The feed, in memory.
        max_bytes: The most text that is taken of one entry; a longer one comes without.
        entering: Would be told of the files inside.

    Raises:
        ArticleFormatError: If it is no feed.
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


def read_entries(file: SourceFile, container: Container) -> Feed:
    """Return a feed whose bytes nobody vouches for.

    Args:
        file: The feed, in memory.
        container: From ``open_container``.

    Raises:
        FetchError: If it is no feed, or its parser had to be stopped.
    """
    entries: list[FeedEntry] = []
    title = ""
    for _, loaded in container.load(file, MAX_FILE_BYTES):
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
