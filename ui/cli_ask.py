"""The ``ask`` command: one question, or one a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from ui.cli_output import columns, describe_error, has_colour, print_json, print_note, print_text

if TYPE_CHECKING:
    from index.types import Filter
    from rag import Assistant, Settings
    from rag.types import Answer

MAX_LINE_BYTES = 1 << 20
ROLES = ("user", "assistant")


class LineError(ValueError):
    """A line of standard input is not a question."""


def announce_model(settings: Settings) -> None:
    """Check the chat model of some settings, and say once where article text goes.

    Raises:
        ModelError: If it cannot be used as it is set up.
    """
    if not settings.model:
        return
    from rag.models import plan_model

    if warning := plan_model(settings).warning:
        print_note(f"Note: {warning}")


def print_model_check(settings: Settings, *, as_json: bool) -> bool:
    """Ask a chat model one question about a made-up article and print what that shows.

    Returns:
        Whether it can be used.
    """
    from rag.model_check import check_model
    from ui.cli_show import print_findings

    findings = check_model(settings)
    print_findings(findings, as_json=as_json)
    return all(finding.state != "bad" for finding in findings)


def answer_question(assistant: Assistant, question: str, only: Filter, *, as_json: bool) -> None:
    """Ask one question and print its answer."""
    print_answer(assistant.ask(replace_surrogates(question), only=only), as_json=as_json)


def answer_lines(assistant: Assistant, stream: BinaryIO, only: Filter, *, as_json: bool) -> bool:
    """Answer a question a line, each as soon as it is read, and go on after a bad one.

    Args:
        assistant: Who is asked.
        stream: UTF-8 lines: a question, or ``{"question": …, "history": [{"role", "text"}]}``.
        only: Which articles may be used.
        as_json: Print one JSON object a line, ``{"error": …, "line": n}`` for a bad one.

    Returns:
        Whether every line was answered or refused.
    """
    complete = True
    for number, line in enumerate(read_lines(stream), 1):
        try:
            question, history = parse_line(line)
            answer = assistant.ask(replace_surrogates(question), history, only=only)
        except (BrokenPipeError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the lines after it have a right to an answer
            complete = False
            reason = str(error) if isinstance(error, LineError) else describe_error(error)
            if as_json:
                print_json({"error": reason, "line": number})
            else:
                print_note(f"Error: line {number}: {reason}")
            continue
        if number > 1 and not as_json:
            print_text("")
        print_answer(answer, as_json=as_json)
    return complete


def print_answer(answer: Answer, *, as_json: bool) -> None:
    """Write an answer to standard output, at once."""
    from ui.render import render_terminal

    if as_json:
        print_json(answer.to_dict())
    else:
        print_text(render_terminal(answer, width=columns(), colour=has_colour(sys.stdout)))
        sys.stdout.flush()


def parse_line(line: bytes) -> tuple[str, list[dict[str, str]]]:
    """Return the question and the history of one line of input.

    Raises:
        LineError: If it is too long, not UTF-8, or looks like an object and is not the right one.
    """
    if len(line) > MAX_LINE_BYTES:
        raise LineError(f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8 at byte {error.start + 1}") from error
    if not text.startswith("{"):
        return text, []
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not a JSON object ({error})") from error
    question, history = fields.get("question"), fields.get("history")
    history = [] if history is None else history
    if not isinstance(question, str):
        raise LineError('needs "question", a string')
    if not isinstance(history, list) or not all(map(_is_turn, history)):
        raise LineError('"history" must be a list of {"role": "user" or "assistant", "text": …}')
    return question, history


def replace_surrogates(text: str) -> str:
    r"""Return a text that has an encoding: an argument's stray bytes and ``\ud800`` have none."""
    return text.encode("utf-8", "replace").decode()


def _is_turn(turn: object) -> bool:
    return (
        isinstance(turn, dict) and turn.get("role") in ROLES and isinstance(turn.get("text"), str)
    )


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines without reading ahead; of one that is too long, only its start."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES + 1)
        yield line
