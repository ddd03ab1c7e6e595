"""From paths and files to what they hold; a file that has not changed is not read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.adding.load import SeenArticles, read_notes, read_source
from index.containment.isolated_loader import IsolatedLoader
from index.formats.files import Place, SourceFile, find_files
from index.formats.limits import MAX_FILE_BYTES
from index.formats.registry import is_foreign
from index.record.file_states import (
    MAX_SKIPS,
    FileState,
    UnchangedFile,
    find_articles_from,
    find_articles_of,
    find_unchanged,
    has_file_states,
    read_file_state,
)
from index.types import Article, Loaded, Skip

if TYPE_CHECKING:
    from index.fetching.page_fetcher import NotModified
    from index.record.database import AnyDatabase

FileLike: TypeAlias = "str | Path | SourceFile | NotModified"
"""A file, a folder, or a page that has not changed."""

_LOOKED_UP = 100  # files per transaction


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The end of what a file held.

    Attributes:
        name: What the user calls it.
        state: Its state, to be stored once its articles are committed; None if not to be stored.
        missing: Ids of articles that it once held and no longer does.
    """

    name: str
    state: FileState | None = None
    missing: tuple[str, ...] = ()


Event: TypeAlias = "Loaded | UnchangedFile | FileEnd"


class Scan:
    """Reads files for one ``add``; ``close`` ends the process that parses them.

    Args:
        database: The record; None if there is none yet.
        columns: Columns of tables, see ``SourceFile``.
        drafts: See ``SourceFile``.
        rescan: Also read unchanged files.
        max_file_bytes: The most bytes that one article may have.
        unconfined: See ``IsolatedLoader``.
    """

    def __init__(
        self,
        database: AnyDatabase | None,
        *,
        columns: tuple[tuple[str, str], ...] = (),
        drafts: bool = False,
        rescan: bool = False,
        max_file_bytes: int = MAX_FILE_BYTES,
        unconfined: bool = False,
    ) -> None:
        self._database = database
        self._columns = columns
        self._drafts = drafts
        self._rescan = rescan
        self._max_file_bytes = max_file_bytes
        self._isolated = IsolatedLoader(unconfined=unconfined)
        self._seen = SeenArticles()

    @property
    def reach(self) -> tuple[str, ...]:
        """What the parsing process could reach; see ``IsolatedLoader``."""
        return self._isolated.reach

    def close(self) -> None:
        """End the parsing process."""
        self._isolated.close()

    def stop(self) -> None:
        """Cut off what is being read; may be called from another thread."""
        self._isolated.stop()

    def read(self, items: Iterable[FileLike]) -> Iterator[Event]:
        """Yield what some paths and files hold, one after another.

        Args:
            items: Taken as they are needed.

        Yields:
            Articles and skips; an ``UnchangedFile`` for a file that need not be read; and a
            ``FileEnd`` at the end of every other file.
        """
        files = self._files(items)
        while run := list(islice(files, _LOOKED_UP)):
            for found, unchanged in self._look_up(run):
                if not isinstance(found, SourceFile):
                    yield found
                elif unchanged is not None and self._seen.note(
                    Place(found.name), unchanged.state.article_ids
                ):
                    yield unchanged
                else:
                    yield from self._read(found)

    def _files(self, items: Iterable[FileLike]) -> Iterator[SourceFile | Skip | UnchangedFile]:
        for item in items:
            if isinstance(item, SourceFile):
                found: Iterable[SourceFile | Skip] = [item]
            elif isinstance(item, str | Path):
                found = find_files([item])
            else:
                yield self._recall(_check_page(item))
                continue
            for file in found:
                if (self._columns or self._drafts) and isinstance(file, SourceFile):
                    yield replace(file, columns=self._columns, drafts=self._drafts)
                else:
                    yield file

    def _look_up(
        self, run: list[SourceFile | Skip | UnchangedFile]
    ) -> list[tuple[SourceFile | Skip | UnchangedFile, UnchangedFile | None]]:
        if self._database is None or self._rescan:
            return [(found, None) for found in run]
        with self._database.reading() as reader:
            knows = has_file_states(reader)
            return [
                (
                    found,
                    find_unchanged(reader, found, is_foreign=is_foreign(found))
                    if knows and isinstance(found, SourceFile)
                    else None,
                )
                for found in run
            ]

    def _read(self, file: SourceFile) -> Iterator[Event]:
        state = read_file_state(file, is_foreign=is_foreign(file))
        ids: dict[str, None] = {}
        skips: list[Skip] = []
        is_repeatable = True
        self._isolated.has_failed = False
        for place, found in read_source(file, self._max_file_bytes, self._isolated):
            loaded = found
            if isinstance(loaded, Article):
                is_repeated = loaded.article_id in ids
                ids[loaded.article_id] = None
                loaded = self._seen.check(place, _with_feed_date(loaded, file))
                # An article skipped because of another file may not be skipped next time.
                is_repeatable &= is_repeated or isinstance(loaded, Article)
            notes = read_notes(place, loaded)
            for skip in notes if isinstance(loaded, Article) else (loaded,):
                if len(skips) <= MAX_SKIPS:
                    skips.append(skip)
            yield loaded
            yield from notes
        if self._isolated.has_failed:
            yield FileEnd(file.name)
            return
        if state is not None and is_repeatable and len(skips) <= MAX_SKIPS:
            state = replace(state, article_ids=tuple(ids), skips=tuple(skips))
        else:
            state = None
        yield FileEnd(file.name, state, self._find_missing(file, ids))

    def _find_missing(self, file: SourceFile, ids: Collection[str]) -> tuple[str, ...]:
        """Return the ids of articles that a file once held, except some."""
        if self._database is None:
            return ()
        with self._database.reading() as reader:
            if not has_file_states(reader):
                return ()
            earlier = find_articles_of(reader, file)
        return tuple(article_id for article_id in earlier if article_id not in ids)

    def _recall(self, page: NotModified) -> UnchangedFile:
        """Return the articles of a page that has not changed, according to its server."""
        articles: list[tuple[str, bytes]] = []
        if self._database is not None:
            with self._database.reading() as reader:
                articles = find_articles_from(reader, page.url)
        ids, digests = tuple(name for name, _ in articles), tuple(d for _, d in articles)
        state = FileState(b"", "", b"", "", article_ids=ids)
        return UnchangedFile(page.url, state, digests, is_stored=True)


def _check_page(item: object) -> NotModified:
    from index.fetching.page_fetcher import NotModified

    if not isinstance(item, NotModified):
        raise TypeError(f"cannot add a {type(item).__name__}; give paths or articles")
    return item


def _with_feed_date(article: Article, file: SourceFile) -> Article:
    if file.published is None:
        return article
    from index.fetching.feeds import with_feed_date

    return with_feed_date(article, file)
