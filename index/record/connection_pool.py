"""Connections to a record: how they are opened, and the few that readers share.

A connection goes from thread to thread, never to two at once. Threads beyond a limit wait for one,
so that a thousand of them need no more files and memory than a few dozen; idle connections beyond a
few are closed.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from index.errors import LibraryBusyError, LibraryNotFoundError
from index.record.faults import primary_code, to_storage_error
from index.record.rows import InconsistentRecordError
from index.record.schema import add_functions

RECORD_FILE = "record.sqlite3"
BUSY_SECONDS = 10.0
MAX_READERS = 32
MAX_IDLE = 8

_NO_LOG = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
    }
)
"""How SQLite reports that it cannot make the files beside a record that it needs to read it."""


def open_connection(file: Path, parameters: str) -> sqlite3.Connection:
    """Open a record.

    Args:
        file: The record.
        parameters: The mode, ``rw``, ``ro`` or ``rwc``, and what else SQLite's URIs know.

    Raises:
        sqlite3.Error: If it cannot be opened.
    """
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={parameters}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
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


def _read_schema(connection: sqlite3.Connection) -> None:
    """Let SQLite read the schema, which it does with the first statement that needs it.

    Raises:
        InconsistentRecordError: If it is not text.
        sqlite3.Error: If it cannot be read.
    """
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except UnicodeDecodeError as error:  # of SQLite's message, which repeats the schema
        raise InconsistentRecordError("its schema is not text") from error


@dataclass(frozen=True, slots=True)
class RecordState:
    """What tells whether a connection can still be used.

    Attributes:
        identity: Changes when the file is replaced, as by a backup, and in a forked process.
        size: Bytes.
        changed_ns: When it was last written.
    """

    identity: tuple[int, int, int]
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Lease:
    """A connection that one reader has to itself.

    Attributes:
        connection: The connection.
        state: The file's state when it was opened.
        thread: Who has it.
        is_counted: Whether it takes one of the places of readers.
        is_frozen: Whether it believes that nobody writes, which is checked in the end.
        is_shared: Whether it may go to another reader.
    """

    connection: sqlite3.Connection
    state: RecordState
    thread: int
    is_counted: bool
    is_frozen: bool = False
    is_shared: bool = True


class ConnectionPool:
    """The connections of readers.

    Args:
        folder: The library's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / RECORD_FILE
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_READERS)
        self._held: Counter[int] = Counter()
        self._idle: list[Lease] = []
        self.is_closed = False

    def lease(self) -> Lease:
        """Return a connection; ``give_back`` or ``drop`` ends its use.

        Raises:
            LibraryNotFoundError: If the record has gone.
            LibraryStorageError: If it cannot be looked at.
            sqlite3.Error: If it cannot be opened.
            ValueError: If the pool is closed.
        """
        state = self.state()
        thread = threading.get_ident()
        with self._lock:
            is_nested = self._held[thread] > 0
            self._held[thread] += 1
        # Whoever holds one already does not wait for another, which might be for ever. Nor does
        # anybody fail because others keep theirs: a place is worth waiting for, no more.
        is_counted = not is_nested and self._places.acquire(timeout=BUSY_SECONDS)
        try:
            return self._take(state, thread, is_counted=is_counted)
        except BaseException:
            self._free(thread, is_counted=is_counted)
            raise

    def give_back(self, lease: Lease) -> None:
        """Take a connection back from a reader that is done with it.

        Raises:
            LibraryBusyError: If somebody wrote where nobody could, so that what was read may be
                a mixture.
        """
        with self._lock:
            is_kept = lease.is_shared and not self.is_closed and len(self._idle) < MAX_IDLE
            if is_kept:
                self._idle.append(lease)
        if is_kept:
            self._free(lease.thread, is_counted=lease.is_counted)
            return
        self.drop(lease)
        if lease.is_frozen and (self.state() != lease.state or not self._is_frozen()):
            raise LibraryBusyError(self._folder, "another user")

    def drop(self, lease: Lease) -> None:
        """Close a connection that is not to be used again."""
        lease.connection.close()
        self._free(lease.thread, is_counted=lease.is_counted)

    def close(self) -> None:
        """Close every connection; one that is being read from closes when that ends."""
        with self._lock:
            self.is_closed = True
            idle, self._idle = self._idle, []
        for lease in idle:
            lease.connection.close()

    def state(self) -> RecordState:
        """Return the state of the file.

        Raises:
            LibraryNotFoundError: If it has gone.
            LibraryStorageError: If it cannot be looked at.
        """
        try:
            status = self._file.stat()
        except FileNotFoundError:
            raise LibraryNotFoundError(self._folder) from None
        except OSError as error:
            raise to_storage_error(self._folder, error) from error
        return RecordState(
            (os.getpid(), status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns
        )

    def has_log(self) -> bool:
        """Return whether there is a log with something in it."""
        try:
            return (self._folder / f"{RECORD_FILE}-wal").stat().st_size > 0
        except FileNotFoundError:
            return False

    def _take(self, state: RecordState, thread: int, *, is_counted: bool) -> Lease:
        with self._lock:
            if self.is_closed:
                raise ValueError(f"the library at '{self._folder}' is closed")
            idle, self._idle = self._idle, []
            usable = [one for one in idle if one.state.identity == state.identity]
            found = usable.pop() if usable else None
            self._idle = usable
        for lease in idle:
            if lease is not found and lease not in usable:
                lease.connection.close()
        if found is not None:
            return Lease(found.connection, found.state, thread, is_counted)
        connection = open_connection(self._file, "rw")
        try:
            connection.execute("PRAGMA query_only = ON")
            _read_schema(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            if primary_code(error) not in _NO_LOG:
                raise
            return self._take_without_files(state, thread, error, is_counted=is_counted)
        except BaseException:
            connection.close()
            raise
        return Lease(connection, state, thread, is_counted)

    def _take_without_files(
        self, state: RecordState, thread: int, error: sqlite3.Error, *, is_counted: bool
    ) -> Lease:
        """Return a connection where no file can be made: in a read-only folder, on a full disk."""
        is_frozen = self._is_frozen()
        # The second keeps the index of the log in memory, and everybody else out meanwhile.
        connection = open_connection(
            self._file, "ro&immutable=1" if is_frozen else "rw&vfs=unix-excl"
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            _read_schema(connection)
        except sqlite3.OperationalError:
            connection.close()
            raise error from None
        except BaseException:
            connection.close()
            raise
        return Lease(connection, state, thread, is_counted, is_frozen, is_shared=False)

    def _is_frozen(self) -> bool:
        """Return whether nobody of this user's rights can be writing: no log, and none possible.

        SQLite reads a record in such a folder only when told that it will not change.
        """
        return not self.has_log() and not os.access(
            self._folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids
        )

    def _free(self, thread: int, *, is_counted: bool) -> None:
        with self._lock:
            self._held[thread] -= 1
            if self._held[thread] <= 0:
                del self._held[thread]
        if is_counted:
            self._places.release()
