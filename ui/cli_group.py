"""What becomes of the errors that commands raise: one line and an exit status."""

from __future__ import annotations

import errno
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ui.cli_output import describe_error, discard_output, print_note
from ui.cli_stop import exit_status, was_told_to_stop

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
