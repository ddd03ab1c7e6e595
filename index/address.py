"""The address of a library that is kept in PostgreSQL."""

from __future__ import annotations

import os
import re
import sys
from hashlib import sha256
from pathlib import Path

# As libpq reads it: everything up to the "@", whatever else it holds.
_PASSWORD = re.compile(r"(?<=://)([^:/@]*):(?:[^?]*|[^/@]*)(?=@)")
_PASSWORD_PARAMETER = re.compile(
    r"(?<=[?&])(?:(?:ssl)?password|oauth_client_secret|scram_(?:client|server)_key)=[^&]*&?"
)
_ADDRESS = re.compile(r"postgres(?:ql)?://\S+")


class PostgresAddress:
    """Where a library is, if not in a folder: a database, as libpq's addresses name it.

    As text it has no password, so that it can be shown. As a path it is a folder on this machine
    for what the machine derives from the record or keeps for itself: ledger, question graph,
    conversations.

    Not a dataclass, whose fields others print.

    Attributes:
        url: As given, password and all.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PostgresAddress) and other.url == self.url

    def __hash__(self) -> int:
        return hash(self.url)

    def __repr__(self) -> str:
        return f"PostgresAddress({str(self)!r})"

    def __str__(self) -> str:
        """Return the address without its password."""
        shown = _PASSWORD.sub(r"\1", self.url)
        return _PASSWORD_PARAMETER.sub("", shown).rstrip("?&")

    def __fspath__(self) -> str:
        """Return the folder on this machine; it may be missing."""
        base = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
        name = sha256(str(self).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return str(Path(base, "onrecord", "postgresql", name))


def _hide_passwords(text: str) -> str:
    """Return a text without the passwords of the addresses in it."""
    return _ADDRESS.sub(lambda match: str(PostgresAddress(match[0])), text)


def describe_command() -> str:
    """Return the command that runs, for others to read: without passwords."""
    program = Path(sys.argv[0] if sys.argv else "python").name
    return _hide_passwords(" ".join([program, *sys.argv[1:]]))
