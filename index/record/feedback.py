"""Feedback: what readers thought of answers, perhaps with a note, and the answers themselves.

An answer is kept as it was shown, since articles come and go. It is JSON here;
``rag.evaluation.feedback_set`` knows what it means.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from index.errors import FeedbackError
from index.record.rows import check_sound

if TYPE_CHECKING:
    from index.record.database import AnyDatabase
    from index.record.reads import ReadTransaction

Json: TypeAlias = Mapping[str, object]

MAX_NOTE_CHARS = 2_000
MAX_PERSON_CHARS = 200
MAX_ANSWER_CHARS = 500_000
"""Claims, citations and history of one verdict, as JSON."""
MAX_VERDICTS = 20_000

_ID_BYTES = 16


class Rating(StrEnum):
    """What a reader thinks of an answer."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict on one answer.

    Attributes:
        question: As it was asked.
        verdict: What the reader thinks of the answer.
        standalone_question: As it was understood.
        history: Earlier turns, oldest first: ``{"role", "text"}``.
        only: The filter it was asked with, by the names of its fields; empty for none.
        refused: Whether the answer was that the articles do not say.
        claims: The answer's claims, as ``onrecord ask --json`` prints them.
        citations: Its citations, likewise.
        note: What the reader wrote about it, at most 2,000 characters; often empty.
        person: Who gave it, if there is a login; else empty.
        feedback_id: Identity; a later verdict with the same id replaces this one.
        given_at: When it was first given, in UTC.
        changed_at: When it was last changed.
    """

    question: str
    verdict: Rating
    standalone_question: str = ""
    history: tuple[Json, ...] = ()
    only: Json = field(default_factory=dict)
    refused: bool = False
    claims: tuple[Json, ...] = ()
    citations: tuple[Json, ...] = ()
    note: str = ""
    person: str = ""
    feedback_id: str = field(default_factory=lambda: secrets.token_hex(_ID_BYTES))
    given_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def to_dict(self) -> dict[str, object]:
        """Return the verdict as the JSON object that ``onrecord feedback --json`` prints."""
        values: dict[str, object] = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("history", "claims", "citations"):
            values[name] = [dict(item) for item in getattr(self, name)]
        return values | {
            "only": dict(self.only),
            "verdict": self.verdict.value,
            "given_at": self.given_at.isoformat(timespec="seconds"),
            "changed_at": self.changed_at.isoformat(timespec="seconds"),
        }


class FeedbackStore:
    """The verdicts of one library; ``Library.feedback``.

    Storing one does not wait for articles that are being added: it changes nothing that a
    search sees, so that SQLite's own lock, held for one batch at most, is enough. A method that
    writes raises ``LibraryBusyError`` if another program keeps the record locked, and
    ``LibraryStorageError`` if the disk is full, read-only or failing.

    Args:
        database: The record.
        prepare: Returns a context manager that upgrades an older record.
    """

    def __init__(
        self, database: AnyDatabase, prepare: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._database = database
        self._prepare = prepare

    def put(self, feedback: Feedback) -> Feedback:
        """Store a verdict; it replaces an earlier one with the same id.

        Returns:
            The verdict as stored: its note is stripped, and the date when it was first given stays.

        Raises:
            FeedbackError: If the note or the answer is too long, or there are too many.
        """
        feedback = replace(feedback, note=feedback.note.strip(), changed_at=datetime.now(UTC))
        row = _to_row(feedback)
        self._make_ready()
        with self._database.writing() as writer:
            known = writer.connection.execute(
                "SELECT given_at FROM feedback WHERE feedback_id = ?", (feedback.feedback_id,)
            ).fetchone()
            if known is None:
                _check_room(writer)
            else:
                feedback = replace(feedback, given_at=datetime.fromisoformat(known[0]))
                row["given_at"] = known[0]
            writer.connection.execute(
                f"INSERT OR REPLACE INTO feedback ({', '.join(row)})"  # noqa: S608 - our names
                f" VALUES ({', '.join('?' * len(row))})",
                tuple(row.values()),
            )
        return feedback

    def remove(self, feedback_id: str) -> bool:
        """Delete a verdict; return whether there was one."""
        self._make_ready()
        with self._database.writing() as writer:
            cursor = writer.connection.execute(
                "DELETE FROM feedback WHERE feedback_id = ?", (feedback_id,)
            )
        return cursor.rowcount > 0

    def get(self, feedback_id: str) -> Feedback | None:
        """Return a verdict, or None."""
        return next(self._select("WHERE feedback_id = ?", (feedback_id,)), None)

    def all(self) -> tuple[Feedback, ...]:
        """Return all verdicts, the oldest first."""
        return tuple(self._select("ORDER BY given_at, feedback_id"))

    def count(self) -> int:
        """Return how many verdicts there are."""
        with self._database.reading() as reader:
            return _count(reader) if reader.has_table("feedback") else 0

    def _make_ready(self) -> None:
        self._database.check_writable()
        if self._database.is_outdated:
            with self._prepare():
                pass

    def _select(self, clause: str, values: Sequence[object] = ()) -> Iterator[Feedback]:
        with self._database.reading() as reader:
            if not reader.has_table("feedback"):
                return
            names = ", ".join(_COLUMNS)
            rows = reader.connection.execute(
                f"SELECT {names}, {reader.sound('feedback', 'f')}"  # noqa: S608 - literals
                f" FROM feedback f {clause}",
                values,
            ).fetchall()
            for row in rows:
                check_sound(row[-1], "the words of a verdict", row[_COLUMNS.index("feedback_id")])
        for row in rows:
            yield _to_feedback(dict(zip(_COLUMNS, row[:-1], strict=True)))


_JSON_COLUMNS = {name: name for name in ("history", "claims", "citations")} | {"only": "filter"}
_COLUMNS = tuple(_JSON_COLUMNS.get(f.name, f.name) for f in fields(Feedback))


def _to_row(feedback: Feedback) -> dict[str, object]:
    row: dict[str, object] = {
        "feedback_id": feedback.feedback_id,
        "question": _clean(feedback.question),
        "standalone_question": _clean(feedback.standalone_question),
        "refused": int(feedback.refused),
        "verdict": Rating(feedback.verdict).value,
        "note": _clean(feedback.note),
        "person": _clean(feedback.person)[:MAX_PERSON_CHARS],
        "given_at": feedback.given_at.isoformat(timespec="seconds"),
        "changed_at": feedback.changed_at.isoformat(timespec="seconds"),
    }
    if len(feedback.note) > MAX_NOTE_CHARS:
        raise FeedbackError(
            f"the note has {len(feedback.note):,} characters, more than {MAX_NOTE_CHARS:,};"
            " shorten it"
        )
    for name, column in _JSON_COLUMNS.items():
        row[column] = json.dumps(getattr(feedback, name))
    n_chars = sum(len(str(row[column])) for column in _JSON_COLUMNS.values())
    if n_chars + len(feedback.question) > MAX_ANSWER_CHARS:
        raise FeedbackError("the answer is too long to be stored with a verdict; ask it anew")
    return row


def _to_feedback(row: dict[str, object]) -> Feedback:
    read = {column: json.loads(str(row[column])) for column in _JSON_COLUMNS.values()}
    return Feedback(
        question=str(row["question"]),
        verdict=Rating(str(row["verdict"])),
        standalone_question=str(row["standalone_question"]),
        history=tuple(read["history"]),
        only=read["filter"],
        refused=bool(row["refused"]),
        claims=tuple(read["claims"]),
        citations=tuple(read["citations"]),
        note=str(row["note"]),
        person=str(row["person"]),
        feedback_id=str(row["feedback_id"]),
        given_at=datetime.fromisoformat(str(row["given_at"])),
        changed_at=datetime.fromisoformat(str(row["changed_at"])),
    )


def _check_room(reader: ReadTransaction) -> None:
    count = _count(reader)
    if count >= MAX_VERDICTS:
        raise FeedbackError(
            f"the library holds {count:,} verdicts and takes no more;"
            " run 'onrecord feedback --export DIR', then 'onrecord feedback --clear'"
        )


def _count(reader: ReadTransaction) -> int:
    count: int = reader.connection.execute("SELECT count(*) FROM feedback").fetchone()[0]
    return count


def _clean(text: str) -> str:
    """Return a text that SQLite accepts: without lone surrogates and null characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
