"""Edits of articles as they are stored, and the original details that an undo goes back to.

Edits belong to an article's id and outlive the article; ``index.curation.edits`` applies them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from index.record.rows import InconsistentRecordError, check_sound, now_as_stored

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction

Fields = Mapping[str, "str | None"]
"""Names and values of an article's details; dates in ISO form."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A correction of an article's details.

    Attributes:
        edit_id: Rises from one edit to the next.
        article_id: The article.
        changes: The new value of each field that was changed, empty where it was cleared; dates
            in ISO form.
        edited_at: When, in UTC.
    """

    edit_id: int
    article_id: str
    changes: Mapping[str, str]
    edited_at: datetime


def find_edits(reader: ReadTransaction, article_id: str) -> tuple[Edit, ...]:
    """Return the edits of an article, the newest last; the article itself may be gone.

    Raises:
        InconsistentRecordError: If one cannot be read.
    """
    if not reader.has_details:
        return ()
    rows = reader.connection.execute(
        f"SELECT edit_id, article_id, changes, edited_at, {reader.sound('edits', 'e')}"  # noqa: S608
        " FROM edits e WHERE article_id = ? ORDER BY edit_id",
        (article_id,),
    ).fetchall()
    for row in rows:
        check_sound(row[4], "the corrections of the article", article_id)
    return tuple(
        Edit(row[0], row[1], _read_json(row[2]), datetime.fromisoformat(row[3])) for row in rows
    )


def put_edit(writer: WriteTransaction, article_id: str, changes: Mapping[str, str]) -> None:
    """Store an edit as the newest of its article."""
    writer.connection.execute(
        "INSERT INTO edits (article_id, changes, edited_at) VALUES (?, ?, ?)",
        (article_id, json.dumps(changes), now_as_stored()),
    )


def delete_edit(writer: WriteTransaction, edit_id: int) -> None:
    """Delete one edit."""
    writer.connection.execute("DELETE FROM edits WHERE edit_id = ?", (edit_id,))


_NAMES = ""
"""The id under which decisions about names are kept as edits; no article has it."""


@dataclass(frozen=True, slots=True)
class NameDecision:
    """A person's decision about which names are one.

    Attributes:
        decision_id: Rises from one to the next.
        names: Two spellings that are one, or one that is joined with no other.
        decided_at: When, in UTC.
    """

    decision_id: int
    names: tuple[str, ...]
    decided_at: datetime


def find_name_decisions(reader: ReadTransaction) -> tuple[NameDecision, ...]:
    """Return the decisions about names, the newest last.

    Raises:
        InconsistentRecordError: If one cannot be read.
    """
    return tuple(
        NameDecision(edit.edit_id, tuple(edit.changes.values()), edit.edited_at)
        for edit in find_edits(reader, _NAMES)
    )


def put_name_decision(writer: WriteTransaction, names: tuple[str, ...]) -> None:
    """Store a decision about names as the newest."""
    keys = ("merge", "with") if len(names) > 1 else ("split",)
    put_edit(writer, _NAMES, dict(zip(keys, names, strict=True)))
    writer.has_changed = True


def delete_name_decision(writer: WriteTransaction, decision: NameDecision) -> None:
    """Delete a decision about names."""
    delete_edit(writer, decision.decision_id)
    writer.has_changed = True


def find_original(reader: ReadTransaction, article_id: str) -> Fields | None:
    """Return the details that were read from the source of an edited article, or None.

    Raises:
        InconsistentRecordError: If they cannot be read.
    """
    row = reader.connection.execute(
        f"SELECT fields, {reader.sound('unedited', 'u')} FROM unedited u"  # noqa: S608 - ours
        " WHERE article_id = ?",
        (article_id,),
    ).fetchone()
    if row is None:
        return None
    check_sound(row[1], "the original details of the article", article_id)
    return _read_json(row[0])


def put_original(writer: WriteTransaction, article_id: str, fields: Fields) -> None:
    """Store the details that were read from the source of an edited article."""
    writer.connection.execute(
        "INSERT OR REPLACE INTO unedited (article_id, fields) VALUES (?, ?)",
        (article_id, json.dumps(dict(fields))),
    )
    writer.has_changed = True


def delete_original(writer: WriteTransaction, article_id: str) -> None:
    """Delete the original details of an article that has no edits any more."""
    writer.connection.execute("DELETE FROM unedited WHERE article_id = ?", (article_id,))


def _read_json(text: str) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InconsistentRecordError("an edit cannot be read") from error
    if not isinstance(fields, dict):
        raise InconsistentRecordError("an edit cannot be read")
    return fields
