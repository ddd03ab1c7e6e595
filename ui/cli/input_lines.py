"""Lines of standard input: each read without waiting for the next, and taken by a command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

from ui.cli.exits import recover_signal
from ui.cli.output import print_json, print_note
from ui.messages import describe_error

MAX_LINE_BYTES = 1 << 20
ROLES = ("user", "assistant")

_T = TypeVar("_T")


class LineError(ValueError):
    """A line of standard input is not what a command takes."""


def take_lines(
    stream: BinaryIO, take: Callable[[bytes], _T], *, as_json: bool
) -> Iterator[tuple[int, _T | None]]:
    """Yield what comes of each line, and go on after a bad one.

    Args:
        stream: The lines.
        take: Returns what comes of a line, which is not None; what it raises is printed.
        as_json: Print a bad line as ``{"error": …, "line": n}``.

    Yields:
        The number of a line, from 1, and what came of it; None for a bad one.
    """
    for number, line in enumerate(read_lines(stream), 1):
        taken: _T | None = None
        try:
            with recover_signal():
                taken = take(line)
        except (BrokenPipeError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the lines after it have a right to an answer
            reason = str(error) if isinstance(error, LineError) else describe_error(error)
            if as_json:
                print_json({"error": reason, "line": number})
            else:
                print_note(f"Error: line {number}: {reason}")
        yield number, taken


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines without reading ahead; of one that is too long, only its start."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES + 1)
        yield line


def decode_line(line: bytes) -> str:
    """Return the text of a line, without the white space around it.

    Raises:
        LineError: If it is too long or not UTF-8.
    """
    if len(line) > MAX_LINE_BYTES:
        raise LineError(f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8 at byte {error.start + 1}") from error


def read_fields(text: str) -> dict[str, Any]:
    """Return the fields of a JSON object; of other JSON, none.

    Raises:
        LineError: If it is no JSON.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not a JSON object ({_describe_fault(error)})") from error
    return fields if isinstance(fields, dict) else {}


def parse_line(line: bytes) -> tuple[str, list[dict[str, str]]]:
    """Return the question and the history of one line of input.

    Raises:
        LineError: If it is too long, not UTF-8, or looks like an object and is not the right one.
    """
    text = decode_line(line)
    fields = read_fields(text) if text.startswith("{") else {"question": text}
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


def _describe_fault(error: Exception) -> str:
    """Return what is wrong with a line of JSON, and in which column."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "too deep" if isinstance(error, RecursionError) else str(error)


def _is_turn(turn: object) -> bool:
    return (
        isinstance(turn, dict) and turn.get("role") in ROLES and isinstance(turn.get("text"), str)
    )
