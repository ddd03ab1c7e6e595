"""Adding fetched pages to the library, some at a time, so that nobody waits for a slow server.

A library has one writer. Pages are gathered without the write lock, which is held only while those
that have arrived are encoded and committed; other commands can write in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from index.fetching.page_fetcher import NotModified
from index.formats.files import SourceFile
from index.types import AddProgress, AddReport, Skip

if TYPE_CHECKING:
    from index.fetching.page_validators import PageValidators
    from index.stories.stories import Story

Fetched: TypeAlias = "SourceFile | NotModified | Skip"

MAX_PAGES = 64
MAX_BYTES = 64_000_000
MAX_SECONDS = 20.0
"""Most that is gathered before a commit; the wait for a single page may be longer."""


class PageLibrary(Protocol):
    """What pages are added to; ``Library`` is one."""

    @property
    def add(self) -> Add:
        """Adds pages."""
        ...

    def story(self, article_id: str) -> Story | None:
        """Return the story of an article, or None if no other article is a copy of it."""
        ...


class Add(Protocol):
    """Adds pages; ``Library.add``, perhaps with further arguments given."""

    def __call__(
        self,
        articles: list[Fetched],
        /,
        *,
        fetched: PageValidators | None,
        progress: Callable[[AddProgress], None],
    ) -> AddReport:
        """Add some pages."""


def add_pages(
    library: PageLibrary,
    pages: Iterable[Fetched],
    *,
    add: Add | None = None,
    record: PageValidators | None = None,
    progress: Callable[[AddProgress], None] = lambda _: None,
) -> AddReport:
    """Add pages as they arrive; raises what ``Library.add`` raises.

    An exception, Ctrl-C included, ends this; what has been committed stays.

    Args:
        library: The library.
        pages: From ``fetch_sources``; taken without the library's lock.
        add: Adds some of them to the library; by default, ``library.add``.
        record: The fetch record that ``fetch_sources`` was given.
        progress: Called after each batch, counting from the first page.

    Returns:
        What was done with all of them.
    """
    started = time.monotonic()
    add = add or library.add
    n_articles = n_passages = last = 0
    report = AddReport()

    def pass_on(part: AddProgress) -> None:
        nonlocal last
        last = part.articles
        seconds = time.monotonic() - started
        progress(AddProgress(n_articles + part.articles, None, n_passages + part.passages, seconds))

    for gathered in gather(pages):
        urls = {page.url for page in gathered if isinstance(page, SourceFile)}
        taken = record.take(urls) if record else None
        report = merge_reports(report, add(gathered, fetched=taken, progress=pass_on))
        n_articles, n_passages = n_articles + last, report.passages
    written = (*report.added, *report.replaced)
    copies = tuple(name for name in written if library.story(name))
    return replace(report, copies=copies, seconds=time.monotonic() - started)


def gather(
    pages: Iterable[Fetched], *, clock: Callable[[], float] = time.monotonic
) -> Iterator[list[Fetched]]:
    """Yield pages in runs that are worth a commit, each soon after its first page arrived."""
    gathered: list[Fetched] = []
    n_bytes = 0
    started = clock()
    for page in pages:
        if not gathered:
            started = clock()
        gathered.append(page)
        n_bytes += len(page.content or b"") if isinstance(page, SourceFile) else 0
        is_late = clock() - started >= MAX_SECONDS
        if is_late or len(gathered) == MAX_PAGES or n_bytes >= MAX_BYTES:
            yield gathered
            gathered, n_bytes = [], 0
    if gathered:
        yield gathered


def merge_reports(first: AddReport, second: AddReport) -> AddReport:
    """Return one report of two consecutive ``add``s."""
    superseded = first.superseded + second.superseded
    earlier = {former for former, _ in superseded}
    return AddReport(
        added=tuple(name for name in first.added + second.added if name not in earlier),
        replaced=first.replaced + second.replaced,
        unchanged=first.unchanged + second.unchanged,
        skipped=first.skipped + second.skipped,
        passages=first.passages + second.passages,
        seconds=first.seconds + second.seconds,
        superseded=superseded,
        orphaned=first.orphaned + second.orphaned,
        is_dry_run=first.is_dry_run or second.is_dry_run,
        copies=tuple(dict.fromkeys(first.copies + second.copies)),
        reach=tuple(dict.fromkeys(first.reach + second.reach)),
        notes=first.notes + second.notes,
    )
