"""How a command ends: an error is one line, a signal unwinds, and either has its exit status.

All unwind alike, so that temporary folders go and locks are let go of; the exit status says which
it was. A signal that whoever started the command ignores, as ``nohup`` does, stays ignored.

A signal that comes while SQLite calls a function of ours raises nothing but a failed statement:
so where errors are caught, ``recover_signal`` goes first.
"""

from __future__ import annotations

import errno
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from ui.cli.output import discard_output, print_note
from ui.messages import describe_error

SECONDS_TO_UNWIND = 2.0
"""After SIGTERM or SIGHUP, further ones are not heeded for so long: they often come in pairs."""

_UNTOUCHED = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}

_STATUS_OF_SIGNALS = 128  # what shells add to a signal's number


class _Stop:
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


def unwind_when_told() -> None:
    """Let SIGTERM and SIGHUP raise ``KeyboardInterrupt``, as Ctrl-C does, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number, handler in _UNTOUCHED.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, _stop.heed)


def was_told_to_stop() -> bool:
    """Return whether a signal has come, of which an error may be all that is left."""
    return _stop.is_told


@contextmanager
def recover_signal() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` for an error that is all that is left of a signal."""
    try:
        yield
    except Exception as error:
        if was_told_to_stop():
            raise KeyboardInterrupt from error
        raise


def exit_status() -> int:
    """Return the exit status after a ``KeyboardInterrupt``: 130, or 128 and the signal."""
    return _STATUS_OF_SIGNALS + _stop.number


PIPE_CLOSED = 141  # what shells report for SIGPIPE
_NOT_WRITTEN = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))


class Commands(TyperGroup):
    """The commands of ``onrecord``."""

    def invoke(self, ctx: Any) -> None:  # noqa: ANN401 - its class is not exported
        """Run the command that was chosen."""
        try:
            try:
                super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            note_stop("Stopped.")
            raise typer.Exit(exit_status()) from None
        except BrokenPipeError:
            discard_output(sys.stdout, sys.stderr)
            raise typer.Exit(PIPE_CLOSED) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if was_told_to_stop():
                note_stop("Stopped.")
                raise typer.Exit(exit_status()) from None
            if isinstance(error, OSError) and error.errno in _NOT_WRITTEN and not error.filename:
                discard_output(sys.stdout)
                print_note(f"Error: cannot write the output ({error.strerror}); write it elsewhere")
                raise typer.Exit(1) from None
            if sys.flags.dev_mode:
                raise
            print_note(f"Error: {describe_error(error)}")
            raise typer.Exit(1) from None


def note_stop(text: str) -> None:
    """Say that a command was stopped, where there is still somebody to be told."""
    try:
        print_note(text)
    except OSError:  # the terminal has been closed
        discard_output(sys.stdout, sys.stderr)
