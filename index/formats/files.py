"""Paths -> the regular files among them; files -> their bytes or their text.

Nothing here blocks or reads without end: only regular files are opened, and a file is checked again
after it has been opened. Large files are read as streams, so that memory holds one article at a
time.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from index.errors import ArticleFormatError
from index.formats.limits import MAX_COLLECTION_BYTES, MAX_MEMBER_BYTES, Budget
from index.text.encodings import MEND, guess_encoding, mark_length
from index.types import Skip

_RECORD_NAME = "record.sqlite3"
_MAX_MEMBER_NAME_CHARS = 200

_KINDS = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may hold articles.

    Attributes:
        path: Absolute, symbolic links resolved.
        name: As the user knows it; printable.
        suffix: Lower-case, with its dot, printable; empty if there is none.
        label: The origin that its articles name instead of the path, for a temporary file; empty
            for the path.
        identity: What the ids of articles without an id of their own are made from; empty for the
            path.
        content: The bytes of a file in memory, such as a member of an archive; else None.
        descriptor: What it is open as, in a process that may not open it; else None. There can be
            one stream of it at a time.
        url: The address that it was fetched from; empty if it was not fetched.
        opener: Opens a file that is unpacked while it is read; else None.
        columns: Pairs of a field and the column or key that holds it, as the user named them; other
            columns are recognised by their names.
        drafts: Whether what is not on record, such as the drafts of a blog, is an article too.
        published: The date that the feed gave that announced it, or None.
        budget: What the archive that it is or lies in may still unpack; None before it is opened.
    """

    path: Path
    name: str
    suffix: str
    label: str = ""
    identity: bytes = b""
    content: bytes | None = None
    descriptor: int | None = field(default=None, compare=False)
    url: str = ""
    opener: Callable[[], BinaryIO] | None = field(default=None, compare=False, repr=False)
    columns: tuple[tuple[str, str], ...] = ()
    drafts: bool = False
    published: datetime | None = None
    budget: Budget | None = field(default=None, compare=False, repr=False)

    @property
    def location(self) -> str:
        """Return the origin of this file's articles: the label, or the printable path."""
        return self.label or printable(self.path)

    @property
    def stem(self) -> str:
        """Return the file's name without its suffix, the last resort for a title."""
        if self.content is not None or self.opener is not None:
            return Path(self.name.rpartition("!")[2]).stem
        return Path(self.name).stem if self.label else self.path.stem

    @property
    def key(self) -> bytes:
        """Return what the ids of articles without an id of their own are made from."""
        return self.identity or os.fsencode(self.path)


class Place(NamedTuple):
    """Where something was found: a file's name and, in a collection, the line.

    Attributes:
        file: Printable name of the file.
        line: Number from 1; None for a whole file.
    """

    file: str
    line: int | None = None

    def __str__(self) -> str:
        """Return ``file`` or ``file:line``."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def printable(path: Path | str) -> str:
    """Return a path with everything escaped that a terminal would obey or could not show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in str(path)
    )


def find_files(paths: Iterable[Path | str]) -> Iterator[SourceFile | Skip]:
    """Yield the regular files that some paths stand for, and a skip for everything else.

    A folder stands for all files in it and in its subfolders, by name, except hidden ones and
    libraries. A path may be a symbolic link; inside a folder, a link must lead to a file of the
    same folder.
    """
    for given in paths:
        path = Path(given)
        try:
            resolved = path.resolve(strict=True)
            if resolved.is_dir():
                yield from _walk(path, resolved)
            else:
                yield _regular_file(path, resolved)
        except (OSError, RuntimeError, ValueError) as error:
            yield Skip(printable(path), reason_of(error))


def _walk(given: Path, root: Path) -> Iterator[SourceFile | Skip]:
    if (root / _RECORD_NAME).exists():
        yield Skip(printable(given), "this is a library, not a folder of articles")
        return
    is_empty = True
    pending = [given]
    while pending:
        path = pending.pop()
        try:
            if path.is_symlink() and path != given:
                found = _linked_file(path, root)
            elif path.is_dir():
                if not (path / _RECORD_NAME).exists():
                    visible = (entry for entry in path.iterdir() if entry.name[0] != ".")
                    pending += sorted(visible, reverse=True)
                continue
            else:
                found = _regular_file(path, path.resolve(strict=True))
        except (OSError, RuntimeError) as error:
            found = Skip(printable(path), reason_of(error))
        is_empty = False
        yield found
    if is_empty:
        yield Skip(printable(given), "no files in this folder")


def _linked_file(path: Path, root: Path) -> SourceFile | Skip:
    target = path.resolve(strict=True)
    if not target.is_relative_to(root):
        return Skip(printable(path), "a symbolic link that leads out of the folder")
    if target.is_dir():
        return Skip(printable(path), "a symbolic link to a folder")
    return _regular_file(path, target)


