"""Where an article came from, as people elsewhere may see it: no folder of the server's disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

MAX_LINK_CHARS = 2000

_ON_DISK = re.compile(r"(?:file:|~[^/\\]*[/\\]|[/\\]|[A-Za-z]:[/\\])", re.IGNORECASE)
_QUOTED = re.compile(r"'((?:[/\\]|[A-Za-z]:[/\\])[^'\n]*)'")
_LIBRARY = re.compile(
    r"""[ ]--library[ ](?:\$'[^']*'|(?:"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+)""", re.DOTALL
)
_ADDRESS = re.compile(r"'postgres(?:ql)?://[^'\n]*'(?: \((?P<why>[^:\n]*)[^\n]*?\)(?=[;,.]|$))?")
_PROGRAM = r"(?:onrecord|python\d?|pip|apt|apt-get|hf|pg_dump)\s"
_COMMAND = re.compile(
    rf"(?:'{_PROGRAM}|\brun ').*?'(?=[\s.,;:)]|$)|(?:\"{_PROGRAM}|\brun \")[^\"]*\""
    r"|\b(?:onrecord|pip) [a-z]+\b|(?<![\w-])--[a-z][\w-]*",
    re.DOTALL,
)
# From the last comma or semicolon before a command to the end of the clause or the sentence.
_ADVICE = re.compile(
    r"(?:^|[;,]|(?<=\.)(?=\s))(?:(?![;,]|\.\s)[^\0])*\0(?:(?!;|\.(?:\s|$)).)*", re.DOTALL
)
_NAMED = re.compile(r'(?: for \w+)? "[^"]*"')
_NO_LINK = re.compile(r"[\s\\<>\"`{}|^]")
_CONTAINER = re.compile(r"(?P<file>.*?\.\w{1,8})!(?P<member>.+)", re.DOTALL)
_FOLDERS = re.compile(r".*[/\\](?=[^/\\])", re.DOTALL)


def hide_folders(source: str) -> str:
    """Return an article's source without the folders that it lies in on this machine.

    ``/srv/news/tram.md`` becomes ``tram.md``, and ``/srv/wire.zip!may/tram.md`` becomes
    ``wire.zip!may/tram.md``. Addresses, relative paths and names stay as they are.
    """
    if not _ON_DISK.match(source):
        return source
    container = _CONTAINER.fullmatch(source)
    file, member = (container["file"], f"!{container['member']}") if container else (source, "")
    return _FOLDERS.sub("", file.rstrip("/\\") or file) + member


def hide_paths(message: str) -> str:
    """Return a message in which quoted paths are bare names, and commands name no library.

    Of a database neither its address is said nor what it said of hosts and roles.

    Examples:
        >>> hide_paths("'/srv/news' is no library; 'postgresql://me@db/news' is busy")
        "'news' is no library; the database is busy"
    """
    named = _ADDRESS.sub(_name_database, _LIBRARY.sub("", message))
    return _QUOTED.sub(lambda match: f"'{hide_folders(match[1])}'", named)


def _name_database(found: re.Match[str]) -> str:
    why = _NAMED.sub("", found["why"] or "")
    return f"the database ({why})" if why else "the database"


def hide_commands(message: str) -> str:
    """Return a message without what it advises for a command line: a page has none.

    What names a command or an option goes, from the comma or semicolon before it to the end of
    the clause.

    Examples:
        >>> hide_commands("the record is damaged; run 'onrecord doctor' to see where")
        'the record is damaged'
        >>> hide_commands("name another folder, or replace it with --replace; nothing was done")
        'name another folder; nothing was done'
    """
    marked = _COMMAND.sub("\0", message.replace("\0", ""))
    if "\0" not in marked:
        return message
    shown = _ADVICE.sub("", marked).lstrip(" ;,.").rstrip(" ;,")
    return shown or "this cannot be done on the page"


def hide_folders_in(found: Mapping[str, Any], *lists: str) -> dict[str, Any]:
    """Return a JSON object in which no ``source`` names a folder of this machine.

    Args:
        found: The object.
        lists: Names of its lists of objects that have a source as well.
    """
    shown = dict(found)
    if isinstance(source := shown.get("source"), str):
        shown["source"] = hide_folders(source)
    for name in lists:
        shown[name] = [hide_folders_in(item) for item in shown.get(name, ())]
    return shown


def find_link(address: str) -> str:
    """Return an address as a link may have it; empty for anything but a plain web address.

    Its host is in the letters that a browser resolves, so that none is mistaken for another.
    """
    if len(address) > MAX_LINK_CHARS or not address.isprintable() or _NO_LINK.search(address):
        return ""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=shown if port is None else f"{shown}:{port}").geturl()
