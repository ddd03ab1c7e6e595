"""The commands ``serve`` and ``user``: the chat, and who may log in to it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.ask import announce_model
from ui.cli.console import make_group, print_note, print_result, read_settings
from ui.cli.options import (
    BaseUrlOption,
    ContextOption,
    DeadlineOption,
    DeviceOption,
    JsonOption,
    LibraryOption,
    ModelOption,
    ReaderOption,
    UnconfinedOption,
)

MAX_PASSWORD_BYTES = 1 << 16

serve_app = typer.Typer()
user_app = make_group("Keep the names and passwords for 'onrecord serve --auth FILE'.")


@serve_app.command(
    epilog="\b\nExamples:\n  onrecord serve\n  onrecord serve --host 0.0.0.0 --auth users.txt\n"
    "  onrecord serve --public-url https://news.example.org --auth users.txt"
)
def serve(
    ctx: typer.Context,
    *,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; one that others reach needs --auth."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port; 0 for any that is free.")
    ] = 7860,
    auth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Ask for a password; 'onrecord user add' makes the file."
        ),
    ] = None,
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Its address behind a reverse proxy; needs --auth."),
    ] = "",
    trusted_proxies: Annotated[
        str,
        typer.Option(metavar="ADDRESSES", help="Proxies whose X-Forwarded-For is believed."),
    ] = "127.0.0.1",
    watch: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER", help="Keep the library in step with a folder; may be repeated."
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the chat in a browser.")
    ] = False,
    reader: ReaderOption = None,
    device: DeviceOption = None,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    context_tokens: ContextOption = None,
    unconfined: UnconfinedOption = None,
    library: LibraryOption = None,
) -> None:
    """Open a chat with the articles on this machine."""
    from rag.evidence.reader import load_reader
    from ui.web.access.serving_options import Serving
    from ui.web.serve import serve as serve_chat

    settings = read_settings(
        ctx,
        library,
        reader=reader,
        device=device,
        model=model,
        base_url=base_url,
        deadline_seconds=deadline,
        context_tokens=context_tokens,
        unconfined=unconfined,
    )
    announce_model(settings)
    # The library is opened later, but a wrong name is told now.
    load_reader(settings.reader, device=settings.device)
    serving = Serving(host, port, auth, public_url, trusted_proxies, watch=tuple(watch or ()))
    serve_chat(settings, serving=serving, open_browser=browser, announce=print_note)
    _leave()


def _leave() -> None:
    """End the process even while something is loaded or added.

    A thread that Python stops in the middle of C++ would abort the process.
    """
    if any(thread.name.startswith("onrecord-") for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and ._@-.")]
AuthOption = Annotated[Path, typer.Option("--auth", metavar="FILE", help="The password file.")]


@user_app.command(
    "add",
    short_help="Add a user, or change a password.",
    epilog="\b\nExample:\n  onrecord user add ada --auth users.txt",
)
def add_user(name: NameArgument, *, auth: AuthOption, json: JsonOption = False) -> None:
    """Add a user or change a password, which is asked for or read from standard input."""
    from ui.web.access.login import check_name, hash_password, read_users, write_users

    check_name(name)
    users = read_users(auth) if auth.exists() else {}
    password = _ask_password()
    is_known = name in users
    write_users(auth, {**users, name: hash_password(password)})
    lines = f"{name} has a new password" if is_known else f"{name} may log in"
    print_result({"replaced" if is_known else "added": name}, lines, as_json=json)


def _ask_password() -> str:
    """Return a password, asked for twice at a terminal, or the first line of standard input.

    Raises:
        SettingsError: If that line is empty.
    """
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    from rag.errors import SettingsError

    password = sys.stdin.buffer.readline(MAX_PASSWORD_BYTES).decode("utf-8", "replace")
    if not password.rstrip("\r\n"):
        raise SettingsError("no password; give it as a line of standard input, or at a terminal")
    return password.rstrip("\r\n")


@user_app.command("remove")
def remove_user(name: NameArgument, *, auth: AuthOption, json: JsonOption = False) -> None:
    """Remove a user, who is logged out at once."""
    from index.remedies import Remedy
    from rag.errors import SettingsError
    from ui.web.access.login import read_users, write_users

    users = read_users(auth)
    if users.pop(name, None) is None:
        raise SettingsError(
            f"no user '{name}' in '{auth}'",
            Remedy("user list", arguments=("--auth", auth), purpose="to see who there is"),
        )
    write_users(auth, users)
    print_result({"removed": name}, f"{name} may no longer log in", as_json=json)


@user_app.command("list")
def list_users(*, auth: AuthOption, json: JsonOption = False) -> None:
    """List the users."""
    from ui.web.access.login import read_users

    names = sorted(read_users(auth))
    print_result(names, names or "nobody", as_json=json)
