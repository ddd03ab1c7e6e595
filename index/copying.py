"""Copies a library between a folder and PostgreSQL, either way; what is derived is made anew.

Rows go in batches, each a transaction of its own, so that a copy which was interrupted goes on
where it stopped. In the end both are read and compared, row by row.
"""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from index.backup import COLLECTIONS_FILE, write_durably
from index.errors import BackupError
from index.open_library import COPY_OF, WAIT_SECONDS, OpenLibrary, make_record
from index.record.copied_rows import (
    COPIED,
    digest_rows,
    find_last_key,
    finish,
    key_of,
    put_rows,
    read_rows,
)
from index.record.database import AnyDatabase, to_place
from index.record.faults import translate_all_errors
from index.record.write_lock import hold_write_lock
from index.types import LibraryPlace


def copy_library(source: str | LibraryPlace, target: str | LibraryPlace) -> int:
    """Copy a library: articles, versions, removals, edits, feedback, feeds, the chat's collections.

    Nobody can add or remove articles meanwhile. Until it is finished, the copy cannot be opened.

    Args:
        source: A library, in a folder or in PostgreSQL.
        target: Where no library is, or an unfinished copy of this one.

    Returns:
        How many articles the copy has.

    Raises:
        BackupError: If there is another library at the target, or the copy differs.
        LibraryNotFoundError: If there is no library at the source.
        LibraryBusyError: If somebody is writing into one of them.
        LibraryDamagedError: If a row of the source is not what was written.
        LibraryStorageError: If one of them cannot be read or written.
    """
    given, place = to_place(source), to_place(target)
    if given == place:
        raise BackupError(f"'{place}' cannot be copied onto itself; name another place")
    whole = OpenLibrary(given, embedder=None, encoder=None, read_only=False)
    with closing(whole), whole.writing(WAIT_SECONDS):
        with whole.database.reading() as reader:
            made_by = reader.meta("encoder_name")
            state = f"{reader.library_id().hex()} {reader.generation().number}"
        make_record(place, encoder_name=made_by)
        copy = OpenLibrary(place, embedder=None, encoder=None, read_only=False, is_copying=True)
        # Not ``copy.writing``, which adds to an unfinished copy what follows from its articles.
        with closing(copy), hold_write_lock(place, wait_seconds=WAIT_SECONDS):
            _begin(copy.database, state)
            for table in COPIED:
                _copy_table(whole.database, copy.database, table)
            _compare(whole.database, copy.database)
            with copy.database.writing() as writer:
                finish(writer)
            copy.publish()
            copy.ledger.follow()
            _copy_collections(whole.database.folder, copy.database.folder)
            with copy.database.writing() as writer:
                writer.delete_meta(COPY_OF)
            with copy.database.reading() as reader:
                return reader.count_articles()


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


def _copy_table(source: AnyDatabase, target: AnyDatabase, table: str) -> None:
    """Copy what is missing of a table."""
    with target.reading() as reader:
        last = find_last_key(reader, table)
    while True:
        with source.reading() as reader:
            rows = read_rows(reader, table, after=last)
        if not rows:
            return
        with target.writing() as writer:
            put_rows(writer, table, rows)
        last = key_of(table, rows[-1])


def _compare(source: AnyDatabase, target: AnyDatabase) -> None:
    for table in COPIED:
        with source.reading() as ours, target.reading() as theirs:
            if digest_rows(ours, table) != digest_rows(theirs, table):
                raise BackupError(
                    f"the copy at '{target.place}' differs in '{table}'; delete it and copy again"
                )
