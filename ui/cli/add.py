"""The ``add`` command, and the summary of what it did."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.exits import exit_status, note_stop, recover_signal
from ui.cli.options import (
    EncoderOption,
    JsonOption,
    LibraryOption,
    NameCommand,
    WaitOption,
    name_commands,
    name_plainly,
    parse_date,
    read_settings,
)
from ui.cli.output import print_json, print_note, print_text
from ui.cli.progress import track_progress
from ui.messages import count_of

if TYPE_CHECKING:
    from index import Library
    from index.adding.add_pages import Fetched
    from index.adding.ingest import Addable
    from index.fetching.fetch_record import FetchRecord
    from index.types import AddReport
    from rag import Settings


FeedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--feed",
        metavar="URL",
        help="A feed whose articles to fetch, or a page that names its feed; repeat for more.",
    ),
]
RememberedFeedsOption = Annotated[
    bool,
    typer.Option("--feeds", help="All feeds that 'onrecord feeds add' remembered."),
]
FeedSinceOption = Annotated[
    date | None,
    typer.Option(
        "--since",
        metavar="DATE",
        parser=parse_date,
        help="Of a feed, only articles of this day or later.",
    ),
]
AllowPrivateOption = Annotated[
    bool,
    typer.Option(
        "--allow-private",
        help="Also fetch from this machine and its network, and from any port.",
    ),
]


def split_targets(targets: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return what of the arguments of ``add`` are paths, and what are web addresses.

    An address is whatever has a scheme, also one that is then refused, as ``ftp://``.
    """
    from index.text.addresses import is_web_address

    urls = [target for target in targets if is_web_address(target)]
    return [Path(target) for target in targets if not is_web_address(target)], urls


def check_feed_options(
    feeds: Sequence[str], since: date | None, *, all_feeds: bool = False
) -> None:
    """Refuse ``--since`` where there is no feed that it could be about.

    Raises:
        BadParameter: If so.
    """
    if since is not None and not (feeds or all_feeds):
        raise typer.BadParameter("it is about the entries of a --feed", param_hint="--since")


def find_feeds(library: Library | None, named: NameCommand) -> list[str]:
    """Return the feeds that a library remembers.

    Args:
        library: The library; None where there is none yet.
        named: Names the command that adds a feed.

    Raises:
        SubscriptionError: If there are none.
    """
    from index.errors import SubscriptionError

    found = [] if library is None else [feed.url for feed in library.subscriptions().all()]
    if not found:
        raise SubscriptionError(f"no feeds are remembered; {named('feeds add URL')} adds one")
    return found


ITEMS_SHOWN = 20

_AHEAD_PAGES, _AHEAD_BYTES = 4, 64_000_000

EPILOG = (
    "\b\nExamples:\n  onrecord add articles/\n  onrecord add archive.zip export.csv --map"
    " text=Body,date=Day\n  onrecord add https://news.example/story\n"
    "  onrecord add --feed https://news.example/rss --since 2024-10-01"
)


