"""What every command does: read its settings, open the library, print, and end.

Results go to standard output, the rest to standard error. Nothing from an article, a path or an
error reaches a terminal uncleaned; JSON is pure ASCII. An error is one line, a signal unwinds, and
either has its exit status: temporary folders go and locks are released first. A signal that whoever
started the command ignores, as ``nohup`` does, stays ignored.

A signal that comes while SQLite calls a function of ours leaves only a failed statement behind, so
where errors are caught, ``recover_signal`` goes first.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import typer
from typer.core import TyperGroup

from ui.messages import describe_error

if TYPE_CHECKING:
    from index.library import Library
    from index.types import Filter, LibraryPlace, Skip
    from rag import Settings

MAX_WIDTH = 100
SECONDS_TO_UNWIND = 2.0
"""After SIGTERM or SIGHUP, further ones are ignored for so long: they often come in pairs."""

PIPE_CLOSED = 141  # what shells report for SIGPIPE
_STATUS_OF_SIGNALS = 128  # what shells add to a signal's number
_NOT_WRITTEN = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
_UNTOUCHED = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}


def parse_place(text: str) -> LibraryPlace:
    """Return the folder, or the database, that an option names."""
    from index.record.database import to_place

    return to_place(text)


def find_library(ctx: typer.Context, library: LibraryPlace | None) -> LibraryPlace | None:
    """Return what ``--library`` says after the command, or else before it; None if nowhere."""
    if library is not None:
        return library
    given: LibraryPlace | None = ctx.find_root().params.get("library")
    return given


def read_settings(ctx: typer.Context, library: LibraryPlace | None, **flags: object) -> Settings:
    """Return the settings of a command, and show our warnings from now on."""
    from rag.settings import Settings

    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # those of other packages
    logger = logging.getLogger("onrecord")
    if not any(isinstance(handler, _NoteHandler) for handler in logger.handlers):
        logger.addHandler(_NoteHandler())
    return Settings.from_env(None, library=find_library(ctx, library), **flags)


def read_filter(
    source: list[str] | None,
    since: date | None,
    until: date | None,
    language: list[str] | None = None,
    author: list[str] | None = None,
) -> Filter:
    """Return which articles the options ask for.

    Raises:
        BadParameter: If no day can be in the range.
    """
    from index.types import Filter

    if since and until and since > until:
        raise typer.BadParameter(f"--since {since} is later than --until {until}")
    return Filter(
        sources=tuple(source or ()),
        since=since,
        until=until,
        languages=tuple(language or ()),
        authors=tuple(author or ()),
    )


@contextmanager
def open_library(settings: Settings, *, filled: bool = False) -> Iterator[Library]:
    """Open a library for a command that reads it.

    Args:
        settings: They name it.
        filled: Whether the command makes sense only if there are articles.

    Raises:
        OnRecordError: If there is no library, or if it must have articles and has none.
    """
    from index.errors import LibraryEmptyError
    from index.library import Library

    with Library.open(settings.library, **settings.encoding) as opened:
        if filled and not any(True for _ in opened.articles()):
            raise LibraryEmptyError(settings.library)
        yield opened


def name_command(command: str, library: LibraryPlace | None = None, *arguments: str) -> str:
    """Return a command to paste, with ``--library`` if a library is given."""
    from index.remedies import Remedy

    return Remedy(command, library, arguments).command_line


def print_result(value: object, lines: str | Iterable[str], *, as_json: bool) -> None:
    """Write a result to standard output: a value as JSON, or lines that are safe to show."""
    if as_json:
        print_json(value)
        return
    for line in [lines] if isinstance(lines, str) else lines:
        print_text(line)


def print_text(text: str) -> None:
    """Write text that is safe to show, and a line break, to standard output, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(value: object) -> None:
    """Write a value as one line of JSON to standard output, at once; dates are ISO, paths text."""
    sys.stdout.write(f"{json.dumps(value, default=_to_json)}\n")
    sys.stdout.flush()


