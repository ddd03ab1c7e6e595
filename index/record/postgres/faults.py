"""What PostgreSQL and the network report, as the one-line errors of ``index.errors``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from index.errors import (
    LibraryBusyError,
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryStorageError,
    OnRecordError,
)
from index.record.rows import InconsistentRecordError
from index.time_limit import check_time

if TYPE_CHECKING:
    from index.address import PostgresAddress

_CHECK_ADDRESS = "check the address, as in postgresql://USER@HOST/DATABASE, and that it runs"
_FAULTS: tuple[tuple[type[psycopg.Error], str, str], ...] = (
    (errors.InsufficientPrivilege, "", "let its administrator grant that to this role"),
    (errors.ReadOnlySqlTransaction, "the server only reads, as a standby does", "use the primary"),
    (errors.DiskFull, "the server's disk is full", "free some space there, then repeat"),
    (
        errors.QueryCanceled,
        "the server ended a statement that took too long",
        "raise statement_timeout for this role, then repeat",
    ),
    (
        errors.IdleInTransactionSessionTimeout,
        "the server ended a transaction that took too long",
        "raise idle_in_transaction_session_timeout for this role, then repeat",
    ),
    (
        errors.ProgramLimitExceeded,
        "an address is longer than its indexes hold",
        "leave that page or feed out, then repeat",
    ),
    (errors.TooManyConnections, "", "close some connections, or raise max_connections"),
    (errors.CannotConnectNow, "the server is starting or stopping", "repeat in a moment"),
    (
        errors.SerializationFailure,
        "the server ended a query for the sake of its standby's replay",
        "repeat it",
    ),
)
_LOST = {"", "08", "57"}
"""Classes of what PostgreSQL reports, where its own network, or an administrator, ended something;
without one, the driver found the connection gone."""
_UNWELL = {"53", "58", "F0", "XX"}
"""Classes of a lack of resources, and of failures of system, configuration and server."""


@contextmanager
def translate_errors(place: PostgresAddress) -> Iterator[None]:
    """Turn what psycopg reports into the one-line errors of ``index.errors``."""
    try:
        yield
    except InconsistentRecordError as error:
        raise LibraryDamagedError(place, str(error)) from error
    except psycopg.Error as error:
        if isinstance(error, errors.QueryCanceled):
            check_time()
        raised = _to_error(place, error)
        if raised is None:  # a mistake of ours, not a state of the server
            raise
        raise raised from error


def _to_error(place: PostgresAddress, error: psycopg.Error) -> OnRecordError | None:
    """Return the one-line form of an error; None if it is a mistake of ours."""
    for kind, reason, remedy in _FAULTS:
        if isinstance(error, kind):
            return LibraryStorageError(place, reason or read_line(error), remedy)
    if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
        return LibraryBusyError(place, "another program")
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return LibraryNotFoundError(place)
    kind_of_state = (error.sqlstate or "")[:2]
    if isinstance(error, psycopg.OperationalError) and kind_of_state in _LOST:
        reason = f"the connection was lost: {read_line(error)}"
        return LibraryStorageError(place, reason, "repeat it; what was reported as done is kept")
    if kind_of_state in _UNWELL:
        return LibraryStorageError(place, read_line(error), "see to the server, then repeat")
    return None


def to_connection_error(place: PostgresAddress, error: psycopg.Error) -> OnRecordError:
    """Return the one-line form of why no connection could be made."""
    if error.sqlstate is not None and (known := _to_error(place, error)):
        return known
    said = read_line(error)
    repeated = re.findall(r"[\"']([^\"']+)[\"']", said)
    if any(part in place.url and part not in str(place) for part in repeated):
        # A part of the password, which libpq took for something else.
        said = "the address cannot be read; write special characters of its password as %XX"
    return LibraryStorageError(place, f"it cannot be reached: {said}", _CHECK_ADDRESS)


def read_line(error: psycopg.Error) -> str:
    """Return what PostgreSQL says is wrong, on one line, without the address that libpq repeats."""
    said = error.diag.message_primary or str(error)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    return line.rpartition("FATAL:")[2].strip().rstrip(".")
