"""The commands that fill a library: ``add``, ``watch`` and ``feeds``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.console import (
    find_library,
    make_group,
    name_command,
    open_library,
    print_json,
    print_note,
    print_result,
    read_settings,
    recover_signal,
    skips_to_json,
    stop,
)
from ui.cli.options import (
    DeviceOption,
    EncoderOption,
    JsonOption,
    LibraryOption,
    UnconfinedOption,
    WaitOption,
    parse_date,
)
from ui.cli.progress import track_progress
from ui.messages import count_of, describe_error

if TYPE_CHECKING:
    from index.adding.add_pages import Fetched
    from index.adding.ingest import Addable
    from index.fetching.page_validators import PageValidators
    from index.library import Library
    from index.types import AddReport, LibraryPlace
    from index.watch import SyncReport
    from rag import Settings

ITEMS_SHOWN = 20
_AHEAD_PAGES, _AHEAD_BYTES = 4, 64_000_000

add_app = typer.Typer()
feeds_app = make_group("Keep the feeds that 'onrecord add --feeds' fetches.")


@add_app.command(
    short_help="Add articles: files, folders, web pages, feeds.",
    epilog="\b\nExamples:\n  onrecord add articles/\n  onrecord add archive.zip export.csv --map"
    " text=Body,date=Day\n  onrecord add https://news.example/story\n"
    "  onrecord add --feed https://news.example/rss --since 2024-10-01",
)
def add(
    ctx: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH|URL", help="Files, folders, archives, web pages."),
    ] = None,
    *,
    feed: Annotated[
        list[str] | None,
        typer.Option(
            "--feed",
            metavar="URL",
            help="A feed whose articles to fetch, or a page that names its feed; repeat for more.",
        ),
    ] = None,
    all_feeds: Annotated[
        bool, typer.Option("--feeds", help="All feeds that 'onrecord feeds add' remembered.")
    ] = False,
    since: Annotated[
        date | None,
        typer.Option(
            "--since",
            metavar="DATE",
            parser=parse_date,
            help="From feeds, only articles from this day or later.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN,…",
            help="Which column of a table, or key of a record, holds the text, title, date, …",
        ),
    ] = None,
    drafts: Annotated[
        bool,
        typer.Option(
            "--drafts",
            help="From exports of blogs, also what was never published; its title says so.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be added; change nothing.")
    ] = False,
    rescan: Annotated[
        bool, typer.Option("--rescan", help="Read unchanged files again too.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let an article replace one from another file.")
    ] = False,
    allow_private: Annotated[
        bool,
        typer.Option(
            "--allow-private",
            help="Also fetch from this machine and its network, and from any port.",
        ),
    ] = False,
    unconfined: UnconfinedOption = None,
    encoder: EncoderOption = None,
    device: DeviceOption = None,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Add articles; what is unchanged is neither read nor encoded again."""
    from index.formats.collections.records import parse_map

    paths, urls = split_targets(targets or [])
    if not (paths or urls or feed or all_feeds):
        raise typer.BadParameter("give a file, a folder, an address or a --feed")
    if since is not None and not (feed or all_feeds):
        raise typer.BadParameter("it applies to the entries of a --feed", param_hint="--since")
    settings = read_settings(
        ctx,
        library,
        encoder=encoder,
        device=device,
        wait_seconds=wait,
        unconfined=unconfined,
    )
    given = find_library(ctx, library)

    options = {
        "replace": replace,
        "wait_seconds": settings.wait_seconds,
        "rescan": rescan,
        "dry_run": dry_run,
        "columns": parse_map(columns or []),
        "unconfined": settings.unconfined,
        "drafts": drafts,
    }
    with _open(settings, dry_run=dry_run) as opened:
        is_free = not settings.encoder and opened is not None and opened.encoder is None
        try:
            with recover_signal():
                feeds = [*(feed or []), *(_find_feeds(opened, given) if all_feeds else [])]
                fetch = partial(_fetch, urls, feeds, since, allow_private=allow_private)
                report = _add(opened, paths, fetch if urls or feeds else None, options)
        except KeyboardInterrupt:
            if opened is None or dry_run:
                raise
            kept = opened.statistics().articles
            are = "is" if kept == 1 else "are"
            again = "Run it again to go on."
            raise stop(f"Stopped; {count_of(kept, 'article')} {are} kept. {again}") from None
        notice = _describe_languages(opened, is_free=is_free) if opened and report.added else ""
    limit = ITEMS_SHOWN if sys.stdout.isatty() else None
    lines = describe_report(report, limit=limit, library=given)
    print_result(_report_to_json(report, settings.library), lines, as_json=json)
    if notice:
        print_note(notice)
    if not (report.added or report.replaced or report.unchanged or report.superseded):
        print_note(f"Error: {describe_empty(report)}")
        raise typer.Exit(1)