def _regular_file(path: Path, resolved: Path) -> SourceFile | Skip:
    mode = resolved.stat().st_mode
    if not stat.S_ISREG(mode):
        return Skip(printable(path), f"{_kind(mode)}, not a file")
    return SourceFile(path=resolved, name=printable(path), suffix=printable(path.suffix).lower())


def _kind(mode: int) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "something special")


def reason_of(error: Exception) -> str:
    """Return why a path could not be used, as one line."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, RuntimeError) or getattr(error, "errno", None) == errno.ELOOP:
        return "a symbolic link that leads to itself"
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(reason[:1].lower() + reason[1:])


def make_member(
    container: SourceFile,
    name: str,
    content: bytes | None,
    *,
    url: str = "",
    suffix: str = "",
    opener: Callable[[], BinaryIO] | None = None,
) -> SourceFile:
    """Return a file that lies inside another one, such as a member of an archive.

    Args:
        container: The file that holds it.
        name: Its name there, which is never used as a path. Its suffix chooses the loader.
        content: Its bytes, or None if ``opener`` opens it.
        url: The address that it was fetched from, if the container says so.
        suffix: Chooses the loader instead, if the container says what the member is.
        opener: See ``SourceFile``.
    """
    shown = clip_name(name)
    return SourceFile(
        path=container.path,
        name=f"{container.name}!{shown}",
        suffix=suffix or Path(shown).suffix.lower(),
        label=f"{container.location}!{shown}",
        identity=container.key + b"\0" + name.encode("utf-8", "surrogatepass"),
        content=content,
        url=url,
        opener=opener,
        columns=container.columns,
        drafts=container.drafts,
        budget=container.budget,
    )


def clip_name(name: str) -> str:
    """Return a member's name for display: printable, and without its middle if it is long."""
    shown = printable(name)
    half = _MAX_MEMBER_NAME_CHARS // 2
    return shown if len(shown) <= 2 * half else f"{shown[:half]}…{shown[-half:]}"


def open_file(file: SourceFile) -> BinaryIO:
    """Open a regular file for reading, without following a link or waiting for a writer.

    Raises:
        ArticleFormatError: If it cannot be opened or is no longer a regular file.
    """
    if file.content is not None:
        return io.BytesIO(file.content)
    if file.opener is not None:
        return file.opener()
    if file.descriptor is not None:
        os.lseek(file.descriptor, 0, os.SEEK_SET)
        return os.fdopen(os.dup(file.descriptor), "rb")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(file.path, flags)
    except OSError as error:
        raise ArticleFormatError(file.name, reason_of(error)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise ArticleFormatError(file.name, f"{_kind(mode)}, not a file")
    return os.fdopen(descriptor, "rb")


def _size_of(file: SourceFile, stream: BinaryIO) -> int:
    """Return the size of an opened file in bytes, 0 if it is only known after reading."""
    if file.content is not None:
        return len(file.content)
    return 0 if file.opener is not None else os.fstat(stream.fileno()).st_size


def read_file(file: SourceFile, *, max_bytes: int) -> bytes:
    """Return a file's content.

    Raises:
        ArticleFormatError: If it cannot be read, is empty, or is larger than ``max_bytes``.
    """
    with open_file(file) as stream:
        n_bytes = _size_of(file, stream)
        try:
            data = stream.read(max_bytes + 1) if n_bytes <= max_bytes else b""
        except OSError as error:
            raise ArticleFormatError(file.name, reason_of(error)) from error
    if n_bytes > max_bytes or len(data) > max_bytes:
        n_bytes = max(n_bytes, len(data))
        reason = f"{n_bytes:,} bytes, over the limit of {max_bytes:,} for one article"
        raise ArticleFormatError(file.name, reason)
    if not data.strip():
        raise ArticleFormatError(file.name, "empty file")
    return data


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
    """Open a file for random access; one that is unpacked while it is read is copied to memory.

    Raises:
        ArticleFormatError: If it cannot be opened, is empty, or is larger than ``max_bytes``.
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
    """Return the size of an opened file in bytes.

    Raises:
        ArticleFormatError: If it is larger than ``max_bytes``.
    """
    n_bytes = _size_of(file, stream)
    if n_bytes > max_bytes:
        reason = f"{n_bytes:,} bytes, over the limit of {max_bytes:,}"
        raise ArticleFormatError(file.name, reason)
    return n_bytes


@contextmanager
def open_text(file: SourceFile) -> Iterator[TextIO]:
    """Open a collection as text, in the encoding of its start; line breaks are kept.

    Bytes that are invalid in that encoding do no harm: in UTF-8 they are read as code page 1252.

    Raises:
        ArticleFormatError: If it cannot be opened, is empty, too large, or not text.
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
    """Open a collection as UTF-8, whatever its encoding; see ``open_text``."""
    with open_text(file) as text:
        yield io.BufferedReader(_Utf8Stream(text), 1 << 16)


class _Utf8Stream(io.RawIOBase):
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
