"""The commands that keep a library safe and small: ``backup``, ``copy``, ``compact`` and so on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.console import open_library, print_result, read_settings
from ui.cli.options import JsonOption, LibraryOption, WaitOption
from ui.cli.progress import count_progress
from ui.messages import count_of

if TYPE_CHECKING:
    from index.backup import Backup

backups_app = typer.Typer()

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of the backups.", show_default=False)
]


@backups_app.command(short_help="Store a backup of the library; only what is new takes room.")
def backup(
    ctx: typer.Context,
    folder: FolderArgument,
    *,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, metavar="N", help="Keep the N newest backups only."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Store a verified backup of the library in DIR; others may write meanwhile."""
    from index.backup import make_backup

    settings = read_settings(ctx, library)
    made, n_new = make_backup(settings.library, folder, keep=keep)
    line = (
        f"backup {made.backup_id}: {count_of(made.articles, 'article')},"
        f" {n_new:,} of {count_of(len(made.parts), 'part')} new"
    )
    print_result(_describe(made) | {"new_parts": n_new}, line, as_json=json)


@backups_app.command(short_help="Put the library of a backup into a folder.")
def restore_backup(
    ctx: typer.Context,
    folder: FolderArgument,
    *,
    which: Annotated[
        str | None,
        typer.Option("--backup", metavar="ID", help="Which backup (default: the newest)."),
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List the backups.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the library that is there.")
    ] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Put the library of a backup in DIR into the library's folder, verified."""
    from index import backup as backups

    settings = read_settings(ctx, library)
    if list_all:
        found = backups.find_backups(folder)
        lines = [f"{one.backup_id}  {count_of(one.articles, 'article')}" for one in found]
        print_result([_describe(one) for one in found], lines, as_json=json)
        return
    restored = backups.restore_backup(folder, settings.library, backup_id=which, replace=replace)
    line = (
        f"restored backup {restored.backup_id} ({count_of(restored.articles, 'article')})"
        f" to '{settings.library}'"
    )
    print_result(_describe(restored), line, as_json=json)


@backups_app.command(short_help="Copy a library from a folder into PostgreSQL, or back.")
def copy(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Folder or address of a library.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where no library is yet.")],
    *,
    wait: WaitOption = None,
    json: JsonOption = False,
) -> None:
    """Copy a library with everything in it, and compare; what was interrupted goes on."""
    from index.copying import copy_library

    settings = read_settings(ctx, None, wait_seconds=wait)
    with count_progress("rows copied and compared") as progress:
        articles = copy_library(
            source, target, wait_seconds=settings.wait_seconds, progress=progress
        )
    line = f"{count_of(articles, 'article')} copied and compared"
    print_result({"articles": articles}, line, as_json=json)


@backups_app.command()
def compact(
    ctx: typer.Context,
    *,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Give back the room of what was deleted, and drop its words from the full-text index."""
    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        before, after = opened.compact(wait_seconds=settings.wait_seconds)
    line = f"{before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB now"
    print_result({"bytes_before": before, "bytes_after": after}, line, as_json=json)


def _describe(made: Backup) -> dict[str, object]:
    fields = asdict(made)
    return {name: fields[name] for name in ("backup_id", "generation", "articles", "size")}
