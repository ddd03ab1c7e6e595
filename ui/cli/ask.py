"""The commands that take a question or a claim: ``ask``, ``question`` and ``verify``.

Each takes one as an argument, or one a line on standard input. A line is answered before the next
is read, and a bad one is named and does not keep the others from being answered.
"""

from __future__ import annotations

import json as json_module
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TypeVar

import typer

from ui.cli.console import (
    columns,
    has_colour,
    open_library,
    print_json,
    print_note,
    print_result,
    print_text,
    read_filter,
    read_settings,
    recover_signal,
    working_folder,
)
from ui.cli.options import (
    QUESTION_HELP,
    AuthorOption,
    BaseUrlOption,
    ContextOption,
    DeadlineOption,
    DeviceOption,
    JsonOption,
    KOption,
    LanguageOption,
    LibraryOption,
    ModelOption,
    ReaderOption,
    SinceOption,
    SourceOption,
    UntilOption,
)
from ui.messages import describe_error

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from rag import Answer, Settings, Turn
    from rag.asking.question import StandaloneQuestion
    from rag.verification.verdict import Verdict

MAX_LINE_BYTES = 1 << 20
MAX_KEPT_TEXTS = 64
"""Texts of evidence whose encodings are kept: claims about one text often follow each other."""

_ROLES = ("user", "assistant")
_T = TypeVar("_T")

ask_app = typer.Typer()


@ask_app.command(
    short_help="Answer a question with sentences of the articles.",
    epilog="\b\nExamples:\n"
    '  onrecord ask "what did Russia say in response?"\n'
    '  onrecord ask "who resigned?" --source "Corvane Wire" --since 2024-10-01\n'
    "  onrecord ask --json - < questions.txt",
)
def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help=QUESTION_HELP)],
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Do not divide a question in several parts; answer it as one."
        ),
    ] = False,
    k: KOption = None,
    refuse_below: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="P", help="Refuse below this probability (default: fitted)."
        ),
    ] = None,
    reader: ReaderOption = None,
    device: DeviceOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    context_tokens: ContextOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Answer a question with sentences of the articles, or say that they do not answer it."""
    only = read_filter(source, since, until, language, author)
    settings = read_settings(
        ctx,
        library,
        k=k,
        refuse_below=refuse_below,
        reader=reader,
        device=device,
        model=model,
        base_url=base_url,
        deadline_seconds=deadline,
        context_tokens=context_tokens,
    )
    announce_model(settings)
    with open_library(settings, filled=True) as opened:
        from rag.assistant import Assistant

        assistant = Assistant(opened, settings)
        if question != "-":
            answered = assistant.ask(_replace_surrogates(question), only=only, whole=whole)
            _print_answer(answered, as_json=json)
            return

        def answer(line: bytes) -> Answer:
            asked, history = parse_line(line)
            return assistant.ask(asked, history, only=only, whole=whole)

        for number, answered in _take_lines(sys.stdin.buffer, answer, as_json=json):
            if number > 1 and not json:
                print_text("")
            _print_answer(answered, as_json=json)


def announce_model(settings: Settings) -> None:
    """Check the chat model that the settings name, and say once where article text goes.

    Raises:
        ModelError: If it cannot be used as it is set up.
    """
    if not settings.model:
        return
    from rag.chat.models import plan_model

    if warning := plan_model(settings).warning:
        print_note(f"Note: {warning}")


def _print_answer(answer: Answer, *, as_json: bool) -> None:
    from ui.render import render_terminal

    if as_json:
        print_json(answer.to_dict())
        return
    print_text(
        render_terminal(
            answer, width=columns(), colour=has_colour(sys.stdout), folder=working_folder()
        )
    )


@ask_app.command(
    short_help="Show how a follow-up is understood.",
    epilog="\b\nExamples:\n"
    '  onrecord question "and China?" --after "what did Russia say about the troops?"\n'
    "  onrecord question --json - < conversations.jsonl",
)
def question(
    asked: Annotated[str, typer.Argument(metavar="QUESTION", help=QUESTION_HELP)],
    *,
    after: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION", help="An earlier question; repeat, oldest first."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show the question that a follow-up is understood as; no library is read."""
    from rag.types import Turn

    if asked != "-":
        turns = [Turn("user", _replace_surrogates(text)) for text in after or ()]
        _print_understood(_understand(_replace_surrogates(asked), turns), as_json=json)
        return
    for _, understood in _take_lines(
        sys.stdin.buffer, lambda line: _understand(*parse_line(line)), as_json=json
    ):
        _print_understood(understood, as_json=json)


def _understand(question: str, history: list[Turn]) -> StandaloneQuestion:
    from rag.asking.question import check_question, understand_question

    check_question(question)
    return understand_question(question, history)


def _print_understood(understood: StandaloneQuestion, *, as_json: bool) -> None:
    from ui.escape import clean_line

    fields = {
        "question": understood.question,
        "standalone_question": understood.text,
        "changed": understood.changed,
        "added": list(understood.added),
        "clarification": understood.clarification,
    }
    shown = clean_line(understood.clarification or understood.text)
    print_result(fields, textwrap.wrap(shown, columns()) or "", as_json=as_json)


