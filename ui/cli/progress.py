"""The progress of long commands, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ui.cli.console import print_note
from ui.messages import count_of

if TYPE_CHECKING:
    from index.types import AddProgress

SECONDS_BETWEEN_LINES = 5.0


class Tracker:
    """Shows how far an ``add`` has come.

    Args:
        show: Shows how many articles are done.
        show_fetch: Shows the address that is being fetched; called in another thread.
    """

    def __init__(
        self, show: Callable[[AddProgress], None], show_fetch: Callable[[str], None]
    ) -> None:
        self.fetching = show_fetch
        self._show = show
        self.last: AddProgress | None = None

    def __call__(self, progress: AddProgress) -> None:
        """Take note of a batch that has been committed."""
        self.last = progress
        self._show(progress)


@contextmanager
def track_progress() -> Iterator[Tracker]:
    """Show progress on standard error: a bar on a terminal, now and then a line elsewhere."""
    if not sys.stderr.isatty():
        printer = _LinePrinter()
        yield Tracker(printer.show, printer.show_fetch)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    from ui.escape import clean_line

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("Reading articles", total=None, rate="")

        def show(progress: AddProgress) -> None:
            has_more = progress.total is None or progress.articles < progress.total
            bar.update(
                task,
                description=describe_count(progress),
                completed=progress.articles,
                total=progress.total,
                rate=_describe_rate(progress) if has_more else "finishing",
            )

        def show_fetch(address: str) -> None:
            bar.update(task, description=f"Fetching {escape(clean_line(address))}")

        yield Tracker(show, show_fetch)


@contextmanager
def count_progress(noun: str) -> Iterator[Callable[[int, int], None]]:
    """Count what is done: on one line of a terminal, on a new one now and then elsewhere."""
    is_terminal = sys.stderr.isatty()
    printed_at = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal printed_at
        line = f"{done:,} of {total:,} {noun}"
        if is_terminal:
            sys.stderr.write(f"\r{line}")
            sys.stderr.flush()
        elif time.monotonic() - printed_at >= SECONDS_BETWEEN_LINES:
            printed_at = time.monotonic()
            print_note(line)

    try:
        yield show
    finally:
        if is_terminal:
            sys.stderr.write("\r\x1b[K")


class _LinePrinter:
    """Prints a line of progress, but not more often than every few seconds."""

    def __init__(self) -> None:
        self._printed_at = 0.0
        self._fetched_at = -SECONDS_BETWEEN_LINES
        self._n_fetched = 0

    def show_fetch(self, address: str) -> None:
        self._n_fetched += 1
        now = time.monotonic()
        if now - self._fetched_at >= SECONDS_BETWEEN_LINES:
            self._fetched_at = now
            print_note(f"fetching {address} (request {self._n_fetched:,})")

    def show(self, progress: AddProgress) -> None:
        if progress.seconds - self._printed_at >= SECONDS_BETWEEN_LINES:
            self._printed_at = progress.seconds
            parts = [describe_count(progress), _describe_rate(progress), _describe_left(progress)]
            print_note(", ".join(filter(None, parts)))


def describe_count(progress: AddProgress) -> str:
    """Return how many articles are done, as ``120 of 3,000 articles``."""
    # The total is an estimate: how much a file holds is known when it has been read.
    if progress.total is None or progress.articles > progress.total:
        return count_of(progress.articles, "article")
    return f"{progress.articles:,} of {count_of(progress.total, 'article')}"


def _describe_rate(progress: AddProgress) -> str:
    """Return the speed so far, as ``4.2 articles/s``; empty before there is one."""
    if progress.seconds <= 0 or not progress.articles:
        return ""
    return f"{progress.articles / progress.seconds:,.1f} articles/s"


def _describe_left(progress: AddProgress) -> str:
    """Return the time left at the speed so far, as ``0:12:05 left``; empty when unknown."""
    if progress.total is None or not 0 < progress.articles < progress.total:
        return ""
    left = int(progress.seconds / progress.articles * (progress.total - progress.articles))
    return f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
