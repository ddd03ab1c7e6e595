"""An open library: its record, its search structure and its encoder; and how a new one is made.

``index.library`` is what users see; the modules that add, remove, edit and reencode work on
``OpenLibrary``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from index.encoding.encoders import load_embedder
from index.encoding.model_info import (
    DEFAULT_ENCODER,
    MULTILINGUAL_ENCODER,
    has_multilingual,
    suggests_multilingual,
)
from index.errors import (
    ArticleNotFoundError,
    BackupError,
    EncoderError,
    EncoderMismatchError,
    OnRecordError,
)
from index.ledger.store import LEDGER_FILES, Ledger
from index.record.connection_pool import RECORD_FILE
from index.record.database import (
    ENCODER_NAME,
    AnyDatabase,
    Database,
    has_record,
    open_database,
    sync_folder,
)
from index.record.faults import to_storage_error
from index.record.write_lock import LOCK_FILE, hold_write_lock
from index.searching.vector_cache import VECTORS_FILE, VectorCache
from index.stories.grouping import group_ungrouped
from index.types import replace_surrogates

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.record.postgres.database import NewPostgresLibrary
    from index.record.reads import ReadTransaction
    from index.searching.faiss_index import FaissIndex
    from index.searching.server_vectors import ServerStructure, ServerVectors
    from index.searching.term_index import FullText, TermCache
    from index.types import EncoderIdentity, FloatVector, LibraryPlace


WAIT_SECONDS = 10.0
"""How long a writer waits for another one."""

COPY_OF = "copy_of"
"""Setting, while a copy is unfinished: which state of which library it is of."""

TERM_LIMIT = 20_000
"""Largest number of passages for which SQLite finds the words of a question."""

_T = TypeVar("_T")


class OpenLibrary:
    """The parts of one open library.

    Args:
        path: Its folder, or its address.
        embedder: The encoder, or None.
        encoder: The encoder's name or folder, instead of ``embedder``.
        device: What an encoder that is loaded by name encodes articles on.
        read_only: Never write.
        is_copying: Whether an unfinished copy is opened too.

    Attributes:
        path: As given.
        database: The record.
        vector_cache: The search structure.
        encoders: The encoder.
        ledger: Who said what, and whom the articles name.

    It raises what ``Library.open`` raises.
    """

    def __init__(
        self,
        path: LibraryPlace,
        *,
        embedder: Embedder | None,
        encoder: str | None,
        device: str = "auto",
        read_only: bool,
        is_copying: bool = False,
    ) -> None:
        check_one_encoder(embedder, encoder)
        self.path = path
        self.database = open_database(path, read_only=read_only)
        self._read_only = read_only
        self.vector_cache = open_vectors(self.database, read_only=read_only)
        self.ledger = Ledger(self.database, read_only=read_only)
        self.encoders = EncoderHolder(
            self.database, embedder=embedder, encoder=encoder, device=device
        )
        try:
            if self.database.is_unreadable:
                with self.writing(WAIT_SECONDS):
                    pass
            if not is_copying:
                check_finished(self.database)
            self.encoders.check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all files, and forget what is held in memory."""
        self.ledger.close()
        self.database.close()

    @contextmanager
    def writing(self, wait_seconds: float) -> Iterator[None]:
        """Hold the write lock, with the record up to date.

        Args:
            wait_seconds: How long to wait for another writer.

        Raises:
            LibraryBusyError: If it did not finish in time.
            LibraryNotFoundError: If the library no longer exists.
            LibraryStorageError: If the library was opened read-only, or cannot be written.
            ValueError: If it is closed, or ``wait_seconds`` is negative.
        """
        if wait_seconds < 0:
            raise ValueError(f"wait_seconds must not be negative, got {wait_seconds}")
        self.database.check_writable()
        with hold_write_lock(self.path, wait_seconds=wait_seconds):
            if self.database.is_outdated:
                self.database.upgrade()
            group_ungrouped(self.database)
            yield
            self.ledger.follow()

    @cached_property
    def _term_cache(self) -> TermCache:
        from index.searching.term_index import TermCache

        return TermCache(cast("Database", self.database), read_only=self._read_only)

    def find_words(
        self, reader: ReadTransaction, structure: FaissIndex | ServerStructure | None = None
    ) -> ReadTransaction | FullText:
        """Return what finds words: the record, or in a large folder an index of our own.

        Args:
            reader: One state of the record.
            structure: The search structure of that state, if it is at hand.
        """
        if not isinstance(self.vector_cache, VectorCache):
            return reader
        structure = cast("FaissIndex | None", structure)
        if structure is None and reader.has_many_passages(TERM_LIMIT):
            structure = self.vector_cache.get_structure(reader)
        if structure is None or structure.size <= TERM_LIMIT:
            return reader
        return self._term_cache.read(reader, structure.ids) or reader

    def publish(self, *, anew: bool = False) -> None:
        """Bring what is searched up to date with the record; the caller holds the write lock.

        Args:
            anew: Whether no word and no vector of what was removed may be left.
        """
        self.vector_cache.publish(anew=anew)
        if not isinstance(self.vector_cache, VectorCache):
            return
        if anew:
            self._term_cache.discard()
        with self.database.reading() as reader:
            if reader.has_many_passages(TERM_LIMIT):
                self._term_cache.follow(reader)


