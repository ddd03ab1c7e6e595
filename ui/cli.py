"""The command line: ``onrecord``.

Commands parse, call the library or the assistant, and print. Heavy packages are imported by the
command that needs them, so that ``--help`` is instant.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli_group import INTERRUPTED, Commands
from ui.cli_options import (
    EncoderOption,
    JsonOption,
    KOption,
    LibraryOption,
    SinceOption,
    SourceOption,
    UntilOption,
    WaitOption,
    make_filter,
    parse_span,
)
from ui.cli_output import print_json, print_note, print_text

if TYPE_CHECKING:
    from index import Library
    from rag import Settings

EPILOG = """
\b
Examples:
  onrecord add articles/
  onrecord ask "what did Russia say in response?"
  onrecord search "troop deployment" --since 2024-10-01
  onrecord serve

Settings come from options, then from ONRECORD_ variables: ONRECORD_LIBRARY, ONRECORD_ENCODER,
ONRECORD_K, ONRECORD_MAX_CLAIMS, ONRECORD_REFUSE_BELOW, ONRECORD_WAIT_SECONDS.

Exit status: 0 answered or refused, 1 an error, 2 wrong usage.
"""


app = typer.Typer(
    cls=Commands,
    help="Ask a folder of news articles; every answer is quoted or checked, and cited.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_text(_read_version())
        raise typer.Exit


@app.callback()
def _before_every_command(
    library: LibraryOption = None,
    *,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command(epilog="\b\nExamples:\n  onrecord add articles/\n  onrecord add news.jsonl notes.md")
def add(
    ctx: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders, .jsonl collections.")
    ],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let an article replace one of another file.")
    ] = False,
    encoder: EncoderOption = None,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Add articles; what is unchanged is not encoded again."""
    from index import Library
    from ui.cli_add import describe_empty, print_report, track_progress

    settings = _read_settings(ctx, library, encoder=encoder, wait_seconds=wait)
    with Library.open_or_create(settings.library, encoder=settings.encoder or None) as opened:
        try:
            with track_progress() as progress:
                report = opened.add(
                    paths,
                    progress=progress,
                    replace=replace,
                    wait_seconds=settings.wait_seconds,
                )
        except KeyboardInterrupt:
            kept = opened.statistics().articles
            print_note(f"Stopped; {kept:,} articles are kept. Run it again to go on.")
            raise typer.Exit(INTERRUPTED) from None
    print_report(report, settings.library, as_json=json)
    if not (report.added or report.replaced or report.unchanged):
        print_note(f"Error: {describe_empty(report)}")
        raise typer.Exit(1)


@app.command(
    epilog="\b\nExamples:\n"
    '  onrecord ask "what did Russia say in response?"\n'
    '  onrecord ask "who resigned?" --source "Corvane Wire" --since 2024-10-01\n'
    "  onrecord ask --json - < questions.txt"
)
def ask(
    ctx: typer.Context,
    question: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION",
            help="The question; '-' for one a line on standard input, as text or as"
            ' {"question": …, "history": [{"role": "user", "text": …}]}.',
        ),
    ],
    *,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    k: KOption = None,
    refuse_below: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least probability of an answer; else as fitted."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question with sentences of the articles, or say that they do not answer it."""
    only = make_filter(source, since, until)
    settings = _read_settings(ctx, library, k=k, refuse_below=refuse_below)
    with _open_library(settings, filled=True) as opened:
        from rag import Assistant
        from ui.cli_ask import answer_lines, answer_question

        assistant = Assistant(opened, settings)
        if question != "-":
            answer_question(assistant, question, only, as_json=json)
        elif not answer_lines(assistant, sys.stdin.buffer, only, as_json=json):
            raise typer.Exit(1)


@app.command(epilog='\b\nExample:\n  onrecord search "troop deployment" --k 5')
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words or a question.")],
    *,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    k: KOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show the passages nearest to a query, best first."""
    from rag.question import check_question
    from ui.cli_show import print_hits

    only = make_filter(source, since, until)
    settings = _read_settings(ctx, library, k=k)
    with _open_library(settings, filled=True) as opened:
        hits = opened.search(check_question(query), settings.k, only=only)
    print_hits(query, hits, as_json=json)


@app.command("list")
def list_articles(
    ctx: typer.Context,
    *,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List the articles: id, date, outlet, title."""
    from ui.cli_show import print_articles

    only = make_filter(source, since, until)
    with _open_library(_read_settings(ctx, library)) as opened:
        print_articles(opened.articles(only), as_json=json)


