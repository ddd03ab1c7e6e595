"""An open library: its record, its vectors and its encoder; and how an empty one is made.

``index.library`` is what users see; the files that add, remove, edit and encode anew work on
``OpenLibrary``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from index.encoding.library_encoder import EncoderHolder, check_one_encoder
from index.encoding.weights import DEFAULT_ENCODER
from index.errors import ArticleNotFoundError, OnRecordError
from index.record.database import RECORD_FILE, Database, has_record, sync_folder, to_storage_error
from index.record.lock import LOCK_FILE, hold_write_lock
from index.searching.vector_cache import VECTORS_FILE, VectorCache
from index.stories.grouping import fill_missing

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder


WAIT_SECONDS = 10.0
"""How long a writer waits for another one."""

_T = TypeVar("_T")


class OpenLibrary:
    """The parts of one open library.

    Args:
        path: Its folder.
        embedder: The encoder, or None.
        encoder: The encoder's name or folder, instead of ``embedder``.
        read_only: Never write.

    Attributes:
        path: The folder.
        database: The record.
        shelf: The search structure.
        encoders: The encoder.

    Raises:
        LibraryNotFoundError: If there is no library.
        LibraryDamagedError: If what is there cannot be read as one.
        LibraryVersionError: If a newer program made it.
        LibraryStorageError: If it cannot be read.
        EncoderMismatchError: If ``embedder`` did not make its vectors.
        ValueError: If both ``embedder`` and ``encoder`` are given.
    """

    def __init__(
        self, path: Path, *, embedder: Embedder | None, encoder: str | None, read_only: bool
    ) -> None:
        check_one_encoder(embedder, encoder)
        self.path = path
        self.database = Database(path, read_only=read_only)
        self.vector_cache = VectorCache(self.database, read_only=read_only)
        self.encoders = EncoderHolder(self.database, embedder=embedder, encoder=encoder)
        try:
            if self.database.is_unreadable:
                with self.writing(WAIT_SECONDS):
                    pass
            self.encoders.check()
        except BaseException:
            self.database.close()
            raise

    @contextmanager
    def writing(self, wait_seconds: float) -> Iterator[None]:
        """Hold the write lock, with the record up to date.

        Args:
            wait_seconds: How long to wait for another writer.

        Raises:
            LibraryBusyError: If it did not finish in time.
            LibraryNotFoundError: If the library has gone.
            LibraryStorageError: If the library was opened read-only, or cannot be written.
            ValueError: If it is closed, or ``wait_seconds`` is negative.
        """
        if wait_seconds < 0:
            raise ValueError(f"wait_seconds must not be negative, got {wait_seconds}")
        self.database.check_writable()
        with hold_write_lock(self.path, wait_seconds=wait_seconds):
            if self.database.is_outdated:
                self.database.upgrade()
            fill_missing(self.database)
            yield


def find_article(folder: Path, look_up: Callable[[str], _T | None], article_id: str) -> _T:
    """Return what is known under an id.

    Args:
        folder: The library, for the message.
        look_up: Returns what is known under an id, or None.
        article_id: The id.

    Raises:
        ArticleNotFoundError: If that is nothing.
        TypeError: If the id is no string.
    """
    if not isinstance(article_id, str):
        raise TypeError(f"an article's id is a string, not {type(article_id).__name__}")
    try:
        found = look_up(article_id)
    except UnicodeEncodeError:
        found = None
    if found is None:
        shown = article_id.encode("utf-8", "backslashreplace").decode("utf-8")
        raise ArticleNotFoundError(folder, shown)
    return found


_WAIT_SECONDS = 10.0
_KEPT_TABLES = ("articles", "editions", "edits", "feedback", "feeds", "removals")
_RECORD_FILES = (RECORD_FILE, *(f"{RECORD_FILE}{end}" for end in ("-wal", "-shm", "-journal")))


@dataclass(frozen=True, slots=True)
class NewLibrary:
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


def make_record(folder: Path, *, encoder_name: str | None) -> NewLibrary | None:
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
        made = NewLibrary(folder, tuple(absent), (folder / LOCK_FILE).exists())
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise to_storage_error(folder, error) from error
    try:
        with hold_write_lock(folder, wait_seconds=_WAIT_SECONDS):
            if has_record(folder):
                return None
            with suppress(OSError):  # some file systems sync no folders
                sync_folder(folder.parent)
            Database.create(folder, encoder_name=encoder_name or DEFAULT_ENCODER)
    except BaseException:
        made.discard_if_empty()
        raise
    return made


def _is_empty(folder: Path) -> bool:
    """Return whether a folder has no record, or one that nothing was put into."""
    if not has_record(folder):
        return True
    with closing(Database(folder)) as database, database.reading() as reader:
        return not any(
            reader.connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608
            for table in _KEPT_TABLES
        )


def _remove_folders(folders: tuple[Path, ...]) -> None:
    """Remove folders that are empty, the innermost first."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
