"""The ledger's file: kept in step with the record, and made anew where it is not one.

A row belongs to an article as it was read, and has a checksum. What is shown is read by way of the
views ``checked_…``, which refuse a row that is not what was written. The file notes which state of
the record it shows; where the record has moved on, articles that have gone or changed lose their
rows and the new ones are read, so that no writer need know of the ledger. A library that cannot be
written gets one in memory.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from index.errors import LibraryBusyError, LibraryDamagedError
from index.ledger.rows import PIPELINE, ArticleRows, read_rows
from index.ledger.writes import delete_article, has_article, insert_article, join_names, put_stories
from index.record.checksums import Columns, find_columns, is_sound, keep_checksums
from index.record.connection_pool import BUSY_SECONDS
from index.record.edits import find_name_decisions
from index.record.faults import primary_code
from index.record.schema import add_functions

if TYPE_CHECKING:
    from pathlib import Path

    from index.record.database import AnyDatabase
    from index.record.reads import ReadTransaction
    from index.record.rows import Generation
    from index.types import Article

LEDGER_FILE = "ledger.sqlite3"
LEDGER_FILES = tuple(f"{LEDGER_FILE}{end}" for end in ("", "-wal", "-shm", "-journal"))

BATCH_ARTICLES = 50
"""Articles whose rows are committed together."""

MOST_FOLLOWED = 2_000
"""Articles that are read in the wake of a change; more wait until the ledger is asked for."""

Progress = Callable[[int, int], None]
"""Called with the articles read so far, and how many have to be."""

_TRIES = 5
_UNFINISHED = "unfinished"
"""Set while articles are read: names may not have been joined yet."""
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
}
_TABLES = "read_articles names entities mentions statements times".split()
_DAMAGE = {None, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""How SQLite reports a changed row, a text that is none, changed names of columns, a torn file."""


