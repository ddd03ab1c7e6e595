"""Where the command line writes: results on standard output, the rest on standard error.

Nothing from an article, a path or an error reaches a terminal uncleaned; JSON is pure ASCII.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import sys
import traceback
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

MAX_WIDTH = 100
SECONDS_BETWEEN_LINES = 5.0
OUR_ROOMS = ("index", "rag", "ui")


class _NoteHandler(logging.Handler):
    """Writes a log record as one line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        print_note(f"{record.levelname.capitalize()}: {record.getMessage()}")


def prepare_streams() -> None:
    """Make the standard streams take all that is written to them.

    What an encoding other than UTF-8 lacks becomes "?"; a stream that was closed leads nowhere.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_text(text: str) -> None:
    """Write text that is safe to show, and a line break, to standard output, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(value: object) -> None:
    """Write a value as one line of JSON to standard output, at once."""
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def print_note(text: str) -> None:
    """Write one line, cleaned, to standard error."""
    from ui.escape import clean_line

    sys.stdout.flush()
    sys.stderr.write(f"{clean_line(text)}\n")
    sys.stderr.flush()


def show_warnings() -> None:
    """Write our warnings to standard error, a line each, and keep those of others quiet."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logger = logging.getLogger("onrecord")
    if not any(isinstance(handler, _NoteHandler) for handler in logger.handlers):
        logger.addHandler(_NoteHandler())


def describe_error(error: Exception) -> str:
    """Return an error as one line: ours as it is, another as the bug that it shows."""
    from index.errors import OnRecordError

    if isinstance(error, OnRecordError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).parent.name in OUR_ROOMS]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return (
        f"unexpected {type(error).__name__}{place}: {error};"
        " this is a bug, 'python -X dev -m ui.cli …' shows all of it"
    )


def columns() -> int:
    """Return how wide lines may be: the terminal, but not so wide that reading gets hard."""
    return min(shutil.get_terminal_size((80, 24)).columns, MAX_WIDTH)


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 article``, ``2,169 articles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def working_folder() -> str:
    """Return the folder that the command was started in; empty where that is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def has_colour(stream: TextIO) -> bool:
    """Return whether a stream is a terminal whose user has not declined colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def format_table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with aligned columns; the last one is ragged.

    Args:
        rows: Clean cells, the same number in every row.
    """
    rows = list(rows)
    if not rows:
        return []
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=True))]).rstrip()
        for row in rows
    ]


def discard_output(*streams: TextIO) -> None:
    """Send what is still to be written nowhere, where it cannot be written any more."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path of ours
        for stream in streams:
            try:
                os.dup2(nowhere.fileno(), stream.fileno())
            except (OSError, ValueError):  # not a file, as in tests
                continue
