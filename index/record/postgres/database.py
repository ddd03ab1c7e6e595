"""The record in PostgreSQL: how it is made, opened, read and written.

It has the methods of ``index.record.database.Database``, which say more.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg_pool

from index.errors import (
    LibraryBusyError,
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryStorageError,
    LibraryVersionError,
    OnRecordError,
)
from index.record.faults import to_storage_error
from index.record.postgres import connecting, schema
from index.record.postgres.dialect import TranslatingConnection
from index.record.postgres.faults import translate_errors
from index.record.postgres.transactions import PostgresReader, PostgresWriter
from index.time_limit import check_time, remaining_seconds

if TYPE_CHECKING:
    from index.address import PostgresAddress

_FIND_PGVECTOR = b"""SELECT coalesce(installed_version, default_version), installed_version IS NULL
    FROM pg_available_extensions WHERE name = 'vector'"""
_OLDEST_PGVECTOR = (0, 8)
_COUNT_BYTES = b"""SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
    JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'onrecord' AND relkind = 'r'"""


class PostgresDatabase:
    """The record of one library in PostgreSQL.

    Args:
        place: Its address.
        read_only: Never write.

    Attributes:
        place: As given.
        folder: On this machine, for what it derives from the record.
        is_outdated: Whether an older program made the tables; ``upgrade`` them before anything is
            written.

    Raises:
        LibraryNotFoundError: If there is no library in the database.
        LibraryDamagedError: If what is there is not one.
        LibraryVersionError: If a newer program made it.
        LibraryStorageError: If there is no connection, or no pgvector.
    """

    is_unreadable = False
    max_id_bytes = 2_000

    def __init__(self, place: PostgresAddress, *, read_only: bool = False) -> None:
        self.place = place
        self.folder = Path(place)
        self._read_only = read_only
        with translate_errors(place), closing(connecting.connect(place)) as raw:
            version = _check_version(place, raw)
            _check_pgvector(place, raw)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise to_storage_error(self.folder, error) from error
        self.is_outdated = version < schema.current_version()
        self._pool = connecting.open_pool(place)

    @contextmanager
    def reading(self) -> Iterator[PostgresReader]:
        """Read one committed state; see ``Database.reading``."""
        check_time()
        with translate_errors(self.place):
            raw = self._lease()
            try:
                raw.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                if (seconds := remaining_seconds()) is not None:
                    timeout = f"SET LOCAL statement_timeout = {max(1, round(1000 * seconds))}"
                    raw.execute(timeout.encode())
                _check_known_version(self.place, raw)
                yield PostgresReader(TranslatingConnection(raw))
            finally:
                with suppress(psycopg.Error):
                    raw.execute(b"ROLLBACK")
                self._pool.putconn(raw)

    def check_writable(self) -> None:
        """Refuse early what cannot be done; see ``Database.check_writable``."""
        if self._pool.closed:
            raise ValueError(f"the library at '{self.place}' is closed")
        if self._read_only:
            raise LibraryStorageError(
                self.place, "it was opened read-only", "open it for writing, then repeat"
            )

    @contextmanager
    def writing(self) -> Iterator[PostgresWriter]:
        """Change the record in one transaction; see ``Database.writing``.

        A thread that holds the write lock writes through the connection that holds it.
        """
        self.check_writable()
        with translate_errors(self.place), connecting.writing(self.place) as raw:
            _check_known_version(self.place, raw)
            writer = PostgresWriter(TranslatingConnection(raw))
            yield writer
            if writer.has_changed:
                writer.begin_generation()

    def copy_to(self, file: Path) -> None:
        """Refuse to copy the record into a file.

        Raises:
            LibraryStorageError: Always; it names PostgreSQL's own means.
        """
        raise LibraryStorageError(
            self.place,
            f"a database is not copied into '{file.parent}'",
            "back it up with 'pg_dump --schema onrecord'",
        )

    def compact(self) -> tuple[int, int]:
        """Give back the room of what was removed; see ``Database.compact``."""
        self.check_writable()
        with translate_errors(self.place), closing(connecting.connect(self.place)) as raw:
            before = _count_bytes(raw)
            tables = ", ".join((*schema.SEALED, "postings", "passage_lengths", "totals"))
            raw.execute(f"VACUUM (FULL, ANALYZE) {tables}".encode())
            return before, _count_bytes(raw)

    def upgrade(self) -> None:
        """Bring older tables up to date; the caller holds the write lock."""
        with translate_errors(self.place), connecting.writing(self.place) as raw:
            schema.migrate(raw, version=_check_version(self.place, raw))
        self.is_outdated = False

    def close(self) -> None:
        """Close every connection; one that is being read from closes when that ends."""
        self._pool.close()

    def _lease(self) -> psycopg.Connection[Any]:
        try:
            return self._pool.getconn()
        except psycopg_pool.PoolClosed:
            raise ValueError(f"the library at '{self.place}' is closed") from None
        except psycopg_pool.PoolTimeout as error:
            connecting.connect(self.place).close()  # if that fails, it says why
            raise LibraryBusyError(self.place, "too many others") from error


@dataclass(frozen=True, slots=True)
class NewPostgresLibrary:
    """A library that was made in a database.

    Attributes:
        place: Its address.
    """

    place: PostgresAddress

    def discard_if_empty(self) -> None:
        """Delete the library, unless somebody has put something into it meanwhile."""
        with (
            suppress(OnRecordError, psycopg.Error),
            connecting.hold_write_lock(self.place, wait_seconds=0),
            connecting.writing(self.place) as raw,
        ):
            if not PostgresReader(TranslatingConnection(raw)).holds_anything():
                raw.execute(b"DROP SCHEMA onrecord CASCADE")


def has_record(place: PostgresAddress) -> bool:
    """Return whether there is a library in a database; whether it can be used is another question.

    Raises:
        LibraryStorageError: If there is no connection.
    """
    with translate_errors(place), closing(connecting.connect(place)) as raw:
        return schema.read_version(raw) is not None


def make_record(place: PostgresAddress, *, encoder_name: str) -> NewPostgresLibrary | None:
    """Make an empty library in a database, in one transaction.

    Args:
        place: The database, which exists.
        encoder_name: The encoder to load for the first article; empty for the default one.

    Returns:
        What was made; None if there is a library already.

    Raises:
        LibraryDamagedError: If it has a schema of that name which is not ours.
        LibraryStorageError: If there is no connection, no right to make it, or no pgvector.
    """
    with translate_errors(place), connecting.writing(place) as raw:
        if schema.read_version(raw) is not None:
            _check_version(place, raw)
            return None
        if raw.info.parameter_status("server_encoding") != "UTF8":
            raise LibraryStorageError(
                place, "the database is not in UTF-8", "make it with ENCODING 'UTF8'"
            )
        if _check_pgvector(place, raw):
            raw.execute(b"CREATE EXTENSION IF NOT EXISTS vector")
        raw.execute(b"CREATE SCHEMA onrecord")
        connecting.prepare(raw)
        schema.migrate(raw, version=0)
        writer = PostgresWriter(TranslatingConnection(raw))
        writer.put_meta("library_id", uuid.uuid4().hex)
        writer.put_meta("encoder_name", encoder_name)
        writer.begin_generation()
    return NewPostgresLibrary(place)


def _check_version(place: PostgresAddress, raw: psycopg.Connection[Any]) -> int:
    """Return the version of the tables, if it is one that can be used."""
    version = schema.read_version(raw)
    if version is None:
        raise LibraryNotFoundError(place)
    if not version:
        raise LibraryDamagedError(place, "its schema 'onrecord' is not one of OnRecord")
    return _check_known_version(place, raw)


def _check_known_version(place: PostgresAddress, raw: psycopg.Connection[Any]) -> int:
    """Return the version of the tables, which were there when the library was opened.

    Another program may have brought them up to date meanwhile, and this one is then too old.
    """
    version = schema.read_known_version(raw)
    if version > schema.current_version():
        raise LibraryVersionError(place, version, schema.current_version())
    return version


def _check_pgvector(place: PostgresAddress, raw: psycopg.Connection[Any]) -> bool:
    """Refuse a server without pgvector; return whether the database has yet to be given it."""
    row = raw.execute(_FIND_PGVECTOR).fetchone()
    oldest = ".".join(map(str, _OLDEST_PGVECTOR))
    if row is None:
        raise LibraryStorageError(
            place, "the server has no pgvector", f"install pgvector {oldest} or newer there"
        )
    if tuple(map(int, row[0].split(".")[:2])) < _OLDEST_PGVECTOR:
        raise LibraryStorageError(
            place,
            f"its pgvector is {row[0]}",
            f"install {oldest} or newer there, and run ALTER EXTENSION vector UPDATE",
        )
    return bool(row[1])


def _count_bytes(raw: psycopg.Connection[Any]) -> int:
    (count,) = raw.execute(_COUNT_BYTES).fetchone() or (0,)
    return int(count)