@ask_app.command(
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
            help="The claim; '-' reads one a line from standard input, as"
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
        typer.Option(metavar="NAME", help="A model's name or folder; 'none' compares words alone."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check whether a text supports a claim, and say why not."""
    from index.encoding.encoders import TokenEmbedder
    from rag.chat.claim_check import TokenCache
    from rag.verification.verdict import verify as verify_claim
    from rag.verify import load_comparer

    settings = read_settings(ctx, library, encoder=encoder)
    embedder: Embedder | TokenEmbedder | None = load_comparer(settings.encoder, settings.library)
    if claim != "-":
        if not evidence:
            raise typer.BadParameter(
                "give the text that the claim rests on", param_hint="--evidence"
            )
        texts = [_replace_surrogates(text) for text in evidence]
        verdict = verify_claim(_replace_surrogates(claim), texts, embedder=embedder)
        _print_verdict(verdict, as_json=json)
        return
    if isinstance(embedder, TokenEmbedder):
        embedder = TokenCache(embedder, max_texts=MAX_KEPT_TEXTS)

    def check(line: bytes) -> Verdict:
        stated, texts, published = _parse_claim(line)
        return verify_claim(stated, texts, embedder=embedder, published=published)

    for _, verdict in _take_lines(sys.stdin.buffer, check, as_json=json):
        _print_verdict(verdict, as_json=json)


def _print_verdict(verdict: Verdict, *, as_json: bool) -> None:
    from ui.escape import clean_line

    fields = {
        "support": verdict.support,
        "score": round(verdict.score, 4),
        "reasons": [
            {"kind": reason.kind, "text": reason.text, "span": reason.span}
            for reason in verdict.reasons
        ],
    }
    lines = [f"{verdict.support} ({verdict.score:.2f})"]
    lines += [f"  {clean_line(reason.text)}" for reason in verdict.reasons]
    print_result(fields, lines, as_json=as_json)


class LineError(ValueError):
    """A line of standard input is not what a command takes."""


def _take_lines(
    stream: BinaryIO, take: Callable[[bytes], _T], *, as_json: bool
) -> Iterator[tuple[int, _T]]:
    """Yield what is made of each line, and report a bad line in its place.

    Args:
        stream: UTF-8 lines, read one by one; of one that is too long, only the start is read.
        take: Returns what is made of a line, or raises what is wrong with it.
        as_json: Report a bad line as ``{"error": …, "line": n}``, else on standard error.

    Yields:
        The number of a line, from 1, and what was made of it.

    Raises:
        Exit: At the end, if there was a bad line.
    """
    is_complete, number = True, 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        rest, number = line, number + 1
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES + 1)
        try:
            with recover_signal():
                taken = take(line)
        except (BrokenPipeError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the next lines are to be answered all the same
            is_complete = False
            reason = str(error) if isinstance(error, LineError) else describe_error(error)
            if as_json:
                print_json({"error": reason, "line": number})
            else:
                print_note(f"Error: line {number}: {reason}")
        else:
            yield number, taken
    if not is_complete:
        raise typer.Exit(1)


def parse_line(line: bytes) -> tuple[str, list[Turn]]:
    """Return the question and the history that a line of input holds.

    Raises:
        LineError: If it is too long, not UTF-8, or an object without the right fields.
    """
    from rag.types import Turn

    text = _decode_line(line)
    fields = _read_fields(text) if text.startswith("{") else {"question": text}
    question, history = fields.get("question"), fields.get("history")
    history = [] if history is None else history
    if not isinstance(question, str):
        raise LineError('needs "question", a string')
    if not isinstance(history, list) or not all(map(_is_turn, history)):
        raise LineError('"history" must be a list of {"role": "user" or "assistant", "text": …}')
    turns = [Turn(turn["role"], _replace_surrogates(turn["text"])) for turn in history]
    return _replace_surrogates(question), turns


def _parse_claim(line: bytes) -> tuple[str, list[str], date | None]:
    """Return the claim, the evidence and its day that a line of input holds.

    Raises:
        LineError: If it is too long or not such an object.
    """
    fields = _read_fields(_decode_line(line) or "{}")
    claim, evidence = fields.get("claim"), fields.get("evidence")
    if not isinstance(claim, str):
        raise LineError('needs "claim", a string, and "evidence", a string or a list of them')
    texts = [evidence] if isinstance(evidence, str) else evidence
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise LineError('"evidence" must be a string or a list of strings')
    try:
        day = fields.get("published")
        published = None if day is None else date.fromisoformat(str(day))
    except ValueError as error:
        raise LineError('"published" must be a day as YYYY-MM-DD') from error
    return _replace_surrogates(claim), [_replace_surrogates(text) for text in texts], published


def _decode_line(line: bytes) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise LineError(f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8 at byte {error.start + 1}") from error


def _read_fields(text: str) -> dict[str, Any]:
    """Return the fields of a JSON object; none for any other JSON."""
    try:
        fields = json_module.loads(text)
    except json_module.JSONDecodeError as error:
        fault = f"{error.msg} at column {error.colno}"
        raise LineError(f"not a JSON object ({fault})") from error
    except (ValueError, RecursionError) as error:
        fault = "too deep" if isinstance(error, RecursionError) else str(error)
        raise LineError(f"not a JSON object ({fault})") from error
    return fields if isinstance(fields, dict) else {}


def _is_turn(turn: object) -> bool:
    return (
        isinstance(turn, dict) and turn.get("role") in _ROLES and isinstance(turn.get("text"), str)
    )


def _replace_surrogates(text: str) -> str:
    from index.types import replace_surrogates  # with NumPy, which other commands do without

    return replace_surrogates(text)
