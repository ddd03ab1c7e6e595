"""The write lock of a library: one writer at a time, across threads and processes."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.address import describe_command
from index.errors import LibraryBusyError, LibraryStorageError

if TYPE_CHECKING:
    from index.types import LibraryPlace

LOCK_FILE = "write.lock"
HOLDER_FILE = "write.holder"
_POLL_SECONDS = 0.05
_COMMAND_CHARS = 80


@contextmanager
def hold_write_lock(place: LibraryPlace, *, wait_seconds: float) -> Iterator[None]:
    """Hold a library's write lock; the operating system lets go of it when the process ends.

    Args:
        place: The library's folder, which exists, or its database.
        wait_seconds: How long to wait for another writer; 0 to try once.

    Raises:
        LibraryBusyError: If another writer did not finish in time; it names the holder.
        LibraryStorageError: If the folder cannot be written, or does not know locks.
    """
    if not isinstance(place, Path):
        from index.record.postgres import connecting

        with connecting.hold_write_lock(place, wait_seconds=wait_seconds):
            yield
        return
    from filelock import FileLock, Timeout

    folder = place
    lock = FileLock(folder / LOCK_FILE, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
    except Timeout:
        raise LibraryBusyError(folder, _describe_holder(folder)) from None
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


def _describe_holder(folder: Path) -> str:
    """Return who writes, for a message: the command, its process and since when."""
    try:
        holder = json.loads((folder / HOLDER_FILE).read_text("utf-8"))
        command, process, since = (str(holder[key]) for key in ("command", "process", "since"))
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    text = f"'{command}' (process {process}, since {since})"
    return "".join(c if c.isprintable() else "?" for c in text)


def _write_holder(file: Path) -> None:
    command = describe_command()
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