def open_vectors(database: AnyDatabase, *, read_only: bool) -> VectorCache | ServerVectors:
    """Return what searches the vectors of a library; see ``VectorCache``."""
    if isinstance(database, Database):
        return VectorCache(database, read_only=read_only)
    from index.searching.server_vectors import ServerVectors

    return ServerVectors()


def check_finished(database: AnyDatabase) -> None:
    """Refuse a copy that was interrupted, which has a part of the articles.

    Raises:
        BackupError: If it is one.
    """
    with database.reading() as reader:
        is_unfinished = reader.meta(COPY_OF) is not None
    if is_unfinished:
        raise BackupError(
            f"'{database.place}' is an unfinished copy of a library",
            "give the same 'onrecord copy' again",
        )


def find_article(place: LibraryPlace, look_up: Callable[[str], _T | None], article_id: str) -> _T:
    """Return what the library stores under an id.

    Args:
        place: The library, for the message.
        look_up: Returns what is stored under an id, or None.
        article_id: The id.

    Raises:
        ArticleNotFoundError: If nothing is stored under it.
        TypeError: If the id is not a string.
    """
    if not isinstance(article_id, str):
        raise TypeError(f"an article's id is a string, not {type(article_id).__name__}")
    try:
        found = look_up(article_id)
    except UnicodeEncodeError:
        found = None
    if found is None:
        shown = article_id.encode("utf-8", "backslashreplace").decode("utf-8")
        raise ArticleNotFoundError(place, shown)
    return found


_RECORD_FILES = (RECORD_FILE, *(f"{RECORD_FILE}{end}" for end in ("-wal", "-shm", "-journal")))


@dataclass(frozen=True, slots=True)
class NewLibrary:
    """What was created on the disk to make a library.

    Attributes:
        folder: The library.
        folders: The folders created for it, its own included; the innermost first.
        had_lock: Whether there was a lock file before.
    """

    folder: Path
    folders: tuple[Path, ...]
    had_lock: bool

    def discard_if_empty(self) -> None:
        """Delete the library, unless somebody has put something into it meanwhile.

        Others that have it open find that it is gone: every transaction checks the record.
        """
        with suppress(OnRecordError, OSError), hold_write_lock(self.folder, wait_seconds=0):
            if _is_empty(self.folder):
                for name in (VECTORS_FILE, *LEDGER_FILES, *_RECORD_FILES):
                    (self.folder / name).unlink(missing_ok=True)
                if not self.had_lock:
                    (self.folder / LOCK_FILE).unlink(missing_ok=True)
        _remove_folders(self.folders)


def make_record(
    place: LibraryPlace, *, encoder_name: str | None
) -> NewLibrary | NewPostgresLibrary | None:
    """Make an empty library in a folder, or in a database.

    Args:
        place: The folder, made if missing, or the address of a database, which exists.
        encoder_name: Its encoder; None for the default one.

    Returns:
        What was made; None if there is a library already, which is left unchanged.

    Raises:
        LibraryBusyError: If another process is writing there.
        LibraryStorageError: If the folder cannot be written.
    """
    if not isinstance(place, Path):
        from index.record.postgres import database

        return database.make_record(place, encoder_name=encoder_name or "")
    folder = place
    try:
        absent = [each for each in (folder, *folder.parents) if not each.exists()]
        made = NewLibrary(folder, tuple(absent), (folder / LOCK_FILE).exists())
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise to_storage_error(folder, error) from error
    try:
        with hold_write_lock(folder, wait_seconds=WAIT_SECONDS):
            if has_record(folder):
                return None
            with suppress(OSError):  # some file systems sync no folders
                sync_folder(folder.parent)
            Database.create(folder, encoder_name=encoder_name or "")
    except BaseException:
        made.discard_if_empty()
        raise
    return made


def _is_empty(folder: Path) -> bool:
    """Return whether a folder has no record, or one with nothing from a user."""
    if not has_record(folder):
        return True
    with closing(Database(folder)) as database, database.reading() as reader:
        return not reader.holds_anything()


def _remove_folders(folders: tuple[Path, ...]) -> None:
    """Remove those folders that are empty, the innermost first."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


GRAPH_FOLDER = "encoder"
"""Subfolder of the library for the encoder's question graph, which is derived."""