def _to_json(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def skips_to_json(skipped: Iterable[Skip]) -> list[dict[str, str]]:
    """Return what was skipped as JSON has it."""
    return [{"source": skip.source, "reason": skip.reason} for skip in skipped]


def print_note(text: str) -> None:
    """Write one line, cleaned, to standard error."""
    from ui.escape import clean_line

    sys.stdout.flush()
    sys.stderr.write(f"{clean_line(text)}\n")
    sys.stderr.flush()


def columns() -> int:
    """Return how wide lines may be: the terminal, but not so wide that reading gets hard."""
    return min(shutil.get_terminal_size((80, 24)).columns, MAX_WIDTH)


def working_folder() -> str:
    """Return the folder that the command was started in; empty if that is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def has_colour(stream: TextIO) -> bool:
    """Return whether a stream is a terminal whose user has not declined colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def embolden(line: str) -> str:
    """Return a line in bold, or as it is where standard output has no colours."""
    return f"\x1b[1m{line}\x1b[0m" if has_colour(sys.stdout) else line


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


def _discard_output(*streams: TextIO) -> None:
    """Drop what is still to be written, when it cannot be written any more."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path of ours
        for stream in streams:
            try:
                os.dup2(nowhere.fileno(), stream.fileno())
            except (OSError, ValueError):  # not a file, as in tests
                continue


def unwind_when_told() -> None:
    """Let SIGTERM and SIGHUP raise ``KeyboardInterrupt``, as Ctrl-C does, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number, handler in _UNTOUCHED.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, _stop.heed)


@contextmanager
def recover_signal() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` for an error that is all that is left of a signal."""
    try:
        yield
    except Exception as error:
        if _stop.is_told:
            raise KeyboardInterrupt from error
        raise


def stop(text: str) -> typer.Exit:
    """Say that a command was stopped, if anybody is left to read it.

    Returns:
        What to raise after a ``KeyboardInterrupt``: status 130, or 128 and the signal.
    """
    try:
        print_note(text)
    except OSError:  # the terminal has been closed
        _discard_output(sys.stdout, sys.stderr)
    return typer.Exit(_STATUS_OF_SIGNALS + _stop.number)


class Commands(TyperGroup):
    """The commands of ``onrecord``; however one ends, it ends here."""

    def invoke(self, ctx: Any) -> None:  # noqa: ANN401 - its class is not exported
        """Run the command that was chosen."""
        try:
            try:
                super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            raise stop("Stopped.") from None
        except BrokenPipeError:
            _discard_output(sys.stdout, sys.stderr)
            raise typer.Exit(PIPE_CLOSED) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if _stop.is_told:
                raise stop("Stopped.") from None
            if isinstance(error, OSError) and error.errno in _NOT_WRITTEN and not error.filename:
                _discard_output(sys.stdout)
                print_note(f"Error: cannot write the output ({error.strerror}); write it elsewhere")
                raise typer.Exit(1) from None
            if sys.flags.dev_mode:
                raise
            print_note(f"Error: {describe_error(error)}")
            raise typer.Exit(1) from None


def make_group(text: str, **options: Any) -> typer.Typer:  # noqa: ANN401 - Typer's own
    """Return a group of commands that is shown as all others are."""
    return typer.Typer(
        help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **options,
    )


class _Stop:
    """The last signal that told us to stop."""

    def __init__(self) -> None:
        self.number: int = signal.SIGINT
        self.is_told = False
        self._heeded_at = -SECONDS_TO_UNWIND

    def heed(self, number: int, frame: FrameType | None) -> None:
        del frame
        now = time.monotonic()
        if number != signal.SIGINT and now - self._heeded_at < SECONDS_TO_UNWIND:
            return
        self._heeded_at, self.number, self.is_told = now, number, True
        raise KeyboardInterrupt


_stop = _Stop()


class _NoteHandler(logging.Handler):
    """Writes a log record as one line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        print_note(f"{record.levelname.capitalize()}: {record.getMessage()}")
