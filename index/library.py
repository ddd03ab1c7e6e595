"""``Library``: the folder of articles that users add to, search and cite from."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from index import removals
from index.archive import ENCODER_NAME, RECORD_FILE, Archive, sync_folder, to_storage_error
from index.browse import (
    Page,
    Period,
    Tally,
    browse_articles,
    count_outlets,
    tally_articles,
)
from index.embed import DEFAULT_ENCODER, load_embedder
from index.encode import BATCH_PASSAGES, encode_missing
from index.errors import (
    ArticleNotFoundError,
    EncoderError,
    EncoderMismatchError,
    LibraryStorageError,
    RemovalNotFoundError,
)
from index.feedback import FeedbackStore
from index.ingest import Addable, Ingest
from index.lock import hold_write_lock
from index.search import search_passages
from index.shelf import Shelf
from index.types import (
    AddProgress,
    AddReport,
    Article,
    EncoderIdentity,
    Filter,
    Hit,
    Passage,
    Sentence,
    Skip,
)

if TYPE_CHECKING:
    from index.embed import Embedder
    from index.rows import ArticleSummary, LibraryStatistics
    from index.types import FloatVector

GRAPH_FOLDER = "encoder"
"""Where the encoder keeps what makes its questions fast; derived."""

WAIT_SECONDS = 10.0
"""How long a writer waits for another one."""

_log = logging.getLogger("onrecord")
_T = TypeVar("_T")
_NO_FILTER = Filter()


class Library:
    """Articles, their passages and vectors, in a folder.

    Made by ``Library.open``, ``Library.create`` or ``Library.open_or_create``. May be used by
    several threads at once; other processes may read, and add, at the same time. A context
    manager: ``with Library.open(path) as library``.

    Any method raises ``LibraryDamagedError`` or ``LibraryStorageError`` if the record turns out
    to be inconsistent or cannot be read, and ``ValueError`` once the library is closed.

    Attributes:
        path: Its folder.
        feedback: What readers made of answers.
    """

    def __init__(
        self,
        path: Path,
        archive: Archive,
        *,
        embedder: Embedder | None,
        encoder: str | None,
        read_only: bool,
    ) -> None:
        self.path = path
        self._archive = archive
        self._shelf = Shelf(archive, read_only=read_only)
        self._encoder_name = encoder
        self._embedder = embedder
        self._is_chosen = embedder is not None or encoder is not None
        self._embedder_lock = threading.Lock()
        self.feedback = FeedbackStore(archive, lambda: self._writing(WAIT_SECONDS))

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        embedder: Embedder | None = None,
        encoder: str | None = None,
        read_only: bool = False,
    ) -> Library:
        """Open the library in a folder.

        Args:
            path: The folder.
            embedder: The encoder; by default the one that made the library, loaded by its name
                when it is first needed.
            encoder: The encoder's name or folder, instead of ``embedder``.
            read_only: Never write into the folder.

        Raises:
            LibraryNotFoundError: If there is no library.
            LibraryDamagedError: If what is there cannot be read as one.
            LibraryVersionError: If a newer program made it.
            LibraryStorageError: If it cannot be read.
            EncoderMismatchError: If ``embedder`` did not make its vectors. A name is checked
                when the encoder is first needed.
            ValueError: If both ``embedder`` and ``encoder`` are given.
        """
        _check_one_encoder(embedder, encoder)
        folder = Path(path)
        library = cls(
            folder,
            Archive(folder, read_only=read_only),
            embedder=embedder,
            encoder=encoder,
            read_only=read_only,
        )
        try:
            library._prepare()
        except BaseException:
            library.close()
            raise
        return library

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        embedder: Embedder | None = None,
        encoder: str | None = None,
        exist_ok: bool = False,
    ) -> Library:
        """Make an empty library in a folder, and open it.

        Args:
            path: The folder; made if missing.
            embedder: The encoder.
            encoder: The encoder's name or folder, instead of ``embedder``; by default
                ``all-MiniLM-L6-v2``. It is loaded when it is first needed.
            exist_ok: Open a library that is there already.

        Raises:
            LibraryBusyError: If another process is writing there.
            LibraryStorageError: If the folder cannot be written.
            ValueError: If there is a library and ``exist_ok`` is false, or both ``embedder``
                and ``encoder`` are given.
        """
        _check_one_encoder(embedder, encoder)
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise LibraryStorageError(
                folder, "it is a file, not a folder", "choose another with --library"
            ) from None
        except OSError as error:
            raise to_storage_error(folder, error) from error
        with hold_write_lock(folder, wait_seconds=WAIT_SECONDS):
            is_new = not (folder / RECORD_FILE).exists()
            if not is_new and not exist_ok:
                raise ValueError(f"there is a library at '{folder}' already; use Library.open")
            if is_new:
                with suppress(OSError):  # some file systems sync no folders
                    sync_folder(folder.parent)
                name = encoder if embedder is None else embedder.identity.name
                Archive.create(folder, encoder_name=name or DEFAULT_ENCODER)
        return cls.open(folder, embedder=embedder, encoder=encoder)

    @classmethod
    def open_or_create(
        cls, path: str | Path, *, embedder: Embedder | None = None, encoder: str | None = None
    ) -> Library:
        """Open the library in a folder, or make one; see ``open`` and ``create``."""
        if (Path(path) / RECORD_FILE).exists():
            return cls.open(path, embedder=embedder, encoder=encoder)
        return cls.create(path, embedder=embedder, encoder=encoder, exist_ok=True)

    def close(self) -> None:
        """Let go of all files."""
        self._archive.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def encoder(self) -> EncoderIdentity | None:
        """The encoder that made the vectors; None while nothing was added."""
        with self._archive.reading() as reader:
            active = reader.encoder()
        return None if active is None else active[1]

    @property
    def embedder(self) -> Embedder:
        """The encoder itself, loaded if need be.

        Raises:
            EncoderError: If it cannot be loaded.
            EncoderMismatchError: If it is not the one that made the vectors.
        """
        return self._embedder_for(self.encoder)

    def add(
        self,
        articles: Addable | Iterable[Addable],
        *,
        replace: bool = False,
        progress: Callable[[AddProgress], None] | None = None,
        batch_passages: int = BATCH_PASSAGES,
        wait_seconds: float = WAIT_SECONDS,
    ) -> AddReport:
        """Add articles, replacing those whose content has changed.

        Articles that are there as they are cost no encoding. Every batch is committed as a
        whole; an exception, Ctrl-C included, loses the batch in hand and keeps the others.

        Args:
            articles: Files, folders, ``Article``s, or a mixture; taken one by one.
            replace: Let an article take the place of one that came from another file under the
                same id. Without it, such an article is skipped.
            progress: Called after each batch.
            batch_passages: Passages to a batch, at least 1.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was added, replaced, unchanged, and skipped with the reason.

        Raises:
            LibraryBusyError: If another writer did not finish in time.
            LibraryStorageError: If the disk is full, read-only or failing.
            EncoderError: If the encoder cannot be loaded, or is not the library's.
            TypeError: If an item is neither a path nor an article.
        """
        items = _to_items(articles)
        ingest = Ingest(
            self._archive,
            lambda: self.embedder,
            batch_passages=batch_passages,
            replace=replace,
            total=_count_articles(items) if progress else None,
            progress=progress,
        )
        with self._writing(wait_seconds):
            try:
                report = ingest.run(items)
            finally:
                if ingest.has_committed:
                    self._shelf.publish()
            # Again where an earlier export was cut off; the model is loaded by now.
            lacks_graph = bool(report.passages) and not (self.path / GRAPH_FOLDER).exists()
            if ingest.has_pinned_encoder or lacks_graph:
                self._export_graph()
        return report

    def remove(
        self, article_ids: str | Iterable[str], *, wait_seconds: float = WAIT_SECONDS
    ) -> tuple[Article, ...]:
        """Remove articles for good, all or none; ``set_aside`` is the one that can be undone.

        Args:
            article_ids: One id or several.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was removed; ``add`` puts it back.

        Raises:
            ArticleNotFoundError: If an id is unknown; nothing is removed then.
            LibraryBusyError: If another writer did not finish in time.
            LibraryStorageError: If the disk is full, read-only or failing.
        """
        ids = [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
        if not ids:
            return ()
        with self._writing(wait_seconds):
            with self._archive.writing() as writer:
                # Unverified, so that a damaged article can be removed too.
                look_up = partial(writer.article, verify=False)
                removed = tuple(_find(look_up, article_id) for article_id in ids)
                has_removals = writer.has_table("removals")
                for article_id in ids:
                    writer.delete_article(article_id)
                    if has_removals:
                        removals.forget_article(writer, article_id)
            self._shelf.publish()
        return removed

    def set_aside(
        self, article_ids: str | Iterable[str], *, wait_seconds: float = WAIT_SECONDS
    ) -> removals.Removal:
        """Remove articles, all or none, so that ``restore`` can put them back.

        They are kept, with their vectors, until 20 further removals have been made.

        Args:
            article_ids: One id or several.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was removed.

        Raises:
            ArticleNotFoundError: If an id is unknown; nothing is removed then.
            LibraryBusyError: If another writer did not finish in time.
            LibraryStorageError: If the disk is full, read-only or failing.
            ValueError: If no id is given.
        """
        ids = [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
        if not ids:
            raise ValueError("no article to remove")
        with self._writing(wait_seconds):
            with self._archive.writing() as writer:
                for article_id in ids:
                    _find(writer.known, article_id)
                removals.set_aside(writer, ids)
                removal = removals.find_removals(writer)[0]
            self._shelf.publish()
        return removal

    def restore(
        self, removal_id: int | None = None, *, wait_seconds: float = WAIT_SECONDS
    ) -> AddReport:
        """Put articles back that were set aside, as they were.

        Args:
            removal_id: The removal to undo; the newest when None.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was added, and skipped where another article has taken an id since.

        Raises:
            LibraryBusyError: If another writer did not finish in time.
            LibraryStorageError: If the disk is full, read-only or failing.
            EncoderError: If the library was encoded anew since and the encoder cannot be loaded.
            RemovalNotFoundError: If there is nothing to undo.
        """
        with self._writing(wait_seconds):
            with self._archive.writing() as writer:
                found = [r.removal_id for r in removals.find_removals(writer)]
                if not found or (removal_id is not None and removal_id not in found):
                    raise RemovalNotFoundError(self.path)
                removal_id = found[0] if removal_id is None else removal_id
                done = removals.put_back(writer, removal_id)
            if done.restored:
                self._shelf.publish()
        added = AddReport()
        if done.unencoded:  # rare, and it may take a while: a later repetition finishes it
            added = self.add(done.unencoded, wait_seconds=wait_seconds)
            with self._writing(wait_seconds), self._archive.writing() as writer:
                for article_id in added.added + added.unchanged:
                    removals.forget_article(writer, article_id, removal_id=removal_id)
        taken = tuple(Skip(name, "another article has taken this id since") for name in done.taken)
        return AddReport(
            added=done.restored + added.added,
            unchanged=added.unchanged,
            skipped=taken + added.skipped,
            passages=added.passages,
            seconds=added.seconds,
        )

    def removals(self) -> tuple[removals.Removal, ...]:
        """Return the removals that ``restore`` can undo, the newest first."""
        with self._archive.reading() as reader:
            return removals.find_removals(reader)

    def forget_removals(self, *, wait_seconds: float = WAIT_SECONDS) -> int:
        """Delete for good what was set aside; return how many articles that were.

        Raises:
            LibraryBusyError: If another writer did not finish in time.
            LibraryStorageError: If the disk is full, read-only or failing.
        """
        with self._writing(wait_seconds), self._archive.writing() as writer:
            return removals.forget_all(writer)

    def get(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            ArticleNotFoundError: If the id is unknown.
        """
        with self._archive.reading() as reader:
            return _find(reader.article, article_id)

    def articles(self, only: Filter = _NO_FILTER) -> Iterator[ArticleSummary]:
        """Yield all articles, without their text, in the order in which they were added.

        Args:
            only: What they must satisfy.
        """
        with self._archive.reading() as reader:
            yield from reader.summaries(only)

    def browse(
        self, only: Filter = _NO_FILTER, words: str = "", *, offset: int = 0, limit: int = 50
    ) -> Page:
        """Return a page of the articles, the newest first; see ``index.browse``.

        Args:
            only: What they must satisfy.
            words: Words that title or text must hold; blank for all.
            offset: How many to leave out.
            limit: How many to return at most.

        Raises:
            ValueError: If ``offset`` or ``limit`` is negative.
        """
        if offset < 0 or limit < 0:
            raise ValueError(f"offset and limit must not be negative, got {offset} and {limit}")
        with self._archive.reading() as reader:
            return browse_articles(reader, only, words, offset=offset, limit=limit)

    def tally(self, only: Filter = _NO_FILTER, words: str = "", *, period: Period) -> list[Tally]:
        """Count the articles by outlet and period; see ``browse`` for what is counted."""
        with self._archive.reading() as reader:
            return tally_articles(reader, only, words, period=period)

    def outlets(self) -> list[tuple[str, int]]:
        """Return the outlets and how many articles each has, the largest first."""
        with self._archive.reading() as reader:
            return count_outlets(reader)

    def passages(self, article_id: str) -> tuple[Passage, ...]:
        """Return the passages of an article, in order.

        Raises:
            ArticleNotFoundError: If the id is unknown.
        """
        with self._archive.reading() as reader:
            return reader.passages(_find(reader.article, article_id))

    def sentences(self, article_id: str) -> tuple[Sentence, ...]:
        """Return the sentences of an article, in order, each once.

        Raises:
            ArticleNotFoundError: If the id is unknown.
        """
        found = {s.start: s for passage in self.passages(article_id) for s in passage.sentences}
        return tuple(found.values())

    def search(self, query: str, k: int = 10, *, only: Filter = _NO_FILTER) -> tuple[Hit, ...]:
        """Return the passages that speak most to a question, best first.

        Candidates come from the vectors and from full-text search; near-identical passages of
        other articles are folded into the best of them.

        Args:
            query: The question, not blank.
            k: How many passages, at least 1.
            only: What their articles must satisfy; applied before ranking.

        Returns:
            At most ``k`` hits. All of one state of the library, whatever is added meanwhile.

        Raises:
            EncoderError: If the encoder cannot be loaded, or is not the library's.
            ValueError: If ``query`` is blank or ``k`` is less than 1.
        """
        if not query.strip():
            raise ValueError("the query is blank")
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        text = query.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no text
        with self._archive.reading() as reader:
            structure = self._shelf.structure_for(reader)
            active = reader.encoder()
            if structure is None or active is None or not structure.size:
                return ()
            encoder_id, identity = active
            vector = _embed_query(self._embedder_for(identity), text)
            return search_passages(reader, structure, encoder_id, text, vector, k=k, only=only)

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Return for each term in how many passages it, or an inflection of it, occurs."""
        with self._archive.reading() as reader:
            return reader.document_frequencies(list(terms))

    def count_passages(self) -> int:
        """Return how many passages there are; quicker than ``statistics``."""
        with self._archive.reading() as reader:
            return reader.count_passages()

    def statistics(self) -> LibraryStatistics:
        """Count what there is."""
        with self._archive.reading() as reader:
            return reader.statistics()

    def reencode(
        self,
        embedder: Embedder | str,
        *,
        progress: Callable[[int, int], None] | None = None,
        batch_passages: int = BATCH_PASSAGES,
        wait_seconds: float = WAIT_SECONDS,
    ) -> int:
        """Encode everything anew with another encoder, and search with that one from then on.

        New vectors are committed batch by batch beside the old ones, which stay in use until
        all are there; after an interruption, a repetition goes on where it ended.

        Args:
            embedder: The encoder, or its name.
            progress: Called after each batch with the passages done and expected.
            batch_passages: Passages to a batch.
            wait_seconds: How long to wait for another writer.

        Returns:
            How many passages were encoded; 0 where the encoder is in use already.

        Raises:
            EncoderError: If the encoder cannot be loaded or gives vectors that are none.
            LibraryBusyError: If another writer did not finish in time.
            LibraryStorageError: If the disk is full, read-only or failing.
        """
        is_named = isinstance(embedder, str)
        if isinstance(embedder, str):
            embedder = self._load(embedder)
        identity = embedder.identity
        with self._writing(wait_seconds):
            done = 0
            if self.encoder != identity:
                with self._archive.writing() as writer:
                    encoder_id = writer.put_encoder(identity)
                done = encode_missing(
                    self._archive,
                    embedder,
                    encoder_id,
                    batch_passages=batch_passages,
                    progress=progress,
                )
                with self._archive.writing() as writer:
                    writer.activate_encoder(encoder_id)
            with self._embedder_lock:
                self._embedder, self._is_chosen, self._encoder_name = embedder, not is_named, None
            self._export_graph()
            self._shelf.publish()
        return done

    def _prepare(self) -> None:
        if self._archive.is_unreadable:
            with self._writing(WAIT_SECONDS):
                pass
        active = self.encoder
        if self._embedder is not None and active is not None:
            _check_identity(self.path, active, self._embedder)

    @contextmanager
    def _writing(self, wait_seconds: float) -> Iterator[None]:
        if wait_seconds < 0:
            raise ValueError(f"wait_seconds must not be negative, got {wait_seconds}")
        self._archive.check_writable()
        with hold_write_lock(self.path, wait_seconds=wait_seconds):
            if self._archive.is_outdated:
                self._archive.upgrade()
            yield

    def _embedder_for(self, active: EncoderIdentity | None) -> Embedder:
        """Return the encoder that made the vectors, following another process's reencode."""
        with self._embedder_lock:
            if self._embedder is None:
                self._embedder = self._load(self._encoder_name or self._stored_name(active))
            elif active is not None and not self._is_chosen and self._embedder.identity != active:
                self._embedder = self._load(active.name)
            if active is not None:
                _check_identity(self.path, active, self._embedder)
            return self._embedder

    def _stored_name(self, active: EncoderIdentity | None) -> str:
        if active is not None:
            return active.name
        with self._archive.reading() as reader:
            return reader.meta(ENCODER_NAME) or DEFAULT_ENCODER

    def _load(self, name: str) -> Embedder:
        return load_embedder(name, graph_folder=self.path / GRAPH_FOLDER)

    def _export_graph(self) -> None:
        """Let an encoder that can keep what makes its questions fast."""
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


