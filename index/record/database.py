"""The record on disk: one SQLite file, its connections, transactions, versions and write lock.

What is committed here is the library; everything else is derived from it. Each reader sees one
committed state (write-ahead logging), whatever a writer does in the meantime. The write lock
lets in one writer at a time, across threads and processes.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import sqlite3
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from index.errors import (
    LibraryBusyError,
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryStorageError,
    LibraryVersionError,
)
from index.language.words import space_out
from index.record import schema
from index.record.reads import ReadTransaction
from index.record.rows import InconsistentRecordError
from index.record.writes import WriteTransaction

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


RECORD_FILE = "record.sqlite3"
ENCODER_NAME = "encoder_name"
"""Setting: the encoder that the library is to have; the first article settles its identity."""

_NEW_RECORDS = f"{RECORD_FILE}.*.new*"
BUSY_SECONDS = 10.0
_PAGE_BYTES = 8192  # a passage's sentence vectors take about as much
_LOG_BYTES = 64 << 20

_NO_LOG = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


class Database:
    """The record of one library.

    Args:
        folder: The library's folder.
        read_only: Never write.

    Attributes:
        is_outdated: Whether an older program made the record; ``upgrade`` it before anything
            is written.
        is_unreadable: Whether it must be upgraded even before anything is read.

    Raises:
        LibraryNotFoundError: If there is no record in the folder.
        LibraryDamagedError: If the file is truncated or not a record.
        LibraryVersionError: If a newer program made it.
        LibraryStorageError: If it cannot be read.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.file = folder / RECORD_FILE
        self._read_only = read_only
        self._idle: list[_Lease] = []
        self._idle_lock = threading.Lock()
        self._closed = False
        with self.reading() as reader:
            version = self._check(reader.connection)
        self.is_outdated = version < current_version()
        self.is_unreadable = version < schema.OLDEST_READABLE

    @staticmethod
    def create(folder: Path, *, encoder_name: str) -> None:
        """Make a folder with an empty record; the caller holds the write lock.

        The record is made under another name and renamed, so that it is there whole or not at
        all.

        Args:
            folder: Where; it exists.
            encoder_name: The encoder to load for the first article.

        Raises:
            LibraryStorageError: If it cannot be written.
        """
        target = folder / RECORD_FILE
        fresh = folder / f"{RECORD_FILE}.{secrets.token_hex(4)}.new"
        try:
            with translate_all_errors(folder):
                _sweep_new_records(folder)
                # A log that outlived its record would be replayed into the new one.
                for suffix in ("-wal", "-shm", "-journal"):
                    (folder / f"{RECORD_FILE}{suffix}").unlink(missing_ok=True)
                with closing(_open(fresh, "rwc")) as connection:
                    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("BEGIN IMMEDIATE")
                    migrate(connection, version=0)
                    writer = WriteTransaction(connection)
                    writer.put_meta("library_id", uuid.uuid4().hex)
                    writer.put_meta(ENCODER_NAME, encoder_name)
                    writer.begin_generation()
                    connection.execute("COMMIT")
                    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode != "wal":
                    raise LibraryStorageError(
                        folder, "its file system cannot share memory", "choose a local disk"
                    )
                fresh.replace(target)
                sync_folder(folder)
        finally:
            with suppress(OSError):
                _sweep_new_records(folder)

    @contextmanager
    def reading(self) -> Iterator[ReadTransaction]:
        """Read one committed state.

        Yields:
            A reader, to be used by this thread while the context lasts.

        Raises:
            LibraryNotFoundError: If the record has gone.
            LibraryDamagedError: If what is read is not consistent.
            LibraryStorageError: If it cannot be read.
            ValueError: If the database is closed.
        """
        with translate_errors(self.folder):
            lease = self._lease()
            try:
                lease.connection.execute("BEGIN")
                yield ReadTransaction(lease.connection)
                lease.connection.execute("ROLLBACK")
            except BaseException:
                lease.connection.close()
                raise
            self._give_back(lease)

    def check_writable(self) -> None:
        """Refuse early what cannot be done.

        Raises:
            LibraryNotFoundError: If the record has gone.
            LibraryStorageError: If the database was opened read-only.
            ValueError: If it is closed.
        """
        if self._closed:
            raise ValueError(f"the library at '{self.folder}' is closed")
        if self._read_only:
            raise LibraryStorageError(
                self.folder, "it was opened read-only", "open it for writing, then repeat"
            )
        self._state()  # before the lock makes the folder anew

    @contextmanager
    def writing(self) -> Iterator[WriteTransaction]:
        """Change the record in one transaction; the caller holds the write lock.

        What was written is there when the context ends without an exception, and not at all
        otherwise.

        Yields:
            A writer.

        Raises:
            LibraryStorageError: If the disk is full, read-only or failing.
            LibraryDamagedError: If the record is not consistent.
            LibraryBusyError: If another program holds SQLite's own lock.
        """
        self.check_writable()
        with translate_errors(self.folder), closing(_open(self.file, "rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
            connection.execute("BEGIN IMMEDIATE")
            writer = WriteTransaction(connection)
            try:
                yield writer
                if writer.has_changed:
                    writer.begin_generation()
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def upgrade(self) -> None:
        """Bring an older record up to date; the caller holds the write lock.

        Raises:
            LibraryStorageError: If it cannot be written.
        """
        with self.writing() as writer:
            (version,) = writer.connection.execute("PRAGMA user_version").fetchone()
            migrate(writer.connection, version=version)
        self.is_outdated = self.is_unreadable = False

    def close(self) -> None:
        """Close every connection; one that is being read from closes when that ends."""
        with self._idle_lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for lease in idle:
            lease.connection.close()

    def _lease(self) -> _Lease:
        state = self._state()
        with self._idle_lock:
            if self._closed:
                raise ValueError(f"the library at '{self.folder}' is closed")
            while self._idle:
                lease = self._idle.pop()
                if lease.state.identity == state.identity:
                    return lease
                lease.connection.close()
        connection = _open(self.file, "rw")
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if primary_code(error) not in _NO_LOG or not self._is_frozen():
                raise
            return _Lease(_open(self.file, "ro&immutable=1"), state, is_frozen=True)
        except BaseException:
            connection.close()
            raise
        return _Lease(connection, state)

    def _give_back(self, lease: _Lease) -> None:
        if lease.is_frozen:
            lease.connection.close()
            if self._state() != lease.state or not self._is_frozen():
                raise LibraryBusyError(self.folder, "another user")
            return
        with self._idle_lock:
            if not self._closed:
                self._idle.append(lease)
                return
        lease.connection.close()

    def _state(self) -> _State:
        try:
            status = self.file.stat()
        except FileNotFoundError:
            raise LibraryNotFoundError(self.folder) from None
        except OSError as error:
            raise to_storage_error(self.folder, error) from error
        return _State(
            (os.getpid(), status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns
        )

    def _is_frozen(self) -> bool:
        """Return whether nobody of this user's rights can be writing: no log, and none possible.

        SQLite reads a record in such a folder only when told that it will not change.
        """
        log = self.folder / f"{RECORD_FILE}-wal"
        return not log.exists() and not os.access(
            self.folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids
        )

    def _check_length(self, connection: sqlite3.Connection) -> None:
        """Refuse a truncated file, of which SQLite may read what is missing as zeros.

        While there is a log, the file may rightly be short of what the log holds. The log is
        looked at after the pages were counted: what they count is in it, or in the file.
        """
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        with suppress(FileNotFoundError):
            if (self.folder / f"{RECORD_FILE}-wal").stat().st_size:
                return
        found, expected = self._state().size, pages * page_bytes
        if found < expected:
            raise LibraryDamagedError(
                self.folder, f"{RECORD_FILE} has {found:,} of {expected:,} bytes"
            )

    def _check(self, connection: sqlite3.Connection) -> int:
        """Return the version of the record, if it is one that can be used."""
        self._check_length(connection)
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != schema.APPLICATION_ID or version < 1:
            raise LibraryDamagedError(self.folder, f"{RECORD_FILE} is not a record of OnRecord")
        if version > current_version():
            raise LibraryVersionError(self.folder, version, current_version())
        missing = expected_names(version) - find_names(connection)
        if missing:
            raise LibraryDamagedError(self.folder, f"its table '{min(missing)}' is missing")
        return int(version)


@dataclass(frozen=True, slots=True)
class _State:
    """What tells whether a connection can still be used.

    Its identity changes when the file is replaced, as by a backup, and in a forked process.
    """

    identity: tuple[int, int, int]
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class _Lease:
    """A connection that one reader has to itself, and the file's state when it was opened."""

    connection: sqlite3.Connection
    state: _State
    is_frozen: bool = False


def has_record(folder: Path) -> bool:
    """Return whether there is a record in a folder; whether it can be used is another question.

    Raises:
        LibraryStorageError: If that cannot be found out.
    """
    try:
        (folder / RECORD_FILE).stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise to_storage_error(folder, error) from error
    return True


def find_new_records(folder: Path) -> list[Path]:
    """Return what a killed ``Database.create`` left."""
    return sorted(folder.glob(_NEW_RECORDS))


def _sweep_new_records(folder: Path) -> None:
    for file in find_new_records(folder):
        file.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(file: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # a lease goes from thread to thread, never to two at once
        timeout=BUSY_SECONDS,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        add_functions(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def current_version() -> int:
    """Return the version that this program makes and uses."""
    return len(schema.MIGRATIONS)


def migrate(connection: sqlite3.Connection, *, version: int, target: int | None = None) -> None:
    """Run the steps that are missing, from a version, 0 for an empty database, to the current one.

    The caller holds a write transaction. ``target`` is another version to stop at.
    """
    target = current_version() if target is None else target
    add_functions(connection)
    for step in schema.MIGRATIONS[version:target]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {max(version, target)}")


def add_functions(connection: sqlite3.Connection) -> None:
    """Register the SQL functions that our statements call."""
    connection.create_function("folded", 1, str.casefold, deterministic=True)
    connection.create_function("space_out", 1, space_out, deterministic=True)


def find_names(connection: sqlite3.Connection) -> set[str]:
    """Return the names of a record's tables, indexes and views."""
    return {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema")}


@cache
def expected_names(version: int) -> frozenset[str]:
    """Return the names that a record of a version has at least.

    FTS5 makes tables for itself, which are left out: which ones depends on its version.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, version=0, target=version)
        names = find_names(connection)
    return frozenset(name for name in names if not name.startswith("passage_terms_"))


LOCK_FILE = "write.lock"
HOLDER_FILE = "write.holder"
_POLL_SECONDS = 0.05
_COMMAND_CHARS = 80


@contextmanager
def hold_write_lock(folder: Path, *, wait_seconds: float) -> Iterator[None]:
    """Hold a library's write lock; the operating system lets go of it when the process ends.

    Args:
        folder: The library, which exists.
        wait_seconds: How long to wait for another writer; 0 to try once.

    Raises:
        LibraryBusyError: If another writer did not finish in time; it names the holder.
        LibraryStorageError: If the folder cannot be written, or does not know locks.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_FILE, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
    except Timeout:
        raise LibraryBusyError(folder, describe_holder(folder)) from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or "the file system has no locks"
        raise LibraryStorageError(
            folder, reason, "make the folder writable, or choose another with --library"
        ) from error
    try:
        _write_holder(folder / HOLDER_FILE)
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER_FILE).unlink(missing_ok=True)
        lock.release()


def is_write_locked(folder: Path) -> bool:
    """Return whether a writer is at work, writing nothing; False if that cannot be found out."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    else:
        return False
    finally:
        os.close(descriptor)


def describe_holder(folder: Path) -> str:
    """Return who writes, for a message: the command, its process and since when."""
    try:
        holder = json.loads((folder / HOLDER_FILE).read_text("utf-8"))
        command, process, since = (str(holder[key]) for key in ("command", "process", "since"))
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    text = f"'{command}' (process {process}, since {since})"
    return "".join(c if c.isprintable() else "?" for c in text)


def _write_holder(file: Path) -> None:
    program = Path(sys.argv[0] if sys.argv else "python").name
    command = " ".join([program, *sys.argv[1:]])
    holder = {
        "command": command
        if len(command) <= _COMMAND_CHARS
        else command[: _COMMAND_CHARS - 1] + "…",
        "process": os.getpid(),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    # It serves messages only: the lock holds without it.
    with suppress(OSError):
        file.write_text(json.dumps(holder), "utf-8")
