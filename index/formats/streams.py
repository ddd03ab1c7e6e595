"""Large collections as streams of text, so that memory holds one article at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

from index.errors import ArticleFormatError
from index.formats.files import SourceFile, open_file, read_file, size_of
from index.formats.limits import MAX_COLLECTION_BYTES, MAX_MEMBER_BYTES
from index.text.encodings import MEND, guess_encoding, mark_length

_SAMPLE_BYTES = 100_000


@contextmanager
def open_collection(file: SourceFile) -> Iterator[BinaryIO]:
    """Open a collection for reading from its start.

    Raises:
        ArticleFormatError: If it cannot be opened, is empty, or is larger than it may be.
    """
    with open_file(file) as stream:
        check_size(file, stream, MAX_COLLECTION_BYTES)
        yield stream


@contextmanager
def open_document(file: SourceFile, max_bytes: int) -> Iterator[BinaryIO]:
    """Open a file that its parser moves about in; what is unpacked while it is read is copied.

    Args:
        file: The file.
        max_bytes: What it may have.

    Raises:
        ArticleFormatError: If it cannot be opened, is empty, or larger than that.
    """
    if file.opener is not None:
        with io.BytesIO(read_file(file, max_bytes=min(max_bytes, MAX_MEMBER_BYTES))) as copy:
            yield copy
        return
    with open_file(file) as stream:
        if not check_size(file, stream, max_bytes):
            raise ArticleFormatError(file.name, "empty file")
        yield stream


def check_size(file: SourceFile, stream: BinaryIO, max_bytes: int) -> int:
    """Return how many bytes an opened file has.

    Raises:
        ArticleFormatError: If it is larger than it may be.
    """
    n_bytes = size_of(file, stream)
    if n_bytes > max_bytes:
        reason = f"{n_bytes:,} bytes, more than the {max_bytes:,} that such a file may have"
        raise ArticleFormatError(file.name, reason)
    return n_bytes


@contextmanager
def open_text(file: SourceFile) -> Iterator[TextIO]:
    """Open a collection as text, in the encoding that its start is in; line breaks are kept.

    Bytes that are not of that encoding do no harm: in UTF-8 they are read as code page 1252.

    Raises:
        ArticleFormatError: If it cannot be opened, is empty, too large, or no text.
    """
    with open_collection(file) as stream:
        sample = stream.read(_SAMPLE_BYTES)
        if not sample.strip():
            raise ArticleFormatError(file.name, "empty file")
        encoding = guess_encoding(sample, name=file.name)
        stream.seek(mark_length(sample))
        errors = MEND if encoding == "utf-8" else "replace"
        with io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="") as text:
            yield text


@contextmanager
def open_utf8(file: SourceFile) -> Iterator[BinaryIO]:
    """Open a collection as bytes that are UTF-8 whatever it is encoded in; see ``open_text``."""
    with open_text(file) as text:
        yield io.BufferedReader(_Encoded(text), 1 << 16)


class _Encoded(io.RawIOBase):
    """Text as a stream of UTF-8."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # before 3.12, no type
        view = buffer
        if not self._rest:
            self._rest = self._text.read(max(1, len(view) // 4)).encode("utf-8", "replace")
        n_bytes = min(len(view), len(self._rest))
        view[:n_bytes] = self._rest[:n_bytes]
        self._rest = self._rest[n_bytes:]
        return n_bytes