def _to_items(articles: Addable | Iterable[Addable]) -> Iterable[Addable]:
    return [articles] if isinstance(articles, str | Path | Article | Skip) else articles


def _count_articles(items: Iterable[Addable]) -> int | None:
    """Return about how many articles to expect; None where that would use them up."""
    if not isinstance(items, Sequence):
        return None
    paths = [item for item in items if isinstance(item, str | Path)]
    if not paths:
        return len(items)
    from index.load import count_articles

    return len(items) - len(paths) + count_articles(paths)


def _find(look_up: Callable[[str], _T | None], article_id: str) -> _T:
    try:
        found = look_up(article_id)
    except UnicodeEncodeError:
        found = None
    if found is None:
        raise ArticleNotFoundError(article_id.encode("utf-8", "backslashreplace").decode("utf-8"))
    return found


def _check_one_encoder(embedder: Embedder | None, encoder: str | None) -> None:
    if embedder is not None and encoder is not None:
        raise ValueError("give an embedder or the name of an encoder, not both")


def _check_identity(folder: Path, active: EncoderIdentity, embedder: Embedder) -> None:
    if embedder.identity != active:
        raise EncoderMismatchError(folder, str(active), str(embedder.identity))


def _embed_query(embedder: Embedder, text: str) -> FloatVector:
    vector = np.asarray(embedder.embed_query(text), dtype=np.float32)
    if vector.shape != (embedder.identity.dim,) or not np.isfinite(vector).all():
        raise EncoderError(
            f"encoder {embedder.identity} gave no usable vector for the question;"
            " choose another with --encoder"
        )
    return vector
