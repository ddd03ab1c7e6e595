"""``Library``: the folder of articles that users add to, search and cite from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from index.adding.ingest import Addable, Ingest
from index.catalogue import Catalogue
from index.curation import edits, name_decisions, removals
from index.curation.reencode import reencode
from index.encoding.encode import BATCH_PASSAGES
from index.encoding.model_info import DEFAULT_ENCODER
from index.formats.files import SourceFile
from index.open_library import (
    GRAPH_FOLDER,
    WAIT_SECONDS,
    OpenLibrary,
    check_one_encoder,
    make_record,
)
from index.record.database import has_record, to_place
from index.types import AddProgress, AddReport, Article, LibraryPlace, Skip

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.fetching.page_validators import PageValidators
    from index.fetching.subscriptions import Subscriptions
    from index.ledger.people import Entity
    from index.record.edits import NameDecision
    from index.record.feedback import FeedbackStore
    from index.record.removals import Removal

__all__ = ["GRAPH_FOLDER", "WAIT_SECONDS", "Library"]


class Library(Catalogue):
    """Articles, their passages and vectors, in a folder or in a PostgreSQL database.

    Made by ``Library.open``, ``Library.create``, ``Library.open_or_create`` or
    ``Library.open_to_fill``. Several threads may use it at once; other processes may read and add
    at the same time. A context manager: ``with Library.open(path) as library``.

    Any method raises ``LibraryDamagedError`` or ``LibraryStorageError`` if the record turns out
    to be inconsistent or cannot be read, and ``ValueError`` once the library is closed. One that
    writes raises ``LibraryBusyError`` if another writer did not finish within ``wait_seconds``, and
    ``LibraryStorageError`` if the disk is full, read-only or failing.

    Attributes:
        path: Its folder, or the address of its database.
    """

    def __init__(self, opened: OpenLibrary) -> None:
        super().__init__(opened)
        self.path = opened.path

    @cached_property
    def feedback(self) -> FeedbackStore:
        """What readers thought of answers."""
        from index.record.feedback import FeedbackStore

        return FeedbackStore(self._opened.database, lambda: self._opened.writing(WAIT_SECONDS))

    @classmethod
    def open(
        cls,
        path: str | LibraryPlace,
        *,
        embedder: Embedder | None = None,
        encoder: str | None = None,
        device: str = "auto",
        read_only: bool = False,
    ) -> Library:
        """Open the library in a folder or a database.

        Args:
            path: The folder, or an address such as ``postgresql://USER@HOST/DATABASE``.
            embedder: The encoder; by default the one that made the library, loaded by name when
                first needed.
            encoder: The encoder's name or folder, instead of ``embedder``.
            device: What an encoder that is loaded by name encodes articles on: ``auto``, ``cpu``,
                ``cuda`` or ``mps``; see ``load_embedder``.
            read_only: Never write into the folder.

        Raises:
            LibraryNotFoundError: If there is no library.
            LibraryDamagedError: If what is there cannot be read as one.
            LibraryVersionError: If a newer program made it.
            LibraryStorageError: If it cannot be read.
            EncoderMismatchError: If ``embedder`` did not make its vectors. A name is checked
                only when the encoder is first needed.
            ValueError: If both ``embedder`` and ``encoder`` are given.
        """
        return cls(
            OpenLibrary(
                to_place(path),
                embedder=embedder,
                encoder=encoder,
                device=device,
                read_only=read_only,
            )
        )

    @classmethod
    def create(
        cls,
        path: str | LibraryPlace,
        *,
        embedder: Embedder | None = None,
        encoder: str | None = None,
        device: str = "auto",
        exist_ok: bool = False,
    ) -> Library:
        """Make an empty library in a folder or a database, and open it.

        Args:
            path: The folder, made if missing, or the address of a database, which exists.
            embedder: The encoder.
            encoder: The encoder's name or folder, instead of ``embedder``; by default
                ``all-MiniLM-L6-v2``. It is loaded when it is first needed.
            device: As for ``open``.
            exist_ok: Open a library that is already there.

        Raises:
            LibraryBusyError: If another process is writing there.
            LibraryStorageError: If the folder cannot be written.
            ValueError: If there is a library and ``exist_ok`` is false, or both ``embedder``
                and ``encoder`` are given.
        """
        check_one_encoder(embedder, encoder)
        made = make_record(to_place(path), encoder_name=_name_encoder(embedder, encoder))
        if made is None and not exist_ok:
            raise ValueError(f"there is a library at '{path}' already; use Library.open")
        return cls.open(path, embedder=embedder, encoder=encoder, device=device)

    @classmethod
    def open_or_create(
        cls,
        path: str | LibraryPlace,
        *,
        embedder: Embedder | None = None,
        encoder: str | None = None,
        device: str = "auto",
    ) -> Library:
        """Open the library in a folder, or make one; see ``open`` and ``create``."""
        if has_record(to_place(path)):
            return cls.open(path, embedder=embedder, encoder=encoder, device=device)
        return cls.create(path, embedder=embedder, encoder=encoder, device=device, exist_ok=True)

    @classmethod
    @contextmanager
    def open_to_fill(
        cls,
        path: str | LibraryPlace,
        *,
        embedder: Embedder | None = None,
        encoder: str | None = None,
        device: str = "auto",
    ) -> Iterator[Library]:
        """Open the library in a folder, or make one, which is deleted if it stays empty.

        If nothing could be added to a new library, neither it nor the folders made for it
        remain.

        Yields:
            The library, closed when the context ends; see ``open`` and ``create``.
        """
        check_one_encoder(embedder, encoder)
        place, made = to_place(path), None
        if not has_record(place):
            made = make_record(place, encoder_name=_name_encoder(embedder, encoder))
        try:
            with cls.open(path, embedder=embedder, encoder=encoder, device=device) as library:
                yield library
        finally:
            if made is not None:
                made.discard_if_empty()

    def close(self) -> None:
        """Close all files."""
        self._opened.close()

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
    def embedder(self) -> Embedder:
        """The encoder itself, loaded if need be.

        Raises:
            EncoderError: If it cannot be loaded.
            EncoderMismatchError: If it is not the one that made the vectors.
        """
        return self._opened.encoders.get(self.encoder)

    def add(  # noqa: PLR0913 - all but two are named
        self,
        articles: Addable | Iterable[Addable],
        *,
        replace: bool | Path = False,
        progress: Callable[[AddProgress], None] | None = None,
        batch_passages: int = BATCH_PASSAGES,
        wait_seconds: float = WAIT_SECONDS,
        rescan: bool = False,
        dry_run: bool = False,
        columns: tuple[tuple[str, str], ...] = (),
        drafts: bool = False,
        fetched: PageValidators | None = None,
        unconfined: bool = False,
    ) -> AddReport:
        """Add articles, replacing those whose content has changed.

        A file that has not changed since the last time is not read again, and an unchanged article
        is not encoded again. Every batch is committed as a whole; an exception, Ctrl-C included,
        loses the current batch and keeps the others.

        Args:
            articles: Files, folders, ``Article``s, or a mixture; taken one by one.
            replace: Whether an article may replace one of the same id from another file; without
                it, such an article is skipped. If it is a folder, resolved, only articles from
                files in that folder are replaced.
            progress: Called after each batch.
            batch_passages: Passages per batch, at least 1.
            wait_seconds: How long to wait for another writer.
            rescan: Also read unchanged files.
            dry_run: Encode and write nothing; the report says what would be done.
            columns: Pairs of a field and the column or key that holds it, for tables and
                collections with names of their own.
            drafts: Whether what exports of blogs mark as unpublished is added too.
            fetched: What ``fetch_sources`` noted about pages among the articles.
            unconfined: Whether to read binary formats, such as PDF, even if this system cannot
                confine their parsers; otherwise they are skipped there.

        Returns:
            What was added, replaced, left unchanged, and skipped with the reason.

        Raises:
            EncoderError: If the encoder cannot be loaded, or is not the library's.
            TypeError: If an item is neither a path nor an article.
        """
        items = _to_items(articles)
        ingest = Ingest(
            self._opened.database,
            lambda languages: self._opened.encoders.get(self.encoder, languages),
            batch_passages=batch_passages,
            replace=replace,
            total=_count_articles(items) if progress else None,
            progress=progress,
            rescan=rescan,
            dry_run=dry_run,
            columns=columns,
            drafts=drafts,
            fetched=fetched,
            unconfined=unconfined,
            committed=self._opened.ledger.follow,
        )
        if dry_run:
            return ingest.run(items)
        with self._opened.writing(wait_seconds):
            try:
                report = ingest.run(items)
            finally:
                if ingest.has_committed:
                    self._opened.publish()
            # Also if an earlier export was interrupted; the model is loaded by now.
            graph = self._opened.database.folder / GRAPH_FOLDER
            lacks_graph = bool(report.passages) and not graph.exists()
            if ingest.has_pinned_encoder or lacks_graph:
                self._opened.encoders.export_graph()
        return report

    def page_validators(self) -> PageValidators:
        """Return what the library remembers of fetched pages, for ``fetch_sources``."""
        from index.fetching.page_validators import PageValidators

        return PageValidators(self._opened.database)

    def subscriptions(self) -> Subscriptions:
        """Return the feeds that the library remembers."""
        from index.fetching.subscriptions import Subscriptions

        return Subscriptions(self._opened)

    def delete(
        self, article_ids: str | Iterable[str], *, wait_seconds: float = WAIT_SECONDS
    ) -> tuple[Article, ...]:
        """Delete articles for good, all or none; ``remove`` can be undone.

        Args:
            article_ids: One id or several.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was deleted; ``add`` puts it back.

        Raises:
            ArticleNotFoundError: If an id is unknown; nothing is deleted then.
        """
        return removals.delete_articles(self._opened, article_ids, wait_seconds=wait_seconds)

    def remove(
        self, article_ids: str | Iterable[str], *, wait_seconds: float = WAIT_SECONDS
    ) -> Removal:
        """Remove articles so that ``restore`` can put them back.

        They are kept, with their vectors, until 20 more removals have been made. Many are removed
        in batches, between which others can write; an interruption leaves one removal of those
        that are gone by then.

        Args:
            article_ids: One id or several.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was removed.

        Raises:
            ArticleNotFoundError: If an id is unknown; nothing is removed then.
            ValueError: If no id is given.
        """
        return removals.remove_articles(self._opened, article_ids, wait_seconds=wait_seconds)

    def restore(
        self, removal_id: int | None = None, *, wait_seconds: float = WAIT_SECONDS
    ) -> AddReport:
        """Put removed articles back, as they were.

        Args:
            removal_id: The removal to undo; the newest if None.
            wait_seconds: How long to wait for another writer.

        Returns:
            What was added, and what was skipped because another article has since taken its id.

        Raises:
            EncoderError: If the library has been reencoded since and the encoder cannot be loaded.
            RemovalNotFoundError: If there is nothing to undo.
        """
        return removals.restore_articles(
            self._opened,
            removal_id,
            add=lambda articles: self.add(articles, wait_seconds=wait_seconds),
            wait_seconds=wait_seconds,
        )

    def forget_removals(self, *, wait_seconds: float = WAIT_SECONDS) -> int:
        """Delete for good all that ``restore`` could put back; return the number of articles."""
        return removals.forget_removals(self._opened, wait_seconds=wait_seconds)

    def compact(self, *, wait_seconds: float = WAIT_SECONDS) -> tuple[int, int]:
        """Give back the room of what was deleted, whose words leave the full-text index with it.

        What ``restore`` could put back stays; ``forget_removals`` deletes it first.

        Args:
            wait_seconds: How long to wait for another writer.

        Returns:
            Bytes of the record before and after.
        """
        with self._opened.writing(wait_seconds):
            sizes = self._opened.database.compact()
            self._opened.publish(anew=True)
            is_default = self.encoder is not None and self.encoder.name == DEFAULT_ENCODER
            if is_default and isinstance(self.path, Path):
                # An older program kept a graph of it there, which nothing reads any more.
                shutil.rmtree(self.path / GRAPH_FOLDER, ignore_errors=True)
        return sizes

    def edit(  # noqa: PLR0913 - one for each field
        self,
        article_id: str,
        *,
        title: str | None = None,
        outlet: str | None = None,
        author: str | None = None,
        published: str | date | None = None,
        updated: str | date | None = None,
        language: str | None = None,
        url: str | None = None,
        wait_seconds: float = WAIT_SECONDS,
    ) -> Article:
        """Correct an article's details; the edit survives adding the article again.

        None leaves a field unchanged, an empty string clears it. Dates may be given in ISO form,
        with or without a time of day and a zone. A new title encodes the article again.

        Returns:
            The corrected article.

        Raises:
            ArticleNotFoundError: If the id is unknown.
            EditError: If a field cannot take its value; nothing is changed then.
            EncoderError: If the title is new and the encoder cannot be loaded.
        """
        fields = {
            "title": title,
            "outlet": outlet,
            "author": author,
            "published": published,
            "updated": updated,
            "language": language,
            "url": url,
        }
        return edits.edit_article(self._opened, article_id, fields, wait_seconds=wait_seconds)

    def undo_edit(self, article_id: str, *, wait_seconds: float = WAIT_SECONDS) -> Article:
        """Undo the last edit of an article, and return the article; see ``edit``.

        Raises:
            EditError: If there is none.
        """
        return edits.undo_edit(self._opened, article_id, wait_seconds=wait_seconds)

    def merge_names(
        self, one: str, other: str, *, wait_seconds: float = WAIT_SECONDS
    ) -> tuple[Entity, ...]:
        """Decide that two names are of one person, organisation or place.

        The decision is kept in the record: it holds for articles that are added later, and when
        the ledger is made anew. The newest decision wins.

        Args:
            one: A name as the articles write it, or one that only one entity has.
            other: Another.
            wait_seconds: How long to wait for another writer.

        Returns:
            The entity that both are now.

        Raises:
            EditError: If a name is nobody's or several people's, or they are one already.
        """
        name_decisions.merge_names(self._opened, one, other, wait_seconds=wait_seconds)
        return self.people(one, kind="").entities

    def split_name(self, name: str, *, wait_seconds: float = WAIT_SECONDS) -> tuple[Entity, ...]:
        """Decide that a spelling is of somebody else than the others that it is joined with.

        Returns:
            The entities that the name may now mean.

        Raises:
            EditError: If the name is nobody's, or joined with no other.
        """
        name_decisions.split_name(self._opened, name, wait_seconds=wait_seconds)
        return self.people(name, kind="").entities

    def undo_name_decision(self, *, wait_seconds: float = WAIT_SECONDS) -> NameDecision:
        """Take back the newest ``merge_names`` or ``split_name``, and return it.

        Raises:
            EditError: If there is none.
        """
        return name_decisions.undo_name_decision(self._opened, wait_seconds=wait_seconds)

    def reencode(
        self,
        embedder: Embedder | str,
        *,
        progress: Callable[[int, int], None] | None = None,
        batch_passages: int = BATCH_PASSAGES,
        wait_seconds: float = WAIT_SECONDS,
    ) -> int:
        """Encode everything again with another encoder, which is used from then on.

        New vectors are committed batch by batch beside the old ones, which stay in use until the
        end; after an interruption, the next call resumes where this one stopped.

        Args:
            embedder: The encoder, or its name.
            progress: Called after each batch with the passages done and expected.
            batch_passages: Passages per batch.
            wait_seconds: How long to wait for another writer.

        Returns:
            How many passages were encoded; 0 if the encoder is already in use.

        Raises:
            EncoderError: If the encoder cannot be loaded or returns invalid vectors.
        """
        return reencode(
            self._opened,
            embedder,
            progress=progress,
            batch_passages=batch_passages,
            wait_seconds=wait_seconds,
        )


def _name_encoder(embedder: Embedder | None, encoder: str | None) -> str | None:
    return encoder if embedder is None else embedder.identity.name


def _to_items(articles: Addable | Iterable[Addable]) -> Iterable[Addable]:
    if isinstance(articles, bytes | Mapping):  # iterating would yield numbers or names
        raise TypeError(f"cannot add a {type(articles).__name__}; give paths or articles")
    if isinstance(articles, str | Path | SourceFile | Article | Skip):
        return [articles]
    return articles if isinstance(articles, Iterable) else [articles]


def _count_articles(items: Iterable[Addable]) -> int | None:
    """Return about how many articles to expect; None if counting would use them up."""
    if not isinstance(items, Sequence):
        return None
    paths = [item for item in items if isinstance(item, str | Path)]
    if not paths:
        return len(items)
    from index.adding.load import count_articles

    return len(items) - len(paths) + count_articles(paths)
