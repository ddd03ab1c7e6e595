"""What the commands have in common: options, settings, and the library that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from index import Library
    from index.types import Filter
    from rag import Settings


NameCommand = Callable[[str], str]
"""Names a command in a message, between quotes, such that it works when it is pasted."""


def find_library_option(ctx: typer.Context, library: Path | None) -> Path | None:
    """Return what ``--library`` says after the command, or else before it."""
    if library is not None:
        return library
    given: Path | None = ctx.find_root().params.get("library")
    return given


def read_settings(ctx: typer.Context, library: Path | None, **flags: object) -> Settings:
    """Return the settings of a command, and make ready for its warnings."""
    from rag.settings import Settings
    from ui.cli.output import show_warnings

    show_warnings()
    return Settings.from_env(None, library=find_library_option(ctx, library), **flags)


def name_commands(ctx: typer.Context, library: Path | None) -> NameCommand:
    """Return what names commands on the same library: with ``--library`` where it was given."""
    given = find_library_option(ctx, library)
    if given is None:
        return name_plainly
    from index.remedies import Remedy

    return lambda command: Remedy(command, given).command_line


def name_plainly(command: str) -> str:
    """Name a command on the library that is the default, or that a variable names."""
    return f"'onrecord {command}'"


@contextmanager
def open_library(settings: Settings, *, filled: bool = False) -> Iterator[Library]:
    """Open a library for a command that reads it.

    Args:
        settings: They name it.
        filled: Whether the command makes sense only if there are articles.

    Raises:
        OnRecordError: If there is none, or if it must be filled and is empty.
    """
    from index import Library
    from index.errors import LibraryEmptyError

    with Library.open(settings.library, encoder=settings.encoder or None) as opened:
        if filled and not any(True for _ in opened.articles()):
            raise LibraryEmptyError(settings.library)
        yield opened


def parse_date(text: str) -> date:
    """Return the day that an option names.

    Raises:
        BadParameter: If it is not an ISO date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a date; write it as 2024-10-21") from None


LibraryOption = Annotated[
    Path | None,
    typer.Option("--library", metavar="DIR", help="Folder of the library; else .onrecord."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
KOption = Annotated[
    int | None, typer.Option("--k", min=1, metavar="N", help="Passages to retrieve; else 10.")
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only this outlet or source; repeat for more."),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language", metavar="CODE", help="Only articles in this language, as en; repeat for more."
    ),
]
AuthorOption = Annotated[
    list[str] | None,
    typer.Option("--author", metavar="NAME", help="Only by this author; repeat for more."),
]
SinceOption = Annotated[
    date | None,
    typer.Option(metavar="DATE", parser=parse_date, help="Only articles of this day or later."),
]
UntilOption = Annotated[
    date | None,
    typer.Option(metavar="DATE", parser=parse_date, help="Only articles of this day or earlier."),
]
EncoderOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Encoder of a new library: a model's name or folder."),
]
ReaderOption = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME",
        help="What reads the passages: default, none, or a model's name or folder.",
    ),
]
WaitOption = Annotated[
    float | None,
    typer.Option(
        "--wait", min=0, metavar="SECONDS", help="How long to wait for another writer; else 10."
    ),
]

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PROVIDER:NAME",
        help="Let a chat model write: openai:NAME, anthropic:NAME, ollama:NAME, local; else quote.",
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The model's endpoint; else its provider's."),
]
DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--deadline", metavar="SECONDS", help="How long a model may take in all; else 60."
    ),
]
ContextOption = Annotated[
    int | None,
    typer.Option(
        "--context-tokens", metavar="N", help="What the model takes, reply included; else usual."
    ),
]


def make_filter(
    source: list[str] | None,
    since: date | None,
    until: date | None,
    language: list[str] | None = None,
    author: list[str] | None = None,
) -> Filter:
    """Return which articles some options ask for.

    Raises:
        BadParameter: If no day can be in the range, or a language is none.
    """
    from index.types import Filter

    if since and until and since > until:
        raise typer.BadParameter(f"--since {since} is later than --until {until}")
    return Filter(
        sources=tuple(source or ()),
        since=since,
        until=until,
        languages=tuple(map(_parse_language, language or ())),
        authors=tuple(author or ()),
    )


def _parse_language(text: str) -> str:
    from index.language.detection import parse_language

    if text.strip().casefold() == "unknown":
        return ""
    if code := parse_language(text):
        return code
    raise typer.BadParameter(f"'{text}' is not a language; write it as en, de or unknown")


def parse_span(text: str) -> tuple[int, int]:
    """Return the two numbers of ``START:END``.

    Raises:
        BadParameter: If they are not that, or not in order.
    """
    start, _, end = text.partition(":")
    if not (start.isdecimal() and end.isdecimal()) or int(start) >= int(end):
        raise typer.BadParameter(f"'{text}' is not START:END, as in 212:390")
    return int(start), int(end)
