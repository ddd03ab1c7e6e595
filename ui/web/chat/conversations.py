"""Where the chat keeps conversations: a small SQLite file beside the record of the library.

Every row belongs to an owner, and is read and changed only for that owner. Deleted conversations
can be restored for a day. The file may be deleted at any time; only the conversations are lost.
"""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from index.errors import OnRecordError
from index.language.words import space_out
from index.record.browse import find_words
from index.record.reads import quote_words
from index.types import replace_surrogates
from ui.web.chat.exchange import AnswerState, Exchange

STORE_FILE = "conversations.sqlite"
MAX_CONVERSATIONS = 200
MAX_EXCHANGES = 100
MAX_EXCHANGE_BYTES = 512 * 1024
MAX_STORE_BYTES = 512 * 1024 * 1024
MAX_TITLE_CHARS = 80
MAX_FOUND = 20
MAX_EXCERPT_CHARS = 160
SECONDS_TO_RESTORE = 24 * 60 * 60

_PAGE_BYTES = 4096
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    conversation_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    changed REAL NOT NULL,
    deleted REAL
) STRICT;
CREATE INDEX IF NOT EXISTS conversations_by_owner ON conversations (owner, changed);
CREATE TABLE IF NOT EXISTS exchanges (
    conversation_id TEXT NOT NULL
        REFERENCES conversations (conversation_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (conversation_id, number)
) STRICT, WITHOUT ROWID;
"""
_ADD_DIGESTS = "ALTER TABLE exchanges ADD COLUMN digest BLOB;"  # those of version 1 have none
_WITH_WORDS = """
ALTER TABLE exchanges RENAME TO exchanges_before;
CREATE TABLE exchanges (
    exchange_id INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL
        REFERENCES conversations (conversation_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    digest BLOB,
    UNIQUE (conversation_id, number)
) STRICT;
INSERT INTO exchanges (conversation_id, number, body, digest)
    SELECT conversation_id, number, body, digest FROM exchanges_before;
DROP TABLE exchanges_before;
CREATE VIRTUAL TABLE exchange_words USING fts5 (
    question, answer, tokenize = 'porter unicode61 remove_diacritics 2'
);
"""
_SCHEMAS = (_SCHEMA, _ADD_DIGESTS, _WITH_WORDS)
"""What makes each version of the file from the one before."""
_VERSION = len(_SCHEMAS)
_DAMAGED = "this answer is not what was saved: the disk or another program changed it; ask again"
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)  # a damaged schema is not even text
_log = logging.getLogger("onrecord")


class ConversationStoreError(OnRecordError):
    """A conversation could not be stored, or does not exist."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as a list shows it.

    Attributes:
        conversation_id: 32 hexadecimal digits.
        title: The first question, or the title that its owner gave it.
        changed: When its last question was asked.
    """

    conversation_id: str
    title: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class PinnedAnswer:
    """An answer that its owner keeps at hand.

    Attributes:
        conversation_id: Where it is.
        number: Which it is there.
        question: What was asked.
    """

    conversation_id: str
    number: int
    question: str


@dataclass(frozen=True, slots=True)
class FoundAnswer:
    """An answer in which words were found.

    Attributes:
        conversation_id: Where it is.
        number: Which it is there.
        title: The title of its conversation.
        question: What was asked.
        excerpt: A part of the answer, with the words if it has them.
    """

    conversation_id: str
    number: int
    title: str
    question: str
    excerpt: str


class ConversationStore:
    """Conversations by owner. May be used by several threads at once.

    Args:
        file: The SQLite file, made if there is none; None keeps everything in memory.
        clock: Returns seconds since the epoch.

    Raises:
        ConversationStoreError: If the file cannot be opened as one of ours.
    """

    def __init__(self, file: Path | None, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        try:
            if file is not None:
                file.touch(mode=0o600)
            self._connection = sqlite3.connect(
                ":memory:" if file is None else file,
                isolation_level=None,
                check_same_thread=False,
                timeout=5,
            )
        except (OSError, sqlite3.Error) as error:
            raise ConversationStoreError(_describe(file, error)) from error
        try:
            self._prepare()
        except _UNREADABLE as error:
            self._connection.close()
            raise ConversationStoreError(_describe(file, error)) from error

    @property
    def is_kept(self) -> bool:
        """Whether conversations outlast the process."""
        with self._transaction() as connection:
            return bool(connection.execute("PRAGMA database_list").fetchone()[2])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def conversations(self, owner: str) -> tuple[Conversation, ...]:
        """Return an owner's conversations, the most recent first."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT conversation_id, title, changed FROM conversations"
                " WHERE owner = ? AND deleted IS NULL ORDER BY changed DESC, rowid DESC",
                (owner,),
            ).fetchall()
        return tuple(Conversation(key, title, _to_time(changed)) for key, title, changed in rows)

    def pinned(self, owner: str) -> tuple[PinnedAnswer, ...]:
        """Return an owner's pinned answers, those of the most recent conversation first."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT conversation_id, number, body, digest FROM exchanges"
                " JOIN conversations USING (conversation_id)"
                " WHERE owner = ? AND deleted IS NULL AND json_valid(body)"
                " AND json_extract(body, '$.pinned')"
                " ORDER BY changed DESC, number DESC",
                (owner,),
            ).fetchall()
        return tuple(
            PinnedAnswer(key, number, exchange.question)
            for key, number, body, digest in rows
            if (exchange := _read(number, body, digest)).pinned
        )

    def find(self, owner: str, words: str) -> tuple[FoundAnswer, ...]:
        """Return an owner's answers in which all words occur, in question or answer, best first.

        Inflections count, and the last word may be unfinished.
        """
        sought = find_words(words)
        if not sought:
            return ()
        terms = quote_words(sought, is_last_begun=not words[-1].isspace())
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT conversation_id, title, number, body, digest FROM exchange_words"
                " JOIN exchanges ON exchange_id = exchange_words.rowid"
                " JOIN conversations USING (conversation_id)"
                " WHERE exchange_words MATCH ? AND owner = ? AND deleted IS NULL"
                " ORDER BY rank LIMIT ?",
                (terms, owner, MAX_FOUND),
            ).fetchall()
        found = [(key, title, _read(*row)) for key, title, *row in rows]
        return tuple(
            FoundAnswer(key, one.number, title, one.question, _excerpt(one.text, words))
            for key, title, one in found
            if not one.error
        )

    def load(self, owner: str, conversation_id: str) -> tuple[Conversation, tuple[Exchange, ...]]:
        """Return a conversation and its exchanges, in order; damaged ones say that they are.

        Raises:
            ConversationStoreError: If the owner has no such conversation.
        """
        with self._transaction() as connection:
            key, title, changed = _find(connection, owner, conversation_id)
            rows = connection.execute(
                "SELECT number, body, digest FROM exchanges WHERE conversation_id = ?"
                " ORDER BY number",
                (key,),
            ).fetchall()
        exchanges = tuple(_read(*row) for row in rows)
        return Conversation(key, title, _to_time(changed)), exchanges

    def create(self, owner: str, title: str) -> str:
        """Return the id of a new conversation; the oldest ones over the limit are deleted."""
        conversation_id = secrets.token_hex(16)
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, NULL)",
                (conversation_id, owner, _clip(title), self._clock()),
            )
            _delete_conversations(
                connection,
                "conversation_id IN (SELECT conversation_id"
                " FROM conversations WHERE owner = ? ORDER BY deleted IS NULL DESC, changed DESC,"
                " rowid DESC LIMIT -1 OFFSET ?)",
                (owner, MAX_CONVERSATIONS),
            )
        return conversation_id

    def save(self, owner: str, conversation_id: str, exchange: Exchange) -> None:
        """Store an exchange, replacing the one of its number.

        Raises:
            ConversationStoreError: If the owner has no such conversation, or it is full, or
                the exchange is too large.
        """
        body = json.dumps(exchange.to_dict())
        if len(body) > MAX_EXCHANGE_BYTES:
            raise ConversationStoreError(
                "the answer is too large to be saved with the conversation"
            )
        with self._transaction() as connection:
            _find(connection, owner, conversation_id)
            key = (conversation_id, exchange.number)
            _delete_exchanges(connection, "conversation_id = ? AND number = ?", key)
            added = connection.execute(
                "INSERT INTO exchanges (conversation_id, number, body, digest) VALUES (?, ?, ?, ?)",
                (*key, body, _digest(exchange.number, body)),
            )
            _index_words(connection, added.lastrowid, exchange)
            _delete_exchanges(
                connection,
                "conversation_id = ? AND number NOT IN (SELECT number"
                " FROM exchanges WHERE conversation_id = ? ORDER BY number DESC LIMIT ?)",
                (conversation_id, conversation_id, MAX_EXCHANGES),
            )
            connection.execute(
                "UPDATE conversations SET changed = ? WHERE conversation_id = ?",
                (self._clock(), conversation_id),
            )

    def update(
        self, owner: str, conversation_id: str, number: int, change: Callable[[Exchange], Exchange]
    ) -> Exchange:
        """Change a stored exchange and return it; its conversation keeps its place and its day.

        Raises:
            ConversationStoreError: If the owner has no such conversation or exchange.
        """
        with self._transaction() as connection:
            _find(connection, owner, conversation_id)
            row = connection.execute(
                "SELECT number, body, digest FROM exchanges"
                " WHERE conversation_id = ? AND number = ?",
                (conversation_id, number),
            ).fetchone()
            if row is None:
                raise ConversationStoreError("the answer is not there any more")
            exchange = _read(*row)
            if exchange.error == _DAMAGED:
                raise ConversationStoreError(_DAMAGED)
            changed = change(exchange)
            body = json.dumps(changed.to_dict())
            connection.execute(
                "UPDATE exchanges SET body = ?, digest = ?"
                " WHERE conversation_id = ? AND number = ?",
                (body, _digest(number, body), conversation_id, number),
            )
        return changed

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title; a blank one changes nothing."""
        with self._transaction() as connection:
            _find(connection, owner, conversation_id)
            if title.strip():
                connection.execute(
                    "UPDATE conversations SET title = ? WHERE conversation_id = ?",
                    (_clip(title), conversation_id),
                )

    def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation; it can be restored within a day."""
        with self._transaction() as connection:
            _find(connection, owner, conversation_id)
            connection.execute(
                "UPDATE conversations SET deleted = ? WHERE conversation_id = ?",
                (self._clock(), conversation_id),
            )

    def restore(self, owner: str, conversation_id: str) -> None:
        """Restore a deleted conversation.

        Raises:
            ConversationStoreError: If it is gone for good.
        """
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE conversations SET deleted = NULL WHERE owner = ? AND conversation_id = ?",
                (owner, conversation_id),
            )
            if not changed.rowcount:
                raise _missing()

    def remove_exchange(self, owner: str, conversation_id: str, number: int) -> None:
        """Remove one exchange for good; its words leave the file when the store is next opened."""
        with self._transaction() as connection:
            _find(connection, owner, conversation_id)
            _delete_exchanges(
                connection, "conversation_id = ? AND number = ?", (conversation_id, number)
            )

    def _prepare(self) -> None:
        connection = self._connection
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in range(_VERSION + 1):
            raise sqlite3.DatabaseError("made by a newer OnRecord")
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        if version != _VERSION:
            connection.executescript(f"BEGIN IMMEDIATE; {''.join(_SCHEMAS[version:])}")
            for key, *row in connection.execute(
                "SELECT exchange_id, number, body, digest FROM exchanges"
            ):
                _index_words(connection, key, _read(*row))
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
        _delete_conversations(connection, "deleted < ?", (self._clock() - SECONDS_TO_RESTORE,))
        # Words of what was deleted leave the file with this.
        connection.execute("INSERT INTO exchange_words (exchange_words) VALUES ('optimize')")
        # Only now, since both take room for a while.
        connection.execute(f"PRAGMA max_page_count = {MAX_STORE_BYTES // _PAGE_BYTES}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except _UNREADABLE as error:
                raise ConversationStoreError(
                    f"the conversation cannot be saved ({error}); the answer itself is not affected"
                ) from error


def make_title(question: str) -> str:
    """Return the title of a conversation that begins with a question."""
    return _clip(question) or "Conversation"


def _find(
    connection: sqlite3.Connection, owner: str, conversation_id: str
) -> tuple[str, str, float]:
    row: tuple[str, str, float] | None = connection.execute(
        "SELECT conversation_id, title, changed FROM conversations"
        " WHERE owner = ? AND conversation_id = ? AND deleted IS NULL",
        (owner, conversation_id),
    ).fetchone()
    if row is None:
        raise _missing()
    return row


def _missing() -> ConversationStoreError:
    return ConversationStoreError("this conversation no longer exists; start another")


def _read(number: int, body: str, digest: bytes | None) -> Exchange:
    """Return a stored exchange, or one that says that it is damaged."""
    try:
        if digest in {None, _digest(number, body)}:
            return replace(Exchange.from_dict(json.loads(body)), number=number)
    except (ValueError, RecursionError) as error:
        _log.warning("a stored exchange cannot be read and is not shown: %s", error)
    return Exchange(number, "…", error=_DAMAGED, state=AnswerState.FAILED)


def _digest(number: int, body: str) -> bytes:
    return blake2b(f"{number}:{body}".encode("utf-8", "replace"), digest_size=8).digest()


def _delete_conversations(
    connection: sqlite3.Connection, where: str, values: Sequence[object]
) -> None:
    inside = f"conversation_id IN (SELECT conversation_id FROM conversations WHERE {where})"
    _delete_exchanges(connection, inside, values)
    connection.execute(f"DELETE FROM conversations WHERE {where}", values)


def _delete_exchanges(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> None:
    """Delete exchanges and their words; a trigger may not do that in an untrusted schema."""
    keys = connection.execute(f"SELECT exchange_id FROM exchanges WHERE {where}", values).fetchall()
    connection.executemany("DELETE FROM exchange_words WHERE rowid = ?", keys)
    connection.executemany("DELETE FROM exchanges WHERE exchange_id = ?", keys)


def _index_words(connection: sqlite3.Connection, key: int | None, exchange: Exchange) -> None:
    question, answer = exchange.question, exchange.text
    connection.execute(
        "INSERT INTO exchange_words (rowid, question, answer) VALUES (?, ?, ?)",
        (key, *(replace_surrogates(space_out(text) or text) for text in (question, answer))),
    )


def _excerpt(text: str, words: str) -> str:
    """Return the part of a text around the first of some words that it has; else its beginning."""
    line = " ".join(text.split())
    folded = line.casefold()
    places = [place for word in words.casefold().split() if (place := folded.find(word)) >= 0]
    start = max(0, min(places, default=0) - MAX_EXCERPT_CHARS // 4)
    start = line.rfind(" ", 0, start) + 1 if start else 0
    part = line[start : start + MAX_EXCERPT_CHARS]
    return f"{'…' if start else ''}{part}{'…' if start + len(part) < len(line) else ''}"


def _clip(title: str) -> str:
    line = " ".join(replace_surrogates(title).split())
    return line if len(line) <= MAX_TITLE_CHARS else f"{line[: MAX_TITLE_CHARS - 1].rstrip()}…"


def _to_time(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ConversationStoreError(
            f"the conversations are damaged ({error}); move '{STORE_FILE}' out of the library"
        ) from error


def _describe(file: Path | None, error: Exception) -> str:
    return (
        f"conversations cannot be saved in '{file}' ({error}); move the file away or make the"
        " folder writable, then start 'onrecord serve' again"
    )