class Ledger:
    """The ledger of one library.

    Args:
        database: The record.
        read_only: Never write into the folder.
    """

    def __init__(self, database: AnyDatabase, *, read_only: bool) -> None:
        self._database = database
        self._read_only = read_only
        self._memory: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self._database.folder / LEDGER_FILE

    @contextmanager
    def reading(
        self, progress: Progress | None = None
    ) -> Iterator[tuple[sqlite3.Connection, ReadTransaction]]:
        """Read ledger and record in one state, the ledger brought up to it first.

        Args:
            progress: Told how far reading has got, if anything has to be read.

        Yields:
            A connection to the ledger, and a reader of the record.

        Raises:
            LibraryBusyError: If the record did not keep still.
        """
        for _ in range(_TRIES):
            self.update(progress)
            with self._database.reading() as reader:
                try:
                    with self._connect() as connection:
                        if _shows(connection, reader):
                            yield connection, reader
                            return
                except sqlite3.DatabaseError as error:
                    if not _is_damage(error):
                        raise
                    raise self._to_damaged(error) from error
        raise LibraryBusyError(self._database.place, "another program")

    def update(self, progress: Progress | None = None) -> int:
        """Bring the ledger in step with the record.

        Args:
            progress: Told how far it has got.

        Returns:
            How many articles were read.
        """
        with self._lock:
            try:
                return self._update(progress)
            except _FileDamagedError:
                self.discard()
            try:
                return self._update(progress)
            except _FileDamagedError as error:
                raise self._to_damaged(error) from error

    def _to_damaged(self, error: Exception) -> LibraryDamagedError:
        if "user-defined function" in str(error):  # as SQLite puts what ``_refuse_row`` raises
            error = _FileDamagedError("a row is not what was written")
        return LibraryDamagedError(self._database.place, f"{LEDGER_FILE}: {error}")

    def follow(self) -> None:
        """Bring the ledger in step after a change, unless that means to read a whole library.

        One that an older program made is read when the ledger is first asked for, which can show
        how far it has got.
        """
        with self._lock, suppress(_FileDamagedError):  # found, and mended, when it is next used
            self._update(None, most=MOST_FOLLOWED)

    def find_fault(self) -> str:
        """Return why the ledger has to be made anew, or an empty string."""
        if not self.file.exists():
            with self._database.reading() as reader:
                return "is missing" if reader.count_articles() else ""
        try:
            with _guarded(), self._connect() as connection:
                (state,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
                for name in _TABLES:
                    connection.execute(f"SELECT count(*) FROM checked_{name}").fetchone()
                try:
                    connection.execute(
                        "INSERT INTO statement_words (statement_words) VALUES ('integrity-check')"
                    )
                except sqlite3.OperationalError as error:
                    if primary_code(error) not in _UNWRITABLE:  # then its words stay unchecked
                        raise
                return "" if state == "ok" else "is damaged"
        except _FileDamagedError:
            return "is damaged"

    def rebuild(self) -> None:
        """Make it anew."""
        with self._lock:
            self.discard()
            self.update()

    def discard(self) -> None:
        """Delete it; it is derived, and made again when it is asked for."""
        with self._lock:
            self.close()
            for name in LEDGER_FILES:
                (self._database.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Forget what is held in memory."""
        with self._lock:
            if self._memory is not None:
                self._memory.close()
                self._memory = None

    # --- connections -----------------------------------------------------------------------

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        if self._memory is not None or self._read_only:
            with self._lock:
                yield self._open_memory()
            return
        connection = self._open_file()
        if connection is None:
            with self._lock:
                yield self._open_memory()
            return
        with closing(connection):
            yield connection

    def _open_file(self) -> sqlite3.Connection | None:
        """Return a connection to the file; None if it cannot be written."""
        try:
            connection = _open(self.file.absolute().as_uri() + "?mode=rwc")
        except sqlite3.OperationalError:
            return None
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            _prepare(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            if primary_code(error) in _UNWRITABLE:
                return None
            raise
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_memory(self) -> sqlite3.Connection:
        """Return the ledger in memory, which begins as a copy of the file if that can be read."""
        if self._memory is None:
            memory = _open("file::memory:")
            try:
                with (
                    suppress(sqlite3.DatabaseError),
                    closing(
                        _open(self.file.absolute().as_uri() + "?mode=ro&immutable=1")
                    ) as stored,
                ):
                    stored.backup(memory)
                _prepare(memory)
            except BaseException:
                memory.close()
                raise
            self._memory = memory
        return self._memory

    # --- updating --------------------------------------------------------------------------

    def _update(self, progress: Progress | None, *, most: int | None = None) -> int:
        with self._database.reading() as reader, _guarded(), self._connect() as connection:
            if _shows(connection, reader):
                return 0
            generation = reader.generation()
            wanted = _read_stamps(reader)
            stored = dict(connection.execute("SELECT article_key, stamp FROM read_articles"))
            gone = [key for key in stored if wanted.get(key) != stored[key]]
            fresh = [key for key in sorted(wanted) if stored.get(key) != wanted[key]]
            if most is not None and len(fresh) > most:
                return 0
            touched = _find_unfinished(connection)
            with _transaction(connection):
                connection.execute("INSERT OR REPLACE INTO state VALUES (?, 'yes')", (_UNFINISHED,))
                for key in gone:
                    touched |= delete_article(connection, key)
            for first in range(0, len(fresh), BATCH_ARTICLES):
                batch = fresh[first : first + BATCH_ARTICLES]
                # Read before the transaction, which keeps others waiting.
                read = [
                    (key, article, _read(reader, key, article))
                    for key, article in reader.articles_by_key(batch, verify=False)
                ]
                with _transaction(connection):
                    for key, article, rows in read:
                        # Another process may have read the same article meanwhile.
                        if has_article(connection, key):
                            touched |= delete_article(connection, key)
                        touched |= insert_article(connection, key, wanted[key], article, rows)
                    if first + BATCH_ARTICLES >= len(fresh):
                        break
                if progress is not None:
                    progress(first + len(batch), len(fresh))
            with _transaction(connection):
                join_names(connection, touched, find_name_decisions(reader))
                put_stories(connection, reader)
                _put_state(connection, reader, generation)
            if progress is not None and fresh:
                progress(len(fresh), len(fresh))
            return len(fresh)


class _FileDamagedError(Exception):
    """The ledger's file cannot be used; the message says in what way."""


@contextmanager
def _guarded() -> Iterator[None]:
    """Tell a fault of the ledger's file, which is made anew, from one of the record."""
    try:
        yield
    except UnicodeDecodeError as error:  # of SQLite's message, which repeats a damaged schema
        raise _FileDamagedError("its schema is not text") from error
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        raise _FileDamagedError(str(error)) from error


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell damage from a full disk, another writer, a time limit, or a mistake of ours."""
    return primary_code(error) in _DAMAGE and not isinstance(error, sqlite3.ProgrammingError)


def _open(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = NORMAL")
        add_functions(connection)
        connection.create_function("refuse_row", 0, _refuse_row)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables; empty ones where the rows were made by another version."""
    schema = files("index.ledger").joinpath("ledger.sql").read_text("utf-8")
    version = f"{PIPELINE}:{sha256(schema.encode()).hexdigest()[:16]}"
    if not _has_tables(connection, version):
        with _transaction(connection):
            if not _has_tables(connection, version):  # or another process was quicker
                for name in (*_TABLES, "statement_words", "state"):
                    connection.execute(f"DROP TABLE IF EXISTS {name}")
                for statement in schema.removesuffix(";\n").split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO state VALUES ('pipeline', ?)", (version,))
    for name, columns in _read_columns(schema).items():
        keep_checksums(connection, name, columns)
        # SQLite would put the value of "stance = ?" into the checksums of rows of other stances,
        # and find them damaged, if the check were no query of its own.
        connection.execute(
            f"CREATE TEMP VIEW checked_{name} AS SELECT * FROM {name} AS r"
            f" WHERE CASE WHEN (SELECT {is_sound(columns, 'r')}) THEN 1 ELSE refuse_row() END"
        )


@cache
def _read_columns(schema: str) -> dict[str, Columns]:
    """Return the columns of the tables that a schema makes; a file may hold others."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema)
        return {name: find_columns(connection, name) for name in _TABLES}


def _refuse_row() -> None:
    raise ValueError  # SQLite passes nothing of it on


def _has_tables(connection: sqlite3.Connection, version: str) -> bool:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    return "state" in names and _get(connection, "pipeline") == version


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _get(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
    return row[0] if row else ""


def _describe(library: bytes, generation: Generation) -> str:
    return f"{library.hex()}:{generation.number}:{generation.token.hex()}"


def _shows(connection: sqlite3.Connection, reader: ReadTransaction) -> bool:
    """Return whether the ledger shows the state of the record that is being read."""
    return _get(connection, "shows") == _describe(reader.library_id(), reader.generation())


def _put_state(
    connection: sqlite3.Connection, reader: ReadTransaction, generation: Generation
) -> None:
    shown = _describe(reader.library_id(), generation)
    connection.execute("INSERT OR REPLACE INTO state VALUES ('shows', ?)", (shown,))
    connection.execute("DELETE FROM state WHERE key = ?", (_UNFINISHED,))


def _read_stamps(reader: ReadTransaction) -> dict[int, bytes]:
    """Return article key -> digest of what its rows depend on, and of what filters ask for."""
    columns = "a.article_id, a.content_sha256, a.pipeline, a.source, a.outlet, a.published"
    more = "a.author, a.language" if reader.has_details else "'', ''"
    stamps = {}
    for key, *values in reader.connection.execute(
        f"SELECT a.article_key, {columns}, {more} FROM articles a"
    ):
        digest = sha256()
        for value in values:
            raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(4, "big") + raw)
        stamps[key] = digest.digest()[:12]
    return stamps


def _read(reader: ReadTransaction, key: int, article: Article) -> ArticleRows:
    sentences = reader.sentences_of(key, article.text)
    return read_rows(
        article.text, sentences, language=article.language, published=article.published
    )


def _find_unfinished(connection: sqlite3.Connection) -> set[str]:
    """Return the family keys whose names an interrupted update may have left apart."""
    if not _get(connection, _UNFINISHED):
        return set()
    return {row[0] for row in connection.execute("SELECT DISTINCT family FROM names")}
