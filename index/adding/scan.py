"""Paths and files -> what they hold, without reading again what has not changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.adding.load import SeenArticles, read_source
from index.containment.isolated_loader import IsolatedLoader
from index.formats.files import Place, SourceFile, find_files
from index.formats.limits import MAX_FILE_BYTES
from index.formats.registry import is_foreign
from index.record.file_states import (
    MAX_SKIPS,
    Remembered,
    SourceRecord,
    begin_record,
    can_remember,
    find_articles_of,
    find_unchanged,
)
from index.types import Article, Loaded, Skip

if TYPE_CHECKING:
    from index.fetching.fetcher import NotModified
    from index.record.database import Database

FileLike: TypeAlias = "str | Path | SourceFile | NotModified"
"""What leads to articles without being one."""

_LOOKED_UP = 100  # files at once, within one transaction


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The end of what a file held.

    Attributes:
        name: What the user calls it.
        record: What to remember of it once its articles are committed; None for nothing.
        missing: Articles that it gave at an earlier time and did not give now.
    """

    name: str
    record: SourceRecord | None = None
    missing: tuple[str, ...] = ()


Event: TypeAlias = "Loaded | Remembered | FileEnd"


class Scan:
    """Reads files for one ``add``. A context manager, which ends the process that parses.

    Args:
        database: The record; None where there is none yet.
        columns: Columns of tables, see ``SourceFile``.
        rescan: Read unchanged files too.
        max_file_bytes: The most bytes that one article may have.
    """

    def __init__(
        self,
        database: Database | None,
        *,
        columns: tuple[tuple[str, str], ...] = (),
        rescan: bool = False,
        max_file_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        self._database = database
        self._columns = columns
        self._rescan = rescan
        self._max_file_bytes = max_file_bytes
        self._container = IsolatedLoader()
        self._seen = SeenArticles()

    def close(self) -> None:
        """End the process that parses."""
        self._container.close()

    def stop(self) -> None:
        """Cut off what is being read; may be called from another thread."""
        self._container.stop()

    def read(self, items: Iterable[FileLike]) -> Iterator[Event]:
        """Yield what some paths and files hold, one after the other.

        Args:
            items: Taken as they are needed.

        Yields:
            Articles and skips; for a file that need not be read, what is remembered of it; and
            at the end of every other file, that it has ended.
        """
        files = self._files(items)
        while run := list(islice(files, _LOOKED_UP)):
            for found, remembered in self._look_up(run):
                if not isinstance(found, SourceFile):
                    yield found
                elif remembered is not None and self._seen.note(
                    Place(found.name), remembered.record.article_ids
                ):
                    yield remembered
                else:
                    yield from self._read(found)

    def _files(self, items: Iterable[FileLike]) -> Iterator[SourceFile | Skip | Remembered]:
        for item in items:
            if isinstance(item, SourceFile):
                found: Iterable[SourceFile | Skip] = [item]
            elif isinstance(item, str | Path):
                found = find_files([item])
            else:
                yield self._recall(_check_page(item))
                continue
            for file in found:
                if self._columns and isinstance(file, SourceFile):
                    yield replace(file, columns=self._columns)
                else:
                    yield file

    def _look_up(
        self, run: list[SourceFile | Skip | Remembered]
    ) -> list[tuple[SourceFile | Skip | Remembered, Remembered | None]]:
        if self._database is None or self._rescan:
            return [(found, None) for found in run]
        with self._database.reading() as reader:
            knows = can_remember(reader)
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
        record = begin_record(file, is_foreign=is_foreign(file))
        ids: dict[str, None] = {}
        skips: list[Skip] = []
        is_plain = True
        self._container.has_failed = False
        for place, found in read_source(file, self._max_file_bytes, self._container):
            loaded = found
            if isinstance(loaded, Article):
                is_repeated = loaded.article_id in ids
                ids[loaded.article_id] = None
                loaded = self._seen.check(place, _with_feed_date(loaded, file))
                # What is skipped because of another file may not be the next time.
                is_plain &= is_repeated or isinstance(loaded, Article)
            if isinstance(loaded, Skip) and len(skips) <= MAX_SKIPS:
                skips.append(loaded)
            yield loaded
        if self._container.has_failed:
            yield FileEnd(file.name)
            return
        if record is not None and is_plain and len(skips) <= MAX_SKIPS:
            record = replace(record, article_ids=tuple(ids), skips=tuple(skips))
        else:
            record = None
        yield FileEnd(file.name, record, self._find_missing(file, ids))

    def _find_missing(self, file: SourceFile, ids: Collection[str]) -> tuple[str, ...]:
        """Return the articles that a file gave at an earlier time and that are not among some."""
        if self._database is None:
            return ()
        with self._database.reading() as reader:
            if not can_remember(reader):
                return ()
            earlier = find_articles_of(reader, file)
        return tuple(article_id for article_id in earlier if article_id not in ids)

    def _recall(self, page: NotModified) -> Remembered:
        """Return the articles of a page that its server says has not changed."""
        articles: list[tuple[str, bytes]] = []
        if self._database is not None:
            with self._database.reading() as reader:
                rows = reader.connection.execute(
                    "SELECT article_id, content_sha256 FROM articles WHERE origin = ?", (page.url,)
                )
                articles = rows.fetchall()
        record = SourceRecord(
            b"", "", b"", "", article_ids=tuple(article_id for article_id, _ in articles)
        )
        return Remembered(
            page.url, record, tuple(digest for _, digest in articles), is_current=True
        )


def _check_page(item: object) -> NotModified:
    from index.fetching.fetcher import NotModified

    if not isinstance(item, NotModified):
        raise TypeError(f"cannot add a {type(item).__name__}; give paths or articles")
    return item


def _with_feed_date(article: Article, file: SourceFile) -> Article:
    if file.published is None:
        return article
    from index.fetching.feeds import with_feed_date

    return with_feed_date(article, file)
