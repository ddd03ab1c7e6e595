"""One ``add``: from articles to committed batches.

A thread that works ahead of the encoder reads files and decides about their articles. A batch is
encoded outside any transaction and written in one, so that an interruption loses at most the
current batch. Memory holds one batch and whatever is ready for the next ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from index.adding.ahead import run_ahead
from index.adding.decisions import Decider, Outcome, Store, Unchanged, quote_name, skip_article
from index.adding.scan import Event, FileEnd, FileLike, Scan
from index.curation.edits import keep_original
from index.curation.versions import Duplicate, Earlier, settle_version
from index.encoding.encode import BATCH_PASSAGES, encode_passages
from index.record.file_states import FileState, UnchangedFile, put_file_state
from index.record.stories import find_copies
from index.stories.grouping import store_article
from index.types import AddProgress, AddReport, Article, Passage, Skip

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.fetching.page_validators import PageValidators
    from index.record.database import AnyDatabase
    from index.record.writes import WriteTransaction


Addable: TypeAlias = "FileLike | Article | Skip"
"""A file or folder, a file in memory, an article, or something that a loader has skipped."""

_PROGRESS_ARTICLES = 50
_BATCH_FILES = 1_000  # remembered together if nothing in them has to be encoded

_Step: TypeAlias = "Outcome | FileEnd"


class Ingest:
    """One ``add``.

    Args:
        database: The record; the caller holds the write lock. None if there is none yet, which is
            allowed for dry runs only.
        embedder: Returns the encoder for articles in some languages (ISO 639-1 codes, empty ones
            for unknown); called when it is first needed, if ever.
        total: Articles expected, or None.
        fetched: What to remember of pages among the items, once all are committed.
        committed: Called after each batch, when it is in the record.

    The other arguments are those of ``Library.add``.
    """

    def __init__(  # noqa: PLR0913 - all but two are named
        self,
        database: AnyDatabase | None,
        embedder: Callable[[Sequence[str]], Embedder],
        *,
        batch_passages: int = BATCH_PASSAGES,
        replace: bool | Path = False,
        total: int | None = None,
        progress: Callable[[AddProgress], None] | None = None,
        rescan: bool = False,
        dry_run: bool = False,
        columns: tuple[tuple[str, str], ...] = (),
        drafts: bool = False,
        fetched: PageValidators | None = None,
        unconfined: bool = False,
        committed: Callable[[], object] = lambda: None,
    ) -> None:
        if batch_passages < 1:
            raise ValueError(f"batch_passages must be at least 1, got {batch_passages}")
        self.has_committed = False
        self.has_pinned_encoder = False
        self._database = database
        self._embedder = embedder
        self._batch_passages = batch_passages
        self._total = total
        self._progress = progress
        self._is_dry_run = dry_run
        self._fetched = fetched
        self._committed = committed
        self._decider = Decider(database, replace=replace)
        self._scan = Scan(
            database, columns=columns, drafts=drafts, rescan=rescan, unconfined=unconfined
        )
        self._started = time.monotonic()
        self._batch: list[Store] = []
        self._files: list[tuple[FileState, str]] = []
        self._added: list[str] = []
        self._replaced: list[str] = []
        self._unchanged: list[str] = []
        self._orphaned: list[str] = []
        self._skipped: list[Skip] = []
        self._notes: list[Skip] = []
        self._superseded: list[tuple[str, str]] = []
        # Of the last batch: versions and duplicates, each with the id of what it is a copy of.
        self._not_stored: dict[str, str] = {}
        self._articles = 0
        self._passages = 0

    def run(self, items: Iterable[Addable]) -> AddReport:
        """Add everything.

        Args:
            items: Taken one by one, as they are needed; paths in a list are read ahead.

        Returns:
            What was added, replaced, unchanged and skipped.

        Raises:
            TypeError: If an item is neither a path nor an article.
        """
        try:
            self._run(items)
        finally:
            self._scan.close()
        superseded = {earlier for earlier, _ in self._superseded}
        return AddReport(
            added=tuple(name for name in self._added if name not in superseded),
            replaced=tuple(self._replaced),
            unchanged=tuple(self._unchanged),
            skipped=tuple(self._skipped),
            superseded=tuple(self._superseded),
            orphaned=tuple(self._orphaned),
            passages=self._passages,
            seconds=time.monotonic() - self._started,
            is_dry_run=self._is_dry_run,
            copies=self._find_copies(),
            reach=self._scan.reach,
            notes=tuple(self._notes),
        )

    def _run(self, items: Iterable[Addable]) -> None:
        pending = reported = 0
        with closing(self._steps(items)) as steps:
            for step in steps:
                pending += self._take(step)
                if pending >= self._batch_passages or len(self._files) >= _BATCH_FILES:
                    self._commit()
                    pending, reported = 0, self._articles
                elif self._articles - reported >= _PROGRESS_ARTICLES:
                    self._report_progress()
                    reported = self._articles
        self._commit()
        if self._fetched is not None and self._database is not None and not self._is_dry_run:
            with self._database.writing() as writer:
                self._fetched.store(writer)

    def _steps(self, items: Iterable[Addable]) -> Generator[_Step]:
        """Yield what to do, decided ahead of time in another thread if that is safe."""
        is_ready = isinstance(items, Sequence)
        for is_file, run in groupby(items, key=_is_file_like):
            if not is_file:
                yield from self._prepare(item for item in run if isinstance(item, Article | Skip))
                continue
            # A generator of items may belong to this thread, as a database cursor does.
            for files in [list(run)] if is_ready else ([item] for item in run):
                events = self._scan.read(file for file in files if _is_file_like(file))
                yield from run_ahead(self._prepare(events), weigh=_weigh, stop=self._scan.stop)

    def _prepare(self, events: Iterable[Event]) -> Iterator[_Step]:
        """Yield what to do about articles, files to remember, and skips."""
        is_repeatable = True  # whether reading the file again would have the same outcome
        refused: dict[str, Skip] = {}
        for event in events:
            if isinstance(event, Article):
                decision = self._decider.decide(event)
                is_repeatable &= decision.is_repeatable
                if isinstance(decision.outcome, Skip):
                    refused[event.article_id] = decision.outcome
                yield decision.outcome
            elif isinstance(event, UnchangedFile):
                state = event.state
                self._decider.note_unchanged(state.article_ids, event.digests)
                yield Unchanged(state.article_ids)
                yield from state.skips
                if not event.is_stored:
                    yield FileEnd(event.name, state)
            elif isinstance(event, FileEnd):
                yield _add_refused(event, refused) if is_repeatable else replace(event, state=None)
                is_repeatable, refused = True, {}
            else:
                yield event

    def _take(self, step: _Step) -> int:
        """Do a step; return how many passages it adds to the batch."""
        if isinstance(step, FileEnd):
            self._orphaned += step.missing
            if step.state is not None:
                self._files.append((step.state, step.name))
            return 0
        if isinstance(step, Unchanged):
            self._articles += len(step.article_ids)
            self._unchanged += step.article_ids
            return 0
        if isinstance(step, Skip) and step.is_note:
            self._notes.append(step)
            return 0
        self._articles += 1
        if isinstance(step, Skip):
            self._skipped.append(step)
            return 0
        self._batch.append(step)
        return max(1, len(step.passages))

    def _commit(self) -> None:
        """Encode the batch and write it in one transaction."""
        batch, self._batch = self._batch, []
        files, self._files = self._files, []
        if self._is_dry_run:
            self._passages += sum(len(item.passages) for item in batch)
        elif batch or files:
            self._write(batch, files)
        for item in batch:
            self._note(item)
        self._report_progress()

    def _note(self, item: Store) -> None:
        """Enter a written article in the report."""
        name = item.article.article_id
        if name not in self._not_stored:
            done = self._replaced if item.is_known else self._added
            done.append(name)
        elif copy_of := self._not_stored.pop(name):
            reason = f"it is the same as {quote_name(copy_of)}, at the same address"
            self._skipped.append(skip_article(item.article, reason))

    def _write(self, batch: Sequence[Store], files: Sequence[tuple[FileState, str]]) -> None:
        if self._database is None:
            raise ValueError("without a record there is only a dry run")
        with self._database.reading() as reader:
            stored = [reader.vectors_of_same_content(i.article, i.passages) for i in batch]
        fresh = [
            (item.article.title, passage)
            for item, vectors in zip(batch, stored, strict=True)
            if vectors is None
            for passage in item.passages
        ]
        encoded = iter(self._encode(fresh, [item.article.language for item in batch]))
        self._passages += len(fresh)
        with self._database.writing() as writer:
            for item, vectors in zip(batch, stored, strict=True):
                self._put(writer, item, vectors or [next(encoded) for _ in item.passages])
            # The state of a file is stored only after all its articles.
            for state, name in files:
                put_file_state(writer, state, name=name)
        self.has_committed |= bool(batch)
        self._committed()

    def _put(
        self, writer: WriteTransaction, item: Store, vectors: Sequence[tuple[bytes, bytes]]
    ) -> None:
        """Store an article in its place among its versions."""
        name = item.article.article_id
        if item.original is not item.article:
            keep_original(writer, item.original)
        if not item.passages:
            writer.put_details(item.article)
            return
        outcome = settle_version(writer, item.article)
        if isinstance(outcome, Duplicate):
            self._not_stored[name] = outcome.article_id
            return
        if isinstance(outcome, Earlier):
            self._superseded.append((name, outcome.latest_id))
            self._not_stored[name] = ""
            return
        if outcome.former_id:
            self._superseded.append((outcome.former_id, name))
        encoder_id = self._encoder_id(writer)
        ids = store_article(writer, item.article, item.passages)
        for passage_id, (passage, sentences) in zip(ids, vectors, strict=True):
            writer.put_vectors(encoder_id, passage_id, passage, sentences)

    def _encode(
        self, passages: list[tuple[str, Passage]], languages: Sequence[str]
    ) -> list[tuple[bytes, bytes]]:
        if not passages:
            return []
        embedder = self._embedder(languages)
        return encode_passages(embedder, passages, batch_passages=self._batch_passages)

    def _encoder_id(self, writer: WriteTransaction) -> int:
        """Return the active encoder's key; the first article of a library settles which."""
        active = writer.encoder()
        if active is not None:
            return active[0]
        self.has_pinned_encoder = True
        encoder_id = writer.put_encoder(self._embedder(()).identity)
        writer.activate_encoder(encoder_id)
        return encoder_id

    def _find_copies(self) -> tuple[str, ...]:
        """Return the ids of written articles that are copies of others."""
        if self._database is None or self._is_dry_run or not self.has_committed:
            return ()
        with self._database.reading() as reader:
            return find_copies(reader, (*self._added, *self._replaced))

    def _report_progress(self) -> None:
        if self._progress is not None:
            seconds = time.monotonic() - self._started
            self._progress(AddProgress(self._articles, self._total, self._passages, seconds))


