"""Whether the day of an answer matters, which it is, and how old articles are; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from statistics import median

from index.types import Hit
from rag.types import Citation

FRESH_DAYS = 7
YEAR_DAYS = 365

_RECENT = (
    r"now|nowadays|current(?:ly)?|today|tonight|yesterday|latest|newest|so far|recent(?:ly)?"
    r"|these days|upcoming|last (?:night|week|weekend|month)"
    r"|this (?:morning|week|weekend|month|year|spring|summer|fall|autumn|winter|season)"
)
_ABOUT_RECENT = re.compile(rf"\b(?:{_RECENT})\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ABOUT_NOW = re.compile(
    rf"\b(?:{_RECENT}|at present|presently|as of|still|next|yet)\b"
    r"|^\s*(?:(?:who|what|which|where|how (?:many|much|long|high))\b[^?]{0,40}?\b(?:is|are|has"
    r"|have)\b"
    r"|(?:is|are|has|have|will)\b)",
    re.IGNORECASE,
)


def find_as_of(question: str, citations: Sequence[Citation], today: date) -> date | None:
    """Return the day up to which an answer is known to hold, or None where it does not matter.

    It matters for a question about how things stand, and where the cited articles are of
    different days; then it is the day of the newest. It does not where that is within a week of
    asking, or unknown.

    >>> from datetime import date
    >>> find_as_of("Who is the mayor?", [], date(2024, 10, 30)) is None
    True
    """
    days = [citation.published for citation in citations if citation.published]
    if not days or len(days) < len(citations):
        return None
    newest = max(days)
    if (today - newest).days <= FRESH_DAYS and len(set(days)) == 1:
        return None
    return newest if _ABOUT_NOW.search(question) or len(set(days)) > 1 else None


def is_about_recent(question: str) -> bool:
    """Return whether a question means the newest there is by its own words, and names no year.

    >>> is_about_recent("Which bridge was closed this week?")
    True
    >>> is_about_recent("Which bridge was closed?")
    False
    """
    return bool(_ABOUT_RECENT.search(question)) and not _YEAR.search(question)


def find_ages(hits: Sequence[Hit]) -> dict[str, float]:
    """Return how far articles are behind the newest of them, in [0, 1).

    The newest found stands for "now": a folder of last year's news is asked about as if it were
    today's. With ``years`` behind it, the age is ``years / (1 + years)``, so that a day is next to
    nothing and ten years are not much more than five. An article of unknown date is as old as the
    median of the others.

    Args:
        hits: In any order.

    Returns:
        Article id -> age; 0 for all where no date is known.
    """
    published = {hit.article.article_id: hit.article.published for hit in hits}
    days = [day for day in published.values() if day]
    if not days:
        return dict.fromkeys(published, 0.0)
    newest = max(days)
    usual = median((newest - day).days for day in days)
    behind = {name: (newest - day).days if day else usual for name, day in published.items()}
    return {name: days / (YEAR_DAYS + days) for name, days in behind.items()}
