"""The commands that look after a library, from ``list`` to ``reencode``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.cli_context import name_commands, open_library, read_settings
from ui.cli_options import (
    AuthorOption,
    BaseUrlOption,
    DeadlineOption,
    JsonOption,
    LanguageOption,
    LibraryOption,
    ModelOption,
    SinceOption,
    SourceOption,
    UntilOption,
    WaitOption,
    make_filter,
    parse_span,
)
from ui.cli_output import print_json, print_note, print_text

library_app = typer.Typer()


@library_app.command("list")
def list_articles(
    ctx: typer.Context,
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List the articles: id, date, outlet, title."""
    from ui.cli_show import print_articles

    only = make_filter(source, since, until, language, author)
    with open_library(read_settings(ctx, library)) as opened:
        print_articles(opened.articles(only), as_json=json)


@library_app.command(epilog="\b\nExample:\n  onrecord show kremlin-answers --span 212:390")
def show(
    ctx: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="As 'onrecord list' prints it.")],
    *,
    span: Annotated[
        str | None,
        typer.Option(metavar="START:END", help="Mark these characters, as a citation gives them."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="An earlier version, by 'onrecord versions ID'."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show an article as it is stored, or an earlier version of it."""
    from ui.cli_show import find_version, print_article

    place = parse_span(span) if span else None
    with open_library(read_settings(ctx, library)) as opened:
        shown = find_version(opened, article_id, version)
        print_article(shown, place, as_json=json, named=name_commands(ctx, library))


@library_app.command(short_help="Remove articles; 'onrecord restore' puts them back.")
def remove(
    ctx: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID", help="Articles to remove.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Keep nothing for 'onrecord restore'.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Remove articles from the library; 'onrecord restore' puts them back."""
    settings = read_settings(ctx, library, wait_seconds=wait)
    article_ids = list(dict.fromkeys(article_ids))
    with open_library(settings) as opened:
        if not (yes or json) and sys.stdin.isatty():
            for article in opened.articles():
                if article.article_id in article_ids:
                    print_note(f"  {article.title}")
            question = f"Remove {len(article_ids)} from '{settings.library}'?"
            typer.confirm(question, abort=True, err=True)
        remove_them = opened.remove if for_good else opened.set_aside
        remove_them(article_ids, wait_seconds=settings.wait_seconds)
    if json:
        print_json({"removed": article_ids})
        return
    restore_them = name_commands(ctx, library)("restore")
    undo = "add their files again" if for_good else f"run {restore_them}"
    print_text(f"{len(article_ids):,} removed; to undo, {undo}")


@library_app.command(epilog="\b\nExamples:\n  onrecord restore --list\n  onrecord restore 7")
def restore(
    ctx: typer.Context,
    removal: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="The removal to undo; else the last.")
    ] = None,
    *,
    show_list: Annotated[
        bool, typer.Option("--list", help="Only list what can be put back.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete for good what could be put back.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Put removed articles back, as they were."""
    from ui.cli_feedback import print_removals, restore_articles

    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        if show_list:
            print_removals(opened, as_json=json)
        elif forget:
            forgotten = opened.forget_removals(wait_seconds=settings.wait_seconds)
            print_json({"forgotten": forgotten}) if json else print_text(f"{forgotten:,} deleted")
        else:
            restore_articles(opened, removal, wait_seconds=settings.wait_seconds, as_json=json)


@library_app.command()
def reencode(
    ctx: typer.Context,
    *,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A model's name or folder; else all-MiniLM-L6-v2."),
    ] = None,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Encode all passages anew, with another encoder or a newer one."""
    from index import Library
    from index.encoder_weights import DEFAULT_ENCODER
    from ui.cli_show import count_progress

    settings = read_settings(ctx, library, encoder=encoder, wait_seconds=wait)
    with Library.open(settings.library) as opened, count_progress("passages") as progress:
        encoded = opened.reencode(
            settings.encoder or DEFAULT_ENCODER,
            progress=progress,
            wait_seconds=settings.wait_seconds,
        )
        used = opened.encoder
    if json:
        print_json({"passages": encoded, "encoder": used.name if used else None})
    else:
        print_text(f"{encoded:,} passages encoded with {used.name if used else 'nothing'}")


@library_app.command(short_help="Check the library or a chat model, and mend what can be.")
def doctor(
    ctx: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix/--no-fix", help="Mend what can be mended.")] = True,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check the library, and mend what can be made anew; with --model, check a chat model."""
    from index.doctor import check_library
    from ui.cli_show import print_findings

    settings = read_settings(
        ctx, library, model=model, base_url=base_url, deadline_seconds=deadline
    )
    if model is not None:
        from ui.cli_ask import print_model_check

        if not print_model_check(settings, as_json=json):
            raise typer.Exit(1)
        return
    findings = check_library(settings.library, mend=fix)
    print_findings(findings, as_json=json)
    if bad := sum(finding.state == "bad" for finding in findings):
        noun = "fault needs" if bad == 1 else "faults need"
        print_note(f"Error: {bad} {noun} your attention in the library at '{settings.library}'")
        raise typer.Exit(1)


@library_app.command(
    epilog="\b\nExamples:\n  onrecord feedback --json\n  onrecord feedback --export my-set\n"
    "  onrecord eval my-set"
)
def feedback(
    ctx: typer.Context,
    *,
    export: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a question set for 'onrecord eval' there."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete all verdicts.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show what readers made of answers, or make a question set of it."""
    from ui.cli_feedback import clear_feedback, print_feedback, write_feedback_set

    with open_library(read_settings(ctx, library)) as opened:
        if export is not None:
            write_feedback_set(opened, export, as_json=json)
        elif clear:
            clear_feedback(opened, yes=yes, as_json=json)
        else:
            print_feedback(opened, as_json=json, named=name_commands(ctx, library))
