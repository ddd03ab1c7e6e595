"""Options and arguments that several commands have, and the parsers of their values."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from ui.cli.console import parse_place


def parse_date(text: str) -> date:
    """Return the day that an option names.

    Raises:
        BadParameter: If it is not an ISO date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a date; write it as 2024-10-21") from None


def parse_language(text: str) -> str:
    """Return the code of the language that an option names; empty for ``unknown``.

    Raises:
        BadParameter: If there is no such language.
    """
    from index.language.detection import parse_language as find_code

    if text.strip().casefold() == "unknown":
        return ""
    if code := find_code(text):
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


QUESTION_HELP = (
    "The question; '-' reads one a line from standard input, as text or as"
    ' {"question": …, "history": [{"role": "user", "text": …}]}.'
)

LibraryOption = Annotated[
    Any | None,
    typer.Option(
        "--library",
        metavar="DIR",
        parser=parse_place,
        help="Folder or postgresql:// address of the library (default: .onrecord).",
    ),
]
SetLibraryOption = Annotated[
    Any | None,
    typer.Option(
        "--library",
        metavar="DIR",
        parser=parse_place,
        help="Keep the set's library in this folder.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
KOption = Annotated[
    int | None,
    typer.Option("--k", min=1, metavar="N", help="Passages to retrieve (default: 10)."),
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only this outlet or source; repeat for more."),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        metavar="CODE",
        parser=parse_language,
        help="Only articles in this language, such as en; repeat for more.",
    ),
]
AuthorOption = Annotated[
    list[str] | None,
    typer.Option("--author", metavar="NAME", help="Only by this author; repeat for more."),
]
SinceOption = Annotated[
    date | None,
    typer.Option(metavar="DATE", parser=parse_date, help="Only articles from this day or later."),
]
UntilOption = Annotated[
    date | None,
    typer.Option(metavar="DATE", parser=parse_date, help="Only articles from this day or earlier."),
]
EncoderOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Encoder of a new library: a model's name or folder."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        help="What articles are encoded and passages are read on: auto, cpu, cuda or mps.",
    ),
]
ReaderOption = Annotated[
    str | None,
    typer.Option(
        "--reader",
        metavar="NAME",
        help="Model that reads the passages: default, none, or a model's name or folder.",
    ),
]
WaitOption = Annotated[
    float | None,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        help="How long to wait while another process writes (default: 10).",
    ),
]
UnconfinedOption = Annotated[
    bool | None,
    typer.Option(
        "--unconfined",
        help="Read PDF, office files, archives even where their parsers cannot be confined.",
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PROVIDER:NAME",
        help="Let a chat model write the answer: openai:NAME, anthropic:NAME, ollama:NAME, local"
        " (default: quote the articles).",
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url", metavar="URL", help="The model's endpoint (default: its provider's)."
    ),
]
DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--deadline", metavar="SECONDS", help="Most time for an answer by a model (default: 60)."
    ),
]
ContextOption = Annotated[
    int | None,
    typer.Option(
        "--context-tokens",
        metavar="N",
        help="The model's context, reply included (default: usual for the model).",
    ),
]
