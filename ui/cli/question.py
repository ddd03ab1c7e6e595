"""The ``question`` command: how a follow-up is understood in its conversation."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ui.cli.input_lines import parse_line, replace_surrogates, take_lines
from ui.cli.options import JsonOption, LibraryOption
from ui.cli.output import columns, print_json, print_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rag.asking.question import Understood

question_app = typer.Typer()


@question_app.command(
    short_help="Show how a follow-up is understood.",
    epilog="\b\nExamples:\n"
    '  onrecord question "and China?" --after "what did Russia say about the troops?"\n'
    "  onrecord question --json - < conversations.jsonl",
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
    if asked != "-":
        show_question(asked, [{"role": "user", "text": text} for text in after or ()], as_json=json)
    elif not show_lines(sys.stdin.buffer, as_json=json):
        raise typer.Exit(1)


def show_question(
    question: str, history: Sequence[Mapping[str, str]] = (), *, as_json: bool
) -> None:
    """Print how one question is understood.

    Raises:
        QuestionError: If it is blank or too long.
    """
    _print(_understand(question, history), as_json=as_json)


def show_lines(stream: BinaryIO, *, as_json: bool) -> bool:
    """Print how each line's question is understood, and go on after a bad line.

    Args:
        stream: UTF-8 lines: a question, or ``{"question": …, "history": [{"role", "text"}]}``.
        as_json: Print one JSON object a line, ``{"error": …, "line": n}`` for a bad one.

    Returns:
        Whether every line held a question.
    """
    complete = True
    for _, understood in take_lines(
        stream, lambda line: _understand(*parse_line(line)), as_json=as_json
    ):
        if understood is None:
            complete = False
        else:
            _print(understood, as_json=as_json)
    return complete


def _understand(question: str, history: Sequence[Mapping[str, str]]) -> Understood:
    from rag.asking.question import check_question, understand_question
    from rag.types import Turn

    turns = [Turn(turn["role"], replace_surrogates(turn["text"])) for turn in history]
    asked = replace_surrogates(question)
    check_question(asked)
    return understand_question(asked, turns)


def _print(understood: Understood, *, as_json: bool) -> None:
    if as_json:
        print_json(_to_dict(understood))
    else:
        print_text(_describe(understood))


def _to_dict(understood: Understood) -> dict[str, object]:
    return {
        "question": understood.question,
        "standalone_question": understood.text,
        "changed": understood.changed,
        "added": list(understood.added),
        "clarification": understood.clarification,
    }


def _describe(understood: Understood) -> str:
    from ui.escape import clean_line

    shown = clean_line(understood.clarification or understood.text)
    return "\n".join(textwrap.wrap(shown, columns()) or [""])
