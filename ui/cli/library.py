"""The commands that look after a library, from ``list`` to ``reencode``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.remedies import to_shell_word
from ui.cli.options import (
    AuthorOption,
    BaseUrlOption,
    DeadlineOption,
    JsonOption,
    LanguageOption,
    LibraryOption,
    ModelOption,
    NameCommand,
    SinceOption,
    SourceOption,
    UntilOption,
    WaitOption,
    make_filter,
    name_commands,
    name_plainly,
    open_library,
    parse_span,
    read_settings,
)
from ui.cli.output import print_json, print_note, print_text
from ui.messages import format_table

if TYPE_CHECKING:
    from index import Feedback, Library


_QUESTION_CHARS = 60


def print_feedback(library: Library, *, as_json: bool, named: NameCommand = name_plainly) -> None:
    """Write the verdicts to standard output, the oldest first.

    Args:
        library: Whose.
        as_json: Write them as JSON.
        named: Names the command that opens the chat.
    """
    verdicts = library.feedback.all()
    if as_json:
        print_json([verdict.to_dict() for verdict in verdicts])
        return
    for line in format_table([_feedback_cells(verdict) for verdict in verdicts]):
        print_text(line)
    if not verdicts:
        print_note(f"Nobody has judged an answer yet; the thumbs are in {named('serve')}.")


def write_feedback_set(library: Library, folder: Path, *, as_json: bool) -> None:
    """Write the verdicts as a question set, and what came of it to standard output."""
    from rag.evaluation.feedback_set import export_feedback

    report = export_feedback(library, folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "articles": report.articles,
                "questions": report.questions,
                "answerable": report.answerable,
                "rejected": report.rejected,
            }
        )
        return
    print_text(
        f"{report.questions:,} questions ({report.answerable:,} with an answer) about"
        f" {report.articles:,} articles; {report.rejected:,} for a person to label, in"
        " rejected.jsonl"
    )
    if report.questions:
        print_text(f"to score it: onrecord eval {to_shell_word(folder)}")


def clear_feedback(library: Library, *, yes: bool, as_json: bool) -> None:
    """Delete all verdicts, after a question where somebody can answer it."""
    verdicts = library.feedback.all()
    if verdicts and not (yes or as_json) and sys.stdin.isatty():
        typer.confirm(f"Delete {len(verdicts):,} verdicts?", abort=True, err=True)
    removed = sum(library.feedback.remove(verdict.feedback_id) for verdict in verdicts)
    if as_json:
        print_json({"removed": removed})
    else:
        print_text(f"{removed:,} verdicts deleted")


def print_removals(library: Library, *, as_json: bool) -> None:
    """Write what can be put back to standard output, the newest removal first."""
    from ui.escape import clean_line

    removals = library.removals()
    if as_json:
        print_json(
            [
                {
                    "removal": removal.removal_id,
                    "removed_at": removal.removed_at.isoformat(),
                    "articles": [
                        {"article_id": name, "title": title} for name, title in removal.articles
                    ],
                }
                for removal in removals
            ]
        )
        return
    rows = [
        (
            str(removal.removal_id),
            removal.removed_at.strftime("%Y-%m-%d %H:%M UTC"),
            clean_line(name),
            clean_line(title),
        )
        for removal in removals
        for name, title in removal.articles
    ]
    for line in format_table(rows):
        print_text(line)
    if not rows:
        print_note("Nothing was removed that could be put back.")


def restore_articles(
    library: Library, removal_id: int | None, *, wait_seconds: float, as_json: bool
) -> None:
    """Put the articles of a removal back, and say which."""
    from ui.escape import clean_line

    report = library.restore(removal_id, wait_seconds=wait_seconds)
    if as_json:
        print_json(
            {
                "restored": list(report.added),
                "skipped": [{"source": s.source, "reason": s.reason} for s in report.skipped],
            }
        )
        return
    print_text(f"{len(report.added):,} put back, {len(report.skipped):,} skipped")
    for skip in report.skipped:
        print_text(f"  skipped {clean_line(skip.source)}: {clean_line(skip.reason)}")


def _feedback_cells(feedback: Feedback) -> tuple[str, ...]:
    from ui.escape import clean_line

    question = clean_line(feedback.question)
    if len(question) > _QUESTION_CHARS:
        question = f"{question[: _QUESTION_CHARS - 1]}…"
    return (
        feedback.given_at.strftime("%Y-%m-%d"),
        feedback.verdict.value,
        "refused" if feedback.refused else "answered",
        clean_line(feedback.person) or "-",
        question,
        clean_line(feedback.note),
    )


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
    from ui.cli.show import print_articles

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
    from ui.cli.show import find_version, print_article

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
    from index.encoding.model_info import DEFAULT_ENCODER
    from ui.cli.show import count_progress

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
    from ui.cli.show import print_findings

    settings = read_settings(
        ctx, library, model=model, base_url=base_url, deadline_seconds=deadline
    )
    if model is not None:
        from ui.cli.ask import print_model_check

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
    with open_library(read_settings(ctx, library)) as opened:
        if export is not None:
            write_feedback_set(opened, export, as_json=json)
        elif clear:
            clear_feedback(opened, yes=yes, as_json=json)
        else:
            print_feedback(opened, as_json=json, named=name_commands(ctx, library))