def add(
    ctx: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH|URL", help="Files, folders, archives, web pages."),
    ] = None,
    *,
    feed: FeedOption = None,
    all_feeds: RememberedFeedsOption = False,
    since: FeedSinceOption = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN,…",
            help="Which column of a table, or key of a record, holds the text, title, date, …",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be added; change nothing.")
    ] = False,
    rescan: Annotated[
        bool, typer.Option("--rescan", help="Read files again that have not changed.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let an article replace one of another file.")
    ] = False,
    allow_private: AllowPrivateOption = False,
    encoder: EncoderOption = None,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Add articles; what is unchanged is neither read nor encoded again."""
    from index.formats.collections.records import parse_map
    from index.types import AddReport

    paths, urls = split_targets(targets or [])
    if not (paths or urls or feed or all_feeds):
        raise typer.BadParameter("give a file, a folder, an address or a --feed")
    check_feed_options(feed or [], since, all_feeds=all_feeds)
    settings = read_settings(ctx, library, encoder=encoder, wait_seconds=wait)
    mapping = parse_map(columns or [])
    named = name_commands(ctx, library)

    def run(opened: Library | None) -> AddReport:
        feeds = [*(feed or []), *(find_feeds(opened, named) if all_feeds else [])]
        is_web = bool(urls or feeds)
        record = opened.fetch_record() if opened and is_web else None
        with track_progress() as progress:
            pages: Iterator[Fetched] = iter(())
            if is_web:
                tell = progress.fetching
                pages = _fetch(urls, feeds, since, record, tell, allow_private=allow_private)
            items: Sequence[Addable] | Iterable[Addable] = chain(paths, pages) if is_web else paths
            if opened is None:
                from index.adding.ingest import preview

                return preview(items, progress=progress, columns=mapping)
            add_some = partial(
                opened.add,
                progress=progress,
                replace=replace,
                wait_seconds=settings.wait_seconds,
                rescan=rescan,
                dry_run=dry_run,
                columns=mapping,
            )
            if dry_run or not is_web:
                return add_some(items)
            from index.adding.add_pages import add_pages, merge_reports

            report = add_some(paths) if paths else AddReport()
            of_pages = add_pages(opened, pages, add=add_some, record=record, progress=progress)
            return merge_reports(report, of_pages)

    with _open(settings, dry_run=dry_run) as opened:
        try:
            with recover_signal():
                report = run(opened)
        except KeyboardInterrupt:
            if opened is None or dry_run:
                raise
            kept = opened.statistics().articles
            are = "is" if kept == 1 else "are"
            note_stop(f"Stopped; {count_of(kept, 'article')} {are} kept. Run it again to go on.")
            raise typer.Exit(exit_status()) from None
        notice = _describe_languages(opened) if opened and report.added else ""
    print_report(report, settings.library, as_json=json, named=named)
    if notice:
        print_note(notice)
    if not (report.added or report.replaced or report.unchanged or report.superseded):
        print_note(f"Error: {describe_empty(report)}")
        raise typer.Exit(1)


def _describe_languages(library: Library) -> str:
    """Return a line on articles in languages that the encoder does not know; empty without any."""
    from index.encoding.model_info import describe_unknown_articles

    encoder = library.encoder
    if encoder is None:
        return ""
    counts = dict(library.languages())
    return describe_unknown_articles(counts, encoder.name, library=library.path)


@contextmanager
def _open(settings: Settings, *, dry_run: bool) -> Iterator[Library | None]:
    """Open the library, or make it; for a dry run give None where there is none."""
    from index import Library
    from index.errors import LibraryNotFoundError

    encoder = settings.encoder or None
    if not dry_run:
        with Library.open_to_fill(settings.library, encoder=encoder) as opened:
            yield opened
        return
    try:
        opened = Library.open(settings.library, encoder=encoder, read_only=True)
    except LibraryNotFoundError:
        yield None
        return
    with opened:
        yield opened


def _fetch(
    urls: Sequence[str],
    feeds: Sequence[str],
    since: date | None,
    record: FetchRecord | None,
    tell: Callable[[str], None],
    *,
    allow_private: bool,
) -> Iterator[Fetched]:
    """Yield pages, which are fetched while those before them are encoded."""
    from index.adding.ingest import run_ahead
    from index.fetching.fetch import fetch_sources
    from index.formats.files import SourceFile

    pages = fetch_sources(
        urls,
        feeds=feeds,
        since=since,
        allow_private=allow_private,
        record=record,
        progress=tell,
    )

    def weigh(page: Fetched) -> int:
        return len(page.content or b"") if isinstance(page, SourceFile) else 0

    return run_ahead(pages, weigh=weigh, max_items=_AHEAD_PAGES, max_weight=_AHEAD_BYTES)


def print_report(
    report: AddReport, library: Path, *, as_json: bool, named: NameCommand = name_plainly
) -> None:
    """Write what an ``add`` did to standard output.

    Args:
        report: What was done, or would be.
        library: Where.
        as_json: Write it as JSON.
        named: Names the commands that follow.
    """
    if as_json:
        print_json(
            {
                "library": str(library),
                "dry_run": report.is_dry_run,
                "added": list(report.added),
                "replaced": list(report.replaced),
                "unchanged": list(report.unchanged),
                "copies": list(report.copies),
                "superseded": [
                    {"article_id": earlier, "by": latest} for earlier, latest in report.superseded
                ],
                "orphaned": list(report.orphaned),
                "skipped": [
                    {"source": skip.source, "reason": skip.reason} for skip in report.skipped
                ],
                "passages": report.passages,
                "seconds": round(report.seconds, 3),
            }
        )
        return
    limit = ITEMS_SHOWN if sys.stdout.isatty() else None
    for line in describe_report(report, limit=limit, named=named):
        print_text(line)


def describe_report(
    report: AddReport, *, limit: int | None = None, named: NameCommand = name_plainly
) -> Sequence[str]:
    """Return a summary of an ``add``, and each thing that was skipped with its reason.

    Args:
        report: What was done, or would be.
        limit: Most skips, and most articles of a dry run, to name; all when None.
        named: Names the commands that follow.
    """
    from index.remedies import to_shell_word
    from ui.escape import clean_line

    would, encoded = ("would be ", " to encode") if report.is_dry_run else ("", "")
    lines = [
        f"{len(report.added):,} {would}added, {len(report.replaced):,} {would}replaced,"
        f" {len(report.unchanged):,} unchanged, {len(report.skipped):,} skipped"
        f" ({count_of(report.passages, 'passage')}{encoded}, {report.seconds:.1f} s)"
    ]
    if report.is_dry_run:
        verbs = [("add", name) for name in report.added]
        verbs += [("replace", name) for name in report.replaced]
        lines += _list([f"would {verb} {clean_line(name)}" for verb, name in verbs], limit)
    if report.copies:
        lines.append(
            f"  {len(report.copies):,} tell a story that another article tells too;"
            f" {named('story')} shows which"
        )
    if report.superseded:
        lines.append(f"  {len(report.superseded):,} kept as earlier versions of a page")
    lines += _list(
        [
            f"{clean_line(name)} stays, although its file no longer holds it;"
            f" {named('remove ' + to_shell_word(name))} takes it out"
            for name in report.orphaned
        ],
        limit,
    )
    lines += _list(
        [f"skipped {clean_line(s.source)}: {clean_line(s.reason)}" for s in report.skipped], limit
    )
    return lines


def _list(items: Sequence[str], limit: int | None) -> list[str]:
    """Return lines that name some things, and how many more there are."""
    lines = [f"  {item}" for item in items[:limit]]
    if limit is not None and len(items) > limit:
        lines.append(
            f"  … and {len(items) - limit:,} more;"
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
