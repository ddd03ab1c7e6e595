"""Collections: JSON Lines files with one article a line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from index.errors import ArticleFormatError
from index.formats.collections.columns import read_record
from index.formats.collections.records import load_record
from index.formats.damage import DAMAGE, describe_damage
from index.formats.files import Place, SourceFile, open_file, reason_of
from index.formats.streams import open_collection
from index.text.encodings import decode, starting_encoding
from index.types import Loaded, Skip

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")


def load_jsonl(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles of a collection, each with the place ``file:line``.

    A line is an object ``{"text": …}`` with ``id``, ``title``, ``date``, ``source``, ``outlet``,
    ``author``, ``language`` and ``url`` as it has them, under these names or those that other
    exports use; see ``index.formats.collections.columns``. A line that is not becomes a skip, and
    the others go in.

    Args:
        file: The collection, of any size; it is read line by line.
        max_bytes: A longer line is skipped.
    """
    is_empty = True
    try:
        with open_collection(file) as stream, _as_text(stream) as text:
            for number, line in _lines(text, max_bytes):
                is_empty = False
                place = Place(file.name, number)
                yield place, _load_line(file, line, place, max_bytes)
    except ArticleFormatError as error:
        yield Place(file.name), Skip(file.name, error.reason)
        return
    except DAMAGE as error:
        is_told = isinstance(error, OSError) and error.strerror
        reason = reason_of(error) if is_told else describe_damage(error)
        yield Place(file.name), Skip(file.name, reason)
        return
    if is_empty:
        yield Place(file.name), Skip(file.name, "empty file")


def count_lines(file: SourceFile) -> int:
    """Return how many lines a file has, 0 if it cannot be read."""
    n_lines, last = 0, b"\n"
    try:
        with open_file(file) as stream:
            while block := stream.read(1 << 20):
                n_lines += block.count(b"\n")
                last = block[-1:]
    except ArticleFormatError:
        return 0
    except DAMAGE:
        return 0
    return n_lines + (last != b"\n")


def _as_text(stream: BinaryIO) -> TextIO:
    """Return a stream decoded as its start announces; UTF-8 without an announcement.

    Bytes that are no UTF-8 become lone surrogates, to be decoded with the rest of their line.
    """
    encoding = starting_encoding(stream.read(4))
    stream.seek(0)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="\n")


def _lines(text: TextIO, max_chars: int) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers; a longer one is cut off."""
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
        reason = f"more than the {max_bytes:,} bytes that one article may have"
        return Skip(str(place), reason)
    try:
        fields = read_record(_parse(line, str(place)), file.columns)
    except ArticleFormatError as error:
        return Skip(str(place), error.reason)
    title = f"{file.stem}, line {place.line}"
    return load_record(file, fields, place, max_bytes=max_bytes, title=title)


def _parse(line: str, place: str) -> dict[str, object]:
    """Return the object on a line.

    Raises:
        ArticleFormatError: If the line holds anything else.
    """
    if _ESCAPED_BYTE.search(line):
        line = decode(line.encode("utf-8", "surrogateescape"), name=place)
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise ArticleFormatError(place, f"not JSON ({error.msg} at column {error.colno})") from None
    except (RecursionError, ValueError):
        raise ArticleFormatError(
            place, "not JSON that can be read (too deep or too large)"
        ) from None
    if not isinstance(record, dict):
        raise ArticleFormatError(place, "not a JSON object")
    return record
