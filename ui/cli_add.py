"""The ``add`` command: progress while articles are read and encoded, and a summary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ui.cli_output import SECONDS_BETWEEN_LINES, print_json, print_note, print_text

if TYPE_CHECKING:
    from index.types import AddProgress, AddReport

SKIPS_SHOWN = 20


class Tracker:
    """Passes progress on and remembers how far it came."""

    def __init__(self, show: Callable[[AddProgress], None]) -> None:
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
        yield Tracker(_LinePrinter())
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

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
            bar.update(
                task,
                description=describe_count(progress),
                completed=progress.articles,
                total=progress.total,
                rate=describe_rate(progress) if _has_more(progress) else "finishing",
            )

        yield Tracker(show)


def _has_more(progress: AddProgress) -> bool:
    return progress.total is None or progress.articles < progress.total


class _LinePrinter:
    """Prints a line of progress, but not more often than every few seconds."""

    def __init__(self) -> None:
        self._printed_at = 0.0

    def __call__(self, progress: AddProgress) -> None:
        if progress.seconds - self._printed_at >= SECONDS_BETWEEN_LINES:
            self._printed_at = progress.seconds
            parts = [describe_count(progress), describe_rate(progress), describe_left(progress)]
            print_note(", ".join(filter(None, parts)))


def describe_count(progress: AddProgress) -> str:
    """Return how many articles are done, as ``120 of 3,000 articles``."""
    total = "" if progress.total is None else f" of {progress.total:,}"
    return f"{progress.articles:,}{total} articles"


def describe_rate(progress: AddProgress) -> str:
    """Return the speed so far, as ``4.2 articles/s``; empty before there is one."""
    if progress.seconds <= 0 or not progress.articles:
        return ""
    return f"{progress.articles / progress.seconds:,.1f} articles/s"


def describe_left(progress: AddProgress) -> str:
    """Return the time left at the speed so far, as ``0:12:05 left``; empty when unknown."""
    if progress.total is None or not 0 < progress.articles < progress.total:
        return ""
    left = int(progress.seconds / progress.articles * (progress.total - progress.articles))
    return f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"


def print_report(report: AddReport, library: Path, *, as_json: bool) -> None:
    """Write what an ``add`` did to standard output."""
    if as_json:
        print_json(
            {
                "library": str(library),
                "added": list(report.added),
                "replaced": list(report.replaced),
                "unchanged": list(report.unchanged),
                "skipped": [
                    {"source": skip.source, "reason": skip.reason} for skip in report.skipped
                ],
                "passages": report.passages,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    for line in describe_report(report, limit=SKIPS_SHOWN if sys.stdout.isatty() else None):
        print_text(line)


def describe_report(report: AddReport, *, limit: int | None = None) -> Sequence[str]:
    """Return a summary of an ``add``, and each thing that was skipped with its reason.

    Args:
        report: What was done.
        limit: Most skips to name; all when None.
    """
    from ui.render import clean_line

    lines = [
        f"{len(report.added):,} added, {len(report.replaced):,} replaced,"
        f" {len(report.unchanged):,} unchanged, {len(report.skipped):,} skipped"
        f" ({report.passages:,} passages, {report.seconds:.1f} s)"
    ]
    lines += [
        f"  skipped {clean_line(skip.source)}: {clean_line(skip.reason)}"
        for skip in report.skipped[:limit]
    ]
    if limit is not None and len(report.skipped) > limit:
        lines.append(
            f"  … and {len(report.skipped) - limit:,} more;"
            " 'onrecord add … --json' or '| cat' lists them all"
        )
    return lines


def describe_empty(report: AddReport) -> str:
    """Return why an ``add`` leaves nothing in the library."""
    skipped = len(report.skipped)
    if not skipped:
        return "nothing was added: no articles are there; see 'onrecord add --help'"
    found = "what was found was" if skipped == 1 else f"all {skipped:,} that were found were"
    return f"nothing was added: {found} skipped, for the reasons above"
