"""The folder in which a server keeps uploads until they are read.

It is in the temporary directory, and deleted when the server stops; what a killed server left is
deleted by the next one. Gradio makes a folder in it for each content, and a file beside those for
each upload that is still arriving.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_STORED_BYTES = 512 * 1024 * 1024

_PREFIX = "onrecord-uploads-"
_LOCK_FILE = ".lock"
_VARIABLE = "GRADIO_TEMP_DIR"


@contextmanager
def make_upload_folder() -> Iterator[None]:
    """Keep Gradio's uploads in a folder of this user's while the context lasts."""
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        lock = os.open(Path(folder) / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = folder
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
            if before is None:
                os.environ.pop(_VARIABLE, None)
            else:
                os.environ[_VARIABLE] = before


def current_upload_folder() -> Path | None:
    """Return the folder that Gradio uses; None if it was told of none."""
    folder = os.environ.get(_VARIABLE)
    return Path(folder) if folder else None


class UploadFolder:
    """What is stored of uploads.

    Args:
        path: The folder, which may be missing; None where nothing is known of it.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def has_room(self, more: int = 0) -> bool:
        """Return whether so many more bytes may be stored."""
        total = more
        for path in self._path.rglob("*") if self._is_there() and self._path else ():
            with suppress(OSError):
                total += 0 if path.is_dir() else path.lstat().st_size
        return total <= MAX_STORED_BYTES

    def tidy(self, *, is_quiet: bool) -> None:
        """Remove the folders of uploads that were read and deleted.

        Gradio makes a folder for each content and moves the file into it in one step of the event
        loop. Anywhere but on that loop, a folder could be removed in between.

        Args:
            is_quiet: Whether no upload is arriving, so that files of such are of broken ones.
        """
        for path in self._path.iterdir() if self._is_there() and self._path else ():
            with suppress(OSError):  # of a folder that holds a file
                if path.is_dir():
                    path.rmdir()
                elif is_quiet and path.name != _LOCK_FILE:
                    path.unlink()

    def _is_there(self) -> bool:
        return self._path is not None and self._path.is_dir()


def _remove_abandoned() -> None:
    """Delete the folders of servers that were killed; a living one holds the lock of its own."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or folder.lstat().st_uid != os.getuid():
                continue
            lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
        finally:
            os.close(lock)
