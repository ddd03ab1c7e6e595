"""The command line: ``onrecord``.

Commands parse, call the library or the assistant, and print. Heavy packages are imported by the
command that needs them, so that ``--help`` is instant.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.add import EPILOG as ADD_EPILOG
from ui.cli.add import add
from ui.cli.edit import edit_app
from ui.cli.exits import Commands, unwind_when_told
from ui.cli.feeds import feeds_app
from ui.cli.library import library_app
from ui.cli.options import (
    AuthorOption,
    BaseUrlOption,
    ContextOption,
    DeadlineOption,
    JsonOption,
    KOption,
    LanguageOption,
    LibraryOption,
    ModelOption,
    ReaderOption,
    SinceOption,
    SourceOption,
    UntilOption,
    find_library_option,
    make_filter,
    open_library,
    read_settings,
)
from ui.cli.output import prepare_streams, print_json, print_note, print_text
from ui.cli.question import question_app
from ui.cli.stories import story_app
from ui.cli.users import user_app
from ui.cli.verify import verify_app
from ui.cli.watch import watch_app

EPILOG = """
\b
Examples:
  onrecord add articles/
  onrecord ask "what did Russia say in response?"
  onrecord search "troop deployment" --since 2024-10-01
  onrecord serve

Settings come from options, then from ONRECORD_ variables: ONRECORD_LIBRARY, ONRECORD_ENCODER,
ONRECORD_READER, ONRECORD_K, ONRECORD_MAX_CLAIMS, ONRECORD_REFUSE_BELOW, ONRECORD_WAIT_SECONDS,
ONRECORD_MODEL, ONRECORD_BASE_URL, ONRECORD_DEADLINE_SECONDS, ONRECORD_CONTEXT_TOKENS. A model's
key is taken from its provider's variable, such as OPENAI_API_KEY, and from nowhere else.

Exit status: 0 answered or refused, 1 an error, 2 wrong usage, 128 and more stopped by a signal.
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


app.command(short_help="Add articles: files, folders, web pages, feeds.", epilog=ADD_EPILOG)(add)


@app.command(
    short_help="Answer a question with sentences of the articles.",
    epilog="\b\nExamples:\n"
    '  onrecord ask "what did Russia say in response?"\n'
    '  onrecord ask "who resigned?" --source "Corvane Wire" --since 2024-10-01\n'
    "  onrecord ask --json - < questions.txt",
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
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    k: KOption = None,
    refuse_below: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="P", help="Least probability of an answer; else as fitted."
        ),
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
    from ui.cli.ask import announce_model

    only = make_filter(source, since, until, language, author)
    settings = read_settings(
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
    with open_library(settings, filled=True) as opened:
        from rag import Assistant
        from ui.cli.ask import answer_lines, answer_question

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
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    k: KOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show the passages nearest to a query, best first."""
    from rag.asking.question import check_question
    from ui.cli.show import print_hits

    only = make_filter(source, since, until, language, author)
    settings = read_settings(ctx, library, k=k)
    with open_library(settings, filled=True) as opened:
        hits = opened.search(check_question(query), settings.k, only=only)
    print_hits(query, hits, as_json=json)


@app.command(
    epilog="\b\nExamples:\n  onrecord serve\n  onrecord serve --host 0.0.0.0 --auth users.txt\n"
    "  onrecord serve --public-url https://news.example.org --auth users.txt"
)
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; one that others reach needs --auth."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port; 0 for any.")
    ] = 7860,
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
    reader: ReaderOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    context_tokens: ContextOption = None,
    library: LibraryOption = None,
) -> None:
    """Open a chat with the articles on this machine."""
    from rag.evidence.reader import load_reader
    from ui.cli.ask import announce_model
    from ui.web.access.listen import Serving
    from ui.web.serve import serve as serve_chat

    settings = read_settings(
        ctx,
        library,
        reader=reader,
        model=model,
        base_url=base_url,
        deadline_seconds=deadline,
        context_tokens=context_tokens,
    )
    announce_model(settings)
    load_reader(settings.reader)  # the library is opened later; a name that is wrong is known now
    serving = Serving(host, port, auth, public_url, trusted_proxies)
    serve_chat(settings, serving=serving, open_browser=browser, announce=print_note)


@app.command("eval", short_help="Score the answers to a question set; compare two runs.")
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
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Ask only so many questions.")
    ] = None,
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
    from ui.cli.evaluate import run_evaluation

    run_evaluation(
        target,
        library=find_library_option(ctx, library),
        settings=read_settings(ctx, library, reader=reader),
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
    unwind_when_told()
    prepare_streams()
    app(prog_name="onrecord")


def _read_version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as read_version

    try:
        return read_version("onrecord")
    except PackageNotFoundError:
        return "not installed"


for commands in (question_app, verify_app, watch_app, story_app, library_app, edit_app):
    app.add_typer(commands)
app.add_typer(feeds_app, name="feeds")
app.add_typer(user_app, name="user")


if __name__ == "__main__":
    main()
