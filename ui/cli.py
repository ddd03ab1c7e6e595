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
    BaseUrlOption,
    ContextOption,
    DeadlineOption,
    EncoderOption,
    JsonOption,
    KOption,
    LibraryOption,
    ModelOption,
    ReaderOption,
    SinceOption,
    SourceOption,
    UntilOption,
    WaitOption,
    make_filter,
    parse_span,
)
from ui.cli_output import print_json, print_note, print_text
from ui.cli_user import user_app

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
ONRECORD_K, ONRECORD_MAX_CLAIMS, ONRECORD_REFUSE_BELOW, ONRECORD_WAIT_SECONDS, ONRECORD_MODEL,
ONRECORD_BASE_URL, ONRECORD_DEADLINE_SECONDS, ONRECORD_CONTEXT_TOKENS. A model's key is taken from
its provider's variable, such as OPENAI_API_KEY, and from nowhere else.

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

app.add_typer(user_app, name="user")


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
    reader: ReaderOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    context_tokens: ContextOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question with sentences of the articles, or say that they do not answer it."""
    from ui.cli_ask import announce_model

    only = make_filter(source, since, until)
    settings = _read_settings(
        ctx,
        library,
        k=k,
        refuse_below=refuse_below,
        reader=reader,
        model=model,
        base_url=base_url,
        deadline_seconds=deadline,
        context_tokens=context_tokens,
    )
    announce_model(settings)
    with _open_library(settings, filled=True) as opened:
        from rag import Assistant
        from ui.cli_ask import answer_lines, answer_question

        assistant = Assistant(opened, settings)
        if question != "-":
            answer_question(assistant, question, only, as_json=json)
        elif not answer_lines(assistant, sys.stdin.buffer, only, as_json=json):
            raise typer.Exit(1)


@app.command(
    epilog="\b\nExamples:\n"
    '  onrecord question "and China?" --after "what did Russia say about the troops?"\n'
    "  onrecord question --json - < conversations.jsonl"
)
def question(
    asked: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION",
            help="The question; '-' for one a line on standard input, as text or as"
            ' {"question": …, "history": [{"role": "user", "text": …}]}.',
        ),
    ],
    *,
    after: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION", help="A question asked before; repeat, oldest first."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show how a follow-up is understood: as a question that stands alone; reads no library."""
    from ui.cli_question import show_lines, show_question

    if asked != "-":
        show_question(asked, [{"role": "user", "text": text} for text in after or ()], as_json=json)
    elif not show_lines(sys.stdin.buffer, as_json=json):
        raise typer.Exit(1)


@app.command(
    epilog="\b\nExamples:\n"
    '  onrecord verify "The bridge closed on Monday." --evidence "It closed on Tuesday."\n'
    "  onrecord verify --json - < claims.jsonl"
)
def verify(
    ctx: typer.Context,
    claim: Annotated[
        str,
        typer.Argument(
            metavar="CLAIM",
            help="The claim; '-' for one a line on standard input, as"
            ' {"claim": …, "evidence": text or list of texts}.',
        ),
    ],
    *,
    evidence: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="What the claim rests on; repeat for several."),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A model's name or folder; 'none' for words alone."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check whether a text supports a claim, and say why not."""
    from ui.cli_verify import choose_embedder, verify_claim, verify_lines

    settings = _read_settings(ctx, library, encoder=encoder)
    embedder = choose_embedder(settings.library, settings.encoder or None)
    if claim != "-":
        if not evidence:
            raise typer.BadParameter(
                "give the text that the claim rests on", param_hint="--evidence"
            )
        verify_claim(claim, evidence, embedder, as_json=json)
    elif not verify_lines(sys.stdin.buffer, embedder, as_json=json):
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
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Keep nothing for 'onrecord restore'.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Remove articles from the library; 'onrecord restore' puts them back."""
    settings = _read_settings(ctx, library, wait_seconds=wait)
    article_ids = list(dict.fromkeys(article_ids))
    with _open_library(settings) as opened:
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
    undo = "add their files again" if for_good else "run 'onrecord restore'"
    print_text(f"{len(article_ids):,} removed; to undo, {undo}")


@app.command(epilog="\b\nExamples:\n  onrecord restore --list\n  onrecord restore 7")
def restore(
    ctx: typer.Context,
    removal: Annotated[
        int | None, typer.Argument(metavar="[NUMBER]", help="The removal to undo; else the last.")
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

    settings = _read_settings(ctx, library, wait_seconds=wait)
    with _open_library(settings) as opened:
        if show_list:
            print_removals(opened, as_json=json)
        elif forget:
            forgotten = opened.forget_removals(wait_seconds=settings.wait_seconds)
            print_json({"forgotten": forgotten}) if json else print_text(f"{forgotten:,} deleted")
        else:
            restore_articles(opened, removal, wait_seconds=settings.wait_seconds, as_json=json)


@app.command(
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

    with _open_library(_read_settings(ctx, library)) as opened:
        if export is not None:
            write_feedback_set(opened, export, as_json=json)
        elif clear:
            clear_feedback(opened, yes=yes, as_json=json)
        else:
            print_feedback(opened, as_json=json)


@app.command()
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

    settings = _read_settings(
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


@app.command(
    epilog="\b\nExamples:\n  onrecord serve\n  onrecord serve --host 0.0.0.0 --auth users.txt\n"
    "  onrecord serve --public-url https://news.example.org --auth users.txt"
)
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; one that others reach needs --auth.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any.")] = 7860,
    auth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Ask for a password; 'onrecord user add' makes FILE."),
    ] = None,
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Where a reverse proxy shows it; needs --auth."),
    ] = "",
    trusted_proxies: Annotated[
        str,
        typer.Option(metavar="ADDRESSES", help="Believe X-Forwarded-For from these."),
    ] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the chat in a browser.")
    ] = False,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    context_tokens: ContextOption = None,
    library: LibraryOption = None,
) -> None:
    """Open a chat with the articles on this machine."""
    from ui.cli_ask import announce_model
    from ui.web_listen import Serving
    from ui.web_server import serve as serve_chat

    settings = _read_settings(
        ctx,
        library,
        model=model,
        base_url=base_url,
        deadline_seconds=deadline,
        context_tokens=context_tokens,
    )
    announce_model(settings)
    serving = Serving(host, port, auth, public_url, trusted_proxies)
    serve_chat(settings, serving=serving, open_browser=browser, announce=print_note)


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
    reader: ReaderOption = None,
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
        settings=_read_settings(ctx, library, reader=reader),
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