def _add(
    opened: Library | None,
    paths: Sequence[Path],
    fetch: Callable[[PageValidators | None, Callable[[str], None]], Iterator[Fetched]] | None,
    options: dict[str, Any],
) -> AddReport:
    """Add files, then what ``fetch`` yields; without a library, say what would be added."""
    from index.types import AddReport

    with track_progress() as progress:
        record = opened.page_validators() if opened and fetch else None
        pages = fetch(record, progress.fetching) if fetch else iter(())
        items: Sequence[Addable] | Iterable[Addable] = chain(paths, pages) if fetch else paths
        if opened is None:
            from index.adding.ingest import preview

            return preview(
                items,
                progress=progress,
                columns=options["columns"],
                drafts=options["drafts"],
                unconfined=options["unconfined"],
            )

        def add_some(
            articles: Addable | Iterable[Addable],
            /,
            **more: Any,  # noqa: ANN401 - what Library.add takes
        ) -> AddReport:
            return opened.add(articles, **{"progress": progress, **options, **more})

        if options["dry_run"] or not fetch:
            return add_some(items)
        from index.adding.add_pages import add_pages, merge_reports

        report = add_some(paths) if paths else AddReport()
        of_pages = add_pages(opened, pages, add=add_some, record=record, progress=progress)
        return merge_reports(report, of_pages)


