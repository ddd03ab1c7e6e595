"""What becomes of the errors that commands raise: one line and an exit status."""

from __future__ import annotations

import errno
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ui.cli_output import describe_error, discard_output, print_note

INTERRUPTED, PIPE_CLOSED = 130, 141  # what shells report for SIGINT and SIGPIPE
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
            print_note("Stopped.")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            discard_output(sys.stdout, sys.stderr)
            raise typer.Exit(PIPE_CLOSED) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _NOT_WRITTEN and not error.filename:
                discard_output(sys.stdout)
                print_note(f"Error: cannot write the output ({error.strerror}); write it elsewhere")
                raise typer.Exit(1) from None
            if sys.flags.dev_mode:
                raise
            print_note(f"Error: {describe_error(error)}")
            raise typer.Exit(1) from None
