"""Connections to PostgreSQL: how they are opened, who writes, and the pool that readers share."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg_pool
from psycopg.types.numeric import NumericBinaryLoader
from psycopg.types.string import StrDumper

from index.address import describe_command
from index.errors import LibraryBusyError, LibraryStorageError
from index.record.postgres.faults import to_connection_error, translate_errors

if TYPE_CHECKING:
    from psycopg.adapt import Buffer

    from index.address import PostgresAddress

CONNECT_SECONDS = 10
BUSY_SECONDS = 10.0
MAX_READERS = 32

_LOCK = 0x4F6E5263
"""The first number of our advisory locks; the second is one of the following."""
_ONE_WRITER, _ONE_TRANSACTION = 1, 2

_NAME_CHARS = 63  # what PostgreSQL keeps of a connection's name
_PREPARE = b"""SELECT set_config('search_path', 'onrecord, ' || coalesce((
    SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
    WHERE extname = 'vector'), 'public'), false)"""
_PROCESS = " #"  # between the command and its process, in a connection's name
_FIND_HOLDER = b"""SELECT coalesce(application_name, ''),
    coalesce(host(client_addr), ''),  -- of other roles nothing is shown
    coalesce(to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), '')
    FROM pg_locks
    JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted
    AND classid = $1 AND objid = $2 AND pg_locks.database =
    (SELECT oid FROM pg_database WHERE datname = current_database())"""

_LOOKS = 5
_PAUSE_SECONDS = 0.05

_WRITERS = threading.local()
"""The connection with which a thread holds the write lock of a library, by address."""


def connect(place: PostgresAddress) -> psycopg.Connection[Any]:
    """Open a connection.

    Raises:
        LibraryStorageError: If that fails; it says why.
    """
    try:
        raw = psycopg.connect(place.url, **_parameters(place))
    except psycopg.Error as error:
        raise to_connection_error(place, error) from None
    with translate_errors(place):
        prepare(raw)
    return raw


def open_pool(place: PostgresAddress) -> psycopg_pool.ConnectionPool[psycopg.Connection[Any]]:
    """Open the connections of readers, which are made as they are needed and checked before use."""
    # What cannot be reached is an error of ours; without a handler, Python would print more lines.
    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
    return psycopg_pool.ConnectionPool(
        place.url,
        kwargs=_parameters(place),
        configure=prepare,
        check=psycopg_pool.ConnectionPool.check_connection,
        min_size=0,
        max_size=MAX_READERS,
        timeout=BUSY_SECONDS,
        open=True,
    )


@contextmanager
def hold_write_lock(place: PostgresAddress, *, wait_seconds: float) -> Iterator[None]:
    """Hold a library's write lock; see ``index.record.write_lock``.

    The server lets go of it when the connection ends. What this thread writes meanwhile goes
    through the same connection, so that nobody writes who has lost the lock without knowing.
    """
    raw = connect(place)
    try:
        with translate_errors(place):
            wait = f"SET lock_timeout = {max(1, round(1000 * wait_seconds))}"
            raw.execute(wait.encode())
            try:
                raw.execute(b"SELECT pg_advisory_lock($1, $2)", [_LOCK, _ONE_WRITER])
            except psycopg.errors.LockNotAvailable:
                raise LibraryBusyError(place, _describe_holder(raw)) from None
            raw.execute(b"RESET lock_timeout")
        held = _WRITERS.__dict__
        held[str(place)] = raw
        try:
            yield
        finally:
            del held[str(place)]
    finally:
        raw.close()


@contextmanager
def writing(place: PostgresAddress) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection in a write transaction, the only one of the library at the moment.

    It is committed if the context ends without an exception.
    """
    held: psycopg.Connection[Any] | None = _WRITERS.__dict__.get(str(place))
    if held is not None and held.broken:
        connect(place).close()  # if that fails, it says why
        raise LibraryStorageError(
            place, "the connection was lost", "repeat it; what was reported as done is kept"
        )
    raw = held or connect(place)
    try:
        # Whatever the server's default: a snapshot of before the lock would not show what others
        # have written until then.
        raw.execute(b"BEGIN ISOLATION LEVEL READ COMMITTED")
        try:
            timeout = f"SET LOCAL lock_timeout = {round(1000 * BUSY_SECONDS)}"
            raw.execute(timeout.encode())
            raw.execute(b"SELECT pg_advisory_xact_lock($1, $2)", [_LOCK, _ONE_TRANSACTION])
            yield raw
            raw.execute(b"COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                raw.execute(b"ROLLBACK")
            raise
    finally:
        if raw is not held:
            raw.close()


def _parameters(place: PostgresAddress) -> dict[str, Any]:
    """Return what we ask of every connection; the address may say otherwise."""
    command = describe_command()
    end = f"{_PROCESS}{os.getpid()}"
    name = "".join(c if c.isascii() and c.isprintable() else "?" for c in command)
    if len(name) + len(end) > _NAME_CHARS:
        name = f"{name[: _NAME_CHARS - len(end) - 3]}..."
    parameters: dict[str, Any] = {
        "autocommit": True,
        "cursor_factory": psycopg.RawCursor,
        "client_encoding": "UTF8",
    }
    given = place.url.partition("?")[2]
    if "connect_timeout=" not in given:
        parameters["connect_timeout"] = CONNECT_SECONDS
    if "application_name=" not in given:
        parameters["application_name"] = name + end
    return parameters


def prepare(raw: psycopg.Connection[Any]) -> None:
    """Let a connection find our tables, and pgvector wherever it is; sums are whole numbers."""
    raw.adapters.register_dumper(str, StrDumper)
    raw.adapters.register_loader("numeric", _WholeLoader)
    raw.execute(_PREPARE)


class _WholeLoader(NumericBinaryLoader):
    """Reads what PostgreSQL makes of a sum of whole numbers."""

    def load(self, data: Buffer) -> int:  # type: ignore[override]
        return int(super().load(data))


def _describe_holder(raw: psycopg.Connection[Any]) -> str:
    """Return who writes, for a message: the command, its process, its machine and since when."""
    for look in range(_LOOKS):  # a busy server may show a holder a moment later
        time.sleep(look and _PAUSE_SECONDS)
        row = raw.execute(_FIND_HOLDER, [_LOCK, _ONE_WRITER]).fetchone()
        if row is not None:
            break
    else:
        return "another process"
    name, machine, since = ("".join(c if c.isprintable() else "?" for c in text) for text in row)
    command, _, process = name.rpartition(_PROCESS)
    told = {"process": process if command else "", "at": machine, "since": since}
    beside = ", ".join(f"{word} {text}" for word, text in told.items() if text)
    return f"'{command or process or 'another program'}'" + (f" ({beside})" if beside else "")
