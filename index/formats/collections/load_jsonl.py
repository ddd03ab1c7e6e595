"""Collections: JSON Lines files with one article per line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from index.errors import ArticleFormatError
from index.formats.collections.records import load_record, read_record
from index.formats.files import Place, SourceFile, open_collection, open_file
from index.text.encodings import decode, starting_encoding
from index.types import Loaded, Skip

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")


def load_jsonl(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles of a collection, read line by line, with places ``file:line``.

    A line is an object with ``text`` and optionally ``id``, ``title``, ``date``, ``source``,
    ``outlet``, ``author``, ``language`` and ``url``, under these names or those of other exports;
    see ``column_names``. Any other line becomes a skip, and the rest are read.
    """
    is_empty = True
    with open_collection(file) as stream, _as_text(stream) as text:
        for number, line in _lines(text, max_bytes):
            is_empty = False
            place = Place(file.name, number)
            yield place, _load_line(file, line, place, max_bytes)
    if is_empty:
        raise ArticleFormatError(file.name, "empty file")


def count_lines(file: SourceFile) -> int:
    """Return the number of lines in a file, 0 if it cannot be read."""
    n_lines, last = 0, b"\n"
    try:
        with open_file(file) as stream:
            while block := stream.read(1 << 20):
                n_lines += block.count(b"\n")
                last = block[-1:]
    except (ArticleFormatError, OSError):
        return 0
    return n_lines + (last != b"\n")


def _as_text(stream: BinaryIO) -> TextIO:
    """Return a stream as text, in the encoding of its byte-order mark, else in UTF-8.

    Invalid UTF-8 becomes lone surrogates, to be decoded together with the rest of its line.
    """
    encoding = starting_encoding(stream.read(4))
    stream.seek(0)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="\n")


def _lines(text: TextIO, max_chars: int) -> Iterator[tuple[int, str]]:
    """Yield the non-blank lines with their numbers, cut after ``max_chars`` + 1 characters."""
    number = 0
    while line := text.readline(max_chars + 1):
        number += 1
        rest = line
        while not rest.endswith("\n") and len(rest) > max_chars:
            rest = text.readline(max_chars + 1)
        if line := line.strip("\ufeff \t\r\n"):
            yield number, line


def _load_line(file: SourceFile, line: str, place: Place, max_bytes: int) -> Loaded:
    if len(line) > max_bytes:
        reason = f"more than {max_bytes:,} bytes, the limit for one article"
        return Skip(str(place), reason)
    try:
        fields = read_record(_parse(line, str(place)), file.columns)
    except ArticleFormatError as error:
        return Skip(str(place), error.reason)
    title = f"{file.stem}, line {place.line}"
    return load_record(file, fields, place, max_bytes=max_bytes, title=title)


def _parse(line: str, place: str) -> dict[str, object]:
    if _ESCAPED_BYTE.search(line):
        line = decode(line.encode("utf-8", "surrogateescape"), name=place)
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise ArticleFormatError(place, f"not JSON ({error.msg} at column {error.colno})") from None
    except (RecursionError, ValueError):
        raise ArticleFormatError(place, "unreadable JSON (too deep or too large)") from None
    if not isinstance(record, dict):
        raise ArticleFormatError(place, "not a JSON object")
    return record
