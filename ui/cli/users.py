"""The commands that keep the password file of a chat that others can reach."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.exits import Commands
from ui.cli.options import JsonOption
from ui.cli.output import print_json, print_text

user_app = typer.Typer(
    cls=Commands,
    help="Keep the names and passwords for 'onrecord serve --auth FILE'.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

MAX_PASSWORD_BYTES = 1 << 16

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and ._@-.")]
AuthOption = Annotated[Path, typer.Option("--auth", metavar="FILE", help="The password file.")]


@user_app.command(
    "add",
    short_help="Add a user, or change a password.",
    epilog="\b\nExample:\n  onrecord user add ada --auth users.txt",
)
def add_user(name: NameArgument, *, auth: AuthOption, json: JsonOption = False) -> None:
    """Add a user, or give one another password; it is asked for, or a line of standard input."""
    from ui.web.access.login import check_name, hash_password, read_users, write_users

    check_name(name)
    users = read_users(auth) if auth.exists() else {}
    password = _ask_password()
    known = name in users
    write_users(auth, {**users, name: hash_password(password)})
    if json:
        print_json({"replaced" if known else "added": name})
    else:
        print_text(f"{name} has another password" if known else f"{name} may log in")


def _ask_password() -> str:
    """Return a password from the terminal, where it is asked for twice, or from a script.

    Raises:
        SettingsError: If a script gives none.
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
            Remedy("user list", arguments=("--auth", auth), purpose="to see who is"),
        )
    write_users(auth, users)
    print_json({"removed": name}) if json else print_text(f"{name} may not log in any more")


@user_app.command("list")
def list_users(*, auth: AuthOption, json: JsonOption = False) -> None:
    """List the users."""
    from ui.web.access.login import read_users

    names = sorted(read_users(auth))
    if json:
        print_json(names)
    else:
        print_text("\n".join(names) if names else "nobody")