def split_targets(targets: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return which arguments of ``add`` are paths, and which are web addresses.

    An address is whatever has a scheme, even one that is then refused, such as ``ftp://``.
    """
    from index.text.addresses import is_web_address

    urls = [target for target in targets if is_web_address(target)]
    return [Path(target) for target in targets if not is_web_address(target)], urls


def _find_feeds(opened: Library | None, given: LibraryPlace | None) -> list[str]:
    from index.errors import SubscriptionError

    found = [] if opened is None else [feed.url for feed in opened.subscriptions().all()]
    if not found:
        command = name_command("feeds add", given, "URL")
        raise SubscriptionError(f"no feeds are remembered; {command} adds one")
    return found


def _describe_languages(library: Library, *, is_free: bool) -> str:
    """Return a line on articles in languages that the encoder does not know; empty without any.

    If the articles have just decided which encoder it is, the line says that.
    """
    from index.encoding.model_info import describe_chosen_encoder, describe_unknown_articles

    encoder = library.encoder
    if encoder is None:
        return ""
    counts = dict(library.languages())
    return (describe_chosen_encoder(encoder.name) if is_free else "") or describe_unknown_articles(
        counts, encoder.name, library=library.path
    )


@contextmanager
def _open(settings: Settings, *, dry_run: bool) -> Iterator[Library | None]:
    """Open the library, or make it; for a dry run without a library, yield None."""
    from index.errors import LibraryNotFoundError
    from index.library import Library

    if not dry_run:
        with Library.open_to_fill(settings.library, **settings.encoding) as opened:
            yield opened
        return
    try:
        opened = Library.open(settings.library, **settings.encoding, read_only=True)
    except LibraryNotFoundError:
        yield None
        return
    with opened:
        yield opened


def _fetch(
    urls: Sequence[str],
    feeds: Sequence[str],
    since: date | None,
    record: PageValidators | None,
    tell: Callable[[str], None],
    *,
    allow_private: bool,
) -> Iterator[Fetched]:
    """Yield pages, which are fetched while those before them are encoded."""
    from index.adding.ahead import run_ahead
    from index.fetching.fetch_sources import fetch_sources
    from index.formats.files import SourceFile

    pages = fetch_sources(
        urls, feeds=feeds, since=since, allow_private=allow_private, record=record, progress=tell
    )

    def weigh(page: Fetched) -> int:
        return len(page.content or b"") if isinstance(page, SourceFile) else 0

    return run_ahead(pages, weigh=weigh, max_items=_AHEAD_PAGES, max_weight=_AHEAD_BYTES)


def _report_to_json(report: AddReport, library: LibraryPlace) -> dict[str, object]:
    return {
        "library": library,
        "dry_run": report.is_dry_run,
        "added": report.added,
        "replaced": report.replaced,
        "unchanged": report.unchanged,
        "copies": report.copies,
        "superseded": [
            {"article_id": earlier, "by": latest} for earlier, latest in report.superseded
        ],
        "orphaned": report.orphaned,
        "skipped": skips_to_json(report.skipped),
        "reach": report.reach,
        "notes": skips_to_json(report.notes),
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
    }


def describe_report(
    report: AddReport, *, limit: int | None = None, library: LibraryPlace | None = None
) -> list[str]:
    """Return a summary of an ``add``, what was skipped or left out of articles, and the reasons.

    Args:
        report: What was done, or would be.
        limit: Most skips, and most articles of a dry run, to name; None names all.
        library: What the commands that follow are to name as the library, if anything.
    """
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
    if n_copies := len(report.copies):
        are = "is a copy of another article" if n_copies == 1 else "are copies of other articles"
        lines.append(f"  {n_copies:,} {are}; {name_command('story', library)} shows which")
    if report.superseded:
        lines.append(f"  {len(report.superseded):,} kept as earlier versions of a page")
    lines += _list(
        [
            f"{clean_line(name)} is no longer in its file but stays in the library;"
            f" {name_command('remove', library, name)} removes it"
            for name in report.orphaned
        ],
        limit,
    )
    lines += _list(
        [f"skipped {clean_line(s.source)}: {clean_line(s.reason)}" for s in report.skipped], limit
    )
    if report.reach:
        lines.append(f"  {_describe_reach(report.reach)}")
    lines += _list([f"{clean_line(n.source)}: {clean_line(n.reason)}" for n in report.notes], limit)
    return lines


def _describe_reach(reach: Sequence[str]) -> str:
    from index.containment.probe import describe_reach

    return (
        "the parsers of foreign formats are not fully confined on this system: one that a file"
        f" takes over could reach {describe_reach(reach)}"
    )


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
        return "nothing was added: no articles were found; see 'onrecord add --help'"
    if skipped == 1:
        return "nothing was added: all that was found was skipped, for the reason above"
    return f"nothing was added: all {skipped:,} that were found were skipped, for the reasons above"


@add_app.command(
    short_help="Keep the library in step with a folder.",
    epilog="\b\nExamples:\n  onrecord watch articles/\n  onrecord watch articles/ --once --json",
)
def watch(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="The folder; the library follows its files."),
    ],
    *,
    once: Annotated[bool, typer.Option("--once", help="Bring it into step, and end.")] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="If no file is left, remove all its articles.")
    ] = False,
    every: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="Look again so often, for disks that do not report changes.",
        ),
    ] = None,
    unconfined: UnconfinedOption = None,
    encoder: EncoderOption = None,
    device: DeviceOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Keep the library in step with a folder until Ctrl-C; removed articles can be restored."""
    from index.errors import OnRecordError
    from index.library import Library
    from index.watch import synchronise

    settings = read_settings(ctx, library, encoder=encoder, device=device, unconfined=unconfined)
    given = find_library(ctx, library)
    with Library.open_to_fill(settings.library, **settings.encoding) as opened:
        step = partial(synchronise, opened, folder, may_empty=empty, unconfined=settings.unconfined)
        try:
            with track_progress() as progress:
                report = step(progress=progress)
            _print_step(report, given, as_json=json)
            if report.reach and not json:
                print_note(f"Note: {_describe_reach(report.reach)}.")
            if once:
                return
            print_note(f"Watching '{folder}'. Press Ctrl-C to stop.")
            for n_changes in _changes(folder, every):
                try:
                    with recover_signal():
                        report = step()
                except OnRecordError as error:  # it may have gone at the next change
                    if json:
                        print_json({"error": describe_error(error), "at": _now()})
                    else:
                        print_note(f"Error: {describe_error(error)}")
                else:
                    if report or (json and n_changes):
                        _print_step(report, given, as_json=json)
        except KeyboardInterrupt:
            raise stop("Stopped.") from None


def _changes(folder: Path, every: float | None) -> Iterator[int]:
    from index.watch import wait_for_changes

    waiting = threading.Event()
    if every is None:
        yield from wait_for_changes(folder, waiting)
        return
    while not waiting.wait(every):
        yield 1


def _print_step(report: SyncReport, library: LibraryPlace | None, *, as_json: bool) -> None:
    """Write what changed, what was skipped and why, and how to undo it."""
    fields = {
        "at": _now(),
        "added": report.added,
        "replaced": report.replaced,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "skipped": skips_to_json(report.skipped),
        "reach": report.reach,
        "seconds": round(report.seconds, 3),
    }
    counts = (
        (len(report.added), "added"),
        (len(report.replaced), "changed"),
        (len(report.removed), "removed"),
        (report.unchanged, "unchanged"),
        (len(report.skipped), "skipped"),
    )
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "no articles"
    lines = [f"{datetime.now().astimezone():%H:%M:%S}  {told}"]
    lines += [f"  skipped {skip.source}: {skip.reason}" for skip in report.skipped[:ITEMS_SHOWN]]
    if len(report.skipped) > ITEMS_SHOWN:
        lines.append(f"  and {len(report.skipped) - ITEMS_SHOWN:,} more; --json lists all")
    if report.removed:
        lines.append(f"  to put back what was removed, run {name_command('restore', library)}")
    print_result(fields, lines, as_json=as_json)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


UrlsArgument = Annotated[
    list[str],
    typer.Argument(metavar="URL", help="A feed, or a page that names its feed."),
]


@feeds_app.command("list", epilog="\b\nExample:\n  onrecord feeds list")
def list_feeds(
    ctx: typer.Context, *, library: LibraryOption = None, json: JsonOption = False
) -> None:
    """List the feeds that are remembered."""
    from ui.escape import clean_line

    with open_library(read_settings(ctx, library)) as opened:
        found = opened.subscriptions().all()
    feeds = [{"url": feed.url, "added_at": feed.added_at} for feed in found]
    print_result({"feeds": feeds}, [clean_line(feed.url) for feed in found], as_json=json)
    if not (found or json):
        command = name_command("feeds add", find_library(ctx, library), "URL")
        print_note(f"No feeds; {command} remembers one.")


@feeds_app.command(
    "add",
    epilog="\b\nExample:\n  onrecord feeds add https://news.example/rss\n  onrecord add --feeds",
)
def add_feeds(
    ctx: typer.Context,
    urls: UrlsArgument,
    *,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Remember feeds; nothing is fetched yet."""
    from index.library import Library

    settings = read_settings(ctx, library, wait_seconds=wait)
    with Library.open_to_fill(settings.library) as opened:
        feeds = opened.subscriptions()
        added = [feeds.add(url, wait_seconds=settings.wait_seconds).url for url in urls]
    are = "feed is" if len(added) == 1 else "feeds are"
    command = name_command("add --feeds", find_library(ctx, library))
    lines = f"{len(added):,} {are} remembered; {command} fetches what is new"
    print_result({"added": added}, lines, as_json=json)


@feeds_app.command(
    "remove", epilog="\b\nExample:\n  onrecord feeds remove https://news.example/rss"
)
def remove_feeds(
    ctx: typer.Context,
    urls: UrlsArgument,
    *,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Forget feeds; articles that came from them stay."""
    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        feeds = opened.subscriptions()
        for url in urls:
            feeds.remove(url, wait_seconds=settings.wait_seconds)
    print_result({"removed": urls}, f"{len(urls):,} forgotten", as_json=json)
