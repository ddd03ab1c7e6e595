"""What most commands begin with: their settings, and the library that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from index import Library
    from rag import Settings

NameCommand = Callable[[str], str]
"""Names a command in a message, between quotes, such that it works when it is pasted."""


def find_library_option(ctx: typer.Context, library: Path | None) -> Path | None:
    """Return what ``--library`` says after the command, or else before it."""
    if library is not None:
        return library
    given: Path | None = ctx.find_root().params.get("library")
    return given


def read_settings(ctx: typer.Context, library: Path | None, **flags: object) -> Settings:
    """Return the settings of a command, and make ready for its warnings."""
    from rag.settings import Settings
    from ui.cli_output import show_warnings

    show_warnings()
    return Settings.from_env(None, library=find_library_option(ctx, library), **flags)


def name_commands(ctx: typer.Context, library: Path | None) -> NameCommand:
    """Return what names commands on the same library: with ``--library`` where it was given."""
    given = find_library_option(ctx, library)
    if given is None:
        return name_plainly
    from index.errors import name_command

    return lambda command: name_command(command, given)


def name_plainly(command: str) -> str:
    """Name a command on the library that is the default, or that a variable names."""
    return f"'onrecord {command}'"


@contextmanager
def open_library(settings: Settings, *, filled: bool = False) -> Iterator[Library]:
    """Open a library for a command that reads it.

    Args:
        settings: They name it.
        filled: Whether the command makes sense only if there are articles.

    Raises:
        OnRecordError: If there is none, or if it must be filled and is empty.
    """
    from index import Library
    from index.errors import LibraryEmptyError

    with Library.open(settings.library, encoder=settings.encoder or None) as opened:
        if filled and not any(True for _ in opened.articles()):
            raise LibraryEmptyError(settings.library)
        yield opened