_log = logging.getLogger("onrecord")


class EncoderHolder:
    """The encoder of one library, shared by its threads and loaded when first needed.

    Args:
        database: The record, which names the encoder that made the vectors.
        embedder: The encoder, or None.
        encoder: Its name or folder, instead of ``embedder``; without either, the record names it.
        device: What one that is loaded by name encodes articles on.
    """

    def __init__(
        self,
        database: AnyDatabase,
        *,
        embedder: Embedder | None,
        encoder: str | None,
        device: str = "auto",
    ) -> None:
        self._database = database
        self._name = encoder
        self._device = device
        self._embedder = embedder
        self._is_chosen = embedder is not None or encoder is not None
        self._lock = threading.Lock()

    @property
    def identity(self) -> EncoderIdentity | None:
        """The encoder that made the vectors; None if nothing has been added yet."""
        with self._database.reading() as reader:
            active = reader.encoder()
        return None if active is None else active[1]

    def check(self) -> None:
        """Check a given encoder, without loading anything.

        Raises:
            EncoderMismatchError: If it did not make the vectors.
        """
        active = self.identity
        if self._embedder is not None and active is not None:
            self._check_identity(active, self._embedder)

    def get(self, active: EncoderIdentity | None, languages: Sequence[str] = ()) -> Embedder:
        """Return the encoder that made the vectors, even after another process has reencoded.

        Args:
            active: The encoder that the record names.
            languages: Of the first articles; while neither the record nor anybody names an
                encoder, they decide which it is.

        Raises:
            EncoderError: If it cannot be loaded.
            EncoderMismatchError: If another one was chosen.
        """
        with self._lock:
            if active is None and not self._is_chosen and self._wants_multilingual(languages):
                self._embedder = self.load(MULTILINGUAL_ENCODER)
            if self._embedder is None:
                self._embedder = self.load(self._name or self._stored_name(active))
            elif active is not None and not self._is_chosen and self._embedder.identity != active:
                self._embedder = self.load(active.name)
            if active is not None:
                self._check_identity(active, self._embedder)
            return self._embedder

    def load(self, name: str) -> Embedder:
        """Load an encoder that can keep its question graph in the library.

        Raises:
            EncoderError: If it cannot be loaded.
        """
        return load_embedder(
            name, graph_folder=self._database.folder / GRAPH_FOLDER, device=self._device
        )

    def use(self, embedder: Embedder, *, is_named: bool) -> None:
        """Switch to another encoder, which has already made the vectors.

        Args:
            embedder: The encoder.
            is_named: Whether it was loaded by name; another process may then replace it.
        """
        with self._lock:
            self._embedder, self._is_chosen, self._name = embedder, not is_named, None

    def embed_query(self, active: EncoderIdentity, text: str) -> FloatVector:
        """Return the vector of a question, float32, shape (dim,).

        Raises:
            EncoderError: If the encoder cannot be loaded, is not the one that made the vectors,
                or returns something that is not a vector.
        """
        embedder = self.get(active)
        vector = np.asarray(embedder.embed_query(replace_surrogates(text)), dtype=np.float32)
        if vector.shape != (embedder.identity.dim,) or not np.isfinite(vector).all():
            raise EncoderError(
                f"encoder {embedder.identity} gave no usable vector for the question;"
                " choose another with --encoder"
            )
        return vector

    def export_graph(self) -> None:
        """Let the encoder, if it can, store a graph that makes questions fast."""
        export = getattr(self._embedder, "export_graph", None)
        if export is None:
            return
        try:
            export()
        except ValueError:
            _log.debug("the encoder was given no folder to keep its question graph in")
        except OSError as error:
            _log.warning(
                "the question graph was not saved (%s), so asking is slower", error.strerror
            )

    def _stored_name(self, active: EncoderIdentity | None) -> str:
        if active is not None:
            return active.name
        return self._named() or DEFAULT_ENCODER

    def _named(self) -> str:
        """Return the encoder that was named when the library was made; empty for none."""
        with self._database.reading() as reader:
            return reader.meta(ENCODER_NAME) or ""

    def _wants_multilingual(self, languages: Sequence[str]) -> bool:
        return suggests_multilingual(languages) and has_multilingual() and not self._named()

    def _check_identity(self, active: EncoderIdentity, embedder: Embedder) -> None:
        if embedder.identity != active:
            place = self._database.place
            raise EncoderMismatchError(place, str(active), str(embedder.identity))


def check_one_encoder(embedder: Embedder | None, encoder: str | None) -> None:
    """Refuse an encoder that is given twice.

    Raises:
        ValueError: If both an embedder and a name are given.
    """
    if embedder is not None and encoder is not None:
        raise ValueError("give an embedder or the name of an encoder, not both")
