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
import warnings
from pathlib import Path
from typing import TextIO

MAX_WIDTH = 100
SECONDS_BETWEEN_LINES = 5.0


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


def columns() -> int:
    """Return how wide lines may be: the terminal, but not so wide that reading gets hard."""
    return min(shutil.get_terminal_size((80, 24)).columns, MAX_WIDTH)


def working_folder() -> str:
    """Return the folder that the command was started in; empty where that is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def has_colour(stream: TextIO) -> bool:
    """Return whether a stream is a terminal whose user has not declined colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def discard_output(*streams: TextIO) -> None:
    """Send what is still to be written nowhere, where it cannot be written any more."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path of ours
        for stream in streams:
            try:
                os.dup2(nowhere.fileno(), stream.fileno())
            except (OSError, ValueError):  # not a file, as in tests
                continue
