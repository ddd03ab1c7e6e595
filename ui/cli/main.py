"""The command line: ``onrecord``.

Commands parse, call the library or the assistant, and print. Heavy packages are imported by the
command that needs them, so that ``--help`` is instant.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ui.cli.add import add_app, feeds_app
from ui.cli.articles import articles_app
from ui.cli.ask import ask_app
from ui.cli.backups import backups_app
from ui.cli.check import check_app
from ui.cli.console import (
    Commands,
    make_group,
    prepare_streams,
    print_result,
    print_text,
    unwind_when_told,
)
from ui.cli.ledger import ledger_app
from ui.cli.library import library_app
from ui.cli.options import JsonOption, LibraryOption
from ui.cli.serve import serve_app, user_app
from ui.cli.topics import topics_app

EPILOG = """
\b
Examples:
  onrecord add articles/
  onrecord ask "what did Russia say in response?"
  onrecord search "troop deployment" --since 2024-10-01
  onrecord serve

Settings come from options, then from variables: ONRECORD_LIBRARY, ONRECORD_ENCODER,
ONRECORD_DEVICE, ONRECORD_READER, ONRECORD_K, ONRECORD_MAX_CLAIMS, ONRECORD_REFUSE_BELOW,
ONRECORD_WAIT_SECONDS,
ONRECORD_MODEL, ONRECORD_BASE_URL, ONRECORD_DEADLINE_SECONDS, ONRECORD_CONTEXT_TOKENS,
ONRECORD_QUESTION_SECONDS, ONRECORD_UNCONFINED. A model's key is taken only from its provider's
variable, such as OPENAI_API_KEY.

Exit status: 0 answered or refused, 1 error, 2 wrong usage, 128 and above stopped by a signal.
"""

app = make_group(
    "Ask a folder of news articles; every answer is quoted or checked, and cited.",
    cls=Commands,
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
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


for commands in (
    add_app,
    ask_app,
    check_app,
    articles_app,
    ledger_app,
    topics_app,
    library_app,
    backups_app,
    serve_app,
):
    app.registered_commands += commands.registered_commands
app.add_typer(feeds_app, name="feeds")
app.add_typer(user_app, name="user")


@app.command()
def version(json: JsonOption = False) -> None:
    """Show the version."""
    print_result({"version": _read_version()}, _read_version(), as_json=json)


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


if __name__ == "__main__":
    main()
