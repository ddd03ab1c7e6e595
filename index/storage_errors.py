"""What SQLite and the operating system report of a record, as the one-line errors of ``index``."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import LibraryBusyError, LibraryDamagedError, LibraryStorageError
from index.rows import InconsistentRecordError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_STORAGE_ERRORS = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then repeat"),
    sqlite3.SQLITE_READONLY: ("it is read-only", "make the folder writable, then repeat"),
    sqlite3.SQLITE_CANTOPEN: ("a file cannot be opened", "check the folder's permissions"),
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
        if code is None:  # a mistake of ours, not a state of the disk
            raise
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LibraryBusyError(folder, "another program") from error
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
    reason = error.strerror or type(error).__name__
    remedy = "free some space" if error.errno in _FULL else "check the folder and its permissions"
    return LibraryStorageError(folder, reason, f"{remedy}, then repeat")


def primary_code(error: sqlite3.Error) -> int | None:
    """Return what kind of error SQLite reported, or None where it did not say."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
