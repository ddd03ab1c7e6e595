"""The record on disk: one SQLite file, and the transactions in which it is read and written.

What is committed here is the library; everything else is derived from it. Each reader sees one
committed state (write-ahead logging), whatever a writer does in the meantime.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.errors import (
    LibraryDamagedError,
    LibraryStorageError,
    LibraryVersionError,
)
from index.record import schema
from index.record.connection_pool import RECORD_FILE, ConnectionPool, open_connection
from index.record.faults import to_storage_error, translate_all_errors, translate_errors
from index.record.reads import ReadTransaction
from index.record.writes import WriteTransaction
from index.time_limit import check_time, is_limited, is_time_up

if TYPE_CHECKING:
    from index.record.postgres.database import PostgresDatabase
    from index.types import LibraryPlace

ENCODER_NAME = "encoder_name"
"""Setting: the encoder that the library is to have; the first article settles its identity."""

_NEW_RECORDS = f"{RECORD_FILE}.*.new*"
_PAGE_BYTES = 8192  # a passage's sentence vectors take about as much
_LOG_BYTES = 64 << 20
_STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine, about a millisecond
_COUNT_BYTES = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"


class Database:
    """The record of one library.

    Args:
        folder: The library's folder.
        read_only: Never write.

    Attributes:
        place: Where the library is, for messages.
        folder: Where on this machine it keeps what it derives from the record.
        is_outdated: Whether an older program made the record; ``upgrade`` it before anything
            is written.
        is_unreadable: Whether it must be upgraded even before anything is read.

    Raises:
        LibraryNotFoundError: If there is no record in the folder.
        LibraryDamagedError: If the file is truncated or not a record.
        LibraryVersionError: If a newer program made it.
        LibraryStorageError: If it cannot be read.
    """

    max_id_bytes = sys.maxsize
    """An article's longest id; PostgreSQL's indexes take no keys of any length."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = self.place = folder
        self.file = folder / RECORD_FILE
        self._read_only = read_only
        self._pool = ConnectionPool(folder)
        with self.reading() as reader:
            version = self._check(reader.connection)
        self.is_outdated = version < schema.current_version()
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
        fresh = folder / f"{RECORD_FILE}.{secrets.token_hex(4)}.new"
        try:
            with translate_all_errors(folder):
                _sweep_new_records(folder)
                with closing(open_connection(fresh, "rwc")) as connection:
                    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("BEGIN IMMEDIATE")
                    schema.migrate(connection, version=0)
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
                replace_record(folder, fresh)
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
            TimeLimitError: If the time is up, see ``index.time_limit``.
            ValueError: If the database is closed.
        """
        check_time()
        with translate_errors(self.folder):
            lease = self._pool.lease()
            try:
                if is_limited():
                    lease.connection.set_progress_handler(is_time_up, _STEPS_BETWEEN_LOOKS)
                lease.connection.execute("BEGIN")
                yield ReadTransaction(lease.connection)
                lease.connection.execute("ROLLBACK")
                lease.connection.set_progress_handler(None, 0)
            except BaseException:
                self._pool.drop(lease)
                raise
            self._pool.give_back(lease)

    def check_writable(self) -> None:
        """Refuse early what cannot be done.

        Raises:
            LibraryNotFoundError: If the record has gone.
            LibraryStorageError: If the database was opened read-only.
            ValueError: If it is closed.
        """
        if self._pool.is_closed:
            raise ValueError(f"the library at '{self.folder}' is closed")
        if self._read_only:
            raise LibraryStorageError(
                self.folder, "it was opened read-only", "open it for writing, then repeat"
            )
        self._pool.state()  # before the lock makes the folder anew

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
        with translate_errors(self.folder), closing(open_connection(self.file, "rw")) as connection:
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

    def copy_to(self, file: Path) -> None:
        """Copy the record as it is now, whatever others write meanwhile.

        Args:
            file: The copy, which does not exist yet; it is complete and closed afterwards.

        Raises:
            LibraryStorageError: If it cannot be read or written.
        """
        with self.reading() as reader, closing(sqlite3.connect(file)) as copy:
            copy.execute("PRAGMA synchronous = OFF")
            reader.generation()  # the first statement decides which state is read
            reader.connection.backup(copy)

    def compact(self) -> tuple[int, int]:
        """Give back the room of what was removed; the caller holds the write lock.

        The words of removed articles leave the full-text index with it.

        Returns:
            Bytes of the record before and after.

        Raises:
            LibraryStorageError: If there is not as much free space as the record takes.
        """
        with self.writing() as writer:
            (before,) = writer.connection.execute(_COUNT_BYTES).fetchone()
            writer.merge_terms()
        with translate_errors(self.folder), closing(open_connection(self.file, "rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (after,) = connection.execute(_COUNT_BYTES).fetchone()
        return before, after

    def upgrade(self) -> None:
        """Bring an older record up to date; the caller holds the write lock.

        Raises:
            LibraryStorageError: If it cannot be written.
        """
        with self.writing() as writer:
            (version,) = writer.connection.execute("PRAGMA user_version").fetchone()
            schema.migrate(writer.connection, version=version)
        self.is_outdated = self.is_unreadable = False

    def close(self) -> None:
        """Close every connection; one that is being read from closes when that ends."""
        self._pool.close()

    def _check_length(self, connection: sqlite3.Connection) -> None:
        """Refuse a truncated file, of which SQLite may read what is missing as zeros.

        While there is a log, the file may rightly be short of what the log holds. The log is
        looked at after the pages were counted: what they count is in it, or in the file.
        """
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        if self._pool.has_log():
            return
        found, expected = self._pool.state().size, pages * page_bytes
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
        if version > schema.current_version():
            raise LibraryVersionError(self.folder, version, schema.current_version())
        if (
            version < schema.CHECKSUMS_VERSION
            and connection.execute(
                "SELECT 1 FROM pragma_table_info('meta') WHERE name = 'checksum'"
            ).fetchone()
        ):
            raise LibraryDamagedError(self.folder, "its version is not that of its tables")
        missing = schema.expected_names(version) - schema.find_names(connection)
        if missing:
            raise LibraryDamagedError(self.folder, f"its table '{min(missing)}' is missing")
        return int(version)


def to_place(path: str | LibraryPlace) -> LibraryPlace:
    """Return where a library is: the address of a database, or else a folder.

    Examples:
        >>> print(to_place("postgresql://editor:secret@news.example/archive"))
        postgresql://editor@news.example/archive
    """
    if not isinstance(path, str):
        return path
    if not path.startswith(("postgresql://", "postgres://")):
        return Path(path)
    from index.address import PostgresAddress

    return PostgresAddress(path)


AnyDatabase: TypeAlias = "Database | PostgresDatabase"
"""A record, wherever it is kept: both have the same methods."""


def open_database(place: LibraryPlace, *, read_only: bool = False) -> AnyDatabase:
    """Open a record, in a folder or in PostgreSQL; it raises what ``Database`` raises."""
    if isinstance(place, Path):
        return Database(place, read_only=read_only)
    from index.record.postgres.database import PostgresDatabase

    return PostgresDatabase(place, read_only=read_only)


def find_max_id_bytes(place: LibraryPlace) -> int:
    """Return the length of the longest id that an article may have in a place."""
    if isinstance(place, Path):
        return Database.max_id_bytes
    from index.record.postgres.database import PostgresDatabase

    return PostgresDatabase.max_id_bytes


def has_record(place: LibraryPlace) -> bool:
    """Return whether there is a record in a place; whether it can be used is another question.

    Raises:
        LibraryStorageError: If that cannot be found out.
    """
    if not isinstance(place, Path):
        from index.record.postgres import database

        return database.has_record(place)
    folder = place
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


def replace_record(folder: Path, fresh: Path) -> None:
    """Put another record in the place of the one in a folder; the caller holds the write lock.

    Args:
        folder: The library's folder.
        fresh: A closed record in that folder, durable and without a log.

    Raises:
        OSError: If it cannot be renamed.
    """
    target = folder / RECORD_FILE
    with suppress(sqlite3.Error), closing(open_connection(target, "rw")) as connection:
        # So that the old record is whole without its log, should this end here.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # A log that outlived its record would be replayed into the new one.
    for suffix in ("-wal", "-shm", "-journal"):
        (folder / f"{RECORD_FILE}{suffix}").unlink(missing_ok=True)
    fresh.replace(target)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
