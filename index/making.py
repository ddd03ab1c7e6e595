"""Making an empty library, and taking it away again where nothing was put into it."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from index.archive import RECORD_FILE, Archive, has_record, sync_folder
from index.encoder_weights import DEFAULT_ENCODER
from index.errors import OnRecordError
from index.lock import LOCK_FILE, hold_write_lock
from index.publish import VECTORS_FILE
from index.storage_errors import to_storage_error

_WAIT_SECONDS = 10.0
_KEPT_TABLES = ("articles", "editions", "edits", "feedback", "feeds", "removals")
_RECORD_FILES = (RECORD_FILE, *(f"{RECORD_FILE}{end}" for end in ("-wal", "-shm", "-journal")))


@dataclass(frozen=True, slots=True)
class Made:
    """What making a library put on the disk.

    Attributes:
        folder: The library.
        folders: It and those above it, as far as they were made for it; the innermost first.
        had_lock: Whether there was a file of a lock before.
    """

    folder: Path
    folders: tuple[Path, ...]
    had_lock: bool

    def discard_if_empty(self) -> None:
        """Take the library away again, unless somebody has put something into it meanwhile.

        Whoever has it open then finds that it is gone: every transaction opens the record anew.
        """
        with suppress(OnRecordError, OSError), hold_write_lock(self.folder, wait_seconds=0):
            if _is_empty(self.folder):
                for name in (VECTORS_FILE, *_RECORD_FILES):
                    (self.folder / name).unlink(missing_ok=True)
                if not self.had_lock:
                    (self.folder / LOCK_FILE).unlink(missing_ok=True)
        _remove_folders(self.folders)


def make_record(folder: Path, *, encoder_name: str | None) -> Made | None:
    """Make an empty library in a folder.

    Args:
        folder: The folder; made if missing.
        encoder_name: The encoder that it is to have; None for the default one.

    Returns:
        What was made; None where there is a library already, which stays as it is.

    Raises:
        LibraryBusyError: If another process is writing there.
        LibraryStorageError: If the folder cannot be written.
    """
    try:
        absent = [place for place in (folder, *folder.parents) if not place.exists()]
        made = Made(folder, tuple(absent), (folder / LOCK_FILE).exists())
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise to_storage_error(folder, error) from error
    try:
        with hold_write_lock(folder, wait_seconds=_WAIT_SECONDS):
            if has_record(folder):
                return None
            with suppress(OSError):  # some file systems sync no folders
                sync_folder(folder.parent)
            Archive.create(folder, encoder_name=encoder_name or DEFAULT_ENCODER)
    except BaseException:
        made.discard_if_empty()
        raise
    return made


def _is_empty(folder: Path) -> bool:
    """Return whether a folder has no record, or one that nothing was put into."""
    if not has_record(folder):
        return True
    with closing(Archive(folder)) as archive, archive.reading() as reader:
        return not any(
            reader.connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608
            for table in _KEPT_TABLES
        )


def _remove_folders(folders: tuple[Path, ...]) -> None:
    """Remove folders that are empty, the innermost first."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
