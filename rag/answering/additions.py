"""What is put beside the claims of an answer: cited, and compared by place and time; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from index.types import overlap
from rag.answering.quote import cite
from rag.types import Citation, Evidence

MAX_DAYS_APART = 14


def cite_one(item: Evidence, number: int) -> Citation:
    """Return a citation of evidence with a given number."""
    return replace(cite([item])[0], number=number)


def overlaps(item: Evidence, citation: Citation) -> bool:
    """Return whether evidence and a citation share some of one article's text."""
    return item.hit.article.article_id == citation.article_id and overlap(item, citation)


def are_of_one_time(one: date | None, other: date | None) -> bool:
    """Return whether two articles may be about one time: a day is unknown, or both are near."""
    return one is None or other is None or abs((one - other).days) <= MAX_DAYS_APART
