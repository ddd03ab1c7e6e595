"""Paths -> the regular files among them, and what they hold.

Nothing here blocks or reads without end: what is not a regular file is never opened for reading,
and a path is looked at again after it was opened.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from index.errors import ArticleFormatError
from index.formats.limits import Budget
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
        name: As the user would look for it; printable.
        suffix: Lower-case, with its dot, printable; empty if there is none.
        label: Stands for the path wherever an article says where it came from; for a file that
            is only kept for a while. Empty for the path itself.
        identity: Decides, in place of the path, the ids of articles that have none of their
            own; empty for the path.
        content: What the file holds, for one that is in memory only, such as a member of an
            archive; None for a file on disk.
        url: Where it was fetched from; empty for a file that was not.
        opener: Opens what the file holds, for one that is unpacked while it is read; else None.
        columns: Pairs of a field and the column or key of a collection that holds it, as the user
            named them; the others are known by their names.
        published: When the feed that led to it says it was published, or None.
        budget: What the archive that it is or lies in may still unpack; None before it is opened.
    """

    path: Path
    name: str
    suffix: str
    label: str = ""
    identity: bytes = b""
    content: bytes | None = None
    url: str = ""
    opener: Callable[[], BinaryIO] | None = field(default=None, compare=False, repr=False)
    columns: tuple[tuple[str, str], ...] = ()
    published: datetime | None = None
    budget: Budget | None = field(default=None, compare=False, repr=False)

    @property
    def location(self) -> str:
        """Return where an article of this file came from: the label, or the printable path."""
        return self.label or printable(self.path)

    @property
    def stem(self) -> str:
        """Return the file's name without its suffix, for a title where nothing else is one."""
        if self.content is not None or self.opener is not None:
            return Path(self.name.rpartition("!")[2]).stem
        return Path(self.name).stem if self.label else self.path.stem

    @property
    def key(self) -> bytes:
        """Return what the ids of articles without one are made of."""
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
    """Return a path with everything escaped that a terminal would act on or could not show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in str(path)
    )


def find_files(paths: Iterable[Path | str]) -> Iterator[SourceFile | Skip]:
    """Yield the regular files that some paths stand for.

    A folder stands for all files in it and in its folders, by name; hidden ones are left out, as
    is a library. A symbolic link may be named as a path; inside a folder it must lead to a file of
    the same folder.

    Args:
        paths: Files and folders, absolute or relative.

    Yields:
        Files as they are found; a skip for whatever is not one.
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
                    pending += sorted(_visible_entries(path), reverse=True)
                continue
            else:
                found = _regular_file(path, path.resolve(strict=True))
        except (OSError, RuntimeError) as error:
            found = Skip(printable(path), reason_of(error))
        is_empty = False
        yield found
    if is_empty:
        yield Skip(printable(given), "no files in this folder")


def _visible_entries(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]


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
        name: What it is called there; never used as a path. Its suffix chooses the loader.
        content: What it holds, or None if ``opener`` gives it.
        url: Where it was fetched from, if the container says so.
        suffix: Chooses the loader instead, where the container says what the member is.
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
        budget=container.budget,
    )


def clip_name(name: str) -> str:
    """Return the name of a member as it is shown: printable, its middle left out if it is long."""
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


def size_of(file: SourceFile, stream: BinaryIO) -> int:
    """Return how many bytes an opened file has, 0 where that shows only when it is read."""
    if file.content is not None:
        return len(file.content)
    return 0 if file.opener is not None else os.fstat(stream.fileno()).st_size


def read_file(file: SourceFile, *, max_bytes: int) -> bytes:
    """Return a file's content.

    Raises:
        ArticleFormatError: If it cannot be read, is empty, or is larger than ``max_bytes``.
    """
    with open_file(file) as stream:
        n_bytes = size_of(file, stream)
        try:
            data = stream.read(max_bytes + 1) if n_bytes <= max_bytes else b""
        except OSError as error:
            raise ArticleFormatError(file.name, reason_of(error)) from error
    if n_bytes > max_bytes or len(data) > max_bytes:
        n_bytes = max(n_bytes, len(data))
        reason = f"{n_bytes:,} bytes, more than the {max_bytes:,} that one article may have"
        raise ArticleFormatError(file.name, reason)
    if not data.strip():
        raise ArticleFormatError(file.name, "empty file")
    return data
