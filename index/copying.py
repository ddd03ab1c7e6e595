"""Copies a library between a folder and PostgreSQL, either way; what is derived is made anew.

Rows go in batches, each a transaction of its own, so that a copy which was interrupted goes on
where it stopped. In the end both are read and compared, row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.backup import COLLECTIONS_FILE, write_durably
from index.errors import BackupError
from index.open_library import COPY_OF, WAIT_SECONDS, OpenLibrary, make_record
from index.record.copied_rows import (
    COPIED,
    count_rows,
    digest_rows,
    find_last_key,
    find_long_id,
    finish,
    key_of,
    put_rows,
    read_rows,
)
from index.record.database import AnyDatabase, find_max_id_bytes, to_place
from index.record.faults import translate_all_errors
from index.record.write_lock import hold_write_lock
from index.remedies import Remedy
from index.types import LibraryPlace

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction


Progress = Callable[[int, int], None]
"""Called with how many rows are copied and compared, and how many have to be; each counts twice."""


def copy_library(
    source: str | LibraryPlace,
    target: str | LibraryPlace,
    *,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
) -> int:
    """Copy a library: articles, versions, removals, edits, feedback, feeds, the chat's collections.

    Nobody can add or remove articles meanwhile. Until it is finished, the copy cannot be opened.

    Args:
        source: A library, in a folder or in PostgreSQL.
        target: Where no library is, or an unfinished copy of this one.
        wait_seconds: How long to wait for another writer, in either of them.
        progress: Told how far it has got.

    Returns:
        How many articles the copy has.

    Raises:
        BackupError: If there is another library at the target, or the copy differs, or an
            article's id is too long for PostgreSQL; nothing is written then.
        LibraryNotFoundError: If there is no library at the source.
        LibraryBusyError: If somebody is writing into one of them.
        LibraryDamagedError: If a row of the source is not what was written.
        LibraryStorageError: If one of them cannot be read or written.
        ValueError: If ``wait_seconds`` is negative.
    """
    given, place = to_place(source), to_place(target)
    if given == place:
        raise BackupError(f"'{place}' cannot be copied onto itself; name another place")
    whole = OpenLibrary(given, embedder=None, encoder=None, read_only=False)
    with closing(whole), whole.writing(wait_seconds):
        with whole.database.reading() as reader:
            made_by = reader.meta("encoder_name")
            state = f"{reader.library_id().hex()} {reader.generation().number}"
            _check_ids(reader, given, most=find_max_id_bytes(place))
            rows = _Rows(2 * sum(count_rows(reader, table) for table in COPIED), progress)
        make_record(place, encoder_name=made_by)
        copy = OpenLibrary(place, embedder=None, encoder=None, read_only=False, is_copying=True)
        # Not ``copy.writing``, which adds to an unfinished copy what follows from its articles.
        with closing(copy), hold_write_lock(place, wait_seconds=wait_seconds):
            _begin(copy.database, state)
            for table in COPIED:
                _copy_table(whole.database, copy.database, table, rows)
            _compare(whole.database, copy.database, rows)
            with copy.database.writing() as writer:
                finish(writer)
            copy.publish()
            copy.ledger.follow()
            _copy_collections(whole.database.folder, copy.database.folder)
            with copy.database.writing() as writer:
                writer.delete_meta(COPY_OF)
            with copy.database.reading() as reader:
                return reader.count_articles()


class _Rows:
    """Counts rows for whoever wants to be told."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._done = 0

    def add(self, count: int) -> None:
        self._done += count
        if self._progress is not None and count:
            self._progress(self._done, self._total)


def _check_ids(reader: ReadTransaction, source: LibraryPlace, *, most: int) -> None:
    for table, command in (("articles", "remove"), ("removed_articles", "restore")):
        if found := find_long_id(reader, table, most=most):
            options = (found, "--for-good") if command == "remove" else ("--forget",)
            raise BackupError(
                f"the id of an article, '{found[:40]}…', is longer than {most:,} bytes, which"
                " PostgreSQL cannot index",
                Remedy(command, source, options, purpose="to copy the others"),
            )


def _copy_collections(source: Path, target: Path) -> None:
    with translate_all_errors(target), suppress(FileNotFoundError):
        write_durably(target / COLLECTIONS_FILE, (source / COLLECTIONS_FILE).read_bytes())


def _begin(database: AnyDatabase, state: str) -> None:
    """Note what the copy is of, or check that it is the same as before."""
    with database.writing() as writer:
        found = writer.meta(COPY_OF)
        if found == state:
            return
        if found is not None:
            reason = "is an unfinished copy of another library, or of another state of it"
        elif writer.holds_anything():
            reason = "is a library already"
        else:
            writer.put_meta(COPY_OF, state)
            return
    raise BackupError(f"'{database.place}' {reason}; choose another place, or delete it first")


def _copy_table(source: AnyDatabase, target: AnyDatabase, table: str, counted: _Rows) -> None:
    """Copy what is missing of a table."""
    with target.reading() as reader:
        last = find_last_key(reader, table)
        counted.add(count_rows(reader, table))
    while True:
        with source.reading() as reader:
            rows = read_rows(reader, table, after=last)
        if not rows:
            return
        with target.writing() as writer:
            put_rows(writer, table, rows)
        last = key_of(table, rows[-1])
        counted.add(len(rows))


def _compare(source: AnyDatabase, target: AnyDatabase, counted: _Rows) -> None:
    for table in COPIED:
        with source.reading() as ours, target.reading() as theirs:
            if digest_rows(ours, table) != digest_rows(theirs, table, tell=counted.add):
                raise BackupError(
                    f"the copy at '{target.place}' differs in '{table}'; delete it and copy again"
                )
