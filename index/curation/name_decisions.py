"""Which names are one: what people decide about the entities of the ledger, kept in the record.

A decision names spellings, not entities, which are derived: it survives making the ledger anew, and
holds for whatever is added later. The newest decision wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import EditError
from index.ledger.people import find_spelling, find_spellings
from index.record.edits import (
    NameDecision,
    delete_name_decision,
    find_name_decisions,
    put_name_decision,
)
from index.remedies import Remedy

if TYPE_CHECKING:
    from index.open_library import OpenLibrary

MAX_DECISIONS = 10_000


def merge_names(library: OpenLibrary, one: str, other: str, *, wait_seconds: float) -> None:
    """Decide that two names are of one; see ``Library.merge_names``."""
    with library.ledger.reading() as (ledger, _):
        first, second = find_spelling(ledger, one), find_spelling(ledger, other)
        if second in find_spellings(ledger, first):
            raise EditError(f"'{first}' and '{second}' are one already")
    _put(library, (first, second), wait_seconds=wait_seconds)


def split_name(library: OpenLibrary, name: str, *, wait_seconds: float) -> None:
    """Decide that a spelling is of somebody else; see ``Library.split_name``."""
    with library.ledger.reading() as (ledger, _):
        spelling = find_spelling(ledger, name)
        joined = {other.casefold() for other in find_spellings(ledger, spelling)}
    if joined == {spelling.casefold()}:
        raise EditError(
            f"'{spelling}' is joined with no other spelling",
            Remedy("people", library.path, (spelling,), purpose="to see it"),
        )
    _put(library, (spelling,), wait_seconds=wait_seconds)


def undo_name_decision(library: OpenLibrary, *, wait_seconds: float) -> NameDecision:
    """Take the newest decision back; see ``Library.undo_name_decision``."""
    with library.writing(wait_seconds):
        with library.database.reading() as reader:
            decisions = find_name_decisions(reader)
        if not decisions:
            raise EditError("no names have been merged or split; there is nothing to undo")
        with library.database.writing() as writer:
            delete_name_decision(writer, decisions[-1])
    return decisions[-1]


def _put(library: OpenLibrary, names: tuple[str, ...], *, wait_seconds: float) -> None:
    with library.writing(wait_seconds):
        with library.database.reading() as reader:
            if len(find_name_decisions(reader)) >= MAX_DECISIONS:
                raise EditError(f"{MAX_DECISIONS:,} names are decided about; --undo takes one back")
        with library.database.writing() as writer:
            put_name_decision(writer, names)
