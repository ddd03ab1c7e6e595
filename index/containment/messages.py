"""The messages between this process and the one that parses foreign formats.

A message is a line of JSON. If it has a field ``bytes``, that many bytes follow it: the content of
a file on the way there, the text of an article on the way back. Answers are not trusted, since what
was parsed may have taken that process over: every field is checked for its type, everything has a
limit, and nothing is ever unpickled.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from index.containment.probe import REACHES
from index.formats.files import Place, SourceFile
from index.types import DATE_BASES, Article, Loaded, Skip

MAX_FIELD_CHARS = 10_000
"""The longest field besides the text."""

MAX_HEADER_BYTES = 4_000_000
MAX_TEXT_BYTES = 100_000_000

OUT_OF_MEMORY = "memory"
"""The failure of a file whose parser ran out of memory."""

BYTES = "bytes"
"""The field with the number of bytes that follow a line."""

_REQUIRED = ("article_id", "title")
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


class GarbledError(ValueError):
    """An answer is not one that a loader gives."""


def pack(message: Mapping[str, object], payload: bytes = b"") -> bytes:
    """Return a message as it is sent."""
    given = {**message, BYTES: len(payload)} if payload else message
    line = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return b"%s\n%s" % (line.encode("utf-8", "replace"), payload)


def read_header(line: bytes) -> tuple[dict[str, object], int]:
    """Return a message and how many bytes follow it.

    Raises:
        GarbledError: If it is not valid.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise GarbledError("not JSON") from error
    if not isinstance(message, dict):
        raise GarbledError("not a message")
    n_bytes = message.pop(BYTES, 0)
    if type(n_bytes) is not int or not 0 <= n_bytes <= MAX_TEXT_BYTES:
        raise GarbledError("not a number of bytes")
    return message, n_bytes


def describe_file(
    file: SourceFile, max_bytes: int, excluded: Collection[str] = ()
) -> tuple[dict[str, object], bytes]:
    """Return the request to load a file, and its content where it is in memory.

    ``excluded`` names members that are not to be loaded.
    """
    given = {
        "path": base64.b64encode(os.fsencode(file.path)).decode("ascii"),
        "identity": base64.b64encode(file.identity).decode("ascii"),
        "name": file.name,
        "suffix": file.suffix,
        "label": file.label,
        "url": file.url,
        "columns": [list(pair) for pair in file.columns],
        "drafts": file.drafts,
    }
    message = {
        "file": given,
        "max_bytes": max_bytes,
        "excluded": list(excluded),
        "in_memory": file.content is not None,
    }
    return message, file.content or b""


def read_file_request(
    message: Mapping[str, Any], payload: bytes, descriptor: int | None = None
) -> tuple[SourceFile, int, frozenset[str]]:
    """Return the file, the limit and the excluded members given to ``describe_file``.

    ``descriptor`` is what a file that is not in memory is open as.
    """
    given = message["file"]
    file = SourceFile(
        path=Path(os.fsdecode(base64.b64decode(given["path"]))),
        name=given["name"],
        suffix=given["suffix"],
        label=given["label"],
        identity=base64.b64decode(given["identity"]),
        content=payload if message["in_memory"] else None,
        descriptor=descriptor,
        url=given["url"],
        columns=tuple((field, column) for field, column in given["columns"]),
        drafts=given["drafts"],
    )
    return file, message["max_bytes"], frozenset(message["excluded"])


def describe_loaded(place: Place, loaded: Loaded) -> tuple[dict[str, object], bytes]:
    """Return an article or a skip as a message, with the text of an article."""
    where = [_shorten(place.file), place.line]
    if isinstance(loaded, Skip):
        skip = [_shorten(loaded.source), _shorten(loaded.reason)]
        return {"place": where, "skip": skip, "note": loaded.is_note}, b""
    given = {name: getattr(loaded, name) for name in _readers()}
    given["notes"] = tuple(map(_shorten, loaded.notes))
    article = {name: _plain(value) for name, value in given.items() if value or name in _REQUIRED}
    return {"place": where, "article": article}, loaded.text.encode("utf-8", "replace")


def read_loaded(message: Mapping[str, object], payload: bytes) -> tuple[Place, Loaded]:
    """Return the place and the article or skip given to ``describe_loaded``.

    Raises:
        GarbledError: If the message is not one that it makes.
    """
    place = _read_place(message.get("place"))
    if "skip" in message:
        source, reason = _read_pair(message["skip"])
        is_note = message.get("note") is True
        return place, Skip(read_line(source), read_line(reason), is_note=is_note)
    given = message.get("article")
    if not isinstance(given, dict) or not given.keys() <= _readers().keys():
        raise GarbledError("neither an article nor a skip")
    try:
        read = {name: _readers()[name](value) for name, value in given.items()}
        article = Article(**read, text=payload.decode("utf-8"))
    except (TypeError, ValueError, OverflowError) as error:
        raise GarbledError(f"not an article: {error}") from error
    if article.date_basis and article.date_basis not in DATE_BASES:
        raise GarbledError("a date has an unknown basis")
    if list(article.pages) != sorted(article.pages) or article.pages[-1:] > (len(article.text),):
        raise GarbledError("the pages are not in order")
    return place, article


def read_line(value: object) -> str:
    """Return a string as one line; control characters become spaces.

    Raises:
        GarbledError: If it is not a string, or too long.
    """
    if not isinstance(value, str) or len(value) > MAX_FIELD_CHARS:
        raise GarbledError("not a line")
    if value.isprintable():
        return value
    return "".join(" " if unicodedata.category(char) in _CONTROL else char for char in value)


def read_reach(message: Mapping[str, object]) -> tuple[str, ...]:
    """Return what a process that is ready can reach, of ``probe.REACHES``.

    Raises:
        GarbledError: If it does not say so.
    """
    given = message.get("reach")
    if not isinstance(given, list) or not set(map(str, given)) <= set(REACHES):
        raise GarbledError("it does not say what it can reach")
    return tuple(name for name in REACHES if name in given)


@cache
def _readers() -> Mapping[str, Callable[[object], Any]]:
    """Return the function that reads each field of an article except its text."""
    by_type: dict[object, Callable[[object], Any]] = {
        str: read_line,
        date | None: _read_date,
        datetime | None: _read_moment,
        tuple[int, ...]: _read_numbers,
        tuple[str, ...]: _read_lines,
    }
    hints = get_type_hints(Article)
    names = (field.name for field in fields(Article) if field.name != "text")
    return {name: by_type[hints[name]] for name in names}


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_FIELD_CHARS else f"{text[: MAX_FIELD_CHARS - 1]}…"


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _read_place(value: object) -> Place:
    file, line = _read_pair(value)
    if line is not None and (not isinstance(line, int) or isinstance(line, bool) or line < 1):
        raise GarbledError("not a line number")
    return Place(read_line(file), line)


def _read_pair(value: object) -> tuple[object, object]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        raise GarbledError("not a pair")
    return value[0], value[1]


def _read_date(value: object) -> date:
    if not isinstance(value, str):
        raise GarbledError("a date is not a string")
    return date.fromisoformat(value)


def _read_moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise GarbledError("a moment is not a string")
    return datetime.fromisoformat(value)


def _read_lines(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise GarbledError("not a list of lines")
    return tuple(map(read_line, value))


def _read_numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(n) is int and n >= 0 for n in value):
        raise GarbledError("not a list of numbers")
    return tuple(value)
