"""What an open library holds: its record, its search structure and its encoder.

``index.library`` is what users see; the files that add, remove, edit and encode anew work on
``Holdings``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from index.archive import Archive
from index.encoder_holder import EncoderHolder, check_one_encoder
from index.errors import ArticleNotFoundError
from index.lock import hold_write_lock
from index.shelf import Shelf
from index.story_grouping import fill_missing

if TYPE_CHECKING:
    from index.embed import Embedder

WAIT_SECONDS = 10.0
"""How long a writer waits for another one."""

_T = TypeVar("_T")


class Holdings:
    """The parts of one open library.

    Args:
        path: Its folder.
        embedder: The encoder, or None.
        encoder: The encoder's name or folder, instead of ``embedder``.
        read_only: Never write.

    Attributes:
        path: The folder.
        archive: The record.
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
        self.archive = Archive(path, read_only=read_only)
        self.shelf = Shelf(self.archive, read_only=read_only)
        self.encoders = EncoderHolder(self.archive, embedder=embedder, encoder=encoder)
        try:
            if self.archive.is_unreadable:
                with self.writing(WAIT_SECONDS):
                    pass
            self.encoders.check()
        except BaseException:
            self.archive.close()
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
        self.archive.check_writable()
        with hold_write_lock(self.path, wait_seconds=wait_seconds):
            if self.archive.is_outdated:
                self.archive.upgrade()
            fill_missing(self.archive)
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