def preview(
    items: Iterable[Addable],
    *,
    progress: Callable[[AddProgress], None] | None = None,
    columns: tuple[tuple[str, str], ...] = (),
    drafts: bool = False,
    unconfined: bool = False,
) -> AddReport:
    """Return what adding something to a new library would do; see ``Library.add``."""
    ingest = Ingest(
        None,
        _no_encoder,
        progress=progress,
        dry_run=True,
        columns=columns,
        drafts=drafts,
        unconfined=unconfined,
    )
    return ingest.run(items)


def _no_encoder(_languages: Sequence[str]) -> Embedder:
    raise ValueError("a dry run encodes nothing")


def _is_file_like(item: Addable) -> TypeGuard[FileLike]:
    return not isinstance(item, Article | Skip)


def _add_refused(end: FileEnd, refused: Mapping[str, Skip]) -> FileEnd:
    """Return the end of a file, with the articles that were skipped moved to its skips."""
    if end.state is None or not refused:
        return end
    kept = tuple(name for name in end.state.article_ids if name not in refused)
    skips = (*end.state.skips, *refused.values())
    return replace(end, state=replace(end.state, article_ids=kept, skips=skips))


def _weigh(step: _Step) -> int:
    return len(step.article.text) if isinstance(step, Store) else 0
