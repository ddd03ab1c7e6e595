"""The commands that keep the feeds of a library; ``onrecord add --feeds`` fetches them."""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.exits import Commands
from ui.cli.options import (
    JsonOption,
    LibraryOption,
    WaitOption,
    name_commands,
    open_library,
    read_settings,
)
from ui.cli.output import print_json, print_note, print_text

feeds_app = typer.Typer(
    cls=Commands,
    help="Keep the feeds that 'onrecord add --feeds' fetches.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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
    if json:
        feeds = [{"url": feed.url, "added_at": feed.added_at.isoformat()} for feed in found]
        print_json({"feeds": feeds})
        return
    for feed in found:
        print_text(clean_line(feed.url))
    if not found:
        print_note(f"No feeds; {name_commands(ctx, library)('feeds add URL')} remembers one.")


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
    from index import Library

    settings = read_settings(ctx, library, wait_seconds=wait)
    with Library.open_to_fill(settings.library) as opened:
        feeds = opened.subscriptions()
        added = [feeds.add(url, wait_seconds=settings.wait_seconds) for url in urls]
    if json:
        print_json({"added": [feed.url for feed in added]})
        return
    noun = "feed is" if len(added) == 1 else "feeds are"
    command = name_commands(ctx, library)("add --feeds")
    print_text(f"{len(added):,} {noun} remembered; {command} fetches what is new")


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
    """Forget feeds; the articles that came by them stay."""
    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        feeds = opened.subscriptions()
        for url in urls:
            feeds.remove(url, wait_seconds=settings.wait_seconds)
    print_json({"removed": urls}) if json else print_text(f"{len(urls):,} forgotten")
