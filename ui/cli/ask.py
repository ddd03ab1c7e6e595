"""The ``ask`` command: one question, or one a line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

from ui.cli.input_lines import parse_line, replace_surrogates, take_lines
from ui.cli.output import (
    columns,
    has_colour,
    print_json,
    print_note,
    print_text,
    working_folder,
)

if TYPE_CHECKING:
    from index.types import Filter
    from rag import Assistant, Settings
    from rag.types import Answer


def announce_model(settings: Settings) -> None:
    """Check the chat model of some settings, and say once where article text goes.

    Raises:
        ModelError: If it cannot be used as it is set up.
    """
    if not settings.model:
        return
    from rag.chat.models import plan_model

    if warning := plan_model(settings).warning:
        print_note(f"Note: {warning}")


def print_model_check(settings: Settings, *, as_json: bool) -> bool:
    """Ask a chat model one question about a made-up article and print what that shows.

    Returns:
        Whether it can be used.
    """
    from rag.chat.model_check import check_model
    from ui.cli.show import print_findings

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

    def answer(line: bytes) -> Answer:
        question, history = parse_line(line)
        return assistant.ask(replace_surrogates(question), history, only=only)

    complete = True
    for number, answered in take_lines(stream, answer, as_json=as_json):
        if answered is None:
            complete = False
            continue
        if number > 1 and not as_json:
            print_text("")
        print_answer(answered, as_json=as_json)
    return complete


def print_answer(answer: Answer, *, as_json: bool) -> None:
    """Write an answer to standard output, at once."""
    from ui.render import render_terminal

    if as_json:
        print_json(answer.to_dict())
    else:
        text = render_terminal(
            answer, width=columns(), colour=has_colour(sys.stdout), folder=working_folder()
        )
        print_text(text)
        sys.stdout.flush()
