"""What the ledger holds, as JSON and in words: alike in every face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from index.plain_data import to_fields
from ui.messages import count_of

if TYPE_CHECKING:
    from index.ledger.counts import Count
    from index.ledger.dated import DatedEntry, DatedPage
    from index.ledger.people import Entity, EntityPage, Role
    from index.ledger.said import Coverage, FoundStatement, StatementPage
    from index.record.edits import NameDecision
    from rag.answering.comparison import Comparison
    from rag.answering.corrections import Correction

Fields = dict[str, Any]


def page_fields(page: StatementPage, *, offset: int = 0) -> Fields:
    """Return a page of statements."""
    coverage = page.coverage
    return {
        "total": page.total,
        "offset": offset,
        "articles": coverage.articles,
        "read": coverage.read,
        "unread": coverage.unread,
        "similar": list(page.similar),
        "statements": list(map(statement_fields, page.statements)),
    }


def statement_fields(statement: FoundStatement) -> Fields:
    """Return a statement as JSON has it."""
    return {
        "speaker": statement.speaker,
        "named_as": statement.named_as,
        "cue": statement.cue,
        "stance": statement.stance,
        "negated": statement.is_negated,
        "kind": statement.kind,
        "text": statement.text,
        "contents": [list(place) for place in statement.contents],
        "sentence": statement.sentence,
        **to_fields(statement.place),
        "n_copies": len(statement.copies),
        "copies": list(map(to_fields, statement.copies)),
    }


def _entity_fields(entity: Entity, roles: Sequence[Role]) -> Fields:
    """Return an entity, with its offices."""
    fields = to_fields(entity)
    del fields["key"]
    return fields | {"roles": list(map(_role_fields, roles))}


def _role_fields(role: Role) -> Fields:
    fields = to_fields(role)
    return {"role": fields.pop("text"), **fields}


def _entry_fields(entry: DatedEntry) -> Fields:
    """Return an entry of a timeline as JSON has it."""
    return {
        "first": entry.first.isoformat(),
        "last": entry.last.isoformat(),
        "basis": entry.basis.value,
        "rough": entry.is_rough,
        "spoken": entry.spoken,
        "text": entry.text,
        **to_fields(entry.place),
        "n_copies": len(entry.copies),
        "copies": list(map(to_fields, entry.copies)),
    }


def _correction_fields(correction: Correction | None) -> Fields | None:
    """Return what corrects an entry of a timeline; None if nothing does."""
    if correction is None:
        return None
    article = correction.article
    return {
        "text": article.text[correction.start : correction.end],
        "article_id": article.article_id,
        "title": article.title,
        "outlet": article.outlet,
        "published": article.published.isoformat() if article.published else None,
        "start": correction.start,
        "end": correction.end,
    }


def comparison_fields(found: Comparison) -> Fields:
    """Return a comparison as JSON has it."""
    return {
        "topic": found.topic,
        "statements": found.n_statements,
        "sources": found.n_sources,
        "articles": found.coverage.articles,
        "read": found.coverage.read,
        "unread": found.coverage.unread,
        "positions": [
            {
                "speaker": position.speaker,
                "side": position.side.value,
                "statements": list(map(statement_fields, position.statements)),
            }
            for position in found.positions
        ],
        "figures": [
            {
                "counted": group.counted,
                "figures": [
                    {
                        "text": figure.text,
                        "value": figure.value,
                        "given_by": figure.given_by,
                        "sentence": figure.sentence,
                        "sources": figure.n_sources,
                        **to_fields(figure.place),
                    }
                    for figure in group.figures
                ],
            }
            for group in found.figures
        ],
    }


def people_fields(
    page: EntityPage, roles: dict[int, tuple[Role, ...]], *, offset: int = 0
) -> Fields:
    """Return a page of entities."""
    people = [_entity_fields(entity, roles.get(entity.key, ())) for entity in page.entities]
    return {
        "total": page.total,
        "offset": offset,
        "similar": list(page.similar),
        "people": people,
    }


def decision_fields(decision: NameDecision) -> Fields:
    """Return a decision about names."""
    return {
        "decision": "merge" if len(decision.names) > 1 else "split",
        "names": list(decision.names),
        "decided_at": decision.decided_at.isoformat(),
    }


def timeline_fields(
    page: DatedPage, corrections: dict[int, Correction], *, offset: int = 0
) -> Fields:
    """Return a page of a timeline."""
    coverage = page.coverage
    entries = [
        {**_entry_fields(entry), "correction": _correction_fields(corrections.get(number))}
        for number, entry in enumerate(page.entries)
    ]
    return {
        "total": page.total,
        "offset": offset,
        "articles": coverage.articles,
        "read": coverage.read,
        "unread": coverage.unread,
        "undated": page.undated,
        "entries": entries,
    }


def count_fields(found: Count, *, offset: int = 0) -> Fields:
    """Return a count, with the articles that are listed."""
    return {
        "subject": found.subject,
        "articles": found.articles,
        "stories": found.stories,
        "outlets": found.outlets,
        "unclear": found.unclear,
        "read": found.read,
        "similar": list(found.similar),
        "offset": offset,
        "listed": [
            {**to_fields(item.place), "text": item.text, "clear": item.is_clear}
            for item in found.listed
        ],
    }


def describe_coverage(coverage: Coverage) -> str:
    """Return how much was read, in one line."""
    read = f"{coverage.read:,} of {count_of(coverage.articles, 'article')} read"
    if coverage.unread:
        read += f"; {coverage.unread:,} in other languages than English were not"
    return read
