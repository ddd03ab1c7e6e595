"""JSON exports: a list of records, one record, or the response of an API with a list in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, TypeAlias

from index.errors import ArticleFormatError
from index.formats.collections.records import column_names, load_record, read_record
from index.formats.files import Place, SourceFile, open_utf8, printable
from index.formats.limits import MAX_JSON_DEPTH
from index.types import Loaded, Skip

# The names of lists of records, and of the objects around them.
_LIST = "|".join(
    """
    items articles results docs documents records entries data hits stories news posts response
    rows value feed
    """.split()
)
_FIRST_RECORD = re.compile(rf"item|(?:(?:{_LIST})\.){{1,3}}item", re.IGNORECASE)
_SCALAR_BYTES = 8
_MAX_DIGITS = 4_000
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % _MAX_DIGITS)
_STARTS = frozenset({"start_map", "start_array"})
_ENDS = frozenset({"end_map", "end_array"})
_MAX_LEVELS = 8
_DEEPER = "\0"

_Events: TypeAlias = "Iterator[tuple[str, str, Any]]"


def load_json(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles of a file of JSON, read record by record, with places ``file#number``.

    It holds a list of records, one record, several one after another, or an object that leads to
    a list by names such as ``items``, ``articles``, ``response`` or ``hits``. Keys are known by
    their names; see ``column_names``.
    """
    import ijson

    n_records = 0
    try:
        with open_utf8(file) as stream:
            events = ijson.basic_parse(_NumberGuard(stream, file.name), multiple_values=True)
            target = _find_records(_with_paths(events))
        with open_utf8(file) as stream:
            checked = _NumberGuard(stream, file.name)
            events = ijson.basic_parse(checked, use_float=True, multiple_values=True)
            for record in _build_records(_with_paths(events), target, max_bytes):
                n_records += 1
                yield _load(file, record, n_records, max_bytes)
    except (ijson.JSONError, ValueError) as error:
        words = printable(" ".join(str(error).partition("\n")[0].split())[:100])
        yield Place(file.name), Skip(file.name, f"invalid or incomplete JSON ({words})")
        return
    if not n_records:
        yield Place(file.name), Skip(file.name, "JSON without a record")


class _NumberGuard:
    """A stream of JSON that refuses numbers on which its parser crashes.

    Python makes no integer of more than 4,300 digits, and the parser's C code does not expect that.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._end = b""

    def read(self, n_bytes: int = -1) -> bytes:
        block = self._stream.read(n_bytes)
        if _LONG_NUMBER.search(self._end + block):
            raise ArticleFormatError(
                self._name, f"a number of {_MAX_DIGITS:,} digits; reading ends there"
            )
        self._end = (self._end + block)[-_MAX_DIGITS:]
        return block


def _with_paths(events: Iterator[tuple[str, Any]]) -> _Events:
    """Yield events with the paths of their values, as ``articles.item.title``.

    Paths end at a few levels: putting together those of deeply nested values would take long.
    """
    opened: list[tuple[str, bool]] = []
    key = ""
    n_deeper = 0
    for event, value in events:
        if n_deeper or (event in _STARTS and len(opened) == _MAX_LEVELS):
            n_deeper += (event in _STARTS) - (event in _ENDS)
            yield _DEEPER, event, value
            continue
        if event in _ENDS:
            path, _ = opened.pop()
        elif event == "map_key":
            path, key = opened[-1][0], value
        elif not opened:
            path = ""
        else:
            around, is_list = opened[-1]
            path = f"{around}.{'item' if is_list else key}".lstrip(".")
        if event in _STARTS:
            opened.append((path, event == "start_array"))
        yield path, event, value


def _find_records(events: _Events) -> str:
    """Return the path of the records in ijson's notation, empty if the values are records."""
    for prefix, event, value in events:
        if event == "start_map" and _FIRST_RECORD.fullmatch(prefix):
            return prefix
        if event == "string" and prefix.lower() in column_names()["text"] and value.strip():
            return ""
        if event == "end_map" and not prefix:
            return ""
        if event == "end_array" and not prefix:
            return "item"
    return ""


def _build_records(events: _Events, target: str, max_bytes: int) -> Iterator[object]:
    """Yield the values at a path, and the reason in place of one that is too large or deep."""
    from ijson import ObjectBuilder

    builder: ObjectBuilder | None = None
    n_bytes = depth = 0
    reason = ""
    for prefix, event, value in events:
        if builder is None:
            if prefix != target or event == "map_key" or event in _ENDS:
                continue
            builder = ObjectBuilder()
            n_bytes = depth = 0
            reason = ""
        depth += (event in _STARTS) - (event in _ENDS)
        n_bytes += len(value) if isinstance(value, str) else _SCALAR_BYTES
        if n_bytes > max_bytes:
            reason = f"more than {max_bytes:,} bytes, the limit for one article"
        elif depth > MAX_JSON_DEPTH:
            reason = f"lists and objects nested in more than {MAX_JSON_DEPTH} levels"
        if not reason:
            builder.event(event, value)
        if not depth:
            yield Skip("", reason) if reason else builder.value
            builder = None


def _load(file: SourceFile, record: object, number: int, max_bytes: int) -> tuple[Place, Loaded]:
    place = Place(f"{file.name}#{number}")
    if isinstance(record, Skip):
        return place, Skip(str(place), record.reason)
    if not isinstance(record, dict):
        return place, Skip(str(place), "not a JSON object")
    fields = read_record(record, file.columns)
    title = f"{file.stem}, record {number}"
    return place, load_record(
        file, fields, place, max_bytes=max_bytes, title=title, has_local_numbers=True
    )
