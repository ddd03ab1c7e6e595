"""What SQLite and the operating system report, as the one-line errors of ``index.errors``."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import LibraryBusyError, LibraryDamagedError, LibraryStorageError
from index.record.rows import InconsistentRecordError
from index.time_limit import check_time

MAX_PATH_BYTES = 512
"""What SQLite can open, with the ending of its longest file, a terminating zero and a reserve."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
_TOO_MANY_FILES = "too many files are open"
_RAISE_LIMIT = "close some, or raise the limit with 'ulimit -n 4096', then repeat"
_STORAGE_ERRORS = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then repeat"),
    sqlite3.SQLITE_READONLY: ("it is read-only", "make the folder writable, then repeat"),
    sqlite3.SQLITE_PERM: ("permission denied", "check the folder's permissions"),
    sqlite3.SQLITE_IOERR: ("input/output error", "check the disk and its free space, then repeat"),
}


@contextmanager
def translate_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite reports into the one-line errors of ``index.errors``."""
    try:
        yield
    except InconsistentRecordError as error:
        raise LibraryDamagedError(folder, str(error)) from error
    except sqlite3.Error as error:
        code = primary_code(error)
        if code is None and isinstance(error, sqlite3.OperationalError):
            raise LibraryDamagedError(folder, "a text is not UTF-8") from error
        if code == sqlite3.SQLITE_INTERRUPT:
            check_time()
        if code is None:  # a mistake of ours, not a state of the disk
            raise
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LibraryBusyError(folder, "another program") from error
        if code == sqlite3.SQLITE_CANTOPEN:
            raise _explain_unopened(folder) from error
        if code in _STORAGE_ERRORS:
            raise LibraryStorageError(folder, *_STORAGE_ERRORS[code]) from error
        raise LibraryDamagedError(folder, str(error)) from error


@contextmanager
def translate_all_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite and the operating system report into the one-line errors."""
    try:
        with translate_errors(folder):
            yield
    except OSError as error:
        raise to_storage_error(folder, error) from error


def to_storage_error(folder: Path, error: OSError) -> LibraryStorageError:
    """Return the one-line form of an operating-system error."""
    if isinstance(error, NotADirectoryError | FileExistsError):
        return LibraryStorageError(
            folder, "it is not a folder", "choose another place with --library"
        )
    if error.errno in _NO_DESCRIPTORS:
        return LibraryStorageError(folder, _TOO_MANY_FILES, _RAISE_LIMIT)
    if error.errno == errno.ENAMETOOLONG:
        return LibraryStorageError(folder, "its path is too long", "choose a shorter one")
    reason = error.strerror or type(error).__name__
    remedy = "free some space" if error.errno in _FULL else "check the folder and its permissions"
    return LibraryStorageError(folder, reason, f"{remedy}, then repeat")


def primary_code(error: sqlite3.Error) -> int | None:
    """Return what kind of error SQLite reported, or None where it did not say."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _explain_unopened(folder: Path) -> LibraryStorageError:
    """Return why SQLite could not open a file, which it does not say."""
    length = len(os.fsencode(folder.absolute() / "record.sqlite3-journal"))
    if length + 1 >= MAX_PATH_BYTES:
        return LibraryStorageError(
            folder,
            f"its path has {length:,} bytes, and SQLite opens no longer one than"
            f" {MAX_PATH_BYTES - 2}",
            "choose a shorter one with --library",
        )
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return to_storage_error(folder, error)
    return LibraryStorageError(folder, "a file cannot be opened", "check the folder's permissions")