@app.command(epilog="\b\nExample:\n  onrecord show kremlin-answers --span 212:390")
def show(
    ctx: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="As 'onrecord list' prints it.")],
    *,
    span: Annotated[
        str | None,
        typer.Option(metavar="START:END", help="Mark these characters, as a citation gives them."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show an article as it is stored."""
    from ui.cli_show import print_article

    place = parse_span(span) if span else None
    with _open_library(_read_settings(ctx, library)) as opened:
        print_article(opened.get(article_id), place, as_json=json)


@app.command()
def remove(
    ctx: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Articles to remove.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Remove articles from the library; the files they came from stay."""
    settings = _read_settings(ctx, library, wait_seconds=wait)
    article_ids = list(dict.fromkeys(article_ids))
    with _open_library(settings) as opened:
        if not (yes or json) and sys.stdin.isatty():
            for article in opened.articles():
                if article.article_id in article_ids:
                    print_note(f"  {article.title}")
            question = f"Remove {len(article_ids)} from '{settings.library}'?"
            typer.confirm(question, abort=True, err=True)
        opened.remove(article_ids, wait_seconds=settings.wait_seconds)
    if json:
        print_json({"removed": article_ids})
    else:
        print_text(f"{len(article_ids):,} removed; to undo, add their files again")


@app.command()
def doctor(
    ctx: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix/--no-fix", help="Mend what can be mended.")] = True,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check the library, and mend what can be made anew from the articles."""
    from index.doctor import check_library
    from ui.cli_show import print_findings

    settings = _read_settings(ctx, library)
    findings = check_library(settings.library, mend=fix)
    print_findings(findings, as_json=json)
    if bad := sum(finding.state == "bad" for finding in findings):
        noun = "fault needs" if bad == 1 else "faults need"
        print_note(f"Error: {bad} {noun} your attention in the library at '{settings.library}'")
        raise typer.Exit(1)


@app.command()
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
    from index.embed import DEFAULT_ENCODER
    from ui.cli_show import count_progress

    settings = _read_settings(ctx, library, encoder=encoder, wait_seconds=wait)
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


@app.command()
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; only this machine's own.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any.")] = 7860,
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the chat in a browser.")
    ] = False,
    library: LibraryOption = None,
) -> None:
    """Open a chat with the articles on this machine."""
    from ui.web import serve as serve_chat

    settings = _read_settings(ctx, library)
    serve_chat(settings, host=host, port=port, open_browser=browser, announce=print_note)


@app.command("eval")
def evaluate(
    ctx: typer.Context,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="SET",
            help="Folder with corpus.jsonl and queries.jsonl, or the saved JSON of an earlier run.",
        ),
    ],
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions.")] = None,
    library: Annotated[
        Path | None,
        typer.Option("--library", metavar="DIR", help="Keep the set's library; else it is gone."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="REPORT", help="Say what changed against this saved JSON."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots to this file.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score the answers to a question set, with intervals; compare two runs.

    Save a run with 'onrecord eval SET --json > run.json'. A line of queries.jsonl is a question,
    with what is known of its answer: {"id", "question", "answers", "answerable", "gold_doc_ids",
    "gold_spans": [[id, start, end]], "history"}; all but "question" may be missing.
    """
    from ui.cli_eval import run_evaluation

    run_evaluation(
        target,
        library=library or _library_before_command(ctx),
        settings=_read_settings(ctx, library),
        limit=limit,
        compare=compare,
        html=html,
        as_json=json,
    )


@app.command()
def version(json: JsonOption = False) -> None:
    """Show the version."""
    if json:
        print_json({"version": _read_version()})
    else:
        print_text(_read_version())


def main() -> None:
    """Run the command line and leave with its exit status."""
    app(prog_name="onrecord")


def _read_version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as read_version

    try:
        return read_version("onrecord")
    except PackageNotFoundError:
        return "not installed"


def _library_before_command(ctx: typer.Context) -> Path | None:
    parent = ctx.parent
    return parent.params.get("library") if parent else None


def _read_settings(ctx: typer.Context, library: Path | None, **flags: object) -> Settings:
    """Return the settings of a command, and make ready for its warnings."""
    from rag.settings import Settings
    from ui.cli_output import show_warnings

    show_warnings()
    return Settings.from_env(None, library=library or _library_before_command(ctx), **flags)


@contextmanager
def _open_library(settings: Settings, *, filled: bool = False) -> Iterator[Library]:
    """Open a library for a command that reads it.

    Raises:
        OnRecordError: If there is none, or if it must be filled and is empty.
    """
    from index import Library
    from index.errors import OnRecordError

    with Library.open(settings.library, encoder=settings.encoder or None) as opened:
        if filled and _is_empty(opened):
            raise OnRecordError(
                f"the library at '{settings.library}' is empty;"
                f" run 'onrecord add ARTICLES --library {settings.library}' to fill it"
            )
        yield opened


def _is_empty(library: Library) -> bool:
    return not any(True for _ in library.articles())


if __name__ == "__main__":
    main()
